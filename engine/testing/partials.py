"""check_partials: one operation's derivative rule against the oracles."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from dendrograd.domain import Interval
from dendrograd.errors import OperandError, TraceError
from dendrograd.op import Op
from dendrograd.rules import ensure_traceable

from .check import MODES, check_point
from .checks import Check, Point
from .function import flat_point
from .report import GradientError, Report
from .safe_domain import ends, intervals, smooth_at

__all__ = ["check_partials", "sample"]

__tracebackhide__ = True  # pytest shows a person's own lines

COUNT = 3  # operands of an operation that takes any number; odd, as dot wants it
WIDTH = 4.0  # samples stay in -4 .. 4, where tanh is not flat yet
TRIES = 1000


def check_partials(
    op: Op,
    points: Sequence[Sequence[float]] | None = None,
    *,
    order: int | None = None,
    samples: int = 8,
) -> Report:
    """Check the partials of an operation, of the table or of your own.

    They are compared with every oracle of `check_grads` at `points`, tuples of
    operands; without these at `samples` points of the operation's domain, the same in
    every run. `order` is 2 where the rule can be differentiated again, else 1; ask for
    2 to have a TraceError tell why it cannot. What the entry promises at its kinks is
    compared too. Raises GradientError as `check_grads` does, OperandError for what is
    no operation, and ValueError where no sample lies in the domain.

    >>> from dendrograd import primitive
    >>> @primitive(lambda y, x: (3 * x * x,))
    ... def cube(x):
    ...     return x * x * x
    >>> check_partials(cube).verdicts
    {'agree': 24}
    """
    if not isinstance(op, Op):
        raise OperandError(
            f"check_partials: {op!r} is a {type(op).__name__}, not an operation; give "
            "a function made by @primitive or an entry of dendrograd.ops.OPS, or use "
            "check_grads for any function"
        )
    depth = order or (2 if _traceable(op) else 1)
    checks: list[Check] = []
    for xs in sample(op, samples) if points is None else points:
        report = check_point(_point(op, xs), depth, MODES, name="check_partials")
        checks += report.checks
    for at, promised in op.kinks:
        _require_promise(op, at, promised, Report(tuple(checks)))
    return Report(tuple(checks))


def sample(op: Op, count: int) -> list[list[float]]:
    """Return points of an operation's domain where it is smooth, by a fixed seed."""
    draw = random.Random(op.name)
    domain = intervals(op, COUNT if op.variadic else len(op.domain))
    points: list[list[float]] = []
    for _ in range(TRIES):
        xs = [_drawn(draw, interval) for interval in domain]
        if smooth_at(op, xs):
            points.append(xs)
        if len(points) == count:
            return points
    raise ValueError(
        f"check_partials: {op.name} has a domain of which no sample between -{WIDTH:g} "
        f"and {WIDTH:g} is smooth: {', '.join(map(str, op.domain))}; give points=[...]"
    )


def _drawn(draw: random.Random, interval: Interval) -> float:
    low, high = ends(interval, WIDTH)
    if interval.whole:
        return float(draw.randint(int(low), int(high)))
    return draw.uniform(low, high)


def _point(op: Op, xs: Sequence[float]) -> Point:
    """Return an operation as a function of its smooth operands, at a point."""
    domain = intervals(op, len(xs))
    if len(domain) != len(xs):
        raise ValueError(
            f"check_partials: {op.name} takes {len(domain)} operands, but the point "
            f"{tuple(xs)!r} has {len(xs)}"
        )
    moving = [i for i in range(len(domain)) if i not in op.constant]

    def applied(*operands: Any) -> Any:
        filled: list[Any] = list(xs)
        for i, operand in zip(moving, operands, strict=True):
            filled[i] = operand
        return op(*filled)

    applied.__name__ = op.name.rpartition(".")[2]
    names = [f"x{i}" for i in moving]
    return flat_point(applied, [xs[i] for i in moving], names, "check_partials")


def _traceable(op: Op) -> bool:
    try:
        ensure_traceable(op, COUNT if op.variadic else len(op.domain))
    except TraceError:
        return False
    return True


def _require_promise(
    op: Op, at: tuple[float, ...], promised: tuple[float, ...], report: Report
) -> None:
    _, partials = op.linearize(*at)
    if partials != promised:
        raise GradientError(
            f"check_partials: {op.name} promises the partials {promised} at its kink "
            f"{at}, but its rule gives {partials}",
            report,
        )
