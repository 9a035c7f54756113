"""The snapshot behind every picture: its order, its gradients, its notes."""

import math
import re
from dataclasses import FrozenInstanceError

import pytest
from graphs import programs, roots
from hypothesis import given

from dendrograd import Value, dot, scope
from dendrograd.backprop import toposort
from dendrograd.errors import OperandError
from dendrograd.nn import SGD
from dendrograd.ops import OPS
from dendrograd.viz import animate, draw, draw_dot, explain, tree
from dendrograd.viz.model.snapshot import trace


def zeroed(root):
    """Return the nodes below root after a backward that starts from zero."""
    order = toposort(root)
    for node in order:
        node.grad = 0.0
    root.backward()
    return order


@given(roots())
def test_adjoints_are_the_gradients_of_backward(root):
    order = zeroed(root)
    graph = trace(root)
    assert [n.adjoint for n in graph.nodes] == pytest.approx(
        [v.grad for v in order], rel=1e-12, abs=1e-300
    )
    assert graph.notes == ()


@given(roots(poles=True))
def test_adjoints_are_the_gradients_of_backward_to_the_last_bit(root):
    order = zeroed(root)
    for node, value in zip(trace(root).nodes, order, strict=True):
        held = node.adjoint if value.parents else 0.0 + node.adjoint  # a leaf adds up
        assert held.hex() == value.grad.hex()


@given(roots(poles=True))
def test_the_contributions_of_an_edge_sum_to_the_adjoint_in_the_sweeps_order(root):
    graph = trace(root)
    totals = dict.fromkeys(range(len(graph.nodes)), 0.0)
    totals[graph.root.id] = 1.0
    for edge in sorted(graph.edges, key=lambda e: (-e.dst, e.slot)):
        totals[edge.src] += edge.contribution
    for node in graph.nodes:
        assert totals[node.id].hex() == (node.adjoint + 0.0).hex()


@given(roots())
def test_contributions_that_leave_a_node_sum_to_its_gradient(root):
    order = zeroed(root)
    graph = trace(root)
    for node, value in zip(graph.nodes[:-1], order, strict=False):
        leaving = [e.contribution for e in graph.edges if e.src == node.id]
        assert leaving, "every node but the root is an operand"
        scale = max(map(abs, leaving))
        assert math.fsum(leaving) == pytest.approx(value.grad, abs=1e-12 * scale)


@given(roots())
def test_operands_come_before_their_consumers(root):
    graph = trace(root)
    assert [node.id for node in graph.nodes] == list(range(len(graph.nodes)))
    assert all(edge.src < edge.dst for edge in graph.edges)
    assert graph.root.data == root.data
    order = [(edge.dst, edge.slot) for edge in graph.edges]
    assert order == sorted(order)


@given(roots())
def test_every_operand_is_an_edge_or_a_plain_number(root):
    graph = trace(root)
    for node in graph.nodes:
        slots = {e.slot for e in graph.edges if e.dst == node.id}
        free = {k for k, x in enumerate(node.operands) if x is None}
        assert slots == free


def test_a_repeated_operand_keeps_both_edges():
    x = Value(3.0)
    graph = trace(x * x)
    assert [(e.src, e.dst, e.slot, e.contribution) for e in graph.edges] == [
        (0, 1, 0, 3.0),
        (0, 1, 1, 3.0),
    ]
    assert graph.nodes[0].adjoint == 6.0


def test_plain_numbers_stand_in_their_places():
    x = Value(3.0)
    assert trace(x * 2).root.operands == (None, 2.0)
    assert trace(2 - x).root.operands == (2.0, None)
    assert trace(x + x).root.operands == (None, None)
    assert trace(2 - x).edges[0].slot == 1


def test_a_leaf_has_no_operation_and_no_operands():
    leaf = trace(Value(3.0, label="x")).root
    assert leaf.is_leaf
    assert (leaf.op, leaf.operands, leaf.adjoint) == (None, (), 1.0)


