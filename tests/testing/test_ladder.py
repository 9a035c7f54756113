"""Differences find the scale on which a function lives, and say what they cannot see."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.testing.differences import Estimate, estimate
from dendrograd.testing.ladder import Row, believed

Function = Callable[[float], float]
SHAPES: dict[str, tuple[Function, Function]] = {
    "inverse": (lambda t: 1.0 / t, lambda t: -1.0 / t**2),
    "cbrt": (math.cbrt, lambda t: 1.0 / (3.0 * math.cbrt(t) ** 2)),
    "tanh": (math.tanh, lambda t: 1.0 / math.cosh(t) ** 2),
    "decay": (lambda t: math.exp(-t), lambda t: -math.exp(-t)),
    "bump": (lambda t: math.exp(-t * t), lambda t: -2.0 * t * math.exp(-t * t)),
}


@pytest.mark.parametrize("name", SHAPES)
@given(st.floats(-12.0, 12.0), st.floats(0.5, 2.0))
def test_a_slope_is_found_on_whatever_scale(name: str, decade: float, t: float) -> None:
    f, slope = SHAPES[name]
    scale = 10.0**decade

    def scaled(x: float) -> float:
        try:
            return f(x / scale)
        except OverflowError:
            return math.inf

    seen = estimate(scaled, t * scale)
    truth = slope(t * scale / scale) / scale
    assert abs(seen.slope - truth) <= 10.0 * seen.error + 1e-11 * abs(truth)
    assert seen.error < 1e-3 * abs(truth)


@given(st.floats(-13.0, -6.0))
def test_a_small_step_on_a_slope_is_seen(decade: float) -> None:
    width = 10.0**decade
    seen = estimate(lambda x: math.sin(x) + 1e-3 * width * math.tanh(x / width), 0.0)
    assert seen.slope == pytest.approx(1.001, rel=1e-6)


@pytest.mark.parametrize("x", [0.0, 1e-9, 1.0, 1e9])
def test_a_constant_is_flat_and_what_moves_further_away_is_not(x: float) -> None:
    assert estimate(lambda t: 3.0, x).flat
    far = 2.0 * max(abs(x), 1.0)
    assert not estimate(lambda t: float(abs(t - x) < far), x).flat


def test_a_slope_below_the_rounding_of_a_large_constant_is_within_the_error() -> None:
    seen = estimate(lambda x: 1e9 + 1e-6 * math.sin(x), 1.0)
    assert seen.error > 1e-6
    assert not seen.flat


def ends(f: Function, x: float) -> Estimate:
    return estimate(lambda t: f(t) if t >= 1.0 else math.nan, x)


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9])
def test_steps_stay_inside_the_end_of_a_domain(gap: float) -> None:
    x = 1.0 + gap
    seen = ends(math.acosh, x)
    truth = 1.0 / math.sqrt((x - 1.0) * (x + 1.0))
    assert abs(seen.slope - truth) <= 10.0 * seen.error
    assert seen.error < 1e-4 * truth


def test_at_the_end_of_a_domain_there_is_no_slope() -> None:
    assert math.isnan(ends(math.acosh, 1.0).slope)


def test_a_value_that_is_missing_in_between_does_not_hide_a_smaller_scale() -> None:
    def f(x: float) -> float:
        return math.nan if 1e-9 < abs(x) < 1e-7 else math.exp(-((x / 1e-10) ** 2))

    assert estimate(f, 1e-10).slope == pytest.approx(-2e10 / math.e)


def test_a_jump_is_told_from_a_kink() -> None:
    jump, kink = estimate(math.floor, 2.0), estimate(abs, 0.0)
    assert (jump.jump, jump.kink) == (True, False)
    assert (kink.jump, kink.kink) == (False, True)


def row(h: float, slope: float, error: float) -> Row:
    return Row(h, slope, slope, error, 0.0, 1.0, 1.0)


def test_a_slope_is_refuted_by_two_smaller_steps_and_not_by_one() -> None:
    coarse = row(1e-1, 1.0, 1e-9)
    once = [coarse, row(1e-2, 2.0, 1e-3), row(1e-3, 1.0, 1e-3)]
    twice = [coarse, row(1e-2, 2.0, 1e-3), row(1e-3, 2.0, 1e-4)]
    assert believed(once) == coarse
    assert believed(twice) == twice[2]
