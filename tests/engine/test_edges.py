"""A node keeps its operands in fields or in tuples, and nobody can tell which."""

import math

import pytest

from dendrograd import Value, no_grad, sum, tanh
from dendrograd.errors import GraphError, OperandError

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
@pytest.mark.parametrize("field", ["parents", "partials"])
def test_what_a_node_was_computed_from_cannot_be_assigned(
    node, parents, operands, field
):
    partials, message = node.partials, f"Value: {field} is fixed.*compute new nodes"
    with pytest.raises(AttributeError, match=message):
        setattr(node, field, ())
    with pytest.raises(GraphError, match=r"__init__ of a node that exists.*new Value"):
        node.__init__(1.0, (x,), (1.0,))
    assert same(node.parents, parents)
    assert node.partials == partials


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
