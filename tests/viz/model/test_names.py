"""What texts call a node: what pictures show, never a number that nothing shows."""

import re

import pytest
from graphs import programs, roots
from hypothesis import given
from hypothesis import strategies as st

from dendrograd import Value, scope
from dendrograd.backprop import toposort
from dendrograd.nn import MLP
from dendrograd.viz import draw, explain, trace
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.names import Names
from dendrograd.viz.model.results import frame_name, results

NUMBERED = re.compile(r"\bn\d+\b")


@given(roots(steps=8), st.data())
def test_no_explanation_speaks_of_a_number_that_no_picture_shows(root, data):
    leaf = data.draw(st.sampled_from(toposort(root)))
    assert not NUMBERED.search(str(explain(root, leaf)))


@given(roots(steps=8))
def test_names_of_listed_nodes_differ(root):
    graph = trace(root)
    for numbered in (False, True):
        names = Names(graph, range(len(graph.nodes)), numbered)
        told = [names.name(node.id) for node in graph.nodes]
        assert len(set(told)) == len(told)


@given(programs())
def test_a_call_with_one_result_hands_on_nothing_else(root):
    graph = trace(root)
    scopes = frames(graph)
    expected = {}
    for path in scopes.titles:
        inside = {i for i, p in enumerate(scopes.paths) if p[: len(path)] == path}
        used = {e.src for e in graph.edges if e.src in inside and e.dst not in inside}
        used |= {graph.root.id} & inside
        if len(used) == 1 and not graph.nodes[min(used)].is_leaf:
            depth, node = len(path), used.pop()
            expected[node] = min(depth, expected.get(node, depth))
    found = results(graph, scopes)
    assert {node: len(path) for node, path in found.items()} == expected


def test_the_result_of_a_call_is_called_by_the_call():
    x = [Value(1.0, label="x1"), Value(2.0, label="x2")]
    text = str(explain(MLP(2, [3, 1], activation="tanh", seed=0)(x), x[0]))
    assert text.startswith("d MLP / d x1")
    assert "  layers.0/neurons.2 = tanh(" in text


def test_calls_that_lie_in_none_are_named_whole():
    x = Value(1.0)
    with scope("f"), scope("g"):
        y = x.tanh()
    with scope("h"):
        y = y * y
    graph = trace(y)
    scopes = frames(graph)
    assert [frame_name(scopes, path) for path in scopes.titles] == ["f", "f/g", "h"]


def test_alike_nodes_of_different_calls_are_told_apart_by_them():
    x = y = Value(0.5, label="x")
    for _ in range(2):
        with scope("cell"):
            y = (y * x * 3 - x / 3 + 1).tanh() * 2
    graph = trace(y)
    names = Names(graph, range(len(graph.nodes)))
    told = {names.name(node.id) for node in graph.nodes}
    assert {"cell #1", "cell #2"} <= told
    alike = {
        name.rpartition(" in ")[0] for name in told if name.endswith(" in cell #1")
    }
    assert alike
    assert {f"{name} in cell #2" for name in alike} <= told


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (lambda x: x * 2 + 1, "(x * 2) + 1"),
        (lambda x: (x.exp() + x.log()).tanh() * x.sqrt(), "tanh(…) * sqrt(x)"),
        (
            lambda x: (x.exp() + x.log()).tanh() * (x.exp() + x.log()),
            "tanh(…) * (… + …)",
        ),
        (lambda x: x.exp().log1p().sqrt().tanh().relu(), "ReLU(tanh(…))"),
    ],
)
def test_a_long_expression_is_told_by_its_last_operation(made, name):
    graph = trace(made(Value(0.5, label="x")))
    assert Names(graph, [graph.root.id]).name(graph.root.id) == name


def test_a_leaf_without_a_label_is_told_by_its_number():
    x = Value(3.0)
    assert str(explain(x * 2, x)).startswith("d (3 * 2) / d (leaf 3) = 2\n")


@pytest.mark.parametrize("name", ["svg", "html", "dot"])
def test_no_picture_speaks_of_a_number_that_it_does_not_show(name):
    x = Value(3.0, label="x")
    z = (x * 2 - 5.0).relu() * x.log() + (x - 3.0).log()
    z.backward()
    shown = re.compile(r">n\d<|\bn\d[ =:,]|of n\d")  # ids of Graphviz are n0, n1, ...
    written = draw(z).pipe(name, "utf-8")
    assert not shown.search(
        re.sub(r"n\d -> n\d|^\s*n\d \[", "", written, flags=re.MULTILINE)
    )
    assert "first value that is not finite: log(x - 3) = −∞, made at" in written
    asked = draw(z, names=True).pipe(name, "utf-8")
    assert re.search(r"not finite: n\d = −∞ by log", asked)
