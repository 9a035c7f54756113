"""Taylor series: what an order costs, and planets on their way around the sun.

python benchmarks/series.py
"""

from __future__ import annotations

import math
from collections.abc import Callable
from time import perf_counter
from typing import Any

import dendrograd as dg
from dendrograd.series import taylor, taylor_step

FUNCTIONS: dict[str, tuple[Callable[[Any], Any], float]] = {
    "exp(sin(x tanh(x)))": (lambda x: dg.exp(dg.sin(x * dg.tanh(x))), 0.3),
    "erf(x)": (dg.erf, 0.3),
    "x**2.5": (lambda x: x**2.5, 1.3),
    "x**(x + 1)": (lambda x: x ** (x + 1.0), 1.3),
    "atan2(x, 1 + x)": (lambda x: dg.atan2(x, 1.0 + x), 0.4),
    "logsumexp([x, x*x, 1])": (lambda x: dg.logsumexp([x, x * x, 1.0]), 0.4),
    "lgamma(x)": (dg.lgamma, 2.3),
}


def costs() -> None:
    for name, (f, x) in FUNCTIONS.items():
        orders = (20, 40, 80) if name.startswith("lgamma") else (20, 40, 80, 160)
        times = [best(lambda: taylor(f, x, k)) for k in orders]  # noqa: B023
        slope = math.log(times[-1] / times[-3]) / math.log(4)
        shown = ", ".join([f"{t:.2f}" for t in times])
        print(f"{name:24} {shown} ms at order {orders}; cost ~ order^{slope:.1f}")


def best(run: Callable[[], Any]) -> float:
    found = math.inf
    for _ in range(3):
        start = perf_counter()
        run()
        found = min(found, perf_counter() - start)
    return found * 1e3


def kepler(y: Any) -> list[Any]:
    x, z, u, w = y
    r2 = x * x + z * z
    r3 = r2 * dg.sqrt(r2)
    return [u, w, -x / r3, -z / r3]


def energy(y: list[float]) -> float:
    return 0.5 * (y[2] ** 2 + y[3] ** 2) - 1.0 / math.hypot(y[0], y[1])


def orbits(e: float, order: int, count: int = 100) -> tuple[int, float, float]:
    """Return steps, and the errors of energy and position, after so many orbits."""
    y = [1.0 - e, 0.0, 0.0, math.sqrt((1.0 + e) / (1.0 - e))]
    first, t, end, steps, worst = energy(y), 0.0, count * 2 * math.pi, 0, 0.0
    while t < end:
        step = taylor_step(kepler, y, order)
        h = min(step.size, end - t)
        y, t, steps = step.at(h), t + h, steps + 1
        worst = max(worst, abs(energy(y) / first - 1.0))
    return steps, worst, math.hypot(y[0] - (1.0 - e), y[1])


if __name__ == "__main__":
    costs()
    for e, order in ((0.5, 20), (0.5, 30), (0.9, 20)):
        start = perf_counter()
        steps, wrong, off = orbits(e, order)
        print(
            f"Kepler, e = {e}, order {order}: 100 orbits in {steps} steps, "
            f"{perf_counter() - start:.1f} s, energy {wrong:.0e}, position {off:.0e}"
        )
