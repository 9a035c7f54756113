"""Colours: every text and every line can be told from what is behind it."""

import math
import re
from collections import Counter
from importlib.resources import files
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.viz.style import DARK, HUES, LIGHT, STEPS, fill, shade
from dendrograd.viz.training.boundary import TINT

SHADES = ["zero", *[f"{s}{k}" for s in ("positive", "negative") for k in range(STEPS)]]


def rgb(color):
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def contrast(a, b):
    """Return the contrast ratio of WCAG 2.1."""

    def luminance(color):
        linear = [
            u / 12.92 if u <= 0.03928 else ((u + 0.055) / 1.055) ** 2.4
            for u in rgb(color)
        ]
        return sum(w * u for w, u in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def over(color, opacity, background):
    pairs = zip(rgb(color), rgb(background), strict=True)
    return "#" + "".join(
        f"{round(255 * (a * opacity + b * (1 - opacity))):02X}" for a, b in pairs
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("name", [*SHADES, "broken"])
def test_ink_is_readable_on_every_box(name, theme):
    assert contrast(theme.ink, fill(name, theme)) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_muted_texts_stand_out_on_the_background(theme):
    assert contrast(theme.muted, theme.background) >= 4.5


def test_hues_stand_out_on_white_and_on_the_tinted_region_of_their_class():
    for hue in HUES:
        assert contrast(hue, LIGHT.background) >= 3
        assert contrast(hue, over(hue, TINT, LIGHT.background)) >= 2


def test_tints_differ():
    assert len({fill(name) for name in SHADES}) == len(SHADES)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_shade_tells_sign_and_never_shrinks_with_size(values):
    step = shade(values)
    for v in values:
        kind = "zero" if v == 0 else "positive" if v > 0 else "negative"
        assert step(v).rstrip("01234") == kind
    sizes = [int(step(v)[-1]) for v in sorted(map(abs, values)) if v]
    assert sizes == sorted(sizes)
    assert not sizes or sizes[len(sizes) // 2] == 2


def test_the_median_has_the_middle_tint_and_all_tints_are_used():
    rng = Random(0)
    values = [rng.choice((-1, 1)) * 10 ** rng.gauss(-3, 1.5) for _ in range(301)]
    step = shade(values)
    count = Counter(int(step(v)[-1]) for v in values)
    assert int(step(sorted(values, key=abs)[150])[-1]) == 2
    assert set(count) == set(range(STEPS))
    assert max(count.values()) < 0.6 * len(values)


def test_what_is_no_number_has_its_own_shade():
    step = shade([1.0, math.nan, math.inf])
    assert [step(v) for v in (math.nan, math.inf, 1.0)] == [
        "broken",
        "broken",
        "positive2",
    ]


def test_the_hues_are_those_that_any_colour_vision_tells_apart():
    for theme in (LIGHT, DARK):  # blue and vermilion of Okabe and Ito
        assert (theme.positive, theme.negative) == ("#0072B2", "#D55E00")
    assert LIGHT.purple == LIGHT.broken == "#CC79A7"
    papers = [(t.background, t.ink, t.muted, t.line) for t in (LIGHT, DARK)]
    assert papers[0] == ("#FFFFFF", "#1B1F24", "#57606A", "#8C959F")
    assert papers[1] == ("#0D1117", "#F0F3F6", "#9DA7B1", "#6E7781")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_lines_stand_out_on_the_background(theme):
    for line in (theme.blue, theme.orange, theme.purple):
        assert contrast(line, theme.background) >= 2.9


@pytest.mark.parametrize(
    ("room", "file", "paper"),
    [("page", "page.css", "bg"), ("player", "player.css", "paper")],
)
def test_pages_have_the_paper_and_the_ink_of_their_pictures(room, file, paper):
    css = files(f"dendrograd.viz.{room}").joinpath(file).read_text("utf-8")
    for name in (paper, "ink", "muted", "accent"):
        own = "background" if name == paper else {"accent": "blue"}.get(name, name)
        wanted = {getattr(theme, own) for theme in (LIGHT, DARK)}
        told = re.findall(rf"--{name}: *(#\w+)", css)
        full = {"#FFFFFF" if c == "#fff" else c.upper() for c in told}
        assert full == wanted
