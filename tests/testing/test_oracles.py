"""The oracles agree where they are independent, and say so where they know nothing."""

from __future__ import annotations

import math
import sys

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd import Value, dot, primitive, relu
from dendrograd.arithmetic.complex import ABSENT
from dendrograd.arithmetic.mpmath import Precise
from dendrograd.errors import MissingToolError
from dendrograd.ops import OPS
from dendrograd.testing import Expression
from dendrograd.testing.kinks import kinks
from dendrograd.testing.oracles import (
    complex_slopes,
    complex_step,
    dual,
    precise,
    rounding,
)
from dendrograd.testing.points import sample

NAN = math.nan


def alone(name: str, xs: list[float]) -> Expression:
    places = tuple(range(len(xs)))
    return Expression(tuple(xs), ((OPS[name], places),), (len(xs),))


@pytest.mark.parametrize("name", OPS)
def test_dual_complex_and_precise_slopes_of_each_operation_agree(name: str) -> None:
    for xs in sample(OPS[name], 4):
        graph = alone(name, xs)
        for i in set(range(len(OPS[name].domain))) - set(OPS[name].constant):
            unit = [float(k == i) for k in range(len(xs))]
            (exact,) = precise(graph, unit) or []
            close = pytest.approx(exact.middle, rel=1e-11, abs=1e-13)
            assert dual(graph, unit) == [close]
            found = complex_step(graph, unit)
            assert (found is None) == (name in ABSENT)
            assert found is None or found == [close]


@pytest.mark.parametrize("name", OPS)
def test_the_value_of_each_operation_is_that_of_its_definition(name: str) -> None:
    arithmetic = Precise()
    for xs in sample(OPS[name], 4):
        exact = float(arithmetic.apply(OPS[name], *xs))
        assert OPS[name].evaluate(*xs) == pytest.approx(exact, rel=1e-13, abs=1e-14)


@given(st.floats(-50.0, 50.0).filter(lambda x: abs(x) > 1e-3), st.integers(-5, 5))
def test_whole_powers_of_negative_bases_are_continued(a: float, b: int) -> None:
    graph = Expression((a,), ((OPS["pow"], (0, float(b))),), (1,))
    assert complex_step(graph, [1.0]) == [
        pytest.approx(b * a ** (b - 1), rel=1e-12, abs=1e-30)
    ]


@pytest.mark.parametrize(
    ("b", "slope"), [(1.0, 1.0), (2.0, 0.0), (3.0, 0.0), (0.0, 0.0), (0.5, math.nan)]
)
def test_powers_of_zero_are_continued_where_they_can_be(b: float, slope: float) -> None:
    graph = Expression((0.0,), ((OPS["pow"], (0, b)),), (1,))
    assert complex_step(graph, [1.0]) == [pytest.approx(slope, nan_ok=True)]


@pytest.mark.parametrize(("name", "xs"), [("div", [1.0, 0.0]), ("exp", [1e6])])
def test_a_limit_is_not_continued(name: str, xs: list[float]) -> None:
    graph = alone(name, xs)
    assert complex_step(graph, [0.0] * len(xs)) == [pytest.approx(NAN, nan_ok=True)]


@given(st.floats(-4.0, 4.0), st.floats(-4.0, 4.0))
def test_the_angle_is_continued_in_every_quadrant(a: float, b: float) -> None:
    if abs(a) + abs(b) < 1e-3:
        return
    graph = alone("atan2", [a, b])
    for i, slope in enumerate((b / (a * a + b * b), -a / (a * a + b * b))):
        unit = [float(i == 0), float(i == 1)]
        lost = abs(slope) < 1e-250  # a step of 1e-40 times as much is not to be told
        (found,) = complex_step(graph, unit) or []
        assert (lost and math.isnan(found)) or found == pytest.approx(
            slope, rel=1e-9, abs=1e-12
        )


@pytest.mark.parametrize("x", [1e-300, 5e-324, 1e-30, 1.0, 1e30, 1e300])
def test_precise_slopes_have_the_scale_of_their_point(x: float) -> None:
    graph = alone("log", [x])
    assert precise(graph, [1.0])[0].middle == (1.0 / x if x > 1e-308 else math.inf)


def test_the_two_sides_of_a_kink_have_their_own_slopes() -> None:
    (found,) = precise(alone("relu", [0.0]), [1.0]) or []
    assert found[:3] == (0.5, 0.0, 1.0)


@pytest.mark.parametrize("x", [math.inf, math.nan])
def test_a_point_that_is_not_finite_has_no_precise_slope(x: float) -> None:
    assert precise(alone("exp", [x]), [1.0]) is None


def test_operations_of_ones_own_are_known_to_dual_numbers_alone() -> None:
    @primitive(lambda y, x: (2.0 * x,))
    def square(x: float) -> float:
        return x * x

    x = Value(3.0)
    graph = Expression.of([square(x)], [x])
    assert dual(graph, [1.0]) == [6.0]
    assert complex_step(graph, [1.0]) is None
    assert precise(graph, [1.0]) is None


