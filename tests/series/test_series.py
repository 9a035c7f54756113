"""Taylor coefficients of every smooth operation, and steps of differential equations."""

from __future__ import annotations

import gc
import math
from typing import Any

import numpy as np
import pytest

import dendrograd as dg
from dendrograd import Value, primitive
from dendrograd.arithmetic.mpmath import Precise
from dendrograd.errors import OperandError, ShapeError, TraceError
from dendrograd.implicit import solve
from dendrograd.ops import OPS
from dendrograd.series import Series, SeriesError, taylor, taylor_step

precise = Precise(20)  # mpmath's own `taylor` works with as many more as it needs
BASE = {"acosh": 1.7, "polygamma": 0.7}
ORDER = 10
ROOTS = {OPS[name] for name in ("sqrt", "pow", "hypot", "norm", "direction")}
SMOOTH = [
    op for op in OPS.values() if not op.crease and (not op.decides or op in ROOTS)
]


def operands(op: Any, t: Any, base: Any) -> tuple[Any, ...]:
    """Return a line, or a parabola, through the operation's domain."""
    if op.constant:
        return (1.0, t)
    second, third = 0.9 - (t - base) * 0.5, 0.3 + t * t
    return (t, second, third)[: 3 if op.variadic else len(op.domain)]


@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)
def test_a_smooth_operation_has_the_series_of_mpmath(op: Any) -> None:
    base = BASE.get(op.name, 0.4)
    ours = taylor(lambda t: op(*operands(op, t, base)), base, ORDER)
    mpf = precise.m.mpf
    exact = precise.m.taylor(
        lambda t: precise.apply(op, *operands(op, t, mpf(base))), mpf(base), ORDER
    )
    assert ours == pytest.approx([float(c) for c in exact], rel=1e-12, abs=1e-20)


def test_nearly_all_of_the_table_is_smooth() -> None:
    assert len(SMOOTH) > 0.75 * len(OPS)


@pytest.mark.parametrize(
    ("f", "x", "exact"),
    [
        (lambda x: 1.0 / (1.0 - x), 0.0, [1.0] * 9),
        (lambda x: x**5, 0.0, [0.0] * 5 + [1.0, 0.0, 0.0, 0.0]),
        (lambda x: x**20, 1.0, [float(math.comb(20, k)) for k in range(9)]),
        (lambda x: x**40, 0.0, [0.0] * 9),
        (lambda x: x**-1, -2.0, [-(0.5 ** (k + 1)) for k in range(9)]),
        (lambda x: +x - 3.0 + (-x), 0.5, [-3.0] + [0.0] * 8),
        (
            lambda x: 2.0**x,
            0.0,
            [math.log(2) ** k / math.factorial(k) for k in range(9)],
        ),
        (lambda x: (1.0 + x) ** 0.0, 0.0, [1.0] + [0.0] * 8),
        (lambda x: 7, 0.0, [7.0] + [0.0] * 8),
    ],
)
def test_series_of_the_textbook(f: Any, x: float, exact: list[float]) -> None:
    assert taylor(f, x, 8) == pytest.approx(exact, rel=1e-14, abs=1e-15)


def test_the_number_of_series_does_not_grow_with_the_order() -> None:
    counts = []

    def f(x: Any) -> Any:
        y = dg.exp(dg.sin(x * dg.tanh(x))) + dg.erf(x) + x ** (x + 1.0)
        for order in (10, 40):
            _ = y[order]
            counts.append(len(y.world.known))
        return y

    taylor(f, 0.4, 1)
    assert counts[1] == counts[0]


def test_along_a_direction_the_second_coefficient_is_half_the_curvature() -> None:
    def f(v: Any) -> Any:
        return dg.exp(v["a"] * v["b"][0]) / (1.0 + v["b"][1] ** 2)

    x, d = {"a": 0.5, "b": [0.7, 0.2]}, {"a": 0.3, "b": [-0.2, 0.5]}
    value, slope, half, _ = taylor(f, x, 3, direction=d)
    assert (value, slope) == pytest.approx(dg.jvp(f, (x,), (d,)), rel=1e-15)
    bent = dg.hvp(f, (x,), (d,))[0]
    curvature = bent["a"] * 0.3 - bent["b"][0] * 0.2 + bent["b"][1] * 0.5
    assert 2.0 * half == pytest.approx(curvature, rel=1e-14)


def test_results_keep_their_structure_and_arrays_are_taken() -> None:
    found = taylor(
        lambda v: {"sum": v[0] + v[1], "one": 1.0}, np.ones(2), 1, np.array([1, 0])
    )
    assert found == {"sum": [2.0, 1.0], "one": [1.0, 0.0]}
    with pytest.raises(ShapeError, match="taylor: a function of several numbers"):
        taylor(lambda v: v[0], [1.0, 2.0], 2)


def test_comparisons_go_by_the_first_coefficient() -> None:
    def f(x: Any) -> Any:
        assert (x > 1.0, x >= 2.0, x < 3.0, x <= 2.0, x == 2.0, x != 2.0) == (
            *(True,) * 5,
            False,
        )
        assert x < x + 1.0
        assert bool(x)
        assert isinstance(x, Series)
        assert repr(x * x) == "<series 4 + 4 t^1 + 1 t^2 + ...>"
        assert len({x, x}) == 1
        return x

    taylor(f, 2.0, 1)


