"""What holds for every chart: it stands alone, in light and in dark, and is told."""

import re

import pytest
from svg_reader import SVG, parse

from dendrograd.viz import confusion, decision_boundary, loss_curve
from dendrograd.viz.style import DARK, LIGHT

CHARTS = {
    "loss": loss_curve({"train": [3.0, 2.0, float("nan"), 1.0], "test": [3.0] * 4}),
    "confusion": confusion([0, 1, 1], [0, 1, 0], ["cat", "dog"]),
    "boundary": decision_boundary(
        lambda rows: [int(a > 0) for a, _ in rows], [[1.0, 2.0], [-1.0, 3.0]], [1, 1]
    ),
}
every_chart = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)


@every_chart
def test_every_paint_has_a_colour_for_dark_readers(chart):
    root = parse(chart)
    style = root.find(f"{SVG}style").text
    (rules,) = re.fullmatch(
        r"@media \(prefers-color-scheme:dark\)\{(.*)\}", style
    ).groups()
    dark = dict(re.findall(r"\.([\w-]+)\{(\w+:#[0-9A-F]{6})\}", rules))
    painted = [e for e in root.iter() if e.get("class")]
    assert len(painted) > 5
    for element in painted:
        for name in element.get("class").split():
            attribute, _, color = dark[name].partition(":")
            assert element.get(attribute) not in (None, "none", color)


@every_chart
def test_an_opaque_background_covers_the_picture(chart):
    root = parse(chart)
    first = next(root.iter(f"{SVG}rect"))
    assert first.get("fill") == LIGHT.background
    assert f".dg-background{{fill:{DARK.background}}}" in chart.svg
    assert (first.get("width"), first.get("height")) == (
        root.get("width"),
        root.get("height"),
    )


@every_chart
def test_the_chart_is_told_in_words(chart):
    root = parse(chart)
    assert root.get("role") == "img"
    assert root.get("aria-label") == f"{chart.title}. {chart.description}"
    assert [root[0].text, root[1].text] == [chart.title, chart.description]
    assert repr(chart) == f"<Chart {chart.title}: {chart.description}>"


@every_chart
def test_a_chart_is_saved_as_a_notebook_shows_it(chart, tmp_path):
    path = chart.save(tmp_path / "chart.svg")
    assert path.read_text(encoding="utf-8") == chart._repr_svg_() == chart.svg
