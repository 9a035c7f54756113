"""A picture whose boxes are made when asked shows what one made at once does."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from graphs import programs, roots
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrograd import Value, scope
from dendrograd.viz.model import folded, stale
from dendrograd.viz.model.auto import automatic
from dendrograd.viz.model.focus import focus, largest_paths
from dendrograd.viz.model.fold import fold
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.fuse import fuse_sums
from dendrograd.viz.model.snapshot import trace


def shown(picture):
    """Return all that can be compared of a picture."""
    titles = list(picture.titles.values())
    return repr(
        (
            tuple(picture.boxes),
            tuple(picture.arrows),
            titles,
            picture.notes,
            picture.root,
        )
    ), list(picture.places)


def drawn(root, k, depth):
    """Return many pictures of a graph."""
    graph = trace(root)
    scopes = frames(graph)
    closed = {path for path in scopes.titles if len(path) == depth}
    picture = fold(graph, scopes, closed)
    paths = largest_paths(picture, k)
    pictures = [picture, focus(picture, paths[:1], point=True), fuse_sums(picture)]
    pictures.append(focus(picture, paths, point=False))
    melted = fuse_sums(picture)
    pictures += [fuse_sums(melted), focus(melted, largest_paths(melted, k), point=True)]
    pictures.append(automatic(graph, "auto", k, 6, lambda _: True))
    into, out = picture.into(), picture.out()
    beside = [(into[box.id], out[box.id]) for box in picture.boxes]
    return [shown(each) for each in pictures], repr((beside, paths))


@st.composite
def sums(draw):
    """Return the root of a random program of sums, some in calls, some with a label."""
    nodes = [Value(1.5), Value(-0.5)]
    for _ in range(draw(st.integers(2, 14))):
        a, b = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes[-3:]))
        with (
            scope(draw(st.sampled_from("fg"))) if draw(st.booleans()) else nullcontext()
        ):
            made = draw(st.sampled_from([a + b, a - b, -b, b + 2.0, a * b, b.tanh()]))
        made.label = draw(st.sampled_from(["", "", "", "s"]))
        nodes.append(made)
    return nodes[-1] - nodes[-2]


@pytest.mark.parametrize("arrays", ["NumPy", "lists"])
@settings(deadline=None, max_examples=40)
@given(
    root=st.one_of(programs(), roots(poles=True), sums()),
    k=st.integers(1, 4),
    depth=st.integers(0, 2),
)
def test_a_large_picture_is_drawn_as_a_small_one(arrays, root, k, depth):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folded, "MANY", 10**9)
        law = drawn(root, k, depth)
        patch.setattr(folded, "MANY", 0)
        if arrays == "lists":
            patch.setattr("dendrograd.viz.model.large.numpy", lambda: None)
            patch.setattr("dendrograd.viz.model.nodes.numpy", lambda: None)
            patch.setattr(stale, "numpy", lambda: None)
        assert drawn(root, k, depth) == law


def test_only_the_boxes_that_a_picture_shows_are_made():
    x = y = Value(1.0)
    for _ in range(2_500):
        y = y * 0.5 + x
    graph = trace(y)
    picture = fold(graph, frames(graph), ())
    made = []
    picture.folded.box = lambda number, make=picture.folded.box: (
        made.append(number) or make(number)
    )
    cut = focus(picture, largest_paths(picture, 1), point=True)
    assert len(cut.boxes) < 10
    assert len(made) < 10


def test_no_box_is_made_to_melt_sums_of_which_few_are_shown(monkeypatch):
    x = Value(0.5, label="x")
    root = sum([(Value(float(i)) * x).tanh() for i in range(1_000)], start=Value(0.0))
    graph = trace(root)
    picture = fold(graph, frames(graph), ())
    made, make = [], folded.Folded.box
    monkeypatch.setattr(
        folded.Folded,
        "box",
        lambda self, number: made.append(number) or make(self, number),
    )
    melted = fuse_sums(picture)
    assert made == []
    assert len(melted.boxes) == 3_003  # leaves, products, tanh, x, 0 and the sum
    cut = focus(melted, largest_paths(melted, 1), point=True)
    assert [box.nodes for box in cut.boxes if box.kind == "sum"] == [1_000]
    assert len(made) < 12
