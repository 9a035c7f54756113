"""Slopes of an expression along a direction, by ways that know nothing of each other.

dual      forward mode on dual numbers: the table's partials, another sweep
complex   the complex step: operations continued to complex numbers, no partials
mpmath    central differences at 50 digits or more: operations from their definitions

Each returns a slope for every output, or None where an operation is unknown to it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from dendrograd.arithmetic import dual as dual_numbers
from dendrograd.arithmetic.complex import STEP, continued
from dendrograd.arithmetic.dual import tangent
from dendrograd.arithmetic.mpmath import DIGITS, Precise
from dendrograd.op import Op

from .expression import Expression

__all__ = ["Slope", "complex_step", "dual", "precise", "rounding"]

RUNS, EPS = 6, 2.0**-53


class Slope(NamedTuple):
    """A slope, and those to the left and to the right, which differ at a kink."""

    middle: float
    left: float
    right: float


def dual(expression: Expression, direction: Sequence[float]) -> list[float]:
    """Return the slopes by forward mode on dual numbers."""
    pairs = list(zip(expression.point, direction, strict=True))
    return [tangent(y) for y in expression.results(pairs, dual_numbers.apply)]


def rounding(expression: Expression, direction: Sequence[float]) -> list[float]:
    """Return how far rounding moves each slope: its spread over random roundings.

    Every primal, tangent and term of one is moved by up to one rounding error at random
    (Monte Carlo arithmetic; Parker 1997, UCLA CSD-970002).
    """
    draw = random.Random(0)

    def jitter(x: float) -> float:
        return x * (1.0 + draw.uniform(-2.0, 2.0) * EPS)

    def apply(op: Op, *operands: Any) -> tuple[float, float]:
        y, terms = dual_numbers.expanded(op, *operands)
        slope = sum(map(jitter, terms), 0.0)  # terms may cancel: in t / t they do
        return y if op.constant else jitter(y), jitter(slope)

    pairs = list(zip(expression.point, direction, strict=True))
    runs = [expression.results(pairs, apply) for _ in range(RUNS)]
    tangents = [[tangent(y) for y in run] for run in runs]
    return [max(column) - min(column) for column in zip(*tangents, strict=True)]


def complex_step(
    expression: Expression, direction: Sequence[float]
) -> list[float] | None:
    """Return Im f(x + ihv) / h, exact but for the rounding of f; None if unknown."""
    moved = [
        complex(x, STEP * v) for x, v in zip(expression.point, direction, strict=True)
    ]
    try:
        found = expression.results(moved, continued)
    except LookupError:
        return None
    return [y.imag / STEP if isinstance(y, complex) else 0.0 for y in found]


def precise(expression: Expression, direction: Sequence[float]) -> list[Slope] | None:
    """Return the slopes by differences in many digits; None if unknown.

    With a step of 1e-30 the error is about 1e-60 |f'''| in the middle and 1e-30 |f''|
    at the sides, far below what a float can show.
    """
    if not all(map(math.isfinite, expression.point)):
        return None
    moving = [
        abs(x) for x, v in zip(expression.point, direction, strict=True) if x and v
    ]
    scale = min(moving, default=1.0)
    digits = 2 * DIGITS + max(0, -math.floor(math.log10(scale)))
    arithmetic = Precise(digits)
    m = arithmetic.m
    h = m.mpf(10) ** -30 * m.mpf(scale)

    def at(t: Any) -> list[Any]:
        leaves = [
            m.mpf(x) + t * m.mpf(v)
            for x, v in zip(expression.point, direction, strict=True)
        ]
        return expression.results(leaves, arithmetic.apply)

    try:
        sides = zip(at(-h), at(m.mpf(0)), at(h), strict=True)
    except LookupError:
        return None
    return [_slope(arithmetic.to_float, h, *three) for three in sides]


def _slope(
    to_float: Callable[[Any], float], h: Any, low: Any, middle: Any, high: Any
) -> Slope:
    rises = ((high - low) / (2 * h), (middle - low) / h, (high - middle) / h)
    return Slope(*map(to_float, rises))
