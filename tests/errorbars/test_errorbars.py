"""Error bars: exact for quadratics, GUM's examples, and right where first order is not."""

from __future__ import annotations

import math
import warnings
from random import Random
from typing import Any

import numpy as np
import pytest

import dendrograd as dg
from dendrograd.errorbars import BendWarning, propagate
from dendrograd.errors import OperandError, ShapeError
from dendrograd.implicit import argmin


def bent(*given: Any, **how: Any) -> Any:
    """Return an error bar without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BendWarning)
        return propagate(*given, **how)


def moments(f: Any, x: list[float], deviations: list[float]) -> tuple[float, float]:
    """Return mean and variance of f of independent numbers, by Gauss and Hermite."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    grids = np.meshgrid(*[nodes] * len(x), indexing="ij")
    weight = math.prod(np.meshgrid(*[weights] * len(x), indexing="ij"))
    weight = weight / weight.sum()
    points = [v + s * grid for v, s, grid in zip(x, deviations, grids, strict=True)]
    values = np.vectorize(lambda *v: f(v))(*points)
    mean = float((weight * values).sum())
    return mean, float((weight * (values - mean) ** 2).sum())


@pytest.mark.parametrize("seed", range(8))
def test_mean_and_variance_of_a_quadratic_are_exact(seed: int) -> None:
    rng = Random(seed)
    n = rng.randint(1, 5)
    A, half = (
        np.array([[rng.gauss(0, 1) for _ in range(n)] for _ in range(n)])
        for _ in range(2)
    )
    H, C = A + A.T, half @ half.T
    x, b = ([rng.gauss(0, 1) for _ in range(n)] for _ in range(2))

    def f(v: Any) -> Any:
        rows = [dg.dot(row, v) for row in H.tolist()]
        return 0.5 * dg.dot(v, rows) + dg.dot(b, v)

    bar, g = bent(f, x, C.tolist()), H @ x + b
    scale = np.abs(g) @ np.abs(C) @ np.abs(g) + np.trace(H @ C @ H @ C)
    exact = g @ C @ g + np.trace(H @ C @ H @ C) / 2
    assert bar.variance == pytest.approx(exact, abs=1e-14 * scale)
    assert bar.mean - bar.value == pytest.approx(np.trace(H @ C) / 2, abs=1e-13)
    assert sum(bar.shares) == pytest.approx(1.0, abs=1e-12)


def test_a_square_at_its_bottom_and_a_correlated_product() -> None:
    bar = bent(lambda x: x * x, 0.0, 10.0)
    assert (bar.value, bar.mean, bar.bend) == (0.0, 100.0, 1.0)
    assert bar.deviation == pytest.approx(math.sqrt(2) * 100.0, rel=1e-15)
    C = [[0.04, 0.03], [0.03, 0.09]]
    product = propagate(lambda v: v[0] * v[1], [2.0, 3.0], C)
    exact = 9 * 0.04 + 4 * 0.09 + 2 * 6 * 0.03 + 0.04 * 0.09 + 0.03**2
    assert product.variance == pytest.approx(exact, rel=1e-15)
    assert product.mean == pytest.approx(6.03, rel=1e-15)


def call(v: Any) -> Any:
    spot, vol = v
    d1 = (dg.log(spot / 100.0) + 0.5 * vol**2) / vol
    return spot * dg.ndtr(d1) - 100.0 * dg.ndtr(d1 - vol)


def test_the_price_of_an_option_has_the_figures_of_the_textbook_case() -> None:
    first = propagate(call, [100.0, 0.2], [5.0, 0.02], order=1)
    assert first.deviation == pytest.approx(2.8135, abs=5e-5)
    bar = propagate(call, [100.0, 0.2], [5.0, 0.02])
    assert bar.deviation == pytest.approx(2.8105, abs=5e-5)
    mean, variance = moments(call, [100.0, 0.2], [5.0, 0.02])
    assert bar.mean == pytest.approx(mean, abs=1e-3)
    exact = math.sqrt(variance)  # 2.8114; without the cubic term it would be 2.8353
    assert abs(bar.deviation - exact) < 0.5 * abs(first.deviation - exact)


SMOOTH = [
    (lambda v: dg.exp(v[0]), [1.0], [0.3]),
    (lambda v: v[0] / v[1], [10.0, 5.0], [0.2, 0.5]),
    (lambda v: dg.sin(v[0]) * dg.tanh(v[1]), [1.0, 0.5], [0.2, 0.2]),
]


@pytest.mark.parametrize(("f", "x", "s"), SMOOTH)
def test_what_is_left_out_of_the_variance_is_of_the_sixth_power(
    f: Any, x: list[float], s: list[float]
) -> None:
    errors = []
    for part in (0.4, 0.2):
        deviations = [part * v for v in s]
        _, variance = moments(f, x, deviations)
        errors.append(abs(bent(f, x, deviations).variance - variance))
    assert 40.0 < errors[0] / errors[1] < 100.0  # 64, but for what follows


