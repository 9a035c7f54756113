"""Two fingers on a page make its picture larger or smaller, and one finger scrolls it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pages
import pytest

from dendrograd import Value
from dendrograd.viz import draw

Point = tuple[float, float]
ZOOM = "parseFloat(document.getElementById('zoom').textContent)"
SCROLLED = (
    "['Left', 'Top'].map((way) => document.getElementById('stage')[`scroll${way}`])"
)
MIDDLE = """[...document.querySelectorAll('.op .box')]
  .find((box) => box.getBoundingClientRect().left > 450).parentNode.id"""
PLACE = (
    """(id) => document.querySelector(`#${id} .box`).getBoundingClientRect().toJSON()"""
)


@pytest.fixture
def screen(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """A page with a long picture on a screen that is touched."""
    x = h = Value(0.5, label="x")
    for _ in range(9):
        h = (h * 0.9 + x).tanh()
    path = Path(draw(h, fold=None, max_nodes=None).save(tmp_path / "long.html"))
    context = browser.new_context(offline=True, has_touch=True)
    page = context.new_page()
    pages.watch(page)
    pages.open(page, path)
    yield page
    context.close()
    assert pages.troubles(page) == []


def slide(page: Any, start: list[Point], end: list[Point], steps: int = 10) -> None:
    """Put a finger at each of some points and move them to others, all at once."""
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, points: list[Point]) -> None:
        fingers = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        asked = {"type": kind, "touchPoints": fingers}
        devtools.send("Input.dispatchTouchEvent", asked)

    touch("touchStart", start)
    for k in range(1, steps + 1):
        share = k / steps
        touch(
            "touchMove",
            [
                (a + share * (c - a), b + share * (d - b))
                for (a, b), (c, d) in zip(start, end, strict=True)
            ],
        )
    touch("touchEnd", [])


def test_a_pinch_zooms_the_picture_and_not_the_page(screen: Any) -> None:
    before = screen.evaluate(ZOOM)
    slide(screen, [(400, 150), (500, 150)], [(350, 150), (550, 150)])
    assert screen.evaluate(ZOOM) == pytest.approx(2 * before, abs=1.5)
    slide(screen, [(350, 150), (550, 150)], [(400, 150), (500, 150)])
    assert screen.evaluate(ZOOM) == pytest.approx(before, abs=1.5)
    assert screen.evaluate("visualViewport.scale") == 1


def test_what_is_between_two_fingers_moves_with_them(screen: Any) -> None:
    screen.evaluate("document.getElementById('stage').scrollLeft = 2000")
    one = screen.evaluate(MIDDLE)
    box = screen.evaluate(PLACE, one)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    slide(screen, [(x - 40, y), (x + 40, y)], [(x - 180, y), (x - 20, y)])
    moved = screen.evaluate(PLACE, one)
    assert moved["width"] == pytest.approx(2 * box["width"], rel=0.05)
    middle = moved["x"] + moved["width"] / 2
    assert middle == pytest.approx(x - 100, abs=6)


def test_one_finger_scrolls_and_zooms_nothing(screen: Any) -> None:
    before, zoom = screen.evaluate(SCROLLED), screen.evaluate(ZOOM)
    slide(screen, [(300, 300)], [(420, 300)])
    screen.wait_for_timeout(300)  # the browser scrolls by itself
    assert screen.evaluate(SCROLLED)[0] < before[0]
    assert screen.evaluate(ZOOM) == zoom
