"""Slopes by finite differences, with the error of the differences.

Central differences are extrapolated to step 0 (Richardson 1911; the tableau and its
error estimate are those of Ridders, Adv. Eng. Software 4, 1982), and the rounding of
the function, about eps m / h, is added to the error; m is its `magnitude`, which is
more than |f| where large terms cancel in it. So it is known what the differences can
resolve. Plain floats only; nothing here knows how a derivative was computed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["EPS", "Estimate", "estimate"]

Function = Callable[[float], float]
EPS = sys.float_info.epsilon
FIRST = 2.0**-4  # the largest step, relative to x where |x| > 1
RATIO = 1.9  # of a step to the next; not whole, so that no period of f fits every step
ROWS = 21  # steps in the tableau, the last one being 2e-7
FURTHER = 40  # smaller steps tried where the first ones leave the domain
COLUMNS = 6  # h**2 to h**12; beyond it rounding grows faster than truncation falls


@dataclass(frozen=True)
class Estimate:
    """A slope by differences: its value, its error, and the slopes of either side.

    `noise` is the slope below which rounding of the function says nothing, `size` the
    largest |f| met, over the scale of x: much less than `noise` says where terms cancel.
    """

    slope: float
    error: float
    left: float
    right: float
    kink: bool
    noise: float
    size: float = 0.0


def estimate(f: Function, x: float, magnitude: float = 0.0) -> Estimate:
    """Return the slope of f at x by differences, with its error.

    >>> import math
    >>> found = estimate(math.sin, 0.0)
    >>> abs(found.slope - 1.0) <= found.error < 1e-9
    True
    """
    scale, middle = max(abs(x), 1.0), f(x)
    magnitude = max(abs(middle), magnitude)
    slope, error, peak = _extrapolate(f, x, scale, magnitude)
    left, right, kink = _sides(f, x, middle, scale, magnitude)
    noise = math.sqrt(EPS) * max(magnitude, peak) / scale
    size = max(abs(middle), peak) / scale
    return Estimate(slope, error, left, right, kink, noise, size)


def _extrapolate(
    f: Function, x: float, scale: float, magnitude: float
) -> tuple[float, float, float]:
    """Return the best entry of Ridders' tableau, its error, and the largest |f| met."""
    best, error, peak = math.nan, math.inf, 0.0
    above: list[float] = []
    finite = 0
    for row in range(ROWS + FURTHER):
        h = _exact_step(x, FIRST * scale / RATIO**row)
        if not h > 0.0:
            break  # below the rounding of x, or x is not finite
        high, low = f(x + h), f(x - h)
        entries = [(high - low) / (2.0 * h)]
        if not math.isfinite(entries[0]):
            above = []  # the step left the domain: begin again with smaller ones
            continue
        finite += 1
        peak = max(peak, abs(high), abs(low))
        rounding = 4.0 * EPS * max(abs(high), abs(low), magnitude) / h
        for k, previous in enumerate(above[: COLUMNS - 1], start=1):
            factor = RATIO ** (2 * k)  # the error of column k falls as h**(2k)
            entry = (factor * entries[-1] - previous) / (factor - 1.0)
            off = max(abs(entry - entries[-1]), abs(entry - previous)) + rounding
            entries.append(entry)
            if k > 1 and off < error:  # two rows can agree by chance, three hardly
                best, error = entry, off
        above = entries
        if finite == ROWS:
            break
    return best, error, peak


def _sides(
    f: Function, x: float, middle: float, scale: float, magnitude: float
) -> tuple[float, float, bool]:
    """Return the slopes to the left and the right, and whether their gap stays.

    Where f is smooth the gap h f'' shrinks with the step; at a kink it does not.
    """
    gaps: list[float] = []
    left = right = math.nan
    for step in (1e-4, 1e-6):
        h = _exact_step(x, step * scale) or math.nan
        right, left = (f(x + h) - middle) / h, (middle - f(x - h)) / h
        gaps.append(abs(right - left))
    rounding = 100.0 * EPS * magnitude / (1e-6 * scale)
    least = max(1e-4 * max(abs(left), abs(right)), rounding)
    kink = math.isfinite(gaps[1]) and gaps[1] > max(0.5 * gaps[0], least)
    return left, right, kink and gaps[1] < 10.0 * gaps[0]  # faster is a jump


def _exact_step(x: float, h: float) -> float:
    """Return a step near h for which x + h - x is h itself, without rounding."""
    return (x + h) - x
