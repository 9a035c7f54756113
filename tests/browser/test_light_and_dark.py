"""A picture is light or dark as the page around it, and light in print, whatever the system."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pages
import pytest

from dendrograd import Value
from dendrograd.viz import animate, draw
from dendrograd.viz.notebook import value_svg
from dendrograd.viz.style import DARK, LIGHT, fill

PAINTED = """(selector) => [...document.querySelectorAll(selector)].map((e) => '#' +
  getComputedStyle(e).fill.match(/\\d+/g).map((n) => Number(n).toString(16).padStart(2, '0')).join('').toUpperCase())"""
SHOWN = """async (src) => { const i = document.querySelector('img'); await i.decode();
  const c = document.createElement('canvas').getContext('2d'); c.drawImage(i, 0, 0);
  return [...c.getImageData(2, 2, 1, 1).data].slice(0, 3); }"""
PAPER = {"light": LIGHT.background, "dark": DARK.background}
ABOUT = {  # what a page says of its theme: on its body, in its style
    "a page that says nothing": ("", "", "light"),
    "a light page": ("", ":root{color-scheme:light}", "light"),
    "a dark page": ("", ":root{color-scheme:dark}", "dark"),
    "VS Code, light": ('class="vscode-light"', "", "light"),
    "VS Code, dark": ('class="vscode-dark"', "", "dark"),
    "VS Code, high contrast": ('class="vscode-high-contrast"', "", "dark"),
    "JupyterLab, light": ('data-jp-theme-light="true"', "", "light"),
    "JupyterLab, dark": ('data-jp-theme-light="false"', "", "dark"),
}


def tree() -> Value:
    x = Value(3.0, label="x")
    y = (x * 2.0).tanh() * x
    y.backward()
    return y


def written(folder: Path, about: str, inside: str) -> Path:
    body, style, _ = ABOUT[about]
    text = f"<!doctype html><title>t</title><style>{style}</style><body {body}>{inside}"
    path = folder / "host.html"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("system", ["light", "dark"])
def test_inside_a_page_a_picture_has_the_theme_of_the_page(
    page: Any, tmp_path: Path, system: str
) -> None:
    y = tree()
    box = f'class="box {draw(y).drawn.paint.tint(0)}"'
    assert box in draw(y).svg
    for about, (_, _, wanted) in ABOUT.items():
        for svg in (draw(y).svg, animate(y).svg):
            path = written(tmp_path, about, svg)
            pages.open(page, path, color_scheme=system, reduced_motion=True)
            assert page.evaluate(PAINTED, ".bg") == [PAPER[wanted]], about
            theme = DARK if wanted == "dark" else LIGHT
            tints = {fill(n, theme) for n in ("positive0", "positive2", "positive4")}
            assert set(page.evaluate(PAINTED, ".node > .box")) <= tints
            page.emulate_media(media="print", color_scheme=system)
            assert page.evaluate(PAINTED, ".bg") == [PAPER["light"]], about
            page.emulate_media(media="screen")


def test_a_line_of_words_has_the_theme_of_the_page(page: Any, tmp_path: Path) -> None:
    y = Value(1.0)
    for _ in range(10_001):
        y = y + 1.0
    for about, (_, _, wanted) in ABOUT.items():
        path = written(tmp_path, about, value_svg(y))
        pages.open(page, path, color_scheme="dark")
        assert page.evaluate(PAINTED, ".dg-b") == [PAPER[wanted]], about


@pytest.mark.parametrize("system", ["light", "dark"])
def test_an_image_has_the_theme_that_its_page_says_and_else_that_of_the_system(
    page: Any, tmp_path: Path, system: str
) -> None:
    data = base64.b64encode(draw(tree()).svg.encode()).decode()
    image = f'<img alt="" src="data:image/svg+xml;base64,{data}">'
    for about, wanted in (
        ("a light page", "light"),
        ("a dark page", "dark"),
        ("a page that says nothing", system),
    ):
        pages.open(page, written(tmp_path, about, image), color_scheme=system)
        paper = PAPER[wanted]
        shown = page.evaluate(SHOWN)
        assert shown == [int(paper[i : i + 2], 16) for i in (1, 3, 5)], about


@pytest.mark.parametrize("kind", ["svg", "html", "player"])
def test_a_file_follows_the_system_and_is_light_in_print(
    page: Any, tmp_path: Path, kind: str
) -> None:
    y, path = tree(), tmp_path / f"tree.{'svg' if kind == 'svg' else 'html'}"
    made: Any = animate(y) if kind == "player" else draw(y)
    pages.open(page, Path(made.save(path)), color_scheme="dark")
    assert page.evaluate(PAINTED, ".bg") == [PAPER["dark"]]
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(PAINTED, ".bg") == [PAPER["light"]]
    inks = {
        c for text in ("text.label", "text.local") for c in page.evaluate(PAINTED, text)
    }
    assert inks == {LIGHT.ink, LIGHT.muted}
    if kind != "svg":
        style = "getComputedStyle(document.body)"
        assert page.evaluate(f"{style}.backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate(f"{style}.color") == "rgb(27, 31, 36)"
    if kind == "html":
        at = "(name) => document.getElementById(name).getBoundingClientRect()"
        assert page.evaluate(f"({at})('legend').top >= ({at})('tree').bottom")
    page.emulate_media(media="screen")
