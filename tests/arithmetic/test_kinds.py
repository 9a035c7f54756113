"""Every kind of number has the whole table, or says what it lacks and why."""

import cmath
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.arithmetic import complex as complex_numbers
from dendrograd.arithmetic import definition, fraction, knows, meaning
from dendrograd.arithmetic import mpmath as many_digits
from dendrograd.domain import REAL
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.rules import is_flat, traced
from dendrograd.special import Constant
from dendrograd.testing import operands

every_op = pytest.mark.parametrize("op", OPS.values(), ids=OPS)
PRECISE = many_digits.Precise()


@every_op
def test_mpmath_has_every_operation(op: Op):
    assert callable(PRECISE.function(op))
    assert many_digits.ABSENT == {}


def test_what_mpmath_has_only_since_1_4_is_written_out():
    since = ["exp2", "log2"]  # beside what is no operation: foxh, rank, rounding ...
    assert set(since) <= many_digits.OWN.keys()
    m = PRECISE.m
    assert m.almosteq(PRECISE.apply(OPS["exp2"], 0.5), m.sqrt(2), 1e-48)
    assert m.almosteq(PRECISE.apply(OPS["log2"], 3.0), m.log(3, 2), 1e-48)


@every_op
def test_complex_numbers_have_an_operation_or_say_why_not(op: Op):
    found = meaning(op, complex_numbers.OWN, cmath, complex_numbers.continued)
    assert callable(found) != (op.name in complex_numbers.ABSENT) or op.definition
    assert knows(op, complex_numbers.ABSENT) != (op.name in complex_numbers.ABSENT)


def test_fractions_have_what_the_table_calls_rational_and_nothing_else():
    rational = {op.name for op in OPS.values() if op.rational}
    defined = {name for name in rational if definition(OPS[name])}
    assert fraction.OWN.keys() <= rational <= fraction.OWN.keys() | defined


@pytest.mark.parametrize("kind", [complex_numbers, fraction, many_digits])
def test_no_kind_names_what_the_table_lacks(kind):
    assert set(kind.OWN) <= set(OPS)
    assert set(getattr(kind, "ABSENT", ())) <= set(OPS)
    assert not set(kind.OWN) & set(getattr(kind, "ABSENT", ()))


@every_op
def test_an_operation_with_a_kink_says_what_decides_it(op: Op):
    assert bool(op.decides) == bool(op.kinks or op.crease or op is OPS["where"])


@pytest.mark.parametrize("op", list(filter(definition, OPS.values())), ids=str)
@given(data=st.data())
def test_a_definition_gives_the_value_of_the_operation(op: Op, data):
    program = definition(op)
    assert program
    xs = data.draw(operands(op))
    exact = program.run([PRECISE.number(x) for x in xs], PRECISE.apply)[0]
    assert op(*xs) == pytest.approx(float(exact), rel=1e-13, abs=1e-300)


def test_an_operation_of_a_persons_own_has_no_meaning_but_its_float_code():
    own = Op("own", math.sin, lambda y, x: (y,), (REAL,))
    assert meaning(own, {"own": math.cos}, math, own) is None
    for function in (PRECISE.function, fraction.Arithmetic(50).function):
        with pytest.raises(LookupError, match="own"):
            function(own)
    with pytest.raises(LookupError, match="own"):
        complex_numbers.continued(own, 1.0)


INF, ONE = math.inf, Fraction(1, 3)
AT_LIMITS = [
    ("maximum", (math.nan, ONE), math.nan),
    ("maximum", (-INF, ONE), ONE),
    ("where", (Fraction(1), ONE, math.nan), ONE),
    ("logsumexp", (-INF, ONE, -INF), ONE),
    ("logsumexp", (-INF, -INF), -INF),
    ("logaddexp", (-INF, ONE), ONE),
    ("sigmoid", (-INF,), 0),
    ("relu", (-INF,), 0),
    ("floordiv", (Fraction(-1), INF), -1),
]


@pytest.mark.parametrize(("name", "xs", "y"), AT_LIMITS)
def test_fractions_keep_what_they_can_where_an_operand_is_infinite(name, xs, y):
    found = fraction.Arithmetic(50).apply(OPS[name], *xs)
    assert found == y or (found != found and y != y) or abs(found - y) < 1e-40


@every_op
def test_a_flat_operation_has_slope_zero_wherever_it_is_asked(op: Op):
    xs = [0.75] * (3 if op.variadic else len(op.domain))
    slopes = op.linearize(*xs)[1]
    assert not is_flat(op) or slopes == (0.0,) * len(xs)
    assert is_flat(op) or any(slopes)


@every_op
def test_the_constants_of_a_rule_are_exact_or_have_a_meaning(op: Op):
    for x in traced(op, 3 if op.variadic else len(op.domain)).constants:
        exact = x != x or Fraction(x).denominator <= 1024
        assert exact or isinstance(x, Constant)
        if isinstance(x, Constant):
            in_digits = fraction.Arithmetic(50).constant(x)
            assert float(in_digits) == x
            assert in_digits != x


@every_op
def test_the_operands_without_a_derivative_are_whole(op: Op):
    whole = [i for i, interval in enumerate(op.domain) if interval.whole]
    assert [*op.constant] == whole


@pytest.mark.parametrize(
    "op", [op for op in OPS.values() if op.neutral is not None], ids=str
)
@given(data=st.data())
def test_a_neutral_operand_changes_nothing(op: Op, data):
    xs = data.draw(operands(op))
    assert math.isclose(op(*xs, op.neutral), op(*xs), rel_tol=1e-15)
