"""Functions that math lacks, where the table's own tests do not reach: below zero."""

import math

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf
from oracle import close

import dendrograd as dg
from dendrograd import digamma_root, grad, logaddexp, logsumexp, special
from dendrograd.languages import javascript
from dendrograd.ops import OPS

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


def test_digamma_keeps_its_relative_digits_beside_its_root():
    nearest = [digamma_root.ROOT + k * 2.0**-52 for k in range(-40, 40)]
    for x in [*nearest, *[1.1 + k / 800 for k in range(601)]]:
        exact = mpmath.digamma(mpf(x))
        assert abs(special.digamma(x) / exact - 1) <= 24 * 2.0**-52
        if digamma_root.beside(x):
            assert abs(special.digamma(x) / exact - 1) <= 4 * 2.0**-52


def test_the_series_beside_the_root_is_that_of_digamma_in_both_languages():
    with mpmath.workdps(50):
        root = mpmath.findroot(mpmath.digamma, 1.4616)
        split = float(root), float(root - mpf(float(root)))
        places = range(1, len(digamma_root.TAYLOR) + 1)
        weights = [float(mpmath.psi(k, root) / mpmath.factorial(k)) for k in places]
    assert split == (digamma_root.ROOT, digamma_root.REST)
    assert list(digamma_root.TAYLOR) == weights
    script = javascript.source("functions.js")
    for name, numbers in ("ROOT", split), ("TAYLOR", weights):
        listed = script.split(f"DIGAMMA_{name} = ")[1].split(";")[0]
        assert eval(listed) == list(numbers)


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


def test_the_weights_of_the_series_are_the_bernoulli_numbers():
    exact = [mpmath.bernoulli(2 * k) for k in range(1, len(special.BERNOULLI) + 1)]
    assert tuple(map(float, exact)) == special.BERNOULLI


@pytest.mark.parametrize("n", [1, 2, 5, 12, 40, 100, 150, 170])
def test_polygamma_holds_at_every_order(n):
    for x in (2.0, 7.5, 20.0, 50.3, 11.9 + n, 12.0 + n, 2e3, 1e150):
        ours, exact = special.polygamma(float(n), x), mpmath.psi(n, mpf(x))
        assert close(ours, exact, rel=1e-14, absolute=1e-300)


@pytest.mark.parametrize("x", [0.1, 0.5, 3.0, 11.99, 12.0, 12.5, 30.0])
def test_digamma_holds_to_the_last_bits(x):
    assert close(special.digamma(x), mpmath.digamma(mpf(x)), rel=0.0, absolute=2e-15)


@pytest.mark.parametrize("n", [0.0, 1.0, 2.0, 5.0])
def test_polygamma_at_minus_infinity_is_undefined(n):
    assert math.isnan(special.polygamma(n, float("-inf")))


def test_polygamma_of_nan_is_nan_in_every_order():
    assert all(math.isnan(special.polygamma(float(n), math.nan)) for n in range(5))


def test_polygamma_takes_the_whole_orders_up_to_170():
    assert math.isfinite(special.polygamma(170.0, 20.0))
    for order in (171.0, 1.5, -1.0, math.nan):
        assert math.isnan(special.polygamma(order, 20.0))


def test_of_two_zeros_minimum_and_maximum_tell_the_sign():
    assert math.copysign(1.0, special.minimum(0.0, -0.0)) == -1.0
    assert math.copysign(1.0, special.minimum(-0.0, 0.0)) == -1.0
    assert math.copysign(1.0, special.maximum(-0.0, 0.0)) == 1.0
    assert math.copysign(1.0, special.maximum(0.0, -0.0)) == 1.0


def test_an_order_that_no_float_can_hold_is_nan_at_once():
    assert special.polygamma(1e308, 2.0) != special.polygamma(1e308, 2.0)


@pytest.mark.parametrize("f", [special.floor, special.ceil])
def test_rounding_keeps_the_sign_of_zero(f):
    assert math.copysign(1.0, f(-0.0)) == -1.0
    assert math.copysign(1.0, f(0.0)) == 1.0
    assert math.copysign(1.0, special.ceil(-0.5)) == -1.0


