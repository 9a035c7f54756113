"""Linear algebra in fifty digits, and its derivatives by their textbook formulas."""

from __future__ import annotations

from typing import Any

import mpmath

m = mpmath.MPContext()
m.dps = 50


def rows(M: Any) -> list[list[float]]:
    return [[float(M[i, j]) for j in range(M.cols)] for i in range(M.rows)]


def inverse(A: list[list[float]]) -> Any:
    return m.inverse(m.matrix(A))


def solve_slopes(
    A: list[list[float]], b: list[float], weights: list[float]
) -> tuple[list[float], list[list[float]], list[float]]:
    """Return x, and the slopes of the weighted sum of x by A and by b.

    d(w . x) = w . A^-1 (db - dA x)
    """
    inverted = inverse(A)
    x, by_b = inverted * m.matrix(b), inverted.T * m.matrix(weights)
    by_A = [[float(-p * q) for q in x] for p in by_b]
    return [float(v) for v in x], by_A, [float(v) for v in by_b]


def distance(ours: Any, exact: Any) -> float:
    """Return the largest difference, in units of the largest exact number."""
    size = max(abs(v) for row in exact for v in row) or 1.0
    pairs = zip(ours, exact, strict=True)
    return (
        max(abs(u - v) for us, vs in pairs for u, v in zip(us, vs, strict=True)) / size
    )
