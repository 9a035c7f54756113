"""The statements of a rolled function, and which of them computes each node of its tree."""

from __future__ import annotations

import copy
import pickle
from collections import Counter
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pytest
from layered import PROGRAMS, drawn, mlp

import dendrograd as dg
from dendrograd import Value

CASES = {**PROGRAMS, **{f"random {k}": drawn(Random(k)) for k in (0, 4, 18, 22)}}


@cache
def rolled(name: str) -> Any:
    """Return a program over lanes that ran as statements, once."""
    f, n, m = CASES[name]
    numbers = np.random.default_rng(0)
    fast = dg.compile(f, in_axes=(None, 0), reduce="sum", backend="rolled")
    dg.value_and_grad(fast)(
        numbers.normal(size=n).tolist(), numbers.normal(size=(3, m))
    )
    return fast


def layer(w: Any, x: Any) -> Any:
    h = [dg.tanh(a * x[0] + b * x[1] + c) for a, b, c in w]
    return h[0] + h[1]


def one_layer() -> Any:
    fast = dg.compile(layer, backend="rolled")
    dg.value_and_grad(fast)([[0.5, -1.0, 0.1], [2.0, 0.3, -0.4]], [1.0, 0.5])
    return fast


@pytest.mark.parametrize("name", CASES)
def test_each_node_is_computed_by_one_statement_and_all_are_counted(name):
    fast = rolled(name)
    made = Counter(v.scope for v in dg.toposort(fast.graph) if v.parents)
    told = Counter({(each.name,): each.nodes for each in fast.statements})
    alone = made.pop((), 0)  # the maximum of an input and itself
    assert made == +told
    assert alone == (name == "random 18")


@pytest.mark.parametrize("name", CASES)
def test_no_node_reads_a_later_statement_so_each_can_be_a_box(name):
    fast = rolled(name)
    order = {each.name: i for i, each in enumerate(fast.statements)}
    for node in dg.toposort(fast.graph):
        for below in node.parents:
            places = [order.get(v.scope[0], -1) for v in (below, node) if v.scope]
            assert places == sorted(places)


@pytest.mark.parametrize("name", sorted({*PROGRAMS} - {"distances"}))
def test_nodes_read_what_their_statements_read(name):  # a difference keeps its order
    fast = rolled(name)
    reads: dict[str, set[str]] = {}
    for each in fast.statements:
        reads.setdefault(each.within or each.name, set()).update(each.reads)
    for node in dg.toposort(fast.graph):
        read = {v.scope[0] for v in node.parents if v.parents} - {*node.scope}
        assert not read or read <= reads[node.scope[0]]


@pytest.mark.parametrize("name", CASES)
def test_the_tree_has_the_value_of_the_function_to_rounding(name):
    f, n, m = CASES[name]
    numbers = np.random.default_rng(0)
    p, x = numbers.normal(size=n), numbers.normal(size=(3, m))[0]
    plain = f([*map(Value, p.tolist())], [*map(Value, x.tolist())])
    tree = rolled(name).graph
    assert tree.data == pytest.approx(plain.data, rel=1e-12)
    assert len(dg.toposort(tree)) == len(dg.toposort(plain))


@pytest.mark.parametrize("name", CASES)
def test_statements_read_earlier_arrays_and_are_lines_of_the_source(name):
    fast = rolled(name)
    lines = [line.strip() for line in fast.source.splitlines()]
    known = {"x", "X", "c"}
    for each in fast.statements:
        assert set(each.reads) <= known
        assert all(line in lines for line in each.line.splitlines())
        assert each.line
        known.add(each.name)
        assert each.nodes or fast.statements.named(each.within).nodes


def test_a_layer_is_told_in_four_rows():
    found = one_layer().statements
    assert [each[:2] + each[3:6] for each in found] == [
        ("v2", "sums of 2 products", (2,), 6, "w_0_0 * x_0 + w_0_1 * x_1"),
        ("v3", "add", (2,), 2, "w_0_2 + v2[0]"),
        ("v4", "tanh", (2,), 2, "tanh(v3[0])"),
        ("v5", "sums of 2", (), 1, "v4[0] + v4[1]"),
    ]
    assert found.named("v2").line == "np.matmul(x_0, x_1, out=v2)"
    with pytest.raises(KeyError):
        found.named("v9")
    text = str(found).splitlines()
    assert len({line.index(word) for line, word in zip(text, ("nodes", "6", "2", "2", "1"), strict=True)}) == 1  # fmt: skip


