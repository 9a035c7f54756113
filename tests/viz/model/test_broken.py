"""The way of the first inf or nan is what a walk along bad numbers reaches, by definition."""

import math

from graphs import programs, roots
from hypothesis import given, settings

from dendrograd.viz import draw, trace
from dendrograd.viz.model.broken import marked, ways


def reached(start, steps, bad):
    """Return all that a walk reaches from a node over nodes that are bad."""
    found, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        for to in steps.get(node, ()):
            if bad[to] and to not in found:
                found.add(to)
                waiting.append(to)
    return found


def finite(x):
    return math.isfinite(x)


@settings(max_examples=80)
@given(roots(poles=True))
def test_bad_data_is_followed_to_the_root(root):
    graph = trace(root)
    data, _ = ways(graph)
    bad = [not finite(node.data) for node in graph.nodes]
    if not any(bad):
        assert (data.first, data.nodes, data.edges) == (-1, frozenset(), frozenset())
        return
    up = {}
    for edge in graph.edges:
        up.setdefault(edge.src, []).append(edge.dst)
    assert data.first == bad.index(True)
    assert data.nodes == reached(data.first, up, bad)
    assert data.edges == {i for i, e in enumerate(graph.edges) if e.src in data.nodes}


@settings(max_examples=80)
@given(roots(poles=True))
def test_bad_gradients_are_followed_to_the_leaves(root):
    graph = trace(root)
    _, grad = ways(graph)
    bad = [not finite(node.adjoint) for node in graph.nodes]
    if not any(bad):
        assert (grad.first, grad.nodes, grad.edges) == (-1, frozenset(), frozenset())
        return
    down = {}
    for edge in graph.edges:
        if not finite(edge.contribution):
            down.setdefault(edge.dst, []).append(edge.src)
    assert grad.first == max(i for i, one in enumerate(bad) if one)
    assert grad.nodes == reached(grad.first, down, bad)
    assert grad.edges == {
        i
        for i, e in enumerate(graph.edges)
        if not finite(e.contribution) and (e.dst in grad.nodes or e.src == grad.first)
    }


@settings(max_examples=30)
@given(programs())
def test_a_box_is_marked_where_one_of_its_nodes_is(root):
    root = root / 0.0 if root.data else root
    graph = trace(root)
    both = ways(graph)
    for fold in (None, 1):
        picture = draw(root, fold=fold, max_nodes=None, grad="true").picture
        marks = marked(picture, both)
        for way in both:
            told = {b for b, says in marks.says.items() if {*way.words} & {*says}}
            assert told == {picture.places[node] for node in way.nodes}
            where = picture.places[way.first] if way.nodes else None
            assert marks.first.get(way.kind) == where
            along = {i for i, a in enumerate(picture.arrows) if {*a.edges} & way.edges}
            assert marks.arrows.get(way.kind, set()) == along
