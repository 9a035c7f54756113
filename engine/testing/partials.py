"""check_partials: one operation's derivative rule against the oracles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from dendrograd.errors import OperandError, TraceError
from dendrograd.op import Op
from dendrograd.rules import ensure_traceable

from .check import MODES, check_point
from .checks import Check, Point
from .function import flat_point
from .points import COUNT, sample
from .report import GradientError, Report, failure
from .safe_domain import intervals

__all__ = ["check_partials"]

__tracebackhide__ = True  # pytest shows a person's own lines


def check_partials(
    op: Op,
    points: Sequence[Sequence[float]] | None = None,
    *,
    order: int | None = None,
    samples: int | None = None,
) -> Report:
    """Check the partials of an operation, of the table or of your own.

    They are compared with every oracle of `check_grads` at `points`, tuples of
    operands; without these at `samples` points of the operation's domain, of every size
    and the same in every run (96 or fewer). `order` is 2 where the rule can be differentiated
    again, else 1; ask for 2 to have a TraceError tell why it cannot. What the entry
    promises at its kinks is compared too. Raises GradientError as `check_grads` does
    (of its own points it is enough that most tell something), OperandError for what is
    no operation, and ValueError where no sample lies in the domain.

    >>> from dendrograd import primitive
    >>> @primitive(lambda y, x: (3 * x * x,))
    ... def cube(x):
    ...     return x * x * x
    >>> check_partials(cube).verdicts
    {'agree': 216}
    """
    if not isinstance(op, Op):
        raise OperandError(
            f"check_partials: {op!r} is a {type(op).__name__}, not an operation; give "
            "a function made by @primitive or an entry of dendrograd.ops.OPS, or use "
            "check_grads for any function"
        )
    depth = order or (2 if _traceable(op) else 1)
    checks: list[Check] = []
    unsure: list[tuple[Point, Check]] = []
    for xs in sample(op, samples) if points is None else points:
        point = _point(op, xs)
        report = check_point(
            point, depth, MODES, name="check_partials", strict=points is not None
        )
        checks += report.checks
        unsure += [
            (point, check)
            for check in report.checks
            if check.comparison.verdict == "cannot tell"
        ]
    _require_sight(unsure, Report(tuple(checks)))
    for at, promised in op.kinks:
        _require_promise(op, at, promised, Report(tuple(checks)))
    return Report(tuple(checks))


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


def _require_sight(unsure: Sequence[tuple[Point, Check]], report: Report) -> None:
    """Raise GradientError where of a derivative more points told nothing than something.

    Of our own points some may lie where an operation is flat or rounded; those that a
    person gave are all to be told.
    """
    blurred = Counter(check.what for _, check in unsure)
    every = Counter(check.what for check in report.checks)
    for point, check in unsure:
        if 2 * blurred[check.what] > every[check.what]:
            total = every[check.what]
            bad = [one for _, one in unsure if one.what == check.what]
            raise GradientError(failure("check_partials", point, bad, total), report)


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
