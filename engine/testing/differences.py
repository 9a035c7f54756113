"""Slopes by finite differences, with the error of the differences.

Central differences are extrapolated to step 0 (Richardson 1911; the tableau and its
error estimate are those of Ridders, Adv. Eng. Software 4, 1982). A function may live on
any scale, so that steps go down a ladder, tableau after tableau, until no smaller step
speaks against the slope. The rounding of the function, about eps m / h, is added to
the error; m is its `magnitude`, which is more than |f| where large terms cancel in it.
Plain floats only; nothing here knows how a derivative was computed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

from .ladder import FIRST, TINY, Ladder

__all__ = ["EPS", "Estimate", "Function", "estimate"]

Function = Callable[[float], float]
EPS = sys.float_info.epsilon
JUMP = (
    50.0  # the slope of one side, with a step 100 times smaller, is 100 times as large
)


@dataclass(frozen=True)
class Estimate:
    """A slope by differences: its value, its error, and the slopes of either side.

    `kink` tells that the sides keep apart, `jump` that f itself jumps. `noise` is the
    slope below which rounding of the function says nothing, `size` the largest |f| met
    over `scale`, which is that of the steps, and `swing` how fast f moves with them; it is
    `flat` where it has one value at all of them.
    """

    slope: float
    error: float
    left: float
    right: float
    kink: bool
    noise: float
    size: float = 0.0
    jump: bool = False
    swing: float = 0.0
    scale: float = 1.0
    flat: bool = False


def estimate(f: Function, x: float, magnitude: float = 0.0) -> Estimate:
    """Return the slope of f at x by differences, with its error.

    >>> import math
    >>> found = estimate(math.sin, 0.0)
    >>> abs(found.slope - 1.0) <= found.error < 1e-9
    True
    >>> abs(estimate(lambda r: 1 / r, 1e-9).slope / -1e18 - 1.0) < 1e-9
    True
    """
    middle = f(x)
    magnitude = max(abs(middle), magnitude)
    ladder = Ladder(f, x, middle, magnitude)
    best = ladder.climb()
    scale = best.h / FIRST
    left, right, kink, jump = _sides(f, x, middle, scale, magnitude)
    return Estimate(
        best.slope,
        best.error,
        left,
        right,
        kink,
        noise=math.sqrt(EPS) * max(magnitude, best.peak) / scale,
        size=max(abs(middle), best.peak) / scale,
        jump=jump,
        swing=best.swing,
        scale=scale,
        flat=ladder.flat,
    )


def _sides(
    f: Function, x: float, middle: float, scale: float, magnitude: float
) -> tuple[float, float, bool, bool]:
    """Return the slopes to the left and the right, and whether f has a kink or a jump.

    Where f is smooth the gap h f'' of the slopes shrinks with the step; at a kink it
    does not, and at a jump it grows.
    """
    sides: list[tuple[float, float]] = []
    for step in (1e-4, 1e-6):
        h = (x + step * scale) - x or math.nan
        sides.append(((middle - f(x - h)) / h, (f(x + h) - middle) / h))
    wide, (left, right) = sides
    rounding = (100.0 * EPS * magnitude + TINY) / (1e-6 * scale)
    gap, before = abs(right - left), abs(wide[1] - wide[0])
    least = max(1e-4 * max(abs(left), abs(right)), rounding)
    stays = math.isfinite(gap) and gap > max(0.5 * before, least)
    jump = (stays and gap >= 10.0 * before) or any(
        math.isfinite(near) and abs(near) > max(JUMP * abs(far), rounding)
        for near, far in zip((left, right), wide, strict=True)
    )
    return left, right, stays and not jump, jump