def test_scopes_are_kept():
    x = Value(1.0)
    with scope("layer"), scope("neuron"):
        y = x.tanh()
    assert [node.scope for node in trace(y).nodes] == [(), ("layer", "neuron")]


def test_a_node_keeps_the_operation_and_the_call_that_made_it():
    x = Value(1.0)
    with scope("cell"):
        y = x.tanh()
    node = trace(y).root
    assert node.op is OPS["tanh"]
    assert node.call is y.call


def test_the_calls_of_a_run_are_no_part_of_what_is_equal():
    def program():
        with scope("cell"):
            return Value(0.5).tanh()

    assert trace(program()) == trace(program())


def test_a_zero_factor_annihilates_an_infinite_one():
    x = Value(0.0)
    dead = Value(1.0, (x,), (math.inf,))
    graph = trace(dead * 0 + x)
    assert graph.nodes[0].adjoint == 1.0
    assert [e.contribution for e in graph.edges if e.local == math.inf] == [0.0]


def test_a_snapshot_does_not_follow_later_changes():
    x = Value(3.0)
    graph = trace(x * x)
    x.data = 5.0
    assert graph.nodes[0].data == 3.0
    for thing in (graph, graph.nodes[0], graph.edges[0]):
        with pytest.raises((FrozenInstanceError, AttributeError)):
            setattr(thing, next(iter(type(thing).__annotations__)), None)


def test_the_same_program_gives_an_equal_graph():
    def program():
        x, y = Value(0.3, label="x"), Value(-2.0)
        return (x * y + x.tanh()) * (x - 1)

    assert trace(program()) == trace(program())


def test_a_long_chain_needs_no_recursion():
    x = root = Value(1.0)
    for _ in range(100_000):
        root = root + 1.0
    graph = trace(root)
    assert len(graph.nodes) == 100_001
    assert graph.nodes[0].adjoint == 1.0
    assert graph.nodes[0].data == x.data


@pytest.mark.parametrize("root", [None, 2.5, "x", [Value(1.0)], (Value(1.0),)])
def test_what_is_not_a_value_is_named(root):
    with pytest.raises(OperandError, match=f"not the {type(root).__name__} ") as error:
        trace(root)
    assert repr(root)[:20] in str(error.value)


def test_a_missing_backward_is_noted():
    assert trace(Value(2.0) * 3).notes == (
        "backward() has not run: every grad is still 0",
    )


def test_a_gradient_of_none_is_shown_as_the_zero_that_backward_takes_it_for():
    x = Value(3.0, label="x")
    y = x * x
    x.grad = y.grad = None
    assert [node.grad for node in trace(y).nodes] == [0.0, 0.0]
    assert "backward() has not run: every grad is still 0" in trace(y).notes
    assert "grad None" not in draw_dot(y).source
    y.backward()
    x.grad = None
    assert trace(y).nodes[0].grad == 0.0


def test_a_leaf_with_a_gradient_does_not_hide_that_the_root_has_none():
    x = Value(2.0)
    (x * 7).backward()
    (note,) = trace(x * 3).notes
    assert note.startswith("backward() has not run from this root, whose own grad is 0")


def test_gradients_that_were_zeroed_after_backward_are_noted_as_such():
    x, y = Value(2.0), Value(5.0)
    z = x * y
    z.backward()
    x.grad = y.grad = 0.0
    (note,) = trace(z).notes
    assert note.startswith("2 leaves with a grad other than d root / d leaf: it is 0, ")
    assert "as after zero_grad()" in note
    assert "times" not in note


def test_gradients_that_were_clipped_are_noted_as_such():
    x, y = Value(2.0), Value(5.0)
    z = x * y
    z.backward()
    x.grad, y.grad = 1.25, 0.5
    (note,) = trace(z).notes
    assert "all 0.25 times as large: clipped or scaled after backward()?" in note