PIECES = [
    (lambda x: abs(x), -2.0, [2.0, -1.0, 0.0]),
    (lambda x: dg.relu(x) + dg.floor(x), 1.5, [2.5, 1.0, 0.0]),
    (lambda x: x % 2.0 + x // 2.0, 3.5, [2.5, 1.0, 0.0]),
    (lambda x: dg.maximum(x, x * x), 3.0, [9.0, 6.0, 1.0]),
    (lambda x: dg.where(x - x, 1.0 / (x - x), x), 3.0, [3.0, 1.0, 0.0]),
]


@pytest.mark.parametrize(("f", "x", "exact"), PIECES)
def test_beside_a_kink_the_series_is_that_of_the_piece(
    f: Any, x: float, exact: list[float]
) -> None:
    assert taylor(f, x, 2) == exact


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (dg.relu, "relu(0): a kink, where there is no Taylor series"),
        (abs, "abs(0): a kink"),
        (dg.sqrt, "sqrt(0): a kink"),
        (dg.floor, "floor(0): a kink"),
        (lambda x: x % 2.0, "mod(0, 2): a kink"),
        (lambda x: dg.maximum(x, 0.0), "maximum(0, 0): a kink"),
        (lambda x: dg.norm([x, x]), "norm(0, 0): a kink"),
        (lambda x: x**0.5, "pow(0, 0.5): a power without a Taylor series"),
        (lambda x: (x - 1.0) ** (1.0 + x), "pow(-1, 1): a power without"),
        (lambda x: 1.0 / x, "a division by 0 at the point"),
        (dg.log, "a division by 0 at the point"),
        (dg.cbrt, "a division by 0 at the point"),
    ],
)
def test_a_kink_and_a_pole_are_refused(f: Any, words: str) -> None:
    with pytest.raises(SeriesError) as told:
        taylor(f, 0.0, 3)
    assert words in str(told.value)


def test_what_would_lose_a_gradient_or_a_coefficient_is_refused() -> None:
    with pytest.raises(OperandError, match="mul: a Value beside a Series"):
        taylor(lambda x: x * Value(2.0), 1.0, 2)
    with pytest.raises(OperandError, match=r"float\(\) of a Series keeps one"):
        taylor(lambda x: math.exp(x), 1.0, 2)
    with pytest.raises(OperandError, match="taylor: the operand"):
        taylor(dg.exp, "1.0", 2)


def test_operations_of_a_user_and_solved_numbers_have_series() -> None:
    cube = primitive(lambda y, x: (3.0 * x * x,))(lambda x: x * x * x)
    assert taylor(cube, 2.0, 3) == [8.0, 12.0, 6.0, 1.0]
    op = solve(lambda x, a: x * x - a, 1.0, Value(4.0)).op
    exact = taylor(dg.sqrt, 4.0, 6)
    assert taylor(op, 4.0, 6) == pytest.approx(exact, rel=1e-13)
    foreign = primitive(lambda y, x: (math.cos(x),))(math.sin)
    with pytest.raises((TraceError, OperandError)):
        taylor(foreign, 1.0, 2)


def test_no_series_is_left_to_the_collector() -> None:
    taylor(lambda x: dg.sin(x) + dg.tanh(x), 0.4, 5)
    gc.collect()
    gc.disable()
    try:
        taylor(lambda x: dg.sin(x) + dg.tanh(x), 0.4, 5)
        taylor_step(lambda y: [y[1], -dg.sin(y[0])], [1.0, 0.0])
        assert gc.collect() == 0
    finally:
        gc.enable()


def kepler(y: Any) -> list[Any]:
    x, z, u, w = y
    r2 = x * x + z * z
    r3 = r2 * dg.sqrt(r2)
    return [u, w, -x / r3, -z / r3]


@pytest.mark.parametrize(("e", "order"), [(0.5, 20), (0.9, 30)])
def test_a_planet_comes_back_after_its_year(e: float, order: int) -> None:
    start = y = [1.0 - e, 0.0, 0.0, math.sqrt((1.0 + e) / (1.0 - e))]
    t, end = 0.0, 2 * math.pi
    while t < end:
        step = taylor_step(kepler, y, order)
        h = min(step.size, end - t)
        y, t = step.at(h), t + h
    assert y == pytest.approx(start, abs=1e-12)
    energy = 0.5 * (y[2] ** 2 + y[3] ** 2) - 1.0 / math.hypot(y[0], y[1])
    assert energy == pytest.approx(-0.5, rel=2e-14)


def test_a_step_of_what_stands_still_or_moves_evenly_is_long() -> None:
    step = taylor_step(lambda y: [0.0, 2.0], [1.0, 0.0])
    assert step.size == 1e9
    assert step.at(3.0) == [1.0, 6.0]
    with pytest.raises(ShapeError, match="taylor_step: 1 slopes for a state of 2"):
        taylor_step(lambda y: [1.0], [1.0, 2.0])
