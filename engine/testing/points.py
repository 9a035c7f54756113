"""The points at which a rule is tried: where rules go wrong.

A rule may be right between -4 and 4 and wrong elsewhere: below 1e-3, beyond 10, at 0,
next to an end of its domain, or where one operand is much larger than another. So each
operand gets numbers of every size, in an order of its own, the same in every run.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

from dendrograd.domain import Interval
from dendrograd.op import Op

from .safe_domain import allowed, ends, intervals, smooth_at

__all__ = ["COUNT", "SAMPLES", "sample"]

COUNT = 3  # operands of an operation that takes any number; odd, as dot wants it
SAMPLES = 96  # of one operand; of more so many fewer, since each has derivatives
ORDINARY = 2  # the first points are such, moderate and far from every kink
WIDTH = 4.0  # ordinary points stay in -4 .. 4, where tanh is not flat yet
TRIES = 1000
SPECIAL = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5)
HALVES = [
    k / 2.0 for k in range(-8, 12)
]  # half octaves; of each a number of either sign
DECADES = (*range(-9, -1), *range(2, 6))
BESIDE = (1e-2, 1e-4, 1e-7)  # from an end of a domain, relative to it
APART = 1e-3  # from a crease, relative to the operands
HUGE = 1e100  # a result beyond it has derivatives beyond floats


def sample(op: Op, count: int | None = None) -> list[list[float]]:
    """Return points of an operation's domain where it is smooth, by a fixed seed."""
    draw = random.Random(op.name)
    domain = intervals(op, COUNT if op.variadic else len(op.domain))
    count = SAMPLES // len(domain) if count is None else count
    points: list[list[float]] = []
    for xs in _ordinary(op, domain, draw):
        if len(points) < min(count, ORDINARY):
            points.append(xs)
    wide = zip(*[_every_size(interval, draw) for interval in domain], strict=False)
    for xs in map(list, wide):
        if len(points) < count and _usable(op, domain, xs) and xs not in points:
            points.append(xs)
    if not points:
        raise ValueError(
            f"check_partials: {op.name} has a domain of which no sample between "
            f"-{WIDTH:g} and {WIDTH:g} is smooth: {', '.join(map(str, op.domain))}; "
            "give points=[...]"
        )
    return points


def _ordinary(
    op: Op, domain: Sequence[Interval], draw: random.Random
) -> Iterator[list[float]]:
    """Yield moderate points that keep a margin from everything that is not smooth."""
    found = 0
    for _ in range(TRIES):
        xs = [_drawn(draw, interval) for interval in domain]
        if smooth_at(op, xs):
            yield xs
            found += 1
        if found == ORDINARY:
            return


def _drawn(draw: random.Random, interval: Interval) -> float:
    low, high = ends(interval, WIDTH)
    if interval.whole:
        return float(draw.randint(int(low), int(high)))
    return draw.uniform(low, high)


def _every_size(interval: Interval, draw: random.Random) -> list[float]:
    """Return numbers of every size in an interval, beside its ends, and special ones."""
    if interval.whole:
        return [_drawn(draw, interval) for _ in range(2 * SAMPLES)]
    sizes = [2.0 ** draw.uniform(k, k + 0.5) for k in HALVES]
    sizes += [10.0 ** draw.uniform(k, k + 1) for k in DECADES]
    numbers = [*SPECIAL, *sizes, *[-x for x in sizes]]
    for end, inwards in ((interval.low, 1.0), (interval.high, -1.0)):
        if math.isfinite(end):
            numbers += [end + inwards * d * (abs(end) or 1.0) for d in BESIDE]
    numbers = [x for x in numbers if x in interval]
    draw.shuffle(numbers)
    return (numbers * 4)[: 2 * SAMPLES]


def _usable(op: Op, domain: Sequence[Interval], xs: Sequence[float]) -> bool:
    """Return whether an operation is smooth and finite around a point."""
    if op.crease and not abs(float(op.crease(*xs))) > APART * max(map(abs, xs)):
        return False
    for i, interval in enumerate(domain):
        step = 0.0 if interval.whole else 1e-9 * (abs(xs[i]) or 1.0)
        for x in (xs[i] - step, xs[i] + step):
            at = [*xs[:i], x, *xs[i + 1 :]]
            if not (allowed(interval, x) and abs(op.evaluate(*at)) < HUGE):
                return False
    return True
