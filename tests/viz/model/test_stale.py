"""Data that changed is found alike with NumPy and without it."""

from __future__ import annotations

from random import Random

import pytest

from dendrograd import Value, maximum
from dendrograd.backprop import toposort
from dendrograd.diagnose import stale as one_is_stale
from dendrograd.flat import flat
from dendrograd.passes import adjoints
from dendrograd.viz.model import stale
from dendrograd.viz.model.nodes import Edges, Nodes
from dendrograd.viz.model.snapshot import trace

STEPS = (
    lambda a, b: a + b,
    lambda a, b: a - 2.0,
    lambda a, b: 0.5 * b,
    lambda a, b: a / (b * b + 1.0),
    lambda a, b: -a,
    lambda a, b: abs(a),
    lambda a, b: (a * a) ** 1.5,
    lambda a, b: a.tanh(),
    lambda a, b: maximum(a, b),
    lambda a, b: Value(1.0, (a, b), (1.0, 2.0)),
)


def program(draw: Random, steps: int) -> Value:
    """Return the root of a random program."""
    nodes = [Value(draw.uniform(-2, 2)) for _ in range(3)]
    for _ in range(steps):
        nodes.append(draw.choice(STEPS)(*draw.choices(nodes[-6:], k=2)) * 0.75)
    return nodes[-1]


@pytest.fixture(params=["NumPy", "lists"], autouse=True)
def _arrays(request, monkeypatch):
    monkeypatch.setattr(stale, "FEW", 0)
    if request.param == "lists":
        monkeypatch.setattr(stale, "numpy", lambda: None)
        monkeypatch.setattr("dendrograd.viz.model.nodes.numpy", lambda: None)
        monkeypatch.setattr("dendrograd.viz.model.notes.numpy", lambda: None)


def test_one_changed_number_is_found_where_asking_each_node_finds_it():
    draw = Random(0)
    for _ in range(100):
        root = program(draw, 12)
        assert not stale.any_stale(flat([root]))
        order = toposort(root)
        draw.choice(order).data = draw.choice([0.3, float("nan"), -0.0])
        assert stale.any_stale(flat([root])) == any(map(one_is_stale, order))


def test_a_number_that_is_none_and_stays_none_has_not_changed():
    root = (Value(float("inf")) - Value(float("inf"))) * 2.0
    assert not stale.any_stale(flat([root]))


def test_the_edges_are_the_operands_that_are_values():
    draw = Random(1)
    for _ in range(20):
        root = program(draw, 12)
        order, graph = toposort(root), trace(root)
        number = {v: i for i, v in enumerate(order)}
        law = [
            (number[x], number[v], slot)
            for v in order
            for slot, x in enumerate(v.operands)
            if isinstance(x, Value)
        ]
        found = flat([root], full=True)
        edges = Edges(found, adjoints(found))
        assert [edge[:3] for edge in edges] == law == [edge[:3] for edge in graph.edges]
        assert edges[-1:] == tuple(edges)[-1:]
        assert Nodes(found, adjoints(found)) == graph.nodes


def test_the_notes_on_gradients_and_numbers_that_are_not_finite_are_alike():
    x = Value(2.0, label="x")
    y = (x * float("inf")) * 0.5 + x
    y.backward()
    x.grad = 3.0
    assert trace(y).notes[0].startswith("1 leaf with a grad other than d root / d leaf")
    value, gradient = trace(y).notes[1:]
    assert value.startswith("the first value that is not finite: x * ∞ = ∞, made at")
    assert gradient.endswith("going back from the root: that of x, ∞")
