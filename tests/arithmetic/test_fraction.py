"""Numbers that are Fractions while they can be, and mpmath's when they cannot."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.arithmetic.fraction import OWN, Arithmetic, Number, to_float
from dendrograd.ops import OPS

small = st.integers(-30, 30).map(float)
INF = math.inf


def applied(name: str, *xs: float) -> tuple[object, Arithmetic]:
    exact = Arithmetic(50)
    return exact.apply(OPS[name], *map(exact.lift, xs)), exact


@pytest.mark.parametrize("name", OWN)
@given(st.data())
def test_rational_operations_agree_with_floats_where_these_are_exact(
    name: str, data: st.DataObject
) -> None:
    count = 5 if OPS[name].variadic else len(OPS[name].domain)
    xs = data.draw(st.lists(small, min_size=count, max_size=count))
    if name == "pow":
        xs[1] = abs(xs[1]) % 5
    if name == "div":
        xs[1] = 2.0 ** (xs[1] % 5)
    found, exact = applied(name, *xs)
    assert to_float(found) == pytest.approx(OPS[name].evaluate(*xs), nan_ok=True)
    assert not exact.rounded
    assert type(found) is Fraction or math.isnan(to_float(found)) or not xs[1]


@pytest.mark.parametrize(
    ("name", "xs", "y"),
    [
        ("where", (1.0, 2.0, INF), 2),
        ("where", (0.0, math.nan, 2.0), 2),
        ("maximum", (2.0, -INF), 2),
        ("minimum", (2.0, INF), 2),
        ("div", (1.0, INF), 0),
        ("compare", (INF, 1.0), 1),
        ("div", (1.0, 0.0), INF),
        ("mul", (INF, -2.0), -INF),
    ],
)
def test_limits_of_rational_operations_are_those_of_ieee_and_exact(
    name: str, xs: tuple[float, ...], y: float
) -> None:
    found, exact = applied(name, *xs)
    assert found == y
    assert not exact.rounded


def test_minus_infinity_adds_nothing_to_logsumexp_and_keeps_all_digits() -> None:
    third = Fraction(1, 3)
    exact = Arithmetic(50)
    found = exact.apply(OPS["logsumexp"], -INF, third, third)
    with mpmath.workdps(50):
        assert abs(found - (mpmath.mpf(1) / 3 + mpmath.log(2))) < 1e-45


def test_a_fraction_of_too_many_bits_is_rounded_instead() -> None:
    exact = Arithmetic(50)
    third = Fraction(1, 3)
    for op, xs in (
        ("pow", (Fraction(3), Fraction(10**5))),
        ("pow", (third, third)),
        ("mul", (Fraction(1 << 5000), Fraction(1 << 5000))),
        ("sum", (Fraction(1 << 9000), third)),
    ):
        assert type(exact.apply(OPS[op], *xs)) is not Fraction
    assert exact.rounded


@pytest.mark.parametrize(
    ("name", "x", "doubtful"),
    [("log", Fraction(1), False), ("log", 1 + Fraction(1, 10**60), True)],
)
def test_a_zero_is_doubtful_only_where_an_operand_was_rounded(
    name: str, x: Fraction, doubtful: bool
) -> None:
    exact = Arithmetic(50)
    assert exact.apply(OPS[name], x) == 0
    assert exact.doubtful == doubtful


def test_numbers_obey_the_operators_of_the_table() -> None:
    exact = Arithmetic(50)
    x, nan = Number(Fraction(3), exact), Number(math.nan, exact)
    assert (2.0 / (x - 1.0) + x**2.0).x == 10
    assert x == Number(Fraction(3), exact)
    assert nan != nan
    assert (bool(x), bool(x - x), float(x)) == (True, False, 3.0)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_past_the_floats_is_infinite_as_a_float(sign: int) -> None:
    assert to_float(Fraction(sign * 10**400)) == sign * INF