def test_additions_inside_of_a_sum_are_counted_where_its_terms_are_added():
    def f(w: Any, b: Any, x: Any) -> Any:
        rows = [sum((a * u for a, u in zip(row, x, strict=True)), c) for row, c in zip(w, b, strict=True)]  # fmt: skip
        h = [dg.tanh(row) for row in rows]
        return h[0] * x[0] + x[1] + h[1] * x[1] + x[2] - h[0]

    fast = dg.compile(f, backend="rolled")
    fast([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], [1.0, 2.0], [0.5, -1.0, 2.0])
    told = [(each.operation, each.nodes) for each in fast.statements]
    assert told[:3] == [("sums of 3 products", 2 * (3 + 2)), ("add", 2), ("tanh", 2)]
    assert sum(nodes for _, nodes in told) == 12 + 2 + 6


def test_a_sum_of_which_all_is_subtracted_keeps_its_order():
    def f(w: Any, x: Any) -> Any:
        return 0.0 - w[0] * x[0] - x[2] - w[1] * x[1]

    fast = dg.compile(f, backend="rolled")
    w, x = [0.5, 2.0], [1.0, -3.0, 4.0]
    assert fast(w, x) == fast.graph.data == f(w, x)
    assert [op.name for v in dg.toposort(fast.graph) if (op := v.op)].count("sub") == 3
    assert sum(each.nodes for each in fast.statements) == 5


def test_leaves_that_one_statement_reads_at_one_place_stand_together():
    leaves = {v.label: v.call for v in dg.toposort(one_layer().graph) if not v.parents}
    assert len(set(leaves.values())) == 3
    assert leaves["w_0_0"] is leaves["w_1_1"]
    assert leaves["w_0_2"] is leaves["w_1_2"] is not leaves["x_0"] is leaves["x_1"]


def test_what_is_part_of_one_node_is_told_by_the_statement_that_ends_it():
    fast = dg.compile(
        lambda xs: dg.logsumexp([dg.exp(x) for x in xs]), backend="rolled"
    )
    fast([0.1, 0.2, 0.3, 0.4])
    *parts, last = fast.statements
    told = [each.operation for each in parts[1:] if each.operation != "hold"]
    assert told == ["maxima of 4", "sub", "exp", "sums of 4", "log"]
    assert {each.within for each in parts[1:]} == {last.name}
    assert fast.graph.call.name.statements == (*parts[1:], last)
    assert f"in {last.name}" in str(fast.statements)


def test_rows_of_other_lengths_and_many_rows_are_told_in_few_words():
    sums = rolled("attention").statements
    assert any(each.operation == "sums of up to 4 products" for each in sums)
    assert any("terms)" in each.first for each in sums)
    fast = dg.compile(mlp, backend="rolled")
    fast(np.linspace(-1.0, 1.0, 44), np.ones(7))  # without a gradient
    assert "return" not in str(fast.statements)
    deep = dg.compile(lambda x: deeper(x), backend="rolled")
    deep(0.5)
    assert str(deep.statements).splitlines()[-1] == "and 10 more"


def deeper(x: Any) -> Any:
    for _ in range(35):
        x = dg.sin(dg.exp(x))
    return x


def test_on_a_tape_there_are_no_statements_and_it_is_said_why():
    fast = dg.compile(layer)
    fast([[0.5, -1.0, 0.1], [2.0, 0.3, -0.4]], [1.0, 0.5])
    assert fast.statements == ()
    assert str(fast.statements) == (
        "layer has no statements: tape (one point, whose bits are the eager ones)"
    )
    assert fast.graph.scope == ()


def test_values_that_were_found_keep_their_scopes_and_results_their_structure():
    w = [Value(0.5, label="w0"), Value(2.0, label="w1")]
    for each in w:
        each.scope = ("model",)
    fast = dg.compile(lambda x: {"y": [w[0] * x + w[1], 3.0]}, backend="rolled")
    fast(1.5)
    tree = fast.graph
    assert tree["y"][1] == 3.0
    assert tree["y"][0].data == 2.75
    assert [v.scope for v in w] == [("model",)] * 2


def test_a_tree_with_its_statements_is_pickled_and_copied():
    tree = one_layer().graph
    for again in (pickle.loads(pickle.dumps(tree)), copy.deepcopy(tree)):
        assert again.scope == tree.scope
        assert again.call.name.statements == tree.call.name.statements
