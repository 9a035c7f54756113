"""A long drawing goes on in the next row, and loses nothing by it."""

from __future__ import annotations

import itertools

import pytest
from test_layered import apart, sampled

from dendrograd.viz.layout.layered import layered
from dendrograd.viz.layout.rows import MOST, in_rows


def recurrence(steps, lines=1):
    """Return a drawing of a long chain, whose first boxes are used all along it."""
    boxes = lines + steps
    arrows = [(k - 1, k) for k in range(lines + 1, boxes)]
    arrows += [(k, j) for j in range(lines, boxes) for k in range(lines)]
    labels = dict.fromkeys(range(len(arrows)), (30.0, 8.0))
    return layered([(60.0, 54.0)] * boxes, arrows, labels=labels), arrows


@pytest.mark.parametrize("lines", [1, 2, 3])
@pytest.mark.parametrize("rows", [2, 3, 5])
def test_rows_are_narrow_and_nothing_in_them_is_covered(rows, lines):
    layout, _ = recurrence(20, lines)
    made = in_rows(layout, rows)
    assert made is not None
    assert made.width < 1.7 * layout.width / rows
    assert [(b.width, b.height) for b in made.boxes] == [(60.0, 54.0)] * (20 + lines)
    assert all(apart(a, b) for a, b in itertools.combinations(made.boxes, 2))
    for segment in made.segments:
        for x, y in sampled(segment.points):
            assert 0.0 <= x <= made.width
            assert -1e-6 <= y <= made.height
            for rect in (*made.boxes, *made.labels.values()):
                assert not (
                    rect.left + 1e-6 < x < rect.right - 1e-6
                    and rect.top + 1e-6 < y < rect.bottom - 1e-6
                )


@pytest.mark.parametrize("rows", [2, 4])
def test_each_arrow_still_runs_from_its_source_to_its_target(rows):
    layout, arrows = recurrence(16, 2)
    made = in_rows(layout, rows)
    for arrow, (source, target) in enumerate(arrows):
        ends = {
            tuple(round(c, 6) for c in segment.points[0]): segment.points[-1]
            for segment in made.segments
            if arrow in segment.arrows
        }
        box = made.boxes[source]
        point = box.right, box.top + box.height / 2
        while (key := tuple(round(c, 6) for c in point)) in ends:
            point = ends.pop(key)
        assert not ends
        goal = made.boxes[target]
        assert point[0] == pytest.approx(goal.left)
        assert goal.top < point[1] < goal.bottom


def test_no_cut_parts_a_frame_or_too_many_lines():
    chain = [(k, k + 1) for k in range(9)]
    framed = layered([(60.0, 54.0)] * 10, chain, [("all",)] * 10)
    assert in_rows(framed, 2) is None
    layout, _ = recurrence(12, MOST + 1)
    assert in_rows(layout, 2) is None
