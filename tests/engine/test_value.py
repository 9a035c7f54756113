"""What a Value is: section by section, the laws that users rely on."""

import math
import re
import statistics
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dendrograd
from dendrograd import Value, grad, no_grad
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


NUMBERS = [
    2,
    True,
    Fraction(1, 2),
    Decimal("0.5"),
    np.float32(0.5),
    np.float64(0.5),
    np.int64(2),
    np.array(0.5),
    np.array(2),
    np.array(True),
]
NO_NUMBERS = ["1", 1j, [1.0], np.ones(2), np.str_("2"), object]


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
    with pytest.raises(AttributeError):
        b.operands = ()


@pytest.mark.parametrize("name", ["_backward", "_prev", "_op"])
def test_what_makes_an_operation_in_micrograd_is_refused_with_the_ways_here(name):
    for node in (Value(0.5), Value(0.5).tanh()):
        with pytest.raises(GraphError) as caught:
            setattr(node, name, lambda: None)
        said = str(caught.value)
        assert said.startswith(f"Value.{name} of {node!r} cannot be assigned")
        assert "@dendrograd.primitive" in said
        assert "Value(data, children, local_grads)" in said


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
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
    kind, way_out = type(bad).__name__, r"(float\(|go element by element)"
    said = re.compile(rf"{name}: the operand .* is a {kind}; .*{way_out}")
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


@pytest.mark.parametrize("field", ["data", "grad"])
@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_an_assigned_number_becomes_a_float(field, number):
    x = Value(1.0)
    setattr(x, field, number)
    assert type(getattr(x, field)) is float
    assert getattr(x, field) == float(number)


@pytest.mark.parametrize("field", ["data", "grad"])
@pytest.mark.parametrize("bad", NO_NUMBERS, ids=type)
def test_what_is_no_number_is_not_assigned(field, bad):
    x = Value(1.0)
    x.grad = 2.0
    with pytest.raises(OperandError, match=rf"Value.{field}: the operand .* real numb"):
        setattr(x, field, bad)
    assert (x.data, x.grad) == (1.0, 2.0)


def test_a_number_of_numpy_in_data_neither_narrows_nor_overflows_what_follows():
    x = Value(1.0)
    x.data = np.float32(0.1)
    assert (x * 3.0).data == float(np.float32(0.1)) * 3.0  # in double precision
    x.data = np.int64(10**10)
    assert (x * x).data == 1e20
    assert type((x * x).data) is float


def test_a_value_is_no_number_to_hold():
    x, y = Value(1.0), Value(2.0)
    said = r"Value\(data=2.0, .*\) is a Value, not a number; write .data"
    with pytest.raises(OperandError, match=r"Value.data: " + said):
        x.data = y
    with pytest.raises(OperandError, match=r"Value.grad: " + said):
        x.grad = y
    with pytest.raises(OperandError, match=r"Value: " + said):
        Value(y)
    with pytest.raises(OperandError, match=r"Value.data: .* NoneType"):
        x.data = None


def test_a_gradient_of_none_is_no_gradient_and_backward_begins_at_zero():
    x = Value(3.0)
    x.grad = 5.0
    x.grad = None
    assert x.grad is None
    assert repr(x) == "Value(data=3.0, grad=None)"
    for times in (1, 2):
        (x * x).backward()
        assert x.grad == 6.0 * times


@pytest.mark.parametrize("label", [5, None, b"w", ("w",)], ids=type)
def test_a_label_is_text(label):
    said = rf"the label .* is a {type(label).__name__}, not a str; write label=str"
    with pytest.raises(OperandError, match=said):
        Value(1.0, label=label)
    assert Value(1.0, label=np.str_("w")).label == "w"


def test_local_grads_without_children_are_told_in_every_mode():
    for grads in ((1.0,), iter([1.0]), np.ones(1), [1.0]):
        with pytest.raises(GraphError, match="0 children but 1 local_grads"):
            Value(1.0, (), grads)
    with no_grad(), pytest.raises(GraphError, match="1 children but 2 local_grads"):
        Value(1.0, [Value(1.0)], (1.0, 2.0))
    for nothing in ((), [], iter(())):
        assert (Value(1.0, nothing, nothing).op, Value(1.0).op) == (None, None)


def test_the_third_argument_of_micrograds_value_is_answered_with_the_ways_to_write_it():
    x = Value(0.5)
    t = math.tanh(x.data)
    with pytest.raises(OperandError) as caught:
        Value(t, (x,), "tanh")
    said = str(caught.value)
    assert "local_grads is 'tanh'" in said
    for way in ("Value(t, (x,), (1 - t * t,))", "x.tanh()"):
        assert way in said
        node = eval(way, {"Value": Value, "x": x, "t": t})
        assert (node.data, node.partials) == (t, pytest.approx((1 - t * t,)))
    assert "@dendrograd.primitive" in said


def answered(make):
    """Return the node that a call makes, told by its fields, or the error's words."""
    try:
        node = make()
    except (GraphError, OperandError) as error:
        return type(error), str(error)
    return node.data, node.parents, node.partials, node._op


def test_micrograds_keywords_are_answered_as_the_arguments_at_their_places():
    x = Value(0.5)
    for children, third in [
        ((x,), "tanh"),
        ([x], [2.0]),
        ((x, x), (1.0, 3.0)),
        ((x,), ()),
        ((), ()),
        (iter(()), ""),
        ((2.0,), (1.0,)),
    ]:
        expected = answered(lambda c=children, t=third: Value(1.0, c, t))
        keyword = {"_op": third} if type(third) is str else {"local_grads": third}
        found = answered(lambda c=children, k=keyword: Value(1.0, _children=c, **k))
        assert found == expected
        assert answered(lambda c=children, t=third: Value(1.0, c, _op=t)) == expected


