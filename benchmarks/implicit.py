"""Implicit nodes: digits of random equations against mpmath, and times.

python benchmarks/implicit.py          # 300 equations, 1,000 volatilities
python benchmarks/implicit.py 10000    # so many equations
"""

from __future__ import annotations

import math
import sys
from random import Random
from time import perf_counter
from typing import Any

import mpmath

import dendrograd as dg
from dendrograd import Value
from dendrograd.implicit import SolveError, solve

m = mpmath.MPContext()
m.dps = 40


def monotone(count: int) -> None:
    """Hold a x + b tanh x + c x**3 = p against its exact inverse, to the third order."""
    rng, worst = Random(0), [0.0] * 4
    for _ in range(count):
        a, b, c = (rng.uniform(0.1, 3.0) for _ in range(3))
        p = rng.uniform(-5.0, 5.0)

        def f(x: Any, tanh: Any, a: float = a, b: float = b, c: float = c) -> Any:
            return a * x + b * tanh(x) + c * x * x * x

        def ours(p: Any, f: Any = f) -> Any:
            return solve(lambda x, p: f(x, dg.tanh) - p, 0.0, p)  # noqa: B023

        x = m.findroot(lambda x: f(x, m.tanh) - p, ours(p))  # noqa: B023
        t = m.tanh(x)
        s = 1 - t * t
        d1, d2 = a + b * s + 3 * c * x * x, -2 * b * t * s + 6 * c * x
        d3 = -2 * b * s * (1 - 3 * t * t) + 6 * c
        exact = [x, 1 / d1, -d2 / d1**3, (3 * d2 * d2 - d1 * d3) / d1**5]
        for order, (truth, size) in enumerate(zip(exact, scales(exact), strict=True)):
            error = float(abs(ours(p) - truth) / size)
            worst[order] = max(worst[order], error)
            ours = dg.grad(ours)
    print(f"{count} equations, errors by order: {[f'{e:.0e}' for e in worst]}")


def scales(exact: list[Any]) -> list[Any]:
    """Return by what errors are divided: where a derivative crosses 0, by its like."""
    return [max(abs(v), abs(exact[1]) ** (k + 1)) for k, v in enumerate(exact)]


def black(vol: Any, spot: Any, strike: float, time: float) -> Any:
    sd = vol * math.sqrt(time)
    d1 = dg.log(spot / strike) / sd + sd / 2
    return spot * dg.ndtr(d1) - strike * dg.ndtr(d1 - sd)


def volatilities(count: int) -> None:
    rng, refused, wrong, spent, made = Random(0), 0, 0, 0.0, 0
    while made < count:
        strike, time = (
            100 * math.exp(rng.uniform(-0.7, 0.7)),
            rng.choice([0.02, 0.5, 5]),
        )
        vol = rng.uniform(0.05, 1.5)
        price = black(vol, 100.0, strike, time)
        slope = dg.grad(black)(vol, 100.0, strike, time)
        if slope < 1e-6 or price < 1e-9:
            continue
        made += 1
        start = perf_counter()
        try:
            found = solve(
                lambda v, p: black(v, 100.0, strike, time) - p,  # noqa: B023
                0.3,
                Value(price),
                bracket=(1e-4, 5.0),
            )
        except SolveError:
            refused += 1
        else:
            wrong += abs(found.data - vol) > 1e-12 + 1e-14 * (100 + price) / slope
        spent += perf_counter() - start
    print(f"{count} volatilities: {refused} refused, {wrong} wrong, {spent:.2f} s")


def curve(quotes: Any) -> Any:
    def residual(rates: Any, quotes: Any) -> Any:
        d = [dg.exp(-r * (i + 1.0)) for i, r in enumerate(rates)]
        return [q * dg.sum(d[: i + 1]) - 1.0 + d[i] for i, q in enumerate(quotes)]

    return solve(residual, [0.03] * len(quotes), quotes)


def coupled(n: int) -> Any:
    rng = Random(n)
    rows = [[rng.gauss(0, 0.5) / math.sqrt(n) for _ in range(n)] for _ in range(n)]

    def total(p: Any) -> Any:
        def residual(x: Any, p: Any) -> Any:
            return [x[i] + dg.tanh(dg.dot(rows[i], x)) - p[i] for i in range(n)]

        return dg.sum(solve(residual, [0.0] * n, p))

    return total


def best(run: Any, rounds: int = 20) -> float:
    found = math.inf
    for _ in range(rounds):
        start = perf_counter()
        run()
        found = min(found, perf_counter() - start)
    return found * 1e3


if __name__ == "__main__":
    monotone(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    volatilities(1000)
    quotes = [0.02 + 0.0007 * i - 0.00001 * i * i for i in range(30)]
    print(f"curve of 30: Jacobian {best(lambda: dg.jacobian(curve)(quotes)):.1f} ms")
    for n in (10, 50):
        total, p = coupled(n), [0.1 * i for i in range(n)]
        spent = best(lambda: dg.value_and_grad(total)(p))  # noqa: B023
        print(f"system of {n}: value and gradient {spent:.1f} ms")
