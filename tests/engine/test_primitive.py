"""Operations of one's own: like those of the table, and honest about their limits."""

import gc
import math
import weakref

import numpy as np
import pytest

from dendrograd import Value, cos, grad, hessian, primitive
from dendrograd.domain import POSITIVE, REAL
from dendrograd.errors import GraphError, OperandError, TraceError
from dendrograd.program import Recording


@primitive(lambda y, x: (cos(x),), symbol="∿")
def wave(x):
    return math.sin(x)


def test_it_works_on_floats_values_and_at_every_order():
    assert wave(0.5) == math.sin(0.5)
    x = Value(0.5)
    y = wave(x) * 2
    y.backward()
    assert x.grad == 2 * math.cos(0.5)
    assert y.parents[0].op.symbol == "∿"
    assert grad(grad(wave))(0.5) == -math.sin(0.5)


def test_a_foreign_derivative_works_once_and_is_told_the_second_time():
    @primitive(lambda y, x: (math.cos(x),))
    def once(x):
        return math.sin(x)

    assert grad(once)(0.5) == math.cos(0.5)
    with pytest.raises(
        TraceError, match=r"once.*left the table.*dendrograd's functions"
    ):
        grad(grad(once))(0.5)


def test_any_number_of_operands_may_be_taken():
    @primitive(lambda y, *xs: tuple(y / x for x in xs))
    def product(*xs):
        return math.prod(xs)

    assert grad(lambda x: product(*x))([2.0, 3.0, 4.0]) == [12.0, 8.0, 6.0]


def test_wrong_rules_are_told():
    with pytest.raises(TypeError, match=r"takes 2 operands.*partials take 3"):

        @primitive(lambda y, x: (1.0,))
        def two(a, b):
            return a

    @primitive(lambda y, a, b: (1.0,))
    def short(a, b):
        return a

    with pytest.raises(GraphError, match="2 operands but 1 partials"):
        short(Value(1.0), 2.0)

    @primitive(lambda y, x: (1.0,))
    def text(x):
        return "a"

    with pytest.raises(OperandError, match="text: the operand 'a'"):
        text(Value(1.0))


@pytest.mark.parametrize(
    "rule",
    [
        lambda y, x: 3 * x * x,
        lambda y, x: [3 * x * x],
        lambda y, *xs: 3 * xs[0] * xs[0],
    ],
)
def test_one_operand_may_have_a_bare_partial_at_every_order(rule):
    @primitive(rule)
    def cube(x):
        return x * x * x

    assert grad(cube)(2.0) == 12.0
    assert grad(grad(cube))(2.0) == 12.0
    assert grad(grad(grad(cube)))(2.0) == 6.0
    assert cube(Value(math.inf)).partials == (math.inf,)


def test_a_bare_partial_of_numpy_is_one_too():
    @primitive(lambda y, x: np.cos(x))
    def sine(x):
        return math.sin(x)

    assert grad(sine)(0.5) == math.cos(0.5)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            lambda y, a, b: b,
            r"times: .* returned 3.0 for 2 operand.*; .* \(dy_da, dy_db\)",
        ),
        (lambda y, a, b: None, "returned None for 2 operand"),
        (lambda y, a, b: (b, None), r"returned \(3.0, None\) for 2 operand"),
        (lambda y, *xs: xs[0], "returned 2.0 for 2 operand"),
    ],
)
def test_a_rule_that_returns_no_number_for_each_operand_is_told(rule, said):
    @primitive(rule)
    def times(a, b):
        return a * b

    with pytest.raises(OperandError, match=said):
        times(Value(2.0), Value(3.0))


def test_a_rule_that_forgets_to_return_is_told():
    @primitive(lambda y, x: None)
    def same(x):
        return x

    with pytest.raises(
        OperandError, match="same: its rule returned None for 1 operand"
    ):
        same(Value(2.0))


HOW = r"write @primitive\(lambda y, x: \(dy_dx,\)\) above the function"


def test_primitive_without_a_rule_is_told():
    with pytest.raises(TypeError, match=f"cube was given where the rule.*{HOW}"):

        @primitive
        def cube(x):
            return x**3

    @primitive
    def times(a, b):
        return a * b

    for operands in ((2.0, 3.0), (Value(2.0),), ()):
        with pytest.raises(TypeError, match=f"times was given where the rule.*{HOW}"):
            times(*operands)
    with pytest.raises(TypeError, match=f"3.0 was given where the rule.*{HOW}"):
        primitive(3.0)


def test_a_rule_of_fixed_length_for_any_number_of_operands_is_told():
    with pytest.raises(TypeError, match=r"any number of operands.*take \(y, \*xs\)"):

        @primitive(lambda y, x: (1.0,))
        def product(*xs):
            return math.prod(xs)


def test_a_domain_error_gives_nan_as_in_the_table():
    @primitive(lambda y, x: (0.5 / y,))
    def root(x):
        return math.sqrt(x)

    assert math.isnan(root(-1.0))
    x = Value(-1.0)
    assert math.isnan(root(x).data)


def test_a_rule_of_numpy_is_differentiated_again_where_the_table_has_its_function():
    @primitive(lambda y, x: (np.cos(x),))
    def sine(x):
        return math.sin(x)

    assert grad(sine)(0.5) == math.cos(0.5)
    assert grad(grad(sine))(0.5) == -math.sin(0.5)


def test_a_rule_of_numpy_that_the_table_lacks_works_once_and_is_told_then():
    @primitive(lambda y, x: (np.i0(x),))
    def once(x):
        return x + x**3 / 12.0

    assert grad(once)(0.5) == pytest.approx(float(np.i0(0.5)))
    with pytest.raises(TraceError, match=r"once.*left the table"):
        grad(grad(once))(0.5)


def test_operations_that_were_differentiated_twice_go_with_their_last_name():
    def made(scale):
        @primitive(lambda y, x: (scale * cos(scale * x),))
        def local(x):
            return math.sin(scale * x)

        assert grad(grad(local))(0.0) == 0.0
        assert local.linearize(0.0)[1] == (scale,)
        return weakref.ref(local)

    made_so_far = [made(float(i)) for i in range(1000)]
    gc.collect()
    assert [op() for op in made_so_far if op() is not None] == []


def test_a_rule_is_traced_once_for_each_number_of_operands():
    traced = []

    @primitive(lambda y, *xs: traced.append(y) or tuple(y / x for x in xs))
    def product(*xs):
        return math.prod(xs)

    def times(count):
        hessian(lambda x: product(*x))([2.0] * count)
        return sum(isinstance(y, Recording) for y in traced)

    assert [times(2), times(2), times(3), times(3)] == [1, 1, 2, 2]


def test_an_operation_shows_its_name():
    assert repr(wave) == "<op wave>"


def test_a_domain_that_is_given_is_kept_and_else_real():
    rule = lambda y, x: (0.5 / y,)  # one line
    assert primitive(rule, domain=(POSITIVE,))(math.sqrt).domain == (POSITIVE,)
    assert primitive(rule)(math.sqrt).domain == (REAL,)
