"""Functions that math lacks, where the table's own tests do not reach: below zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import close, mpf, mpmath

from dendrograd import special

below_zero = st.floats(-20, -0.05).filter(lambda x: abs(x - round(x)) > 0.05)


@given(below_zero)
def test_digamma_is_reflected_below_zero(x):
    assert close(special.digamma(x), mpmath.digamma(mpf(x)), rel=1e-11, absolute=1e-12)


@given(st.integers(1, 5), below_zero)
def test_polygamma_is_reflected_below_zero(n, x):
    exact = mpmath.psi(n, mpf(x))
    scale = abs(mpmath.psi(n, mpf(1) - x)) + abs(exact)
    assert close(special.polygamma(float(n), x), exact, 1e-9, float(1e-10 * scale))


@given(st.floats(1e-6, 1e6))
def test_digamma_holds_from_tiny_to_huge(x):
    assert close(special.digamma(x), mpmath.digamma(mpf(x)), rel=1e-13)


@given(st.integers(0, 12), st.floats(0.01, 1e4))
def test_the_recurrence_of_polygamma_holds(n, x):
    step = (-1) ** n * mpmath.factorial(n) / mpf(x) ** (n + 1)
    later = mpmath.psi(n, mpf(x)) + step  # psi_n(x + 1)
    ours = special.polygamma(float(n), x) + float(step)
    assert close(ours, later, rel=1e-10, absolute=float(1e-12 * abs(step)) + 1e-14)


@given(st.floats(-2000, 2000))
def test_sigmoid_and_softplus_are_each_other_s_mirror(x):
    assert special.sigmoid(x) + special.sigmoid(-x) == pytest.approx(1.0)
    assert special.softplus(x) - special.softplus(-x) == pytest.approx(x, abs=1e-12)


def test_an_order_that_no_float_can_hold_is_nan_at_once():
    assert special.polygamma(1e308, 2.0) != special.polygamma(1e308, 2.0)
