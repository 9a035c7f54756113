"""The tree as text: every node once, uses named, what is left out counted."""

import re

import pytest
from graphs import roots
from hostile import LABELS
from hypothesis import given
from hypothesis import strategies as st

from dendrograd import Value
from dendrograd.backprop import toposort
from dendrograd.errors import OperandError
from dendrograd.viz import tree
from dendrograd.viz.model.snapshot import trace


def lines_of(root, **options):
    return [x for x in tree(root, **options).splitlines() if not x.startswith("note")]


def told(lines):
    """Return the lines that tell a node, and the nodes that lines count."""
    nodes = [line for line in lines if ": data " in line]
    counts = [re.search(r"… ([\d,]+) more nodes?$", line) for line in lines]
    return nodes, sum(int(found[1].replace(",", "")) for found in counts if found)


@given(roots(), st.integers(0, 8))
def test_each_node_has_its_line_or_is_counted_once(root, depth):
    nodes, counted = told(lines_of(root, depth=depth, max_lines=None))
    assert len(set(nodes)) == len(nodes)
    assert len(nodes) + counted == len(toposort(root))


@given(roots())
def test_each_use_of_a_node_has_its_line_in_a_tree_deep_enough(root):
    graph = trace(root)
    lines = lines_of(root, depth=len(graph.nodes), max_lines=None)
    assert len(lines) == len(graph.edges) + 1


@given(roots(), st.integers(0, 4))
def test_a_node_stands_where_it_is_nearest_to_the_root(root, depth):
    """So a node of the first levels is told however deep its other uses are."""
    nearest = {root: 0}
    for node in reversed(toposort(root)):
        for parent in node.parents:
            level = nearest[node] + 1
            nearest[parent] = min(nearest.get(parent, level), level)
    nodes, _ = told(lines_of(root, depth=depth, max_lines=None))
    levels = sorted((len(line) - len(line.lstrip(" "))) // 2 for line in nodes)
    assert levels == sorted(x for x in nearest.values() if x <= depth)


def test_a_line_shows_what_made_a_node_and_what_it_holds():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + a
    y.label = "y"
    y.backward()
    assert tree(y).splitlines() == [
        "y = n2 + a: data −4, grad 1",
        "  ×1 n2 = a * b: data −6, grad 1",
        "    ×−3 see a",
        "    ×2 b: data −3, grad 2",
        "  ×1 a: data 2, grad −2",
    ]


def test_a_repeated_operand_is_two_lines():
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    assert tree(y).splitlines()[1:] == ["  ×3 x: data 3, grad 6", "  ×3 see x"]


def test_what_has_its_line_further_down_is_not_counted_above():
    x = Value(0.5, label="x")
    y = x.tanh().tanh().tanh() * x
    y.backward()
    assert [line.split(":")[0] for line in lines_of(y, depth=1)] == [
        "n4 = n3 * x",
        "  ×0.5 n3 = tanh(n2)",
        "    … 2 more nodes",
        "  ×0.4068 x",
    ]


def test_nodes_with_one_label_are_told_apart():
    y = Value(1.0, label="w") + Value(2.0, label="w")
    assert [line.split(":")[0].split(" ", 3)[-1] for line in lines_of(y)[1:]] == [
        "w (n0)",
        "w (n1)",
    ]


def test_a_stale_gradient_is_noted_below():
    x = Value(3.0)
    assert tree(x * x).splitlines()[-1] == (
        "note: backward() has not run: every grad is still 0"
    )


def test_more_lines_than_asked_for_are_counted():
    x = y = Value(1.0, label="x")
    for _ in range(20):
        y = y * x
    whole = lines_of(y, depth=30, max_lines=None)
    cut = lines_of(y, depth=30, max_lines=10)
    assert cut[:10] == whole[:10]
    assert cut[10:] == [
        f"… {len(whole) - 10} more lines: give a larger max_lines or a smaller depth"
    ]
    assert lines_of(y, depth=30, max_lines=len(whole)) == whole


def test_a_deep_tree_needs_no_recursion():
    y = Value(1.0)
    for _ in range(30_000):
        y = Value(1.0, (y,), (1.0,))
    assert told(lines_of(y))[1] == 30_001 - 7
    assert len(lines_of(y, depth=30_000)) == 201


@pytest.mark.parametrize("label", LABELS)
def test_a_hostile_label_stays_on_one_line(label):
    x = Value(3.0, label=label)
    y = x * 2
    y.backward()
    text = tree(y)
    text.encode()
    assert text.count("\n") == 1
    assert not [c for c in text if ord(c) < 32 and c != "\n"]
    assert not set(text) & set("\x7f\u202e\u2066\u061c\u200e")


@pytest.mark.parametrize("root", [None, 2.5, [Value(1.0)]])
def test_what_is_not_a_value_is_named(root):
    with pytest.raises(OperandError, match=f"not the {type(root).__name__} "):
        tree(root)


@pytest.mark.parametrize("options", [{"depth": -1}, {"max_lines": 0}])
def test_nothing_to_show_cannot_be_asked_for(options):
    with pytest.raises(ValueError, match="leave nothing to show; give a depth"):
        tree(Value(1.0), **options)
