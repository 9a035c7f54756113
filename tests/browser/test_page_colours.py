"""A page's choice of colours changes colours alone, and marks follow what is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pages
import pytest

from dendrograd import Value, compile, scope, tanh
from dendrograd.viz import draw
from dendrograd.viz.model.colours import COLORS

OPEN_ALL = """() => { for (;;) {
  const one = [...document.querySelectorAll('.opens')].find((n) => !n.closest('[hidden]'));
  if (!one) return document.querySelectorAll('.view:not([hidden])').length;
  one.dispatchEvent(new MouseEvent('click', { bubbles: true })); } }"""
PAINT = """() => [...document.querySelectorAll('#tree .node > .box, #tree .arrow, #tree .trunk, #tree .tip')]
  .map((e) => [e.id || e.parentNode.id, e.getAttribute('class').replace(' lit', ''), e.getAttribute('fill'), e.getAttribute('stroke'),
    Number(e.getAttribute('stroke-width')).toFixed(1), e.getAttribute('stroke-dasharray')].join(' ')).sort()"""
REST = """() => { const PAINT = ['class', 'fill', 'stroke', 'stroke-width', 'stroke-dasharray'];
  return [...document.querySelectorAll('#tree *')].map((e) => [e.tagName, e.children.length ? '' : e.textContent,
    ...[...e.attributes].filter((a) => !PAINT.includes(a.name)).map((a) => a.name + a.value)].join('|')); }"""
SIGNS = """() => ({ of: document.getElementById('of').textContent,
  shown: ['loss', 'broken', 'key-data', 'key-grad'].filter((id) => !document.getElementById(id).hidden) })"""
MARKS = """() => ({
  rings: [...document.querySelectorAll('#tree .node:not([hidden]) > .bad')].map((r) => [r.parentNode.id, r.getAttribute('class'),
    r.getAttribute('x'), r.getAttribute('width'), r.getAttribute('stroke-dasharray')].join(' ')),
  ways: [...document.querySelectorAll('#tree .way')].map((w) => w.getAttribute('class') + w.getAttribute('d')).sort(),
  bold: [...document.querySelectorAll('#tree text.data[font-weight="700"]')].map((t) => t.parentNode.id),
  said: [...document.querySelectorAll('#tree .node')].map((n) => n.getAttribute('aria-label')) })"""


def program(a: float, b: float) -> Value:
    """A tree with a box of two outputs, shared lines, and inf or nan for some numbers."""
    x, y, c = Value(a, label="a"), Value(b, label="b"), Value(-3.0, label="c")
    with scope("outer"):
        s = x.log() * y
        s.label = "s"
        with scope("inner"):
            t = (s * x + c).tanh() + 0.25
        u = t * y
    w = u * s + t + y - x * c
    w.label = "L"
    w.backward()
    return w


def written(folder: Path, root: Value, color: str = "grad") -> Path:
    return Path(draw(root, fold=1, color=color).save(folder / f"{color}.html"))


def test_the_tree_of_a_rolled_function_is_coloured_by_statements_if_one_likes(
    page: Any, tmp_path: Path
) -> None:
    fast = compile(
        lambda w, x: tanh(w[0] * x[0] + w[1] * x[1]) + tanh(w[2] * x[0] + w[3] * x[1]),
        backend="rolled",
    )
    fast([0.5, -1.0, 2.0, 0.3], [1.0, 0.5])
    paint = {}
    for color in (*COLORS, "statement"):
        file = Path(draw(fast.graph, color=color).save(tmp_path / f"{color}.html"))
        pages.open(page, file)
        paint[color] = page.evaluate(PAINT)
    assert sum("box class" in one for one in paint["statement"]) == 3
    for color in (*COLORS, "statement"):
        page.select_option("#color", color)
        assert page.evaluate(PAINT) == paint[color]
        shown = page.evaluate(
            "() => document.querySelectorAll('.sign:not([hidden])').length"
        )
        assert shown == (0 if color == "statement" else 3)
    page.evaluate(OPEN_ALL)  # nodes have the colour of their statement
    boxes = [one for one in page.evaluate(PAINT) if " box " in one]
    assert sum("box class0" in one for one in boxes) == 1 + 6
    for scheme in ("light", "dark"):
        pages.open(page, file, color_scheme=scheme)
        texts = ".node:not([hidden]) > text, #legend span"
        assert min(pages.contrast(page, texts).values()) >= 4.5
    assert page.locator("#color option").count() == 4


@pytest.mark.parametrize("a", [2.5, -1.0])
def test_a_choice_of_colours_is_the_page_that_is_drawn_so_and_changes_nothing_else(
    page: Any, tmp_path: Path, a: float
) -> None:
    paint, signs = {}, {}
    for color in COLORS:
        pages.open(page, written(tmp_path, program(a, 0.5), color))
        assert page.input_value("#color") == color
        paint[color], signs[color] = page.evaluate(PAINT), page.evaluate(SIGNS)
    assert len({tuple(one) for one in paint.values()}) == len(COLORS)
    pages.open(page, written(tmp_path, program(a, 0.5)))
    rest = page.evaluate(REST)
    for color in (*COLORS[::-1], *COLORS):
        page.select_option("#color", color)
        assert page.evaluate(PAINT) == paint[color]
        assert page.evaluate(SIGNS) == signs[color]
        assert page.evaluate(REST) == rest


def test_what_is_opened_keeps_the_colours_that_were_chosen(
    page: Any, tmp_path: Path
) -> None:
    for color in COLORS[1:]:
        pages.open(page, written(tmp_path, program(2.5, 0.5)))
        page.evaluate(OPEN_ALL)
        page.select_option("#color", color)
        late = page.evaluate(PAINT)
        pages.open(page, written(tmp_path, program(2.5, 0.5)))
        page.select_option("#color", color)
        page.evaluate(OPEN_ALL)
        assert page.evaluate(PAINT) == late


@pytest.mark.parametrize(
    ("color", "before", "after"),
    [("grad", 2.5, -1.0), ("data", -1.0, 2.5), ("contribution", 2.5, 0.0)],
)
def test_colours_and_marks_follow_a_leaf_that_is_changed(
    page: Any, tmp_path: Path, color: str, before: float, after: float
) -> None:
    def state() -> list[Any]:
        paint, signs, marks = (page.evaluate(x) for x in (PAINT, SIGNS, MARKS))
        marks["said"] = [of_marks(said) for said in marks["said"]]
        return [paint, signs, marks]

    pages.open(page, written(tmp_path, program(after, 0.5), color))
    page.evaluate(OPEN_ALL)
    wanted = state()
    pages.open(page, written(tmp_path, program(before, 0.5)))
    page.select_option("#color", color)
    page.evaluate(OPEN_ALL)
    drawn = state()
    page.focus("[aria-label^='a, leaf']")
    page.fill("#number", str(after))
    assert state() == wanted != drawn
    page.click("#reset")
    assert state() == drawn


def of_marks(said: str) -> list[str]:
    """Return what is said of inf and nan in the description of a box."""
    keep = ("data not", "gradient not")
    return [part for part in said.split(", ") if part.startswith(keep)]


def test_a_page_that_cannot_recompute_can_be_coloured(
    page: Any, tmp_path: Path
) -> None:
    x = Value(2.0, label="x")
    root = Value(4.0, (x,), (4.0,)) * -2.0
    pages.open(page, Path(draw(root, grad="true").save(tmp_path / "hand.html")))
    page.select_option("#color", "data")
    assert "box negative" in page.get_attribute(".root > .box", "class")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_and_legend_are_accessible_in_every_colour(
    page: Any, tmp_path: Path, scheme: str
) -> None:
    pages.open(page, written(tmp_path, program(-1.0, 0.5)), color_scheme=scheme)
    page.evaluate(OPEN_ALL)
    page.keyboard.press("0")
    for color in COLORS:
        page.select_option("#color", color)
        texts = ".node:not([hidden]) > text, #legend span"
        assert min(pages.contrast(page, texts).values()) >= 4.5
    assert scheme == "dark" or pages.axe(page) == []
