"""Derivatives against differences: noise is no bug, and a bug is no noise."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrograd.testing.comparison import compare
from dendrograd.testing.differences import estimate

Function = Callable[[float], float]
SMOOTH: dict[str, tuple[Function, Function]] = {
    "sin": (math.sin, math.cos),
    "exp": (math.exp, math.exp),
    "fifth power": (lambda x: x**5, lambda x: 5 * x**4),
    "tiny": (lambda x: 1e-20 * x * x, lambda x: 2e-20 * x),
    "oscillating": (lambda x: math.sin(100 * x), lambda x: 100 * math.cos(100 * x)),
    "periodic in 1/4": (
        lambda x: math.sin(8 * math.pi * x),
        lambda x: 8 * math.pi * math.cos(8 * math.pi * x),
    ),
    "on a pedestal": (lambda x: 1e6 + x, lambda x: 1.0),
    "narrow": (lambda x: 1 / (1e-2 + x * x), lambda x: -2 * x / (1e-2 + x * x) ** 2),
    "constant": (lambda x: 3.0, lambda x: 0.0),
}


@pytest.mark.parametrize("name", SMOOTH)
@settings(max_examples=60)
@given(st.floats(-20.0, 20.0))
def test_the_right_derivative_agrees_and_one_off_by_a_thousandth_differs(
    name: str, x: float
) -> None:
    f, df = SMOOTH[name]
    slope = df(x)
    assert compare(f, x, slope, slope).verdict == "agree"
    wrong = slope * 1.001
    around = 0.05 * max(abs(x), 1.0)
    size = max(abs(f(x)), abs(f(x + around)), abs(f(x - around)))
    if abs(wrong - slope) > 1e-9 * size:  # else it is below what differences can see
        assert compare(f, x, wrong, wrong).verdict == "differ"


@given(st.floats(-30.0, -5.0))
def test_cancellation_inside_a_function_is_told_by_its_magnitude(x: float) -> None:
    def f(x: float) -> float:
        return math.log(math.exp(x) + math.exp(2.0)) - 2.0  # about e^(x-2), of terms 2

    slope = 1.0 / (1.0 + math.exp(2.0 - x))
    verdict = compare(f, x, slope, slope, magnitude=4.0).verdict
    assert verdict == "agree" if x > -15.0 else verdict in ("agree", "cannot tell")


def test_forward_and_reverse_must_agree_nearly_to_the_last_bit() -> None:
    slope = math.cos(1.0)
    assert compare(math.sin, 1.0, slope, slope * (1 + 1e-7)).verdict == "differ"


@pytest.mark.parametrize("x", [1e-9, 1e-3, 1.0, 1e12])
def test_steps_shrink_until_they_stay_in_the_domain(x: float) -> None:
    def log(x: float) -> float:
        return math.log(x) if x > 0 else math.nan

    assert compare(log, x, 1 / x, 1 / x).verdict == "agree"


@pytest.mark.parametrize(
    ("slope", "verdict"),
    [(0.0, "kink"), (1.0, "kink"), (0.5, "kink"), (1.1, "differ"), (-0.1, "differ")],
)
def test_at_a_kink_every_slope_between_those_of_the_sides_is_right(
    slope: float, verdict: str
) -> None:
    found = compare(lambda x: max(x, 0.0), 0.0, slope, slope)
    assert found.verdict == verdict
    seen = found.figures.differences
    assert (seen.left, seen.right) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("f", "verdict"),
    [
        (lambda x: float(x >= 0.0), "cannot tell"),
        (lambda x: math.sqrt(x) if x >= 0 else math.nan, "cannot tell"),
        (lambda x: 1 / x if x else math.inf, "not finite"),
        (lambda x: math.nan, "not finite"),
    ],
)
def test_where_differences_tell_nothing_nobody_is_accused_or_assured(
    f: Function, verdict: str
) -> None:
    found = compare(f, 0.0, 0.0, 0.0)
    assert found.verdict == verdict
    assert not found.good


@pytest.mark.parametrize(
    ("reverse", "forward", "verdict"),
    [
        (math.inf, math.inf, "not finite"),
        (math.nan, math.nan, "not finite"),
        (math.inf, 1.0, "differ"),
        (1.0, math.nan, "differ"),
    ],
)
def test_derivatives_that_are_not_finite_never_agree(
    reverse: float, forward: float, verdict: str
) -> None:
    assert compare(math.sin, 0.0, reverse, forward).verdict == verdict


def test_a_point_at_infinity_has_no_finite_slope() -> None:
    assert compare(lambda x: x, math.inf, 1.0, 1.0).verdict == "not finite"


def test_the_relative_difference_is_of_the_larger() -> None:
    assert compare(lambda x: 4 * x, 1.0, 3.0, 3.0).relative == pytest.approx(0.25)
    assert compare(lambda x: 0.0, 1.0, 0.0, 0.0).relative == 0.0


def test_the_estimate_is_much_better_than_plain_differences() -> None:
    found = estimate(math.exp, 1.0)
    assert abs(found.slope - math.e) < 1e-12
    assert found.error < 1e-10
