"""A long drawing goes on in the next row, and loses nothing by it."""

from __future__ import annotations

import itertools

import pytest
from test_layered import apart, sampled

from dendrograd import Value, scope
from dendrograd.viz import draw
from dendrograd.viz.layout.cuts import MOST, rows_of
from dendrograd.viz.layout.layered import layered
from dendrograd.viz.layout.rows import Wrapped, in_rows


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


def filtered():
    """Return a step of a Kalman filter, whose last inputs stand far apart."""
    given = {"x": 0.5, "v": 1.0, "P00": 1.0, "P01": 0.1, "P10": 0.1, "P11": 1.0}
    given |= {"dt": 0.1, "q": 0.01, "R": 0.5, "z": 0.8}
    x, v, p00, p01, p10, p11, dt, q, r, z = (
        Value(data, label=name) for name, data in given.items()
    )
    with scope("predict"):
        ahead = x + dt * v
        wide = p00 + dt * (p10 + p01) + dt * dt * p11 + q
    with scope("update"):
        y, s = z - ahead, wide + r
    loss = 0 + (y * y / s + s.log()) * -0.5
    loss.backward()
    return loss


def test_a_line_enters_the_next_row_where_it_is_going_to():
    layout = draw(filtered(), fold=None).layout
    end = next(iter(layout.frames.values())).right  # of what is predicted
    made = Wrapped(layout, rows_of(layout, [end])).result()
    second = {k for k, box in enumerate(made.boxes) if box.left < layout.boxes[k].left}
    rects = [made.boxes[k] for k in second]
    low, high = min(r.top for r in rects), max(r.bottom for r in rects)
    runs = [
        s.points[-1][1] for s in made.segments if s.points[0][1] < low < s.points[-1][1]
    ]
    assert len(runs) == 4
    assert all(low < y < high for y in runs)
    assert max(y for s in made.segments for _, y in s.points) < high


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
def test_rows_of_each_direction_are_those_of_the_first_turned(rankdir):
    arrows = [(0, 1), (0, 2), (1, 3), (2, 3), *((k, k + 1) for k in range(3, 15))]
    square = [(50.0, 50.0)] * 16
    first = in_rows(layered(square, arrows), 3)
    made = in_rows(layered(square, arrows, rankdir=rankdir), 3, rankdir)
    upright, mirrored = rankdir in ("TB", "BT"), rankdir in ("RL", "BT")
    wide, high = (made.height, made.width) if upright else (made.width, made.height)
    assert (wide, high) == (first.width, first.height)
    for one, other in zip(first.boxes, made.boxes, strict=True):
        x, y = (other.top, other.left) if upright else (other.left, other.top)
        x = wide - x - 50.0 if mirrored else x
        assert (x, y) == pytest.approx((one.left, one.top))
