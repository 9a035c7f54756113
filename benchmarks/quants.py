"""The formulas of docs/quants.md: eager, compiled, plain floats, and finite differences.

    python benchmarks/quants.py

The functions are read from the page. Each is timed in one process, the ways in turn, with
medians over the rounds; a way is the call that its user would write.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from scipy.optimize import approx_fprime

import dendrograd as dg

PAGE = Path(__file__).parents[1] / "docs" / "quants.md"
ROUNDS = 15


def page() -> dict[str, Any]:
    """Return the names that the code of the page defines."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    code = "\n".join([line[4:] for line in lines if line.startswith((">>>", "..."))])
    space: dict[str, Any] = {}
    exec(re.sub(r"^print\(", "str(", code, flags=re.MULTILINE), space)  # noqa: S102
    return space


def cases(space: dict[str, Any]) -> dict[str, tuple[Callable[..., Any], list[float]]]:
    """Return each function as one of a list of numbers, and where it is called."""

    def call(p: Any) -> Any:
        return space["call"](p[0], 105.0, *p[1:])

    def density(p: Any) -> Any:
        return space["density"](*p)

    return {
        "price and four Greeks": (call, [100.0, 0.2, 0.5, 0.03]),
        "likelihood of 200 times": (space["surprise"], [0.9, -0.2]),
        "fit of an ODE, 200 steps": (space["distance"], [1.0, 0.35, 0.12, 0.45]),
        "error bars of a density": (density, list(space["measured"])),
    }


def ways(f: Callable[..., Any], point: list[float]) -> dict[str, Callable[[], Any]]:
    """Return each way to a value and its gradient."""
    eager, fast = dg.value_and_grad(f), dg.value_and_grad(dg.compile(f))
    array = np.array(point)
    return {
        "compiled": lambda: fast(point),
        "eager": lambda: eager(point),
        "plain floats, value alone": lambda: f(point),
        "differences": lambda: (f(point), approx_fprime(array, f, 1e-8)),
    }


def timed(f: Callable[[], Any]) -> float:
    """Return the microseconds of a call, of as many as take some milliseconds."""
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            f()
        spent = time.perf_counter() - start
        if spent > 4e-3:
            return spent / count * 1e6
        count *= 4


def main() -> None:
    """Print a row for each function."""
    names: list[str] = []
    for title, (f, point) in cases(page()).items():
        found = ways(f, point)
        if not names:
            names = list(found)
            print("| microseconds |", " | ".join(names), "|")
            print("| --- |", " | ".join(["---:"] * len(names)), "|")
        rounds = [
            {name: timed(way) for name, way in found.items()} for _ in range(ROUNDS)
        ]
        cells = [f"{median(times[name] for times in rounds):,.1f}" for name in names]
        print(f"| {title} |", " | ".join(cells), "|")
    print(f"{dg.implementation} class, CPython {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
