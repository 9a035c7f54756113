"""Frames are calls; a call holds what was computed without a break, so it can fold."""

from collections import Counter
from graphlib import CycleError, TopologicalSorter

import pytest
from graphs import programs
from hypothesis import given

from dendrograd import Value, scope
from dendrograd.nn import MLP, Module
from dendrograd.viz import trace
from dendrograd.viz.model.frames import frames


class Cell(Module):
    def __init__(self):
        self.w, self.u = Value(0.5, label="w"), Value(-0.3, label="u")

    def forward(self, x, h):
        return (self.w * x + self.u * h).tanh()


class RNN(Module):
    def __init__(self):
        self.cell = Cell()

    def forward(self, xs):
        h = Value(0.1, label="h")
        for x in xs:
            h = self.cell(x, h) * 0.9  # a node between two calls of the cell
        return h


def places(root):
    """Return for each node its label, or its operation, and the titles around it."""
    graph = trace(root)
    found = frames(graph)
    shown = [tuple(found.around(path)) for path in found.titles]
    assert len(shown) == len(set(shown)), "frames beside each other read the same"
    return [
        (
            node.label or (node.op.name if node.op else "leaf"),
            ["".join(title) for title in found.around(path)],
        )
        for node, path in zip(graph.nodes, found.paths, strict=True)
    ]


def titles(root):
    return ["".join(title) for title in frames(trace(root)).titles.values()]


def quotient(graph, boxes):
    """Raise CycleError where one box per key of `boxes` makes a cycle of the graph."""
    below = {box: set() for box in boxes}
    for edge in graph.edges:
        if boxes[edge.src] != boxes[edge.dst]:
            below[boxes[edge.dst]].add(boxes[edge.src])
    TopologicalSorter(below).prepare()


def at_depth(graph, depth):
    """Return the box of each node, all of a call of that depth with what it called."""
    paths = [node.call.path for node in graph.nodes]
    return [path[depth] if len(path) > depth else id_ for id_, path in enumerate(paths)]


def without_calls_inside(graph):
    """Return the box of each node, where only calls that called nothing are boxes."""
    paths = [node.call.path for node in graph.nodes]
    outer = {call for path in paths for call in path[:-1]}
    return [
        path[-1] if path and path[-1] not in outer else id_
        for id_, path in enumerate(paths)
    ]


@given(programs())
def test_calls_of_each_depth_fold_without_a_cycle(root):
    graph = trace(root)
    for depth in range(max(len(node.call.path) for node in graph.nodes)):
        quotient(graph, at_depth(graph, depth))


@given(programs())
def test_calls_that_called_nothing_fold_without_a_cycle(root):
    graph = trace(root)
    quotient(graph, without_calls_inside(graph))


def test_the_calls_of_an_rnn_fold_without_a_cycle_and_its_names_do_not():
    graph = trace(RNN()([1.0, 2.0, -1.0]))
    for depth in (0, 1):
        quotient(graph, at_depth(graph, depth))
    quotient(graph, without_calls_inside(graph))
    by_name = [node.scope if len(node.scope) == 2 else node.id for node in graph.nodes]
    with pytest.raises(CycleError):
        quotient(graph, by_name)


def test_a_call_without_the_calls_inside_it_may_fold_into_a_cycle():
    x = Value(1.0)
    with scope("outer"):
        y = x * 2
        with scope("inner"):
            z = y.tanh()
        w = z * y
    graph = trace(w)
    boxes = [node.call for node in graph.nodes]
    with pytest.raises(CycleError):
        quotient(graph, boxes)
    quotient(graph, at_depth(graph, 0))


def test_repeated_calls_are_numbered_by_time_and_share_a_frame_of_parameters():
    found = places(RNN()([1.0, 2.0]))
    frame = {
        ("w", "RNN", "cell"): 1,
        ("u", "RNN", "cell"): 1,
        ("h", "RNN"): 1,
        ("mul", "RNN"): 2,  # h * 0.9
        **{
            (name, "RNN", cell): count
            for cell in ("cell #1", "cell #2")
            for name, count in (("mul", 2), ("add", 1), ("tanh", 1))
        },
    }
    assert Counter((name, *path) for name, path in found) == frame