def test_rounding_is_seen_where_terms_cancel_and_is_tiny_where_none_do() -> None:
    x = Value(0.5)
    plain = Expression.of([x.exp() * 3.0], [x])
    cancelling = Expression.of([((x + 1e9) * (x + 1e9) - 1e18) * x], [x])
    assert rounding(plain, [1.0])[0] < 1e-14
    assert rounding(cancelling, [1.0])[0] > 1.0


def test_a_tangent_of_zero_meets_no_infinite_partial() -> None:
    x = Value(0.0)
    graph = Expression.of([x.log() * 0.0 + x], [x])
    assert dual(graph, [1.0]) == [1.0]


def test_private_precision_leaves_mpmath_as_it_is() -> None:
    before = mpmath.mp.dps
    Precise(300).apply(OPS["exp"], 1.0)
    assert mpmath.mp.dps == before


@pytest.mark.parametrize(
    ("name", "xs"),
    [
        ("log", [0.0]),
        ("log", [-1.0]),
        ("div", [1.0, 0.0]),
        ("sqrt", [-1.0]),
        ("exp", [math.inf]),
        ("pow", [-8.0, 1 / 3]),
        ("lgamma", [-2.0]),
        ("atan2", [0.0, 0.0]),
        ("mul", [math.inf, 0.0]),
    ],
)
def test_at_a_limit_precise_numbers_follow_ieee_754(name: str, xs: list[float]) -> None:
    found = float(Precise().apply(OPS[name], *xs))
    assert repr(found) == repr(OPS[name].evaluate(*xs))


def test_a_number_past_all_memory_is_an_infinity() -> None:
    arithmetic = Precise()
    x = arithmetic.number(1e300)
    for _ in range(4):
        x = arithmetic.apply(OPS["exp"], x)
    assert x == arithmetic.m.inf
    assert arithmetic.to_float(-(arithmetic.number(10) ** 400)) == -math.inf


def test_kinks_are_found_by_what_the_entry_says() -> None:
    x, y = Value(0.0), Value(1.0)
    graph = Expression.of([relu(x) + (y - 1e-9).maximum(1.0) + dot([x], [y])], [x, y])
    assert kinks(graph, 1e-14) == ["relu(0.0)"]
    assert kinks(graph, 1e-6) == ["relu(0.0)", "maximum(0.999999999, 1.0)"]
    assert kinks(alone("norm", [0.0, 0.0]), 0.0) == ["norm(0.0, 0.0)"]
    assert kinks(alone("sqrt", [0.0]), 0.0) == ["sqrt(0.0)"]


@pytest.mark.parametrize(
    ("name", "xs"), [("exp", [-690.0]), ("norm", [1e160, 1e160]), ("exp2", [-1000.0])]
)
def test_a_complex_step_that_leaves_the_range_of_floats_says_nothing(
    name: str, xs: list[float]
) -> None:
    unit = [float(i == 0) for i in range(len(xs))]
    (found,) = complex_slopes(alone(name, xs), unit) or []
    assert math.isnan(found.middle)


def test_a_complex_step_that_was_lost_on_the_way_says_nothing() -> None:
    x = Value(720.0)
    graph = Expression.of([(-x).exp() * x + (-x * 1e-3).exp()], [x])
    assert math.isnan(complex_step(graph, [1.0])[0])


def test_the_complex_step_knows_its_own_rounding() -> None:
    x = Value(0.5)
    plain = Expression.of([x.exp() * 3.0], [x])
    cancelling = Expression.of([(x + 1e9) * (x + 1e9) - x * 2e9], [x])
    assert complex_slopes(plain, [1.0])[0].spread < 1e-14
    assert complex_slopes(cancelling, [1.0])[0].spread > 1e-8


@pytest.mark.parametrize(("a", "b"), [(3.0, 1e-9), (-1e-9, 3.0), (1e200, 1e199)])
def test_a_direction_is_continued_without_cancellation(a: float, b: float) -> None:
    (exact,) = precise(alone("direction", [a, b]), [1.0, 0.0])
    assert complex_step(alone("direction", [a, b]), [1.0, 0.0]) == [
        pytest.approx(exact.middle, rel=1e-12)
    ]


def test_large_numbers_take_no_digits_from_precise_slopes() -> None:
    x = Value(1.0)
    graph = Expression.of([(x + 1e300) - 1e300], [x])
    assert precise(graph, [1.0])[0].middle == 1.0


def test_a_side_that_rounding_would_change_is_no_rounding() -> None:
    a = Value(0.7)
    square = a.minimum(a * 1.0) * a.maximum(a * 1.0)
    tie = Expression.of([square.minimum(square * 1.0)], [a])
    assert rounding(tie, [1.0])[0] < 1e-14


def test_without_mpmath_the_way_to_get_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(
        MissingToolError, match=r"in a clone, pip install '\.\[testing\]'"
    ):
        Precise()
