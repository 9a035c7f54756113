"""A page of several rows keeps them when boxes open, and all lines end at their boxes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pages
from test_page_places import CLICK, TIPS, WIDE

from dendrograd import Value, scope
from dendrograd.viz import draw

PLACES = """() => [...document.querySelectorAll('#v0 > .node')].map((n) => {
  const at = n.getBoundingClientRect(); return [n.id, Math.round(at.x), Math.round(at.y)]; })"""


def test_rows_stay_when_boxes_open_and_fold(page: Any, tmp_path: Path) -> None:
    x, w = Value(0.5, label="x"), Value(0.9, label="w")
    h = x
    for number in range(12):
        with scope(f"step {number}"):
            for _ in range(3):
                h = (w * h + x).tanh()
    h.label = "end"
    h.backward()
    pages.open(page, Path(draw(h).save(tmp_path / "rows.html")), reduced_motion=True)
    before, wide = page.evaluate(PLACES), page.evaluate(WIDE)
    assert len({y for _, _, y in before}) > 3  # the steps stand in two rows
    boxes = page.evaluate(
        "[...document.querySelectorAll('#v0 > .opens')].map((n) => n.id)"
    )
    for box in boxes[2], boxes[9]:
        page.evaluate(CLICK, box)
        assert page.evaluate(TIPS) == []
    assert wide < page.evaluate(WIDE) < 2 * wide
    page.click("#shut")
    assert page.evaluate(PLACES) == before
    assert page.evaluate(WIDE) == wide
