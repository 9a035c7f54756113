"""A partial is as exact as the primal, in the tails too, at first and second order."""

import math
import random
import sys
from functools import cache

import pytest
from exact_slopes import derivative, error
from hypothesis import given
from hypothesis import strategies as st
from mpmath import MPContext

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
    check_second(op, xs, i, j)


def check_second(op: Op, xs: tuple[float, ...], i: int, j: int) -> None:
    """Hold a second derivative against the promise of docs/conventions.md."""
    if op.name in ("atan2", "direction") and math.hypot(*xs) < 1e-154:
        return  # it is made of 1 / length**2, which is past the floats
    if op.name == "pow" and (i, j) == (1, 0) and op(*xs) < sys.float_info.min:
        return  # it is made of the value, which has lost its digits
    ours = grad(grad(op, argnums=i), argnums=j)(*xs)
    if op.name == "norm":  # each to the size of all: one of a few operands is 1 - 1
        exact = derivative(op.name, xs, [i, j])
        room = ULPS * 2.0**-52 / op(*xs) + sys.float_info.min
        assert exact is None or abs(ours - exact) <= room
        return
    assert not error(ours, op.name, xs, [i, j], free(op)) > ULPS


def sized(generator: random.Random, interval: Interval) -> float:
    """Return a float of an interval, of any size and sign."""
    while True:
        size = math.ldexp(generator.uniform(1.0, 2.0), generator.randint(-1022, 1022))
        if (x := generator.choice([size, -size])) in interval:
            return x


def several(op: Op) -> bool:
    """Return whether an operation is smooth in two or more operands."""
    both = op.variadic or len(op.domain) == 2
    return both and not op.constant and not op.crease


@pytest.mark.parametrize(
    "op",
    [op for op in OPS.values() if several(op)],
    ids=lambda op: op.name,
)
def test_operands_of_very_different_sizes_have_exact_derivatives(op: Op):
    generator = random.Random(op.name)
    for _ in range(12 if op.cancels else 25):
        xs = tuple([sized(generator, x) for x in intervals(op, 3)[:3]])
        if op.name == "pow":  # a power that is a float, of a base of any size
            reach = 700.0 / abs(math.log(xs[0]))
            xs = (xs[0], generator.uniform(-1.0, 1.0) * min(reach, 3.0))
        i, j = generator.choices(free(op), k=2)
        if math.isfinite(op(*xs)):
            assert not error(op.linearize(*xs)[1][i], op.name, xs, [i], free(op)) > ULPS
            check_second(op, xs, i, j)


@pytest.mark.parametrize(
    ("name", "xs"),
    [
        ("norm", (1.5e308, 1.5e308)),
        ("norm", (1.7e308, -1e300, 1.7e308, 1e4)),
        ("norm", (1.7e308,) * 100),
        ("hypot", (1.5e308, -1.7e308)),
        ("exp2", (1024.0,)),
        ("exp2", (1024.5,)),
        ("pow", (2.0, 1024.0)),
        ("pow", (1.001, 711_000.0)),
        ("pow", (1e200, 1.6)),
        ("lgamma", (1e306,)),
    ],
)
def test_a_slope_stands_where_the_value_is_past_the_floats(name, xs):
    y, slopes = OPS[name].linearize(*xs)
    assert y == math.inf
    for i, slope in enumerate(slopes):
        exact = derivative(name, xs, [i])
        if name == "pow" and not abs(exact) <= sys.float_info.max:
            assert slope == math.inf
        else:
            assert abs(slope - exact) <= ULPS * 2.0**-52 * abs(exact)
    leaves = [dg.Value(x) for x in xs]
    OPS[name](*leaves).backward()
    assert [leaf.grad for leaf in leaves] == list(slopes)


@pytest.mark.parametrize(
    ("name", "xs", "by"),
    [
        ("hypot", (4.04e-142, -1.2e-307), (0, 0)),
        ("direction", (4.04e-142, -1.2e-307), (0,)),
        ("direction", (4.04e-142, -1.2e-307), (0, 0)),
        ("direction", (4.04e-142, -1.2e-307), (0, 1)),
        ("pow", (1.96e-206, 0.5), (0, 0)),
        ("pow", (2.9e-185, 1 / 3), (0, 0)),
        ("pow", (3e-177, 0.25), (0, 0)),
        ("pow", (4.65e-149, 2.1), (0, 1)),
    ],
)
def test_a_second_derivative_that_is_a_float_comes_out_as_one(name, xs, by):
    slope = OPS[name]
    for i in by:
        slope = grad(slope, argnums=i)
    assert error(slope(*xs), name, xs, by, free(OPS[name])) <= ULPS


def test_the_curvature_of_a_square_root_ends_where_it_is_past_the_floats():
    for root in (dg.sqrt, lambda x: x**0.5):
        assert grad(grad(root))(1.2e-206) == -math.inf
    assert grad(lambda x: x**0.5)(4.0) == 0.25  # and no digit is lost where it is easy


GAUSSIAN = {"erf": (1, "2/sqrt(pi)"), "erfc": (1, "-2/sqrt(pi)")}
GAUSSIAN |= {"ndtr": (0.5, "1/sqrt(2*pi)")}


@pytest.mark.parametrize("name", GAUSSIAN)
def test_gaussian_tails_keep_their_digits(name):
    m = MPContext()
    m.dps = 40
    rate, formula = GAUSSIAN[name]
    scale = eval(formula, {"sqrt": m.sqrt, "pi": m.pi})
    for k in range(1, 400):
        x = k / 400.0 * math.sqrt(700.0 / rate) * (-1.0) ** k
        slope = scale * m.exp(-rate * m.mpf(x) ** 2)
        assert abs(OPS[name].linearize(x)[1][0] / slope - 1) <= 3 * 2.0**-52
        curve = grad(grad(OPS[name]))(x) if k % 5 == 0 else None
        assert curve is None or abs(curve / (-2 * rate * x * slope) - 1) < 4 * 2.0**-52


def test_gaussian_slopes_have_their_derivatives_at_zero_and_their_limits():
    third = grad(grad(grad(dg.erf)))
    assert third(0.0) == -2.0 * dg.grad(dg.erf)(0.0)  # -4 / sqrt(pi)
    for x in (40.0, 1e8, 1e300, math.inf, -math.inf):
        assert grad(dg.erf)(x) == grad(grad(dg.erf))(x) == third(x) == 0.0
    assert math.isnan(grad(dg.ndtr)(math.nan))


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
    m = MPContext()
    m.dps = 200
    f, curvature = CURVES[name]
    exact = curvature(m, m.mpf(x))
    # gelu's x * sqrt(1/2) is rounded, which its tail magnifies by x * x
    assert abs(grad(grad(f))(x) - exact) <= 8 * 2.0**-52 * (1 + x * x) * abs(exact)
