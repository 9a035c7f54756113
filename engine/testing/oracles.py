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

__all__ = ["Slope", "complex_slopes", "complex_step", "dual", "precise", "rounding"]

RUNS, EPS = 6, 2.0**-53
INF = math.inf
LEAST = 5e-324  # the smallest float: a partial of 0 may have been smaller
SMALLEST = 1e-290  # a smaller number has few digits, or none


class Slope(NamedTuple):
    """A slope, and those to the left and to the right, which differ at a kink.

    `spread` is how far the rounding of the oracle itself moves it.
    """

    middle: float
    left: float
    right: float
    spread: float = 0.0


def dual(expression: Expression, direction: Sequence[float]) -> list[float]:
    """Return the slopes by forward mode on dual numbers."""
    pairs = list(zip(expression.point, direction, strict=True))
    return [tangent(y) for y in expression.results(pairs, dual_numbers.apply)]


def rounding(expression: Expression, direction: Sequence[float]) -> list[float]:
    """Return how far rounding moves each slope: its spread over random roundings.

    Every primal, tangent and term of one is moved by up to one rounding error at random
    (Monte Carlo arithmetic; Parker 1997, UCLA CSD-970002). An operation that would so
    take another side, as a maximum of equal operands, is left where it stands: the
    slope of another side is not a rounding error.
    """
    draw = random.Random(0)
    pairs = list(zip(expression.point, direction, strict=True))
    sides = _sides(expression)

    def jitter(x: float, least: float = 0.0) -> float:
        return (
            x * (1.0 + draw.uniform(-2.0, 2.0) * EPS) + draw.uniform(-2.0, 2.0) * least
        )

    def run() -> list[float]:
        stands = iter(sides)

        def apply(op: Op, *operands: Any) -> tuple[float, float]:
            stood, side = next(stands)
            xs = [_primal(x) for x in operands]
            if side is not None and _side(op, *xs) != side:
                xs = list(stood)
            y, partials = op.linearize(*xs)
            pairs = zip(partials, map(tangent, operands), strict=True)
            terms = [
                jitter(jitter(p, LEAST) * t)
                for p, t in pairs
                if t and (p or abs(t) < INF)
            ]
            slope = sum(terms, 0.0)  # they may cancel: in t / t they do
            return y if op.constant else jitter(y), jitter(slope)

        return [tangent(y) for y in expression.results(pairs, apply)]

    runs = [run() for _ in range(RUNS)]
    return [max(column) - min(column) for column in zip(*runs, strict=True)]


def _sides(expression: Expression) -> list[tuple[tuple[float, ...], float | None]]:
    """Return the operands of each step, and the side that it takes if it chooses."""
    taken: list[tuple[tuple[float, ...], float | None]] = []

    def apply(op: Op, *xs: float) -> float:
        taken.append((xs, _side(op, *xs)))
        return op.evaluate(*xs)

    expression.results(expression.point, apply)
    return taken


def _side(op: Op, *xs: float) -> float | None:
    """Return what tells the side that an operation takes; None of one with no sides."""
    if op.decides is None:
        return None
    choice = float(op.decides(*xs))
    return choice if op.crease else (choice > 0.0) - (choice < 0.0)


def _primal(x: Any) -> float:
    return float(x[0]) if isinstance(x, tuple) else float(x)


def complex_slopes(
    expression: Expression, direction: Sequence[float]
) -> list[Slope] | None:
    """Return the slopes by the complex step, with its rounding; None if unknown."""
    steps = complex_step(expression, direction)
    if steps is None:
        return None
    draw = random.Random(0)

    def jitter(z: complex) -> complex:
        real, imag = (1.0 + draw.uniform(-2.0, 2.0) * EPS for _ in "ri")
        return complex(z.real * real, z.imag * imag)

    runs = [complex_step(expression, direction, jitter) or steps for _ in "abc"]
    columns = zip(steps, *runs, strict=True)
    return [_with_spread(*column) for column in columns]


def _with_spread(x: float, *runs: float) -> Slope:
    """Return a slope with its spread; nan where a run has none."""
    spread = max([abs(y - x) for y in runs])
    x = x if math.isfinite(math.fsum(runs)) else math.nan
    return Slope(x, x, x, spread)


def complex_step(
    expression: Expression,
    direction: Sequence[float],
    moved: Callable[[complex], complex] = complex,
) -> list[float] | None:
    """Return Im f(x + ihv) / h, exact but for the rounding of f; None if unknown.

    It is nan where a number left the range of floats on the way, which shows in the
    numbers of the graph: real parts, or steps, too small to be told from 0.
    `moved` is what becomes of the result of each operation: a random rounding.
    """
    leaves = [
        (complex(x, STEP * v), (x, v))
        for x, v in zip(expression.point, direction, strict=True)
    ]

    def apply(op: Op, *operands: Any) -> tuple[complex, Any]:
        pairs = [x if isinstance(x, tuple) else (complex(x), x) for x in operands]
        z = continued(op, *[z for z, _ in pairs])
        beside = dual_numbers.apply(op, *[dual for _, dual in pairs])
        if _left_range(z, *beside):
            z = complex(math.nan, math.nan)
        return z if op.constant or op.decides else moved(z), beside

    try:
        found = expression.results(leaves, apply)
    except LookupError:
        return None
    return [y[0].imag / STEP if isinstance(y, tuple) else 0.0 for y in found]


def _left_range(z: complex, y: float, slope: float) -> bool:
    """Return whether a complex result is not that of an operation, but of its range."""
    if not (math.isfinite(y) and math.isfinite(slope) and math.isfinite(z.real)):
        return True
    if abs(z.real) < SMALLEST <= abs(y):
        return True
    lost = not z.imag and 0.0 < abs(slope) < SMALLEST / STEP
    return lost or 0.0 < abs(z.imag) < SMALLEST


def precise(
    expression: Expression, direction: Sequence[float], more: int = 0
) -> list[Slope] | None:
    """Return the slopes by differences in many digits, or `more`; None if unknown.

    With a step of 1e-30 the error is about 1e-60 |f'''| in the middle and 1e-30 |f''|
    at the sides, far below what a float can show.
    """
    if not all(map(math.isfinite, expression.point)):
        return None
    moving = [
        abs(x) for x, v in zip(expression.point, direction, strict=True) if x and v
    ]
    scale = min(moving, default=1.0)
    largest = max([1.0, *filter(math.isfinite, map(abs, _values(expression)))])
    digits = (
        2 * DIGITS + more + math.ceil(math.log10(largest) + max(0, -math.log10(scale)))
    )
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


def _values(expression: Expression) -> list[float]:
    """Return the number in each slot; a large one takes digits from those beside it."""
    return expression.run(expression.point, lambda op, *xs: op.evaluate(*xs))


def _slope(
    to_float: Callable[[Any], float], h: Any, low: Any, middle: Any, high: Any
) -> Slope:
    rises = ((high - low) / (2 * h), (middle - low) / h, (high - middle) / h)
    return Slope(*map(to_float, rises))
