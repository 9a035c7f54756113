"""What a Value is: section by section, the laws that users rely on."""

import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dendrograd
from dendrograd import Value, no_grad
from dendrograd.errors import GraphError, OperandError

OPERATORS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "mod": lambda a, b: a % b,
    "floordiv": lambda a, b: a // b,
}


def test_a_node_keeps_ordered_parents_with_repeats_and_aligned_partials():
    a, b = Value(3.0), Value(4.0)
    assert (a * b).parents == (a, b)
    assert (a * b).partials == (4.0, 3.0)
    square = a * a
    assert len(square.parents) == 2
    assert square.parents[0] is square.parents[1] is a


def test_plain_numbers_never_become_nodes_but_the_node_can_tell_them():
    x = Value(3.0)
    assert (x * 2).parents == (x,)
    assert [float(v) for v in (x * 2).operands] == [3.0, 2.0]
    assert [float(v) for v in (2 / x).operands] == [2.0, 3.0]
    assert (x * x).operands == (x, x)
    assert dendrograd.dot([x], [2.0], 1.0).parents == (x,)


def test_partials_are_captured_when_the_node_is_made():
    a, b = Value(3.0), Value(4.0)
    c = a * b
    a.data = b.data = 100.0
    c.backward()
    assert (a.grad, b.grad) == (4.0, 3.0)


def test_the_readme_example_of_micrograd_gives_its_published_numbers():
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_code_written_for_the_value_of_microgpt_runs():
    def softmax(logits):
        top = max(value.data for value in logits)
        exps = [(value - top).exp() for value in logits]
        total = sum(exps)
        return [e / total for e in exps]

    def rmsnorm(x):
        scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
        return [xi * scale for xi in x]

    x = [Value(0.5), Value(-1.0), Value(2.0)]
    loss = -softmax([v.relu() for v in rmsnorm(x)])[2].log()
    loss.backward()
    by_difference = []
    for i in range(3):
        moved = []
        for h in (1e-6, -1e-6):
            at = [Value(v.data + (h if j == i else 0)) for j, v in enumerate(x)]
            moved.append(-softmax([v.relu() for v in rmsnorm(at)])[2].log().data)
        by_difference.append((moved[0] - moved[1]) / 2e-6)
    assert [v.grad for v in x] == pytest.approx(by_difference, abs=1e-8)


def test_a_node_made_by_hand_backpropagates_its_local_grads():
    a, b = Value(2.0), Value(5.0)
    c = Value(a.data * b.data, (a, b), (b.data, a.data))
    (c * 3).backward()
    assert (a.grad, b.grad) == (15.0, 6.0)
    assert c._prev == (a, b)
    assert c._op == "?"


def test_the_old_names_answer_and_cannot_be_assigned():
    a = Value(2.0)
    b = a.tanh()
    assert b._prev == (a,)
    assert (a._op, b._op, (a + a)._op) == ("", "tanh", "+")
    for name in ("_prev", "_op", "operands"):
        with pytest.raises(AttributeError):
            setattr(b, name, ())


@pytest.mark.parametrize(
    "number",
    [
        2,
        True,
        Fraction(1, 2),
        Decimal("0.5"),
        np.float32(0.5),
        np.int64(2),
        np.array(0.5),
        np.array(2),
        np.array(True),
    ],
    ids=repr,
)
def test_every_real_number_is_an_operand_and_becomes_a_float(number):
    x = Value(number)
    assert type(x.data) is float
    for operate in OPERATORS.values():
        left, right = operate(Value(3.0), number), operate(number, Value(3.0))
        assert left.data == operate(3.0, float(number))
        assert right.data == operate(float(number), 3.0)
        assert all(type(v) is float for v in left.operands if not isinstance(v, Value))
    several = dendrograd.dot([x, number], [number, x], number)
    assert several.data == x.data + 2 * x.data**2
    assert all(type(v) is float for v in several.operands if not isinstance(v, Value))


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("bad", ["a", None, 1j, [1.0], (1,), {}, b"x"], ids=repr)
def test_a_wrong_operand_is_told_at_once_with_the_operation_and_the_way_out(name, bad):
    said = re.compile(rf"{name}: the operand .* is a {type(bad).__name__}; .*float")
    with pytest.raises(OperandError, match=said):
        OPERATORS[name](Value(1.0), bad)
    if not (name == "mod" and isinstance(bad, (str, bytes))):  # str % is formatting
        with pytest.raises(OperandError, match=said):
            OPERATORS[name](bad, Value(1.0))


