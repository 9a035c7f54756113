"""The page of a training report, opened as a reader opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pages
import pytest

from dendrograd.nn import MLP, SGD, fit, mse_loss
from dendrograd.viz import TrainingReport

ROWS = [[-1.0, 0.5], [2.0, 1.0], [0.0, -1.5], [0.3, 0.3]]
GOALS = [1.0, 0.0, 2.0, -1.0]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a report."""
    model = MLP(2, [4, 1], activation="relu", seed=0)
    report, optimizer = TrainingReport(model), SGD(model.parameters(), lr=0.01)
    test = (ROWS, GOALS)
    fit(
        model, ROWS, GOALS, mse_loss, optimizer,
        epochs=4, seed=0, test=test, on_epoch=report,
    )  # fmt: skip
    model.layers[0].neurons[1].bias.data = -50.0
    loss = mse_loss(model(ROWS), GOALS)
    path = tmp_path_factory.mktemp("report") / "report.html"
    return Path(report.save(path, sample=loss, title="Four rows"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_can_be_read_in_light_and_in_the_dark(
    page: Any, file: Path, scheme: str
) -> None:
    pages.open(page, file, color_scheme=scheme)
    assert pages.axe(page) == []
    text = "h1, h2, h3, p, li, figcaption, .chart text"
    found = pages.contrast(page, text)
    assert min(found.values()) >= 4.5
    assert "layers.0.neurons.1 (4 of 4)" in page.text_content("main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_curve_stands_out_from_the_page(page: Any, file: Path, scheme: str) -> None:
    pages.open(page, file, color_scheme=scheme)
    colours = page.evaluate(
        """() => [...document.querySelectorAll(".key path")]
        .map((line) => getComputedStyle(line).stroke)"""
    )
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colours
    for colour in colours:
        light, dark = sorted((luminance(colour), luminance(back)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3.0


def luminance(colour: str) -> float:
    """Return the relative luminance of "rgb(r, g, b)" (WCAG 2)."""
    parts = [int(x) / 255 for x in colour[4:-1].split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_narrow_window_scrolls_pictures_and_not_the_page(
    page: Any, file: Path
) -> None:
    pages.open(page, file, zoom=3.0)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
