"""Error bars against samples, and first order against the package uncertainties.

    python benchmarks/errorbars.py            # ten million samples of each case
    python benchmarks/errorbars.py 1000000

The package uncertainties is compared where it is installed.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np
from scipy.special import ndtr

import dendrograd as dg
from dendrograd.errorbars import propagate


def call(m: Any, cdf: Any, v: Any) -> Any:
    spot, vol = v
    d1 = (m.log(spot / 100.0) + 0.5 * vol**2) / vol
    return spot * cdf(d1) - 100.0 * cdf(d1 - vol)


Case = tuple[Callable[[Any, Any, Any], Any], list[float], list[float]]
CASES: dict[str, Case] = {
    "a * b": (lambda m, cdf, v: v[0] * v[1], [3.0, 5.0], [0.5, 2.0]),
    "pendulum": (
        lambda m, cdf, v: 39.4784 * v[0] / v[1] ** 2,
        [1.0, 2.0],
        [0.002, 0.01],
    ),
    "a / b": (lambda m, cdf, v: v[0] / v[1], [10.0, 5.0], [0.2, 0.5]),
    "exp(x)": (lambda m, cdf, v: m.exp(v[0]), [1.0], [0.3]),
    "option": (call, [100.0, 0.2], [5.0, 0.02]),
}


def samples(count: int) -> None:
    rng = np.random.default_rng(0)
    for name, (f, x, s) in CASES.items():
        drawn = [a + b * rng.standard_normal(count) for a, b in zip(x, s, strict=True)]
        y = f(np, ndtr, drawn)
        spread = float(y.std())
        kurtosis = float((((y - y.mean()) / spread) ** 4).mean())
        error = spread * math.sqrt((kurtosis - 1.0) / count) / 2.0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            first, bar = (
                propagate(lambda v: f(dg, dg.ndtr, v), x, s, order=n)  # noqa: B023
                for n in (1, 2)
            )
        away = (bar.deviation - spread) / error
        print(
            f"{name:10} first {first.deviation:.5g}, second {bar.deviation:.5g}, samples "
            f"{spread:.5g} ({away:+.1f} standard errors), bend {bar.bend:.1%}"
        )


def long_sum(count: int) -> None:
    x = np.random.default_rng(0).uniform(1, 2, count).tolist()

    def f(v: Any) -> Any:
        return dg.sum([dg.sin(u) * u for u in v])

    start = perf_counter()
    gradient = dg.grad(f)(x)
    ours = 0.01 * math.hypot(*gradient)
    print(f"{count} inputs, first order: {perf_counter() - start:.2f} s")
    if find_spec("uncertainties"):
        from uncertainties import ufloat, umath

        start = perf_counter()
        y = sum(umath.sin(u) * u for u in [ufloat(v, 0.01) for v in x])
        print(
            f"uncertainties {perf_counter() - start:.2f} s, ratio - 1: {ours / y.s - 1:.0e}"
        )


if __name__ == "__main__":
    samples(int(sys.argv[1]) if len(sys.argv) > 1 else 10**7)
    long_sum(100_000)
