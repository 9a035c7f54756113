"""A partial is as exact as the primal, in the tails too, at first and second order."""

import math
import sys
from functools import cache

import pytest
from exact_slopes import derivative, error
from hypothesis import given
from hypothesis import strategies as st

import dendrograd as dg
from dendrograd import grad
from dendrograd.domain import Interval
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.testing.safe_domain import intervals

pytestmark = pytest.mark.long

ULPS = 8.0
every_op = pytest.mark.parametrize("op", OPS.values(), ids=OPS)


FRACTION = st.floats(1.0, 2.0, exclude_max=True)
BINADE = st.integers(-1022, 1022) | st.integers(-12, 9)


def log_uniform(interval: Interval) -> st.SearchStrategy[float]:
    """Return floats of an interval, as many in each binade, from an end of it too."""
    if interval.whole:
        top = min(interval.high, 5.0)
        return st.integers(int(interval.low), int(top)).map(float)
    signed = [(0.0, 1.0), (0.0, -1.0)]  # start and direction
    for end in (interval.low, interval.high):
        if math.isfinite(end) and end:
            signed.append((end, -math.copysign(1.0, end)))
    parts = st.tuples(st.sampled_from(signed), FRACTION, BINADE)
    found = parts.map(lambda part: part[0][0] + part[0][1] * math.ldexp(*part[1:]))
    return found.filter(lambda x: x in interval and x != 0.0)


@cache  # a strategy is made in a millisecond, and asked for at each example
def places(op: Op) -> st.SearchStrategy[tuple[float, ...]]:
    """Return operands of an operation that have a value, and are at no kink."""
    found = st.tuples(*map(log_uniform, intervals(op, 3)[:3]))

    def has_digits(xs: tuple[float, ...]) -> bool:  # a value past the floats has none
        apart = op.crease is None or 0.0 < abs(op.crease(*xs)) < math.inf
        return math.isfinite(op(*xs)) and apart

    return found.filter(has_digits)


@cache
def free(op: Op) -> list[int]:
    """Return which operands have a derivative."""
    return [i for i in range(len(intervals(op, 3)[:3])) if i not in op.constant]


@every_op
@given(data=st.data())
def test_a_partial_is_exact_to_eight_ulp_over_the_range_of_floats(op: Op, data):
    xs = data.draw(places(op))
    i = data.draw(st.sampled_from(free(op)))
    ours = op.linearize(*xs)[1][i]
    assert not error(ours, op.name, xs, [i], free(op)) > ULPS


@every_op
@given(data=st.data())
def test_a_second_derivative_is_exact_to_eight_ulp_likewise(op: Op, data):
    xs = data.draw(places(op))
    i, j = data.draw(st.tuples(*[st.sampled_from(free(op))] * 2))
    if op.name == "atan2" and math.hypot(*xs) < 1e-154:
        return  # it is made of 1 / length**2, which is past the floats
    ours = grad(grad(op, argnums=i), argnums=j)(*xs)
    if op.name == "norm":  # each to the size of all: one of a few operands is 1 - 1
        exact = derivative(op.name, xs, [i, j])
        room = ULPS * 2.0**-52 / op(*xs) + sys.float_info.min
        assert exact is None or abs(ours - exact) <= room
        return
    assert not error(ours, op.name, xs, [i, j], free(op)) > ULPS


def mish(x):
    return x * dg.tanh(dg.softplus(x))


def mish_curvature(m, x):
    def f(x):
        e = m.exp(-x)  # tanh(log(1 + 1/e)) = (1 + 2e) / (1 + 2e + 2e**2)
        return x * (1 + 2 * e) / (1 + 2 * e + 2 * e * e)

    return m.diff(f, x, 2)


CURVES = {
    "softplus": (dg.softplus, lambda m, x: m.exp(-x) / (1 + m.exp(-x)) ** 2),
    "silu": (dg.silu, lambda m, x: m.diff(lambda x: x / (1 + m.exp(-x)), x, 2)),
    "gelu": (dg.gelu, lambda m, x: m.npdf(x) * (2 - x * x)),
    "mish": (mish, mish_curvature),
}


@pytest.mark.parametrize("x", [1.0, 5.0, 20.0, 30.0, 37.0])
@pytest.mark.parametrize("name", CURVES)
def test_activations_keep_their_curvature_in_the_tail(name, x):
    from mpmath import MPContext

    m = MPContext()
    m.dps = 200
    f, curvature = CURVES[name]
    exact = curvature(m, m.mpf(x))
    # gelu's exp(-x * x / 2) magnifies the rounding of x * x by x * x
    assert abs(grad(grad(f))(x) - exact) <= 8 * 2.0**-52 * (1 + x * x) * abs(exact)