@pytest.mark.parametrize(("a", "b"), [(0.0, -0.0), (-0.0, 0.0)])
def test_the_larger_of_two_zeros_is_the_positive_one(a, b):
    assert math.copysign(1.0, special.maximum(a, b)) == 1.0
    assert math.copysign(1.0, special.minimum(a, b)) == -1.0


def test_remainder_and_its_derivative_take_the_same_quotient():
    by_divisor = grad(lambda a, b: a % b, argnums=1)
    assert by_divisor(1.0, 0.1) == -(1.0 // 0.1) == -9.0  # 1.0 / 0.1 rounds to 10.0
    assert by_divisor(-2.5, math.inf) == 1.0


def test_x_to_the_zero_is_flat_at_the_smallest_number_too():
    assert grad(lambda x: x**0)(5e-324) == 0.0
    mixed = grad(grad(lambda x, n: x**n, argnums=1))
    assert mixed(2.0, 0.0) == 0.5  # 1 / x, so the exponent 0 is not a special case


def test_the_log_of_a_sum_shares_the_gradient_of_an_infinity():
    both = grad(logaddexp, argnums=(0, 1))
    inf = math.inf
    assert both(-inf, -inf) == both(inf, inf) == (0.5, 0.5)
    assert both(inf, 2.5) == (1.0, 0.0)
    assert grad(logsumexp)([-inf] * 4) == [0.25] * 4
    assert grad(logsumexp)([1.0, inf, -inf]) == [0.0, 1.0, 0.0]


@given(st.floats(-1e17, 1e17), st.floats(-30, 30))
def test_the_shares_of_a_log_of_a_sum_are_exact_beside_large_numbers_too(a, gap):
    b = a + gap
    exact = 1 / (1 + mpmath.exp(mpf(b) - mpf(a)))
    ours, rest = grad(logaddexp, argnums=(0, 1))(a, b)
    assert close(ours, exact, rel=1e-13)
    assert ours + rest == pytest.approx(1.0, rel=1e-15)


def test_the_slope_of_log10_is_not_lost_at_the_largest_float():
    assert grad(lambda x: x.log10())(1.7976931348623157e308) == pytest.approx(
        2.415843242143e-309, rel=1e-9
    )


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("x", [0.0, -0.0, 5e-324, -5e-324, 1e-170, -1e-170])
def test_a_pole_at_zero_has_the_sign_of_its_side(n, x):
    if n == 0 and abs(x) == 1e-170:
        assert special.digamma(x) == -1.0 / x
    else:
        side = 1.0 if n % 2 else -math.copysign(1.0, x)
        assert OPS["polygamma"](n, x) == side * math.inf


@pytest.mark.parametrize("x", [0.0, -0.0, 2.0, -1.5, math.inf, math.nan])
@pytest.mark.parametrize("y", [0.0, -1.0, 5e-324, 2.0, math.inf, -math.inf, math.nan])
def test_xlogy_is_the_one_of_scipy_at_every_edge(x, y):
    scipy = pytest.importorskip("scipy.special")
    want = float(scipy.xlogy(x, y))
    assert dg.xlogy(x, y) == pytest.approx(want, rel=1e-15, nan_ok=True)
    found = scipy.xlogy(dg.Value(x), y)
    assert found.op is dg.xlogy
    assert found.data == pytest.approx(want, rel=1e-15, nan_ok=True)


@pytest.mark.parametrize("y", [0.0, -1.0, math.inf, -math.inf])
def test_xlogy_gives_no_gradient_where_0_wins_over_a_logarithm_that_is_none(y):
    assert dg.grad(dg.xlogy, argnums=(0, 1))(0.0, y) == (0.0, 0.0)


def test_the_mixed_derivative_of_xlogy_is_right_where_x_is_0():
    assert dg.hessian(lambda v: dg.xlogy(*v))([0.0, 4.0]) == [[0.0, 0.25], [0.25, 0.0]]
