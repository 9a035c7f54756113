"""Where an operation is smooth with room to spare: inside domain and crease, by a margin.

A difference quotient at such a point sees one branch only, and rounding is not
magnified as it is close to a pole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from dendrograd.domain import Interval
from dendrograd.op import Op
from dendrograd.ops import dot

__all__ = [
    "MARGIN",
    "MOST",
    "allowed",
    "counts",
    "ends",
    "inside",
    "intervals",
    "smooth_at",
]

MARGIN = 0.02  # from ends and gaps of a domain and from creases
MOST = 5  # operands of an operation that takes any number


def intervals(op: Op, count: int) -> tuple[Interval, ...]:
    """Return an interval for each of `count` operands."""
    return op.domain[:1] * count if op.variadic else op.domain


def counts(op: Op) -> range:
    """Return the numbers of operands to try: of dot odd ones, w1..wn, x1..xn, bias."""
    if op.variadic:
        return range(1, MOST + 1, 2 if op is dot else 1)
    return range(len(op.domain), len(op.domain) + 1)


def margin(interval: Interval) -> float:
    """Return the distance to keep: less in a narrow interval, none of whole numbers."""
    if interval.whole:
        return 0.0
    return min(MARGIN, (interval.high - interval.low) / 8.0)


def inside(interval: Interval, x: float) -> bool:
    """Return whether x is in an interval, a margin away from its ends and its gaps."""
    if interval.whole:
        return x in interval
    room = margin(interval)
    return interval.low + room <= x <= interval.high - room and all(
        abs(x - gap) > room for gap in interval.without
    )


def allowed(interval: Interval, x: float) -> bool:
    """Return whether x is in an interval or at an end or gap of it, where a kink is."""
    return x in interval if interval.whole else interval.low <= x <= interval.high


def ends(interval: Interval, bound: float) -> tuple[float, float]:
    """Return the ends of the numbers inside within `bound` of 0.

    Where the interval has none, within `bound` of its end that is nearest to 0.
    """
    room = margin(interval)
    low, high = interval.low + room, interval.high - room
    if low >= bound:
        return low, min(high, low + bound)
    if high <= -bound:
        return max(low, high - bound), high
    return max(low, -bound), min(high, bound)


def smooth_at(op: Op, xs: Sequence[float]) -> bool:
    """Return whether an operation is smooth around a point.

    >>> from dendrograd.ops import maximum
    >>> smooth_at(maximum, [1.0, 2.0]), smooth_at(maximum, [1.0, 1.01])
    (True, False)
    """
    if not all(map(inside, intervals(op, len(xs)), xs)):
        return False
    if op.crease is None:
        return True
    distance = float(op.crease(*xs))
    return math.isfinite(distance) and abs(distance) > MARGIN
