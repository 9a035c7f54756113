"""Labels of arrows cover nothing: each has a place of its own above the end of its line."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_layered import apart, programs, sampled

from dendrograd.viz.layout.layered import Rect, layered
from dendrograd.viz.layout.placing import entered, least

NEAR = 1e-6
SIDES = ("LR", "RL", "TB", "BT")


@st.composite
def labelled(draw):
    """Return sizes, arrows, frames, labels and a direction; boxes are `least` high."""
    sizes, arrows, paths = draw(programs())
    rankdir = draw(st.sampled_from(SIDES))
    labels = {
        arrow: (float(draw(st.integers(12, 70))), 8.0)
        for arrow in range(len(arrows))
        if draw(st.booleans())
    }
    across = 1 if rankdir in ("LR", "RL") else 0
    sized = []
    for box, size in enumerate(sizes):
        ends = [
            labels.get(arrow, (0.0, 0.0))[across]
            for arrow, (_, target) in enumerate(arrows)
            if target == box
        ]
        grown = [float(x) for x in size]
        grown[across] = max(grown[across], least(ends) if any(ends) else 0.0)
        sized.append(tuple(grown))
    return sized, arrows, paths, labels, rankdir


def laid(program):
    sizes, arrows, paths, labels, rankdir = program
    titles = {path[:k]: 60.0 for path in paths for k in range(1, len(path) + 1)}
    return layered(sizes, arrows, paths, titles=titles, labels=labels, rankdir=rankdir)


@given(labelled())
def test_each_label_has_a_place_of_its_size(program):
    _, _, _, labels, _ = program
    found = laid(program).labels
    assert {i: (r.width, r.height) for i, r in found.items()} == labels


@given(labelled())
def test_no_label_lies_on_a_line(program):
    layout = laid(program)
    for rect in layout.labels.values():
        for segment in layout.segments:
            for x, y in sampled(segment.points, 24):
                assert not (
                    rect.left < x < rect.right and rect.top < y < rect.bottom
                ), (rect, segment)


@given(labelled())
def test_no_label_lies_on_a_box_a_head_or_another_label(program):
    layout = laid(program)
    heads = [head(s.points[-2], s.points[-1]) for s in layout.segments if s.last]
    for rect in layout.labels.values():
        assert all(apart(rect, other) for other in (*layout.boxes, *heads))
    for one, other in itertools.combinations(layout.labels.values(), 2):
        assert apart(one, other)


@given(labelled())
def test_no_label_lies_on_the_border_or_the_title_of_a_frame(program):
    layout = laid(program)
    for rect in layout.labels.values():
        for frame in layout.frames.values():
            title = Rect(frame.left + 8, frame.top + 3, 60.0, 12.0)
            assert apart(rect, title)
            held = (
                frame.left <= rect.left + NEAR
                and rect.right <= frame.right + NEAR
                and frame.top <= rect.top + NEAR
                and rect.bottom <= frame.bottom + NEAR
            )
            assert held or apart(rect, frame)


@given(labelled())
def test_a_label_stands_at_the_end_of_its_own_line(program):
    layout = laid(program)
    ends = {s.arrows[0]: s.points[-1] for s in layout.segments if s.last}
    for arrow, rect in layout.labels.items():
        x, y = ends[arrow]
        aside = max(rect.left - x, x - rect.right, rect.top - y, y - rect.bottom)
        assert aside == pytest.approx(8.0)


def head(before, tip):
    """Return the rectangle of an arrow's head, 6 long and 6 wide."""
    (x, y), (u, v) = tip, before
    if abs(x - u) > abs(y - v):
        return Rect(min(x, x - 6 if x > u else x + 6), y - 3, 6.0, 6.0)
    return Rect(x - 3, min(y, y - 6 if y > v else y + 6), 6.0, 6.0)


@given(
    st.lists(st.sampled_from([9.0, 14.0, 40.0]), min_size=1, max_size=9),
    st.floats(0, 90),
)
def test_lines_enter_a_box_as_far_apart_as_their_labels_need(rooms, more):
    height = least(room - 6.0 for room in rooms) + more
    heights = entered(height, rooms)
    assert 3.0 - NEAR <= heights[0] <= heights[-1] <= height - 3.0 + NEAR
    gaps = [b - a for a, b in itertools.pairwise(heights)]
    assert gaps == pytest.approx(rooms[1:])