def end_gauge(v: dict[str, Any]) -> Any:
    spread = v["da"] * v["theta"] + v["alpha"] * v["dt"]
    return v["standard"] + v["d"] - v["standard"] * spread


def test_the_end_gauge_of_gum_h1_has_its_two_figures() -> None:
    x = {"standard": 50.000623, "d": 215e-6, "da": 0.0, "theta": -0.1}
    s = {"standard": 25e-6, "d": 9.7e-6, "da": 0.58e-6, "theta": 0.41}
    x |= {"alpha": 11.5e-6, "dt": 0.0}
    s |= {"alpha": 1.2e-6, "dt": 0.029}
    first, second = (bent(end_gauge, x, s, order=order) for order in (1, 2))
    assert round(first.deviation * 1e6) == 32  # nanometres, H.1.6
    assert round(second.deviation * 1e6) == 34  # H.1.7, with terms of second order
    assert second.shares.keys() == x.keys()
    assert second.shares["standard"] == max(second.shares.values())


def test_resistance_and_reactance_of_gum_h2_have_their_figures() -> None:
    x, s = [4.9990, 19.6610e-3, 1.04446], [0.0032, 0.0095e-3, 0.00075]
    r = [[1.0, -0.36, 0.86], [-0.36, 1.0, -0.65], [0.86, -0.65, 1.0]]
    C = [[r[i][j] * s[i] * s[j] for j in range(3)] for i in range(3)]
    for f, value, deviation in (
        (lambda v: v[0] / v[1] * dg.cos(v[2]), 127.732, 0.071),
        (lambda v: v[0] / v[1] * dg.sin(v[2]), 219.847, 0.295),
        (lambda v: v[0] / v[1], 254.260, 0.236),
    ):
        bar = propagate(f, x, np.array(C))
        assert bar.value == pytest.approx(value, abs=1e-3)
        assert bar.deviation == pytest.approx(deviation, abs=2e-3)


def test_first_order_is_the_sum_of_squared_slopes_times_deviations() -> None:
    x = [1.0 + 0.01 * i for i in range(50)]
    bar = propagate(
        lambda v: dg.sum([dg.sin(u) * u for u in v]), x, [0.01] * 50, order=1
    )
    slopes = [math.cos(u) * u + math.sin(u) for u in x]
    assert bar.deviation == pytest.approx(0.01 * math.hypot(*slopes), rel=1e-14)
    assert bar.bend == 0.0


def test_the_parameters_of_a_fit_have_the_error_bars_of_the_textbook() -> None:
    def slope(ys: Any) -> Any:
        def squares(p: Any, ys: Any) -> Any:
            return dg.sum([(p[0] + p[1] * x - y) ** 2 for x, y in enumerate(ys)])

        return argmin(squares, [0.0, 0.0], ys)[1]

    bar = propagate(slope, [1.0, 2.9, 5.2, 7.1], [0.1] * 4)
    assert bar.deviation == pytest.approx(0.1 / math.sqrt(5.0), rel=1e-13)
    assert bar.bend == pytest.approx(0.0, abs=1e-12)


def test_what_bends_is_told_and_a_variance_below_zero_is_no_deviation() -> None:
    with pytest.warns(BendWarning, match="propagate: 100% of the variance come from"):
        propagate(lambda x: x * x, 0.0, 1.0)
    bar = bent(lambda x: dg.tanh(x), 0.3, 2.0)
    assert bar.variance < 0.0
    assert math.isnan(bar.deviation)
    still = propagate(lambda x: 3.0 * x, 1.0, 0.0)
    assert (str(still), still.shares) == ("3 +- 0", 0.0)


@pytest.mark.parametrize(
    ("values", "covariance", "error", "words"),
    [
        ([1.0, 2.0], [0.1], ShapeError, "propagate: [0.1] does not have the structure"),
        ([1.0, 2.0], [[1.0, 2.0]], ShapeError, "does not have the structure"),
        ([1.0], [-0.1], OperandError, "the standard deviation -0.1 is not a size"),
        ([1.0], [math.nan], OperandError, "the standard deviation nan is not a size"),
        ([1.0, 2.0], [[1.0, 0.5], [0.4, 1.0]], OperandError, "0.5 in row 0, column 1"),
        ([1.0, 2.0], [[1.0, 2.0], [2.0, 1.0]], OperandError, "2.0 in row 0, column 1"),
        ([1.0, 2.0], [[-1.0, 0], [0, 1.0]], OperandError, "-1.0 in row 0, column 0"),
    ],
)
def test_what_is_no_covariance_is_refused(
    values: Any, covariance: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as told:
        propagate(dg.sum, values, covariance)
    assert words in str(told.value)


def test_there_are_two_orders() -> None:
    with pytest.raises(ValueError, match="propagate: order=3, but it is 1 or 2"):
        propagate(dg.exp, 1.0, 0.1, order=3)
