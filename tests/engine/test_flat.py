"""A graph as flat arrays is the graph, and the two classes write the same arrays."""

from __future__ import annotations

import pickle
from random import Random
from typing import Any

import numpy as np
import pytest
from implementations import native_class
from twins import attempted, drawn

from dendrograd import Value, no_grad, primitive, scope
from dendrograd import flat as module
from dendrograd.backprop import toposort, unrecorded
from dendrograd.errors import OperandError
from dendrograd.flat import CAPTURED, CUT, INPUT, Flat, flat, read
from dendrograd.native import twin
from dendrograd.op import by_hand
from dendrograd.ops import OPS


@primitive(lambda y, x: (3.0 * x * x,))
def cubed(x: float) -> float:
    return x**3


@primitive(lambda y, *xs: (1.0,) * len(xs))
def total(*xs: float) -> float:
    return sum(xs)


def graphs(count: int) -> list[tuple[list[Value], list[Value]]]:
    """Return (roots, leaves) of random programs, foreign operations and labels in them."""
    draw, made = Random(0), []
    while len(made) < count:
        program = drawn(draw)
        leaves = [Value(float.fromhex(x)) for x in program["leaves"]]
        slots = attempted(program, leaves)
        if not slots:
            continue
        slots += leaves
        slots.append(total(*draw.choices(slots, k=2), 2.5) * cubed(slots[-1]))
        slots.append(Value(0.5, draw.choices(slots, k=2), (2.0, -0.0)) + slots[-1])
        for v in draw.sample(slots, 3):
            v.label, v.grad = (
                draw.choice(["", "w", "b"]),
                draw.choice([None, 0.5, -0.0]),
            )
        roots = [slots[-1], *draw.sample(slots, 2)]
        made.append((roots, draw.sample(slots, draw.randint(0, 3))))
    return made


def described(found: Flat) -> list[Any]:
    """Return what can be compared of a graph: objects by identity, floats by bits."""
    return [
        part.tobytes() if hasattr(part, "tobytes") else part and [*map(id, part)]
        for part in found[:11]
    ] + list(found[11:])


GRAPHS = graphs(150)


@pytest.mark.parametrize("full", [False, True])
def test_the_arrays_are_those_of_the_python_function_to_the_bit(full: bool) -> None:
    for roots, leaves in GRAPHS:
        found = flat(roots, leaves, full)
        assert described(found) == described(read(roots, leaves, full))
        assert [*map(type, found)] == [*map(type, read(roots, leaves, full))]


def test_every_node_has_what_its_value_has() -> None:
    for roots, leaves in GRAPHS:
        found = flat(roots, leaves, full=True)
        order = leaves + toposort(*roots, below=leaves)
        slots = {node: i for i, node in enumerate(order)}
        assert list(found.outputs) == [slots[root] for root in roots]
        assert list(found.named) == [i for i, v in enumerate(order) if v.label]
        partials = iter(found.partials or ())
        for i, (node, (op, places)) in enumerate(
            zip(order, found.steps(), strict=True)
        ):
            recorded = i >= len(leaves)
            assert op is (node.op if recorded else None)
            operands = node.operands if recorded else ()
            assert [
                order[p].data if p >= 0 else found.constants[~p] for p in places
            ] == pytest.approx(
                [float(x.item() if isinstance(x, Value) else x) for x in operands],
                nan_ok=True,
            )
            slopes = [next(partials) for _ in places]
            kept = [s for s, p in zip(slopes, places, strict=True) if p >= 0]
            assert kept == pytest.approx(
                list(node.partials if recorded else ()), nan_ok=True
            )
            assert all(p < i for p in places)
        assert list(found.data) == pytest.approx([v.data for v in order], nan_ok=True)
        assert found.grads
        assert [*map(repr, found.grads)] == [
            repr(0.0 if v.grad is None else v.grad) for v in order
        ]
        assert found.calls == [v.call for v in order]
        assert found.labels == [v.label for v in order]


def test_leaves_are_told_from_what_was_captured_and_from_what_was_not_recorded() -> (
    None
):
    x, w = Value(3.0), Value(2.0)
    with no_grad():
        kept_out = x * w
    found = flat([x * w + kept_out], [x])
    assert list(found.codes[:3]) == [INPUT, CAPTURED, OPS_INDEX["mul"]]
    assert list(found.codes).count(CUT) == 1
    assert found.captured == [w]
    for roots, leaves in GRAPHS:
        order = leaves + toposort(*roots, below=leaves)
        for node, code in zip(
            order[len(leaves) :], flat(roots, leaves).codes[len(leaves) :], strict=True
        ):
            assert (code == CUT) == unrecorded(node)
            assert (code == CAPTURED) == (not node.parents and not unrecorded(node))


OPS_INDEX = {name: i for i, name in enumerate(OPS)}


def test_what_is_not_in_the_table_has_the_numbers_after_it() -> None:
    x = Value(2.0)
    found = flat([cubed(x) * Value(1.0, (x,), (1.0,)) + cubed(cubed(x))])
    assert found.foreign == [cubed, by_hand]
    assert [op for op, _ in found.steps() if op] == [
        *(cubed, by_hand, OPS["mul"], cubed, cubed, OPS["add"]),
    ]


def test_a_node_whose_operation_was_taken_away_is_one_made_by_hand() -> None:
    y = Value(2.0) * 3.0
    y.op = None
    assert flat([y]).foreign == [by_hand]


def test_numpy_looks_at_the_arrays_without_a_copy() -> None:
    found = flat([Value(2.0) * 3.0], full=True)
    for part in (*found[:6], found.partials, found.grads):
        assert np.shares_memory(np.asarray(part), np.asarray(part))
    np.asarray(found.data)[1] = 7.0
    assert found.data[1] == 7.0


def test_a_graph_of_leaves_alone_or_of_nothing_is_a_graph() -> None:
    x = Value(2.0)
    assert list(flat([x, x], [x]).outputs) == [0, 0]
    assert list(flat([], []).starts) == [0]
    assert list(flat([x * x], [x, x]).operands) == [1, 1]  # given twice: the last slot


@pytest.mark.parametrize("given", [([1.0], []), ([], ["x"])])
def test_what_is_no_value_is_refused(given: Any) -> None:
    with pytest.raises(OperandError, match=r"flat: .* not a Value"):
        flat(*given)


def test_the_arrays_can_be_pickled() -> None:
    with scope("block"):
        y = Value(2.0) * 3.0
    again = pickle.loads(pickle.dumps(flat([y])._replace(captured=[])))
    assert again == flat([y])._replace(captured=[])


@native_class
def test_a_graph_is_read_in_python_while_a_sweep_is_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    y = Value(2.0) * 3.0
    expected = described(flat([y]))
    assert twin is not None
    assert twin.flat((y,), [], False) is None
    monkeypatch.setattr(module, "twin", type("Busy", (), {"flat": lambda *_: None}))
    assert described(flat([y])) == expected
