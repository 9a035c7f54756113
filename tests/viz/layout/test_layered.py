"""What a layout promises: nothing overlaps, arrows go forward and end where they must."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.viz.layout.layered import Layout, Rect, layered

NEAR = 1e-6


@st.composite
def programs(draw, frames=True):
    """Draw sizes, arrows and frames, as a program makes them.

    A box uses earlier boxes. A frame holds what is made without a break, as a call does.
    """
    count = draw(st.integers(1, 14))
    sizes, arrows, paths = [], [], []
    path, serial = (), itertools.count()
    for box in range(count):
        sizes.append(draw(st.tuples(st.integers(1, 90), st.integers(1, 60))))
        if box:
            uses = draw(st.lists(st.integers(0, box - 1), max_size=4))
            arrows += [(use, box) for use in uses]
        if frames:
            path = path[: draw(st.integers(0, len(path)))]
            path += tuple(next(serial) for _ in range(draw(st.integers(0, 2))))
        paths.append(path[:4])
    return sizes, arrows, paths


def inside(inner: Rect, outer: Rect) -> bool:
    return (
        inner.left >= outer.left - NEAR
        and inner.top >= outer.top - NEAR
        and inner.right <= outer.right + NEAR
        and inner.bottom <= outer.bottom + NEAR
    )


def apart(a: Rect, b: Rect) -> bool:
    return (
        a.right <= b.left + NEAR
        or b.right <= a.left + NEAR
        or a.bottom <= b.top + NEAR
        or b.bottom <= a.top + NEAR
    )


def pieces(points):
    """Yield the cubic pieces of a poly-Bézier, as four points each."""
    assert len(points) % 3 == 1
    assert len(points) > 3
    for k in range(0, len(points) - 1, 3):
        yield points[k : k + 4]


def sampled(points, steps=16):
    """Yield points on a poly-Bézier."""
    for (a, p), (b, q), (c, r), (d, s) in pieces(points):
        for k in range(steps + 1):
            t = k / steps
            u = 1 - t
            yield (
                u**3 * a + 3 * u * u * t * b + 3 * u * t * t * c + t**3 * d,
                u**3 * p + 3 * u * u * t * q + 3 * u * t * t * r + t**3 * s,
            )


def routes(layout: Layout, arrows):
    """Return for each arrow its segments, from the source to the target."""
    found = [[] for _ in arrows]
    for segment in layout.segments:
        for arrow in segment.arrows:
            found[arrow].append(segment)
    return [sorted(segments, key=lambda s: s.points[0][0]) for segments in found]


@given(programs())
def test_boxes_keep_their_sizes_and_do_not_overlap(program):
    sizes, arrows, paths = program
    layout = layered(sizes, arrows, paths)
    assert [(box.width, box.height) for box in layout.boxes] == sizes
    assert all(apart(a, b) for a, b in itertools.combinations(layout.boxes, 2))


@given(programs())
def test_a_frame_holds_its_own_boxes_and_frames_and_no_other(program):
    sizes, arrows, paths = program
    layout = layered(sizes, arrows, paths)
    prefixes = {path[:k] for path in paths for k in range(1, len(path) + 1)}
    assert set(layout.frames) == prefixes
    for frame, rect in layout.frames.items():
        for path, box in zip(paths, layout.boxes, strict=True):
            own = path[: len(frame)] == frame
            assert inside(box, rect) if own else apart(box, rect)
        for other, found in layout.frames.items():
            if other[: len(frame)] == frame:
                assert inside(found, rect)
            elif frame[: len(other)] != other:
                assert apart(found, rect)


@given(programs())
def test_the_title_of_a_frame_has_a_strip_of_its_own(program):
    sizes, arrows, paths = program
    titles = {path[:1]: 300.0 for path in paths if path}
    for rankdir in ("LR", "RL", "TB", "BT"):
        layout = layered(sizes, arrows, paths, titles=titles, rankdir=rankdir)
        for path, rect in layout.frames.items():
            assert rect.width >= titles.get(path, 0.0) - NEAR
            strip = Rect(rect.left, rect.top, rect.width, 18.0)
            assert all(apart(strip, box) for box in layout.boxes)
            assert all(
                apart(strip, found) or path[: len(other)] == other
                for other, found in layout.frames.items()
            )


@given(programs())
def test_each_arrow_runs_forward_from_the_border_of_its_source_to_its_target(program):
    sizes, arrows, paths = program
    layout = layered(sizes, arrows, paths)
    for (source, target), route in zip(arrows, routes(layout, arrows), strict=True):
        start, end = layout.boxes[source], layout.boxes[target]
        assert start.right <= end.left
        points = [point for segment in route for point in segment.points]
        assert points[0] == pytest.approx(
            (start.right, start.top + start.height / 2), abs=NEAR
        )
        assert points[-1][0] == pytest.approx(end.left, abs=NEAR)
        assert end.top < points[-1][1] < end.bottom
        for before, after in itertools.pairwise(route):
            assert before.points[-1] == pytest.approx(after.points[0], abs=NEAR)
        assert all(a[0] <= b[0] + NEAR for a, b in itertools.pairwise(points))
        assert [segment.last for segment in route] == [False] * (len(route) - 1) + [
            True
        ]


@given(programs())
def test_the_last_segment_of_an_arrow_is_its_own(program):
    sizes, arrows, paths = program
    last = [s.arrows for s in layered(sizes, arrows, paths).segments if s.last]
    assert sorted(last) == [(arrow,) for arrow in range(len(arrows))]


@given(programs())
def test_arrows_that_share_a_segment_come_from_one_box(program):
    sizes, arrows, paths = program
    for segment in layered(sizes, arrows, paths).segments:
        assert len({arrows[arrow][0] for arrow in segment.arrows}) == 1
        assert list(segment.arrows) == sorted(set(segment.arrows))


@given(programs())
def test_arrows_enter_a_box_at_different_heights(program):
    sizes, arrows, paths = program
    ends = Counter(
        s.points[-1] for s in layered(sizes, arrows, paths).segments if s.last
    )
    assert not ends or max(ends.values()) == 1


@given(programs())
def test_everything_lies_on_the_canvas(program):
    sizes, arrows, paths = program
    layout = layered(sizes, arrows, paths)
    canvas = Rect(0.0, 0.0, layout.width, layout.height)
    assert all(inside(r, canvas) for r in (*layout.boxes, *layout.frames.values()))
    for segment in layout.segments:
        assert all(inside(Rect(x, y, 0.0, 0.0), canvas) for x, y in segment.points)


@given(programs())
def test_no_curve_passes_through_a_box_or_a_frame_that_its_arrows_do_not_enter(program):
    sizes, arrows, paths = program
    layout = layered(sizes, arrows, paths)
    for segment in layout.segments:
        ends = {box for arrow in segment.arrows for box in arrows[arrow]}
        around = {paths[box][:k] for box in ends for k in range(1, len(paths[box]) + 1)}
        closed = [r for path, r in layout.frames.items() if path not in around]
        for x, y in sampled(segment.points):
            for box in (*layout.boxes, *closed):
                assert not (
                    box.left + NEAR < x < box.right - NEAR
                    and box.top + NEAR < y < box.bottom - NEAR
                )


@given(programs())
def test_right_to_left_is_the_mirror_image(program):
    sizes, arrows, paths = program
    layout = layered(sizes, arrows, paths)
    mirror = layered(sizes, arrows, paths, rankdir="RL")
    for a, b in zip(layout.boxes, mirror.boxes, strict=True):
        assert (b.left, b.top) == pytest.approx((layout.width - a.right, a.top))
    for path, a in layout.frames.items():
        assert mirror.frames[path].right == pytest.approx(layout.width - a.left)
    for one, other in zip(layout.segments, mirror.segments, strict=True):
        assert one.arrows == other.arrows
        for (x, y), (u, v) in zip(one.points, other.points, strict=True):
            assert (u, v) == pytest.approx((layout.width - x, y))


@given(programs(frames=False))
def test_top_to_bottom_is_the_image_with_x_and_y_exchanged(program):
    sizes, arrows, _ = program
    turned = [(height, width) for width, height in sizes]
    layout = layered(sizes, arrows)
    for rankdir in ("TB", "BT"):
        found = layered(turned, arrows, rankdir=rankdir)
        assert (found.width, found.height) == (layout.height, layout.width)
        for a, b in zip(layout.boxes, found.boxes, strict=True):
            top = a.left if rankdir == "TB" else layout.width - a.right
            assert (b.left, b.top) == pytest.approx((a.top, top))
            assert (b.width, b.height) == (a.height, a.width)
        for one, other in zip(layout.segments, found.segments, strict=True):
            for (x, y), (u, v) in zip(one.points, other.points, strict=True):
                down = x if rankdir == "TB" else layout.width - x
                assert (u, v) == pytest.approx((y, down))


@given(programs())
def test_top_to_bottom_keeps_frames_and_directions(program):
    sizes, arrows, paths = program
    layout = layered(sizes, arrows, paths, rankdir="TB")
    assert all(apart(a, b) for a, b in itertools.combinations(layout.boxes, 2))
    for source, target in arrows:
        assert layout.boxes[source].bottom <= layout.boxes[target].top
    for frame, rect in layout.frames.items():
        for path, box in zip(paths, layout.boxes, strict=True):
            own = path[: len(frame)] == frame
            assert inside(box, rect) if own else apart(box, rect)


@given(programs(frames=False), st.data())
def test_pinned_boxes_stand_in_the_outermost_columns(program, data):
    sizes, arrows, _ = program
    sizes = [(40.0, height) for _, height in sizes]
    sources, targets = ({a[k] for a in arrows} for k in (0, 1))
    roots = sorted(set(range(len(sizes))) - targets)
    ends = sorted(set(range(len(sizes))) - sources - {0})
    first = data.draw(st.sets(st.sampled_from(roots)))
    last = data.draw(st.sets(st.sampled_from(ends))) - first if ends else set()
    lefts = [b.left for b in layered(sizes, arrows, first=first, last=last).boxes]
    assert {lefts[box] for box in first} <= {min(lefts)}
    assert {lefts[box] for box in last} <= {max(lefts)}


def test_a_leaf_stands_next_to_its_consumer_unless_it_is_pinned():
    sizes, arrows = [(40.0, 20.0)] * 5, [(0, 1), (1, 2), (2, 3), (4, 3)]
    paths = [(), ("f",), ("f",), ("f",), ("f",)]
    near, pinned = (
        layered(sizes, arrows, paths),
        layered(sizes, arrows, paths, first=[4]),
    )
    assert near.boxes[4].left == near.boxes[2].left
    assert pinned.boxes[4].left == pinned.boxes[1].left


def network(inputs, neurons):
    """Return sizes, arrows and frames of a layer: x0.., then each neuron in a frame."""
    paths = [()] * inputs
    arrows = []
    for k in range(neurons):
        weights = [len(paths) + i for i in range(inputs)]
        paths += [(f"neuron{k}",)] * (2 * inputs + 1)
        products = [w + inputs for w in weights]
        for i in range(inputs):
            arrows += [(weights[i], products[i]), (i, products[i])]
        arrows += [(product, products[-1] + 1) for product in products]
    return [(60.0, 30.0)] * len(paths), arrows, paths


def test_inputs_and_equal_neurons_stand_in_their_order_from_top_to_bottom():
    sizes, arrows, paths = network(4, 3)
    layout = layered(sizes, arrows, paths)
    inputs = [box.top for box in layout.boxes[:4]]
    neurons = [layout.frames[(f"neuron{k}",)].top for k in range(3)]
    assert inputs == sorted(inputs)
    assert neurons == sorted(neurons)
    for k in range(3):
        products = range(4 + 9 * k + 4, 4 + 9 * k + 8)
        tops = [layout.boxes[product].top for product in products]
        assert tops == sorted(tops)
    lefts = [
        box.left - layout.frames[path].left
        for box, path in zip(layout.boxes[4:], paths[4:], strict=True)
    ]
    assert lefts[:9] == pytest.approx(lefts[9:18])


def test_all_arrows_from_a_box_into_a_frame_cross_its_border_in_one_point():
    sizes, arrows, paths = network(4, 3)
    arrows += [(source, 12) for source in range(4)]  # the sum of the first neuron
    layout = layered(sizes, arrows, paths)
    left = layout.frames["neuron0",].left
    for source in range(4):
        into = [
            segment.points[-1]
            for segment in layout.segments
            if segment.points[-1][0] == pytest.approx(left)
            and arrows[segment.arrows[0]][0] == source
        ]
        assert len(set(into)) == 3  # one on the border of each neuron


def test_far_arrows_of_a_large_drawing_run_above_it_and_pass_no_box():
    count = 130
    chain = [(k, k + 1) for k in range(count - 1)]
    arrows = [*chain, *[(k, count - 1) for k in range(count - 2)]]
    layout = layered([(40.0, 20.0)] * count, arrows)
    ceiling = min(box.top for box in layout.boxes)
    above = {
        arrow
        for segment in layout.segments
        for arrow in segment.arrows
        if min(y for _, y in segment.points) < ceiling - 8.0
    }
    assert (0, count - 1) in {arrows[arrow] for arrow in above}
    for segment in layout.segments:
        for x, y in sampled(segment.points, 8):
            assert 0.0 <= y <= layout.height
            assert not any(
                box.left + NEAR < x < box.right - NEAR
                and box.top + NEAR < y < box.bottom - NEAR
                for box in layout.boxes
            )
    for (source, _), route in zip(arrows, routes(layout, arrows), strict=True):
        assert route[0].points[0][0] == layout.boxes[source].right
        for before, after in itertools.pairwise(route):
            assert before.points[-1] == after.points[0]


def test_crossings_that_can_be_avoided_are_avoided():
    crossed = [(0, 3), (1, 2), (3, 4), (2, 5)]
    assert layered([(50.0, 20.0)] * 6, crossed).crossings == 0
    rows = range(30)
    threads = [(k, 59 - k) for k in rows] + [(59 - k, 60 + k) for k in rows]
    assert layered([(50.0, 20.0)] * 90, threads).crossings == 0
    bipartite = [(s, t) for s in range(2) for t in range(2, 4)]
    assert layered([(50.0, 20.0)] * 4, bipartite).crossings == 1


def test_a_chain_is_one_straight_line():
    layout = layered([(50.0, 20.0), (50.0, 60.0), (20.0, 33.0)], [(0, 1), (1, 2)])
    assert len({y for s in layout.segments for _, y in s.points}) == 1


@pytest.mark.parametrize("sizes", [[], [(10.0, 10.0)]])
def test_a_picture_may_hold_nothing_or_one_box(sizes):
    layout = layered(sizes, [])
    assert (layout.width, layout.height) == (10.0 * len(sizes),) * 2
    assert layout.crossings == 0


def test_a_chain_of_5_000_boxes_and_1_000_nested_frames_need_no_recursion():
    count = 5_000
    chain = [(k, k + 1) for k in range(count - 1)]
    layout = layered([(10.0, 10.0)] * count, chain)
    assert len(layout.segments) == count - 1
    assert layout.height == 10.0
    paths = [tuple(range(k)) for k in range(1_000)]
    nested = layered([(10.0, 10.0)] * 1_000, [*chain[:999], (0, 999)], paths)
    assert len(nested.frames) == 999
    assert nested.frames[0,].width > 999 * 10


@pytest.mark.parametrize(
    ("arrows", "paths", "said"),
    [
        ([(0, 1), (1, 0)], None, "box 0 -> box 1 -> box 0"),
        ([(1, 1)], None, "box 1 -> box 1"),
        ([(0, 1), (1, 2)], [("cell",), (), ("cell",)], "frame 'cell' cannot be drawn"),
        ([(0, 3)], None, "an arrow from 0 to 3 needs both among 3 boxes"),
        ([], [()], "one path: 3 and 1 given"),
    ],
)
def test_what_no_layout_has_is_refused_with_its_name(arrows, paths, said):
    with pytest.raises(ValueError, match=said):
        layered([(10.0, 10.0)] * 3, arrows, paths)


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        ({"first": [1]}, "box 1 is pinned to the first column"),
        ({"last": [0]}, "box 0 is pinned to the last column"),
        ({"first": [7]}, "box 7 is pinned, but there are 2 boxes"),
        ({"rankdir": "left"}, "rankdir is LR, RL, TB or BT, not 'left'"),
    ],
)
def test_a_pin_that_cannot_be_kept_is_refused(pins, said):
    with pytest.raises(ValueError, match=said):
        layered([(10.0, 10.0)] * 2, [(0, 1)], **pins)


def test_calls_that_need_the_same_share_a_column_where_others_stand_near_their_user():
    # box 0 goes to four calls, and the third of them is used one column later
    arrows = [(0, 1), (0, 2), (0, 3), (0, 4)]
    arrows += [(1, 5), (2, 5), (4, 5), (5, 6), (3, 6)]
    sizes = [(40.0, 20.0)] * 7
    loose = layered(sizes, arrows).boxes
    assert loose[3].left > loose[1].right
    shared = layered(sizes, arrows, calls=range(1, 5)).boxes
    assert len({box.left for box in shared[1:5]}) == 1
    assert all(shared[a].right < shared[b].left for a, b in arrows)


def test_an_arrow_ends_forwards_where_its_column_is_rounded_otherwise():
    for width in range(1, 60):
        made = layered([(0.1 * width, 20.0), (0.7 * width, 20.0)], [(0, 1)])
        for segment in made.segments:
            (x, _), (u, _) = segment.points[-2:]
            assert x < u