def test_gradients_that_were_not_zeroed_are_noted():
    x, y = Value(2.0), Value(5.0)
    z = x * y
    z.backward()
    z.backward()
    (note,) = trace(z).notes
    assert note.startswith("2 leaves with a grad other than d root / d leaf, ")
    assert "all 2 times as large: backward() ran 2 times; call zero_grad()" in note
    x.grad, y.grad = 5.0, 3.0
    (note,) = trace(z).notes
    assert note.startswith("1 leaf with")
    assert "was changed since" in note


def test_gradients_of_another_root_are_noted():
    x = Value(2.0)
    y = x * 3
    (y * 5).backward()
    (note,) = trace(y).notes
    assert "grad is not the derivative of this root: the root's own is 5" in note


def test_the_first_bad_value_is_noted_with_its_line():
    x = Value(0.0, label="x")
    y = x.log() * 0
    y.backward()
    (note,) = trace(y).notes
    assert note.startswith("the first value that is not finite: log(x) = −∞, made at")
    assert "test_snapshot.py:" in note
    (note,) = trace(y, names=True).notes
    assert note.startswith("the first value that is not finite: n1 = −∞ by log, made")


def test_the_first_bad_gradient_is_noted():
    x = Value(2.0, label="x")
    y = Value(1.0, (x,), (math.inf,))
    y.backward()
    (note,) = trace(y).notes
    assert note.endswith("going back from the root: that of x, ∞")


def trained():
    """Return a loss, its weight and its input after the weight took a step."""
    w, x = Value(0.5, label="w"), Value(2.0, label="x")
    y = w * x
    y.label = "y"
    loss = (y - 3.0) ** 2
    loss.backward()
    SGD([w], lr=0.1).step()
    return loss, w, x


MOVED = (
    "w changed after the graph was built, as by optimizer.step(), but results such as "
    "y = 1 are those of the old data; build the graph again"
)


def test_data_that_changed_after_the_graph_was_built_is_noted():
    loss, _, _ = trained()
    graph = trace(loss)
    assert graph.notes == (graph.moved,) == (MOVED,)


@pytest.mark.parametrize(
    "shown",
    [
        tree,
        lambda loss: draw_dot(loss).source,
        lambda loss: draw(loss).svg,
        lambda loss: draw(loss).html,
        lambda loss: draw(loss).pipe("txt", "utf-8"),
        lambda loss: draw(loss).pipe("json", "utf-8"),
        lambda loss: "\n".join(animate(loss).notes),
        lambda loss: animate(loss).html,
        lambda loss: animate(loss).svg,
        lambda loss: str(explain(loss, loss.parents[0])),
    ],
)
def test_every_picture_says_that_data_changed(shown):
    text = re.sub(r"<[^>]*>|\s+", " ", shown(trained()[0]))
    assert "changed after the graph was built" in re.sub(" +", " ", text)


def test_of_many_that_changed_a_few_are_told_apart():
    ws = [Value(float(k), label="w") for k in range(1, 6)]
    y = dot(ws, [1.0, 2.0, 3.0, 4.0, 5.0])
    y.backward()
    SGD(ws, lr=0.5).step()
    (note,) = trace(y).notes
    assert note.startswith("w #1, w #2, w #3 or 2 more changed after")


def test_a_number_that_was_assigned_itself_is_no_result_of_old_data():
    x = Value(1.0, label="x")
    y = x * x
    y.backward()
    y.data = 5.0
    (note,) = trace(y).notes
    assert note == (
        "x * x changed after the graph was built, as by optimizer.step(); "
        "build the graph again"
    )


@given(programs(12))
def test_a_graph_that_nothing_happened_to_is_not_called_changed(root):
    assert trace(root).moved == ""


def test_a_node_and_an_edge_equal_themselves_where_they_hold_a_nan():
    x = Value(math.nan)
    graph = trace((x + 1.0) * 2.0 * math.nan)
    assert math.isnan(graph.nodes[0].data)
    assert math.isnan(graph.edges[0].contribution)
    for entries in (graph.nodes, graph.edges):
        assert [*entries] == [*entries]
    assert trace(x * 2.0) == trace(x * 2.0)
