"""The truth of pictures: what leaves a box adds up to its gradient, whatever was done."""

import math
from collections import defaultdict

import pytest
from graphs import programs, roots
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrograd import Value, scope
from dendrograd.viz import trace
from dendrograd.viz.model.blocks import blocked, gathered
from dendrograd.viz.model.focus import focus, largest_paths, restricted
from dendrograd.viz.model.fold import fold
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.fuse import fuse_sums
from dendrograd.viz.model.picture import pictured


def close(a, b):
    return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def check(picture):
    """Assert every law of a picture."""
    assert [box.id for box in picture.boxes] == list(range(len(picture.boxes)))
    flow = defaultdict(float)
    for arrow in picture.arrows:
        assert arrow.src < arrow.dst
        flow[arrow.src] += arrow.contribution
        end = picture.boxes[arrow.dst]
        if arrow.local is not None and end.adjoint is not None:
            assert close(arrow.local * end.adjoint, arrow.contribution)
    for box in picture.boxes:
        if box.adjoint is not None:
            own = flow[box.id] + (1.0 if box.id == picture.root else 0.0)
            assert close(own, box.adjoint), box
        for depth in range(1, len(box.path) + 1):
            assert box.path[:depth] in picture.titles


def any_folds(graph, pick):
    """Return a picture with some of its frames folded, as `pick` chooses."""
    places = frames(graph)
    closed = {path for path in places.titles if pick(path)}
    return places, closed


@settings(max_examples=500)  # as many as it takes to meet rare shapes: some 10 s
@given(st.one_of(programs(), roots()), st.randoms(use_true_random=False))
def test_contributions_add_up_after_fold_fuse_and_focus(root, rng):
    graph = trace(root)
    places, closed = any_folds(graph, lambda path: rng.random() < 0.4)
    if rng.random() < 0.5:
        places, closed = gathered(graph, places, closed, few=1)
    if rng.random() < 0.3:
        places, closed = blocked(graph, places, closed, (), rng.randint(1, 4))
    picture = fold(graph, places, closed)
    check(picture)
    fused = fuse_sums(picture)
    check(fused)
    paths = largest_paths(fused, rng.randint(1, 3))
    check(focus(fused, paths, point=True))
    keep = {box.id for box in fused.boxes if rng.random() < 0.6} | {fused.root}
    check(restricted(fused, keep))
    for some in (picture, fused):
        assert len(some.places) == len(graph.nodes)
        assert some.places[graph.root.id] == some.root
        assert set(some.places) == {box.id for box in some.boxes}


@given(programs())
def test_every_node_is_in_exactly_one_box(root):
    graph = trace(root)
    places, closed = any_folds(graph, lambda path: len(path) == 1)
    picture = fold(graph, places, closed)
    assert sum(box.nodes for box in picture.boxes) == len(graph.nodes)
    assert sum(box.nodes for box in fuse_sums(picture).boxes) == len(graph.nodes)


def test_a_folded_call_has_the_total_derivative_of_a_finite_difference():
    def run(x, w):
        with scope("f"):
            y = (x * w).tanh() * x + w
        return y * 3, y

    x, w = Value(0.7, label="x"), Value(-0.4, label="w")
    graph = trace(run(x, w)[0])
    places = frames(graph)
    picture = fold(graph, places, places.titles)
    names = {box.label: box.id for box in picture.boxes}
    for name, step in (("x", (1e-6, 0.0)), ("w", (0.0, 1e-6))):
        arrow = next(a for a in picture.arrows if a.src == names[name])
        up, down = (
            run(x.data + s * step[0], Value(w.data + s * step[1]))[1].data
            for s in (1, -1)
        )
        assert math.isclose(arrow.local, (up - down) / 2e-6, rel_tol=1e-8)


def test_a_box_of_several_outputs_has_no_single_number():
    x = Value(2.0, label="x")
    with scope("pair"):
        a, b = x * 2, x * 3
    graph = trace(a * b)
    picture = fold(graph, frames(graph), frames(graph).titles)
    pair = next(box for box in picture.boxes if box.kind == "call")
    assert (pair.data, pair.adjoint, pair.outputs) == (None, None, 2)
    assert [arrow.local for arrow in picture.arrows if arrow.dst == pair.id] == [None]
    check(picture)


def test_a_repeated_operand_keeps_two_arrows_out_of_a_folded_call():
    x = Value(2.0, label="x")
    with scope("f"):
        y = x.tanh()
    graph = trace(y * y)
    picture = fold(graph, frames(graph), frames(graph).titles)
    assert len([a for a in picture.arrows if a.dst == picture.root]) == 2


def test_a_scope_that_was_left_and_entered_again_stays_open_and_a_note_says_so():
    def half(x):
        with scope("gen"):
            y = x.tanh()
            x = yield y
            yield x * y

    x = Value(0.5, label="x")
    calls = half(x)
    root = calls.send(next(calls) * 3)
    graph = trace(root)
    places = frames(graph)
    assert len(places.titles) == 1
    picture = fold(graph, places, places.titles)
    check(picture)
    assert {box.kind for box in picture.boxes} == {"leaf", "op"}
    assert "gen is not folded: it was left and entered again" in picture.notes


def test_a_sum_melts_its_terms_and_keeps_signs_labels_and_shared_parts():
    a, b, c, d = (Value(float(i), label=n) for i, n in enumerate("abcd", 1))
    kept = b + c
    kept.label = "kept"
    shared = c - d
    root = (a - (b + 5.0)) + kept + shared * shared
    graph = trace(root)
    picture = fuse_sums(pictured(graph, frames(graph)))
    check(picture)
    boxes = picture.boxes
    total = boxes[picture.root]
    terms = {boxes[arrow.src].name: arrow.local for arrow in picture.into()[total.id]}
    assert total.operation == "Σ"
    assert {k: v for k, v in terms.items() if k in "abkept"} == {
        "a": 1.0,
        "b": -1.0,
        "kept": 1.0,
    }
    assert [box.operation for box in boxes if box.label == "kept"] == ["+"]


@pytest.mark.parametrize("k", [1, 2, 5])
@given(root=roots())
def test_the_largest_paths_are_those_of_brute_force(k, root):
    graph = trace(root)
    picture = pictured(graph, frames(graph))
    out = picture.out()
    sources = {box.id for box in picture.boxes} - {a.dst for a in picture.arrows}

    def walk(box):
        if box == picture.root:
            yield 1.0
        for arrow in out[box]:
            for rest in walk(arrow.dst):
                yield rest * arrow.local

    sizes = [abs(size) for box in sources for size in walk(box)]
    best = sorted((s for s in sizes if s), reverse=True)[:k]
    found = [
        abs(math.prod(a.local for a in path)) for path in largest_paths(picture, k)
    ]
    assert len(found) == len(best)
    assert all(close(a, b) for a, b in zip(found, best, strict=True))
