"""A node keeps its operands in fields or in tuples, and nobody can tell which."""

import math

import pytest
from hypothesis import given
from implementations import NATIVE

from dendrograd import Value, no_grad, sum, tanh, toposort
from dendrograd.edges import MANY
from dendrograd.errors import OperandError
from dendrograd.testing import Expression, expressions

x, y = Value(2.0), Value(3.0)
LAYOUTS = {
    "one operand": (tanh(x), (x,), None),
    "two operands": (x * y, (x, y), None),
    "one operand twice": (x * x, (x, x), None),
    "a number on the right": (x * 5.0, (x,), (x, 5.0)),
    "a number on the left": (5.0 * x, (x,), (5.0, x)),
    "many operands": (sum([x, y, x]), (x, y, x), None),
    "many operands, some numbers": (sum([x, 5.0, y]), (x, y), (x, 5.0, y)),
    "one operand among numbers": (sum([5.0, x, 7.0]), (x,), (5.0, x, 7.0)),
    "by hand": (Value(1.0, (x, y, y), (1.0, 2.0, 3.0)), (x, y, y), None),
    "leaf": (Value(1.0), (), None),
}
each_layout = pytest.mark.parametrize(
    ("node", "parents", "operands"), LAYOUTS.values(), ids=LAYOUTS
)


def same(found, expected) -> bool:
    return len(found) == len(expected) and all(
        a is b or (type(a) is float and a == b)
        for a, b in zip(found, expected, strict=True)
    )


@each_layout
def test_a_node_tells_its_parents_and_operands(node, parents, operands):
    assert same(node.parents, parents)
    assert same(node.operands, parents if operands is None else operands)
    assert (node._operands is None) == (operands is None)
    assert len(node.partials) == len(parents)


@each_layout
def test_assigning_what_a_node_has_changes_nothing(node, parents, operands):
    partials = node.partials
    for _ in range(2):
        node.partials = list(partials)
        node.parents = list(parents)
        assert same(node.parents, parents)
        assert same(node.operands, parents if operands is None else operands)
        assert node.partials == partials


@given(expressions(depth=6))
def test_a_node_connected_again_gives_the_same_gradient(program: Expression):
    leaves = [Value(v) for v in program.point]
    root = program(*leaves)
    root.backward()
    before = [node.grad for node in toposort(root)]
    for node in toposort(root):
        node._connect(node.parents, node.partials, node._operands)
    for leaf in leaves:
        leaf.grad = 0.0
    root.backward()
    assert [node.grad for node in toposort(root)] == before


@pytest.mark.parametrize("first", ["parents", "partials"])
def test_a_leaf_becomes_a_node_by_two_assignments_in_any_order(first):
    a, b, node = Value(1.0), Value(2.0), Value(5.0)
    edits = {"parents": (a, b), "partials": (3.0, 4.0)}
    for field in sorted(edits, key=lambda name: name != first):
        setattr(node, field, edits[field])
    node.backward()
    assert (a.grad, b.grad) == (3.0, 4.0)
    node.parents = ()
    assert (node.parents, node.operands) == ((), ())
    node.backward()
    assert (a.grad, b.grad) == (3.0, 4.0)


def test_another_parent_may_take_the_place_beside_a_number():
    a, b = Value(2.0), Value(7.0)
    node = a * 5.0
    node.parents = (b,)
    node.backward()
    assert (node.parents, a.grad, b.grad) == ((b,), 0.0, 5.0)


def test_partials_of_another_kind_are_kept_as_they_are():
    node = x * y
    node.partials = (1, 2)
    assert NATIVE or node._b is MANY
    assert [type(p) for p in node.partials] == [int, int]


def test_a_result_that_was_not_recorded_is_told_from_a_leaf():
    with no_grad():
        results = [x * 2.0, tanh(x), sum([x, y, x])]
    for node in results:
        assert (node.parents, node.partials, node.operands) == ((), (), ())
        assert node._operands == ()
    assert Value(math.pi)._operands is None


def test_values_of_a_subclass_are_parents_too_and_what_is_no_number_is_refused():
    class Special(Value):
        pass

    special = Special(4.0)
    for node in (sum([x, special, y]), sum([x, special, 5.0])):
        assert node.parents[:2] == (x, special)
        assert node.partials == (1.0,) * len(node.parents)
    assert (x * special).parents == (x, special)
    with pytest.raises(OperandError, match="sum"):
        sum([x, "a", y])