@pytest.mark.parametrize("huge", [10**400, Fraction(10**400)], ids=type)
def test_a_number_too_large_for_a_float_is_told(huge):
    with pytest.raises(OperandError, match=r"mul: .*larger than any float.*scale"):
        Value(1.0) * huge
    with pytest.raises(OperandError, match=r"mul: .*larger than any float.*scale"):
        huge * Value(1.0)


@pytest.mark.parametrize("bad", [Decimal("sNaN"), np.str_("2"), np.complex64(1j)])
def test_what_has_no_float_is_told_also_where_it_is_no_built_in_type(bad):
    with pytest.raises(OperandError, match=r"add: the operand .*(float|math.nan)"):
        Value(1.0) + bad


@pytest.mark.parametrize("bad", ["1", None, 1j, [1.0], np.ones(2)], ids=type)
def test_a_leaf_must_be_a_real_number(bad):
    with pytest.raises(OperandError, match=r"Value: the operand .* real number"):
        Value(bad)


def test_children_and_local_grads_must_pair():
    a = Value(1.0)
    with pytest.raises(GraphError, match="1 children but 0 local_grads"):
        Value(1.0, (a,))
    with pytest.raises(OperandError, match=r"child 2.0 is not a Value"):
        Value(1.0, (2.0,), (1.0,))
    with pytest.raises(OperandError, match=r"'\+'"):  # micrograd's own `_op` argument
        Value(1.0, (a,), "+")


@given(st.floats(), st.floats())
def test_comparisons_are_by_data_and_give_bools(a, b):
    x, y = Value(a), Value(b)
    assert (x < y, x <= y, x > y) == (a < b, a <= b, a > b)
    assert (x >= y, x == y, x != y) == (a >= b, a == b, a != b)
    assert (x < b, a < y, x == b) == (a < b, a < b, a == b)
    assert bool(x) is bool(a)


def test_hashing_is_by_identity():
    a, b = Value(1.0), Value(1.0)
    assert a == b
    assert len({a, b}) == 2
    assert Value(1.0) not in {a: 1}
    assert a != None  # comparing with a stranger is False, not an error
    assert not a == "1"  # noqa: SIM201  # both operators are meant


def test_conversions_give_the_data():
    v = Value(2.7)
    assert (float(v), int(v), round(v), round(v, 1)) == (2.7, 2, 3, 2.7)
    assert (math.floor(v), math.ceil(v), math.trunc(v)) == (2, 3, 2)
    assert f"{v:.2f}" == "2.70"
    assert max(Value(1.0), v) is v
    assert sorted([v, Value(1.0)])[1] is v


def test_repr_shows_data_gradient_and_label():
    assert repr(Value(2.0)) == "Value(data=2.0, grad=0.0)"
    assert repr(Value(2, label="w")) == "Value(data=2.0, grad=0.0, label='w')"
    assert f"{Value(2.0)}" == repr(Value(2.0))


def test_numpy_functions_and_object_arrays_record():
    x = np.array([Value(0.5), Value(0.25)])
    y = np.dot(x, x) + np.exp(x).sum() + np.arcsin(x)[0] + np.float64(2) * x[0]
    assert isinstance(y, Value)
    y.backward()
    assert x[0].grad == pytest.approx(1.0 + math.exp(0.5) + 1 / math.sqrt(0.75) + 2)
    assert (Value(2.0) * np.array([1.0, 3.0]))[1].data == 6.0
    assert (np.array([1.0, 3.0]) * Value(2.0))[1].data == 6.0
    assert np.mean(x).data == 0.375
    assert np.exp(Value(0.0)).data == 1.0
    assert (np.array(2.0) * Value(2.0)).data == 4.0


def test_no_grad_records_nothing_and_detach_cuts():
    x = Value(3.0, label="x")
    with no_grad():
        y = x * x
        by_hand = Value(1.0, (x,), (1.0,))
    assert (y.data, y.op, y.parents, y.partials, y.operands) == (9.0, None, (), (), ())
    assert by_hand.parents == ()
    assert (x * x).parents
    cut = x.detach()
    (cut * x).backward()
    assert (x.grad, cut.label, cut.parents) == (3.0, "x", ())


def test_a_subclass_may_carry_attributes_and_its_operations_give_values():
    class Weight(Value):
        pass

    w = Weight(2.0)
    w.frozen = True
    y = w * w + 1
    y.backward()
    assert type(y) is Value
    assert w.grad == 4.0
    assert (Value(3.0) * w).parents[1] is w


def test_foreign_types_may_take_the_operator_over():
    class Vector:
        __array_ufunc__ = None

        def __radd__(self, other):
            return ("radd", other)

    x = Value(1.0)
    assert x + Vector() == ("radd", x)