def test_numbers_follow_time_where_the_graph_is_read_in_another_order():
    x = Value(1.0, label="x")
    with scope("f"):
        early = x * 2
    with scope("f"):
        late = x * 3
    early.label, late.label = "early", "late"
    assert places(late - early)[1:3] == [("late", ["f #2"]), ("early", ["f #1"])]


def test_the_parameters_of_a_module_that_is_called_once_stand_in_its_call():
    assert places(Cell()(1.0, 2.0)) == [
        (name, ["Cell"]) for name in ("w", "mul", "u", "mul", "add", "tanh")
    ]


def test_each_of_two_models_of_a_kind_holds_its_own_parameters():
    first, second = Cell(), Cell()
    second.w.label = "second w"
    found = dict(places(first(1.0, 2.0) + second(1.0, 2.0)))
    assert found["w"] == ["Cell #1"]
    assert found["second w"] == ["Cell #2"]


def test_a_use_beside_the_model_leaves_a_parameter_in_its_call():
    cell = Cell()
    y = cell(1.0, 2.0)
    found = dict(places(y + cell.w * cell.w))
    assert found["w"] == ["Cell"]


def test_a_parameter_used_beside_its_model_alone_stands_in_its_only_call():
    cell = Cell()
    cell.spare = Value(1.0, label="spare")
    y = cell(1.0, 2.0)
    assert dict(places(y * cell.spare))["spare"] == ["Cell"]


def test_parameters_of_a_model_whose_call_is_not_seen_have_a_frame():
    model = RNN()
    model([1.0])
    penalty = model.cell.w**2
    assert dict(places(penalty)) == {"w": ["RNN", "cell"], "pow": []}


def test_a_model_called_inside_a_scope_keeps_its_parameters_with_it():
    cell = Cell()
    with scope("step"):
        y = cell(1.0, 2.0)
    assert dict(places(y))["w"] == ["step", "Cell"]


def test_a_parameter_used_by_a_part_and_by_another_call_of_the_whole_is_shared():
    model = RNN()
    y = model([1.0])
    with scope("RNN"):
        z = y * model.cell.w
    assert dict(places(z))["w"] == ["RNN", "cell"]
    assert titles(z).count("RNN") == 1


def test_a_batch_of_100_rows_is_100_calls_and_one_frame_of_parameters():
    model = MLP(3, [4, 4, 1], seed=0)
    y = sum(model([[i / 100, 0.5, -1.0] for i in range(100)]))
    found = frames(trace(y))
    outermost = [t for path, t in found.titles.items() if len(path) == 1]
    assert sorted(outermost) == sorted(
        [("MLP", ""), *[("MLP", f" #{i}") for i in range(1, 101)]]
    )
    for node, path in zip(trace(y).nodes, found.paths, strict=True):
        if node.label.startswith(("w", "b")):
            assert path == node.scope


def test_a_part_of_the_same_name_further_in_is_another_part():
    w = Value(1.0, label="w")
    w.scope = ("net", "f")
    with scope("net"), scope("g"), scope("f"):
        y = w.tanh()
    assert dict(places(y)) == {"w": ["net", "f"], "tanh": ["net", "g", "f"]}


@given(programs())
def test_every_call_of_a_picture_has_one_frame(root):
    places(root)
    graph = trace(root)
    calls = {node.call.path for node in graph.nodes}
    whole = {path[:depth] for path in calls for depth in range(1, len(path) + 1)}
    assert set(frames(graph).titles) == whole


def test_names_given_by_hand_stand_where_they_say():
    x = Value(1.0, label="x")
    y = x * 2
    x.scope = y.scope = ("a", "b")
    assert places(y) == [("x", ["a", "b"]), ("mul", ["a", "b"])]