def test_an_argument_given_twice_is_told():
    x = Value(0.5)
    with pytest.raises(OperandError, match=r"children is .* micrograd's keyword"):
        Value(1.0, (x,), (1.0,), _children=(x,))
    with pytest.raises(OperandError, match=r"local_grads is .* and '\+' is given"):
        Value(1.0, (x,), (1.0,), _op="+")


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


@pytest.mark.parametrize("a", [7.5, -7.5, 6.0])
@pytest.mark.parametrize("b", [2.0, -2.0, 0.3])
def test_divmod_is_the_quotient_and_the_rest_with_their_gradients(a, b):
    x, y = Value(a), Value(b)
    pairs = [divmod(x, y), divmod(x, b), divmod(a, y)]
    for quotient, rest in pairs:
        assert (quotient.data, rest.data) == divmod(a, b)
    pairs[0][1].backward()
    assert (x.grad, y.grad) == (1.0, -(a // b))  # a mod b = a - b * (a // b)
    with pytest.raises(OperandError, match="floordiv: the operand 'a' is a str"):
        divmod(x, "a")
    with pytest.raises(OperandError, match="floordiv: the operand 'a' is a str"):
        divmod("a", x)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # numpy of inf
@pytest.mark.parametrize("x", [0.5, 1.5, 2.567, -0.4, 1e300, math.inf, math.nan])
def test_numpy_rounds_values_as_it_rounds_floats(x):
    for rounded in (np.round, np.around):
        for digits in (0, 2):
            for got in (rounded(Value(x), digits), *rounded([Value(x)] * 2, digits)):
                assert type(got) is float
                assert repr(got) == repr(float(rounded(x, digits)))
    assert repr(np.rint(Value(x))) == repr(float(np.rint(x)))


def test_math_and_numpy_tell_a_bad_number_by_its_data():
    for x in (1.0, math.inf, math.nan):
        for name in ("isnan", "isinf", "isfinite"):
            assert getattr(math, name)(Value(x)) is getattr(math, name)(x)
            assert getattr(np, name)(Value(x)) == getattr(np, name)(x)


UFUNCS = {name: f for name, f in vars(np).items() if isinstance(f, np.ufunc)}


@pytest.mark.parametrize("name", UFUNCS)
def test_no_function_of_numpy_loses_a_gradient_in_silence(name):
    f, others = UFUNCS[name], (0.25,) * (UFUNCS[name].nin - 1)
    with np.errstate(all="ignore"):  # acosh leaves its domain
        try:
            y = f(Value(0.375), *others)
        except (TypeError, AttributeError, ValueError):
            return  # it says that it cannot
        if not all(isinstance(part, Value) for part in (y if f.nout > 1 else (y,))):
            # a number or a truth: it has to be constant around the point
            assert f(0.375 - 1e-6, *others) == f(0.375 + 1e-6, *others)


FUNCTIONS = [
    (lambda v: np.exp(v), lambda v: v.exp()),
    (lambda v: np.arcsin(v), lambda v: v.asin()),
    (lambda v: np.float64(2.0) * v, lambda v: 2.0 * v),
    (lambda v: np.int64(3) - v, lambda v: 3.0 - v),
    (lambda v: np.float32(2.0) ** v, lambda v: 2.0**v),
    (lambda v: np.add(v, v), lambda v: v + v),
    (lambda v: np.add.reduce(np.array([v, v])), lambda v: v + v),
    (lambda v: (np.array([1.0, 2.0]) * v)[1], lambda v: 2.0 * v),
    (lambda v: (v * np.array([1.0, 2.0]))[1], lambda v: v * 2.0),
    (lambda v: np.multiply.outer([1.0, 2.0], v)[1], lambda v: 2.0 * v),
    (lambda v: np.array([1.0, 2.0]) @ np.array([v, v]), lambda v: 1.0 * v + 2.0 * v),
]


@pytest.mark.parametrize(("by_numpy", "by_hand"), FUNCTIONS)
def test_a_function_of_numpy_is_that_of_the_value(by_numpy, by_hand):
    assert by_numpy(Value(0.25)).data == by_hand(Value(0.25)).data
    assert grad(by_numpy)(0.25) == grad(by_hand)(0.25)


def test_statistics_names_the_mean_that_keeps_the_gradient():
    xs = [Value(1.0), Value(2.0)]
    for function in (statistics.mean, statistics.variance):
        with pytest.raises(
            OperandError, match=r"gradient; use dendrograd.mean .*float"
        ):
            function(xs)
    assert statistics.median([*xs, Value(5.0)]) is xs[1]


def test_a_power_has_no_modulus():
    with pytest.raises(TypeError, match=r"Value.pow\(\) takes 2 .* but 3 were given"):
        pow(Value(3.0), 2, 5)
    assert (pow(Value(3.0), 2) % 5).data == pow(3, 2, 5)  # the way to write it


def test_item_is_the_number_and_cuts_without_a_warning():
    x = Value(3.0)
    assert (type(x.item()), x.item(), (x * x).item()) == (float, 3.0, 9.0)
    assert grad(lambda v: v * v.item())(3.0) == 3.0
