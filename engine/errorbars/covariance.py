"""The covariance of uncertain numbers, from a matrix or from standard deviations."""

from __future__ import annotations

import math
from typing import Any

from dendrograd.errors import OperandError
from dendrograd.linalg.matrices import square
from dendrograd.number import number
from dendrograd.trees import flatten, flatten_like, is_scalar

__all__ = ["covariances"]

NEAR = 1e-9  # relative to the two standard deviations


def covariances(values: Any, given: Any) -> list[list[float]]:
    """Return the matrix: as it is given, or with squared deviations on its diagonal.

    Raises ShapeError or OperandError, in the name of `propagate`, for what is none.
    """
    count = len(flatten(values))
    listed = [] if is_scalar(given) or isinstance(given, dict) else list(given)
    as_rows = bool(listed) and not any(map(is_scalar, listed))
    if as_rows and len(flatten(given)) == count * count:
        rows = [
            [number(x, "propagate") for x in row] for row in square("propagate", given)
        ]
        _ensure_covariance(rows)
        return rows
    deviations = flatten_like("propagate", values, given)
    squares = [_deviation(s) ** 2 for s in deviations]
    return [[s * (i == j) for j in range(count)] for i, s in enumerate(squares)]


def _deviation(x: Any) -> float:
    deviation = number(x, "propagate")
    if not deviation >= 0.0:
        raise OperandError(
            f"propagate: the standard deviation {deviation} is not a size; give 0 or more"
        )
    return deviation


def _ensure_covariance(rows: list[list[float]]) -> None:
    for i, row in enumerate(rows):
        for j, x in enumerate(row):
            limit = math.sqrt(max(row[i], 0.0) * max(rows[j][j], 0.0))
            if abs(x - rows[j][i]) > NEAR * limit or abs(x) > limit * (1.0 + NEAR):
                raise OperandError(
                    f"propagate: {x} in row {i}, column {j} of the covariance; the matrix "
                    "is symmetric, its diagonal holds squares, and no entry is larger "
                    "than the two standard deviations allow"
                )
