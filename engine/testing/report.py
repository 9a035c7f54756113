"""What a check found: the report of one that passed, the message of one that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dendrograd.errors import DendrogradError

from .advice import advice
from .blame import blame
from .checks import Check, Point
from .comparison import Comparison
from .expression import Expression
from .verdicts import ORACLE

__all__ = ["GradientError", "Report", "failure"]

__tracebackhide__ = True  # pytest shows a person's own lines

LINES = 16  # of an expression in a message
MODE = {"rev": "reverse mode", "fwd": "forward mode"}
EXACT = ("dual", "complex", "mpmath")
HEAD = {
    "differ": "{} derivatives wrong; the first is",
    "cannot tell": "cannot tell whether {} derivatives are right; the first is",
    "not finite": "cannot tell: {} derivatives not finite; the first is",
}


@dataclass(frozen=True)
class Report:
    """What was checked: a `Check` for each derivative; printed, a line for each.

    The last line says which orders were not looked at.

    >>> from dendrograd.testing import check_grads
    >>> report = check_grads(lambda x: x * x.sin(), (0.5,))
    >>> report.verdicts
    {'agree': 3}
    """

    checks: tuple[Check, ...]

    @property
    def verdicts(self) -> dict[str, int]:
        """How many derivatives got each verdict."""
        words = [check.comparison.verdict for check in self.checks]
        return {word: words.count(word) for word in dict.fromkeys(words)}

    @property
    def kinks(self) -> tuple[str, ...]:
        """The derivatives at a kink or a jump, or within reach, and what stands there."""
        found = [(check, check.comparison.verdict) for check in self.checks]
        return tuple(
            f"{check.what}: "
            + (", ".join(check.comparison.figures.near_kink) or f"a {word}")
            for check, word in found
            if word in ("kink", "jump")
        )

    @property
    def order(self) -> int:
        """The highest order of derivative that was checked."""
        return max((check.order for check in self.checks), default=0)

    def __str__(self) -> str:
        """Return a line for each derivative, and what was not looked at."""
        lines = [
            f"{check.what} = {check.comparison.ours:.9g}: {check.comparison.verdict}"
            for check in self.checks
        ]
        return "\n".join([*lines, f"order {self.order + 1} and above: not looked at"])


class GradientError(DendrogradError, AssertionError):
    """A derivative is wrong, or nothing could confirm it; `report` holds all figures."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.report)  # of two arguments, from a worker


def failure(name: str, point: Point, bad: Sequence[Check], total: int) -> str:
    """Return the whole story of derivatives that are wrong or not confirmed."""
    results, leaves = point.recorded()
    bad = sorted(bad, key=lambda check: check.comparison.verdict != "differ")
    first = bad[0].comparison
    count = sum(check.comparison.verdict == first.verdict for check in bad)
    at = ", ".join(
        f"{name} = {x!r}" for name, x in zip(point.inputs, point.start, strict=True)
    )
    source = str(Expression.of(results, leaves)).splitlines()
    if len(source) > LINES:
        source = [*source[:LINES], f"... {len(source) - LINES} more lines"]
    return "\n".join(
        [
            f"{name}: {HEAD[first.verdict].format(f'{count} of {total}')}",
            f"{bad[0].what} at {at}",
            *_figures(first),
            *advice(first),
            blame(results, leaves, first),
            "the expression:",
            *[f"    {line}".rstrip() for line in source],
        ]
    )


def _figures(comparison: Comparison) -> list[str]:
    rows = [(MODE[mode], f"{x!r}") for mode, x in comparison.modes.items()]
    exact = comparison.figures.exact
    for oracle in EXACT:
        title, known = ORACLE[oracle], oracle in exact
        rows.append((title, repr(exact[oracle].middle) if known else "not known to it"))
    seen = comparison.figures.differences
    rows.append(("differences", f"{seen.slope!r} +- {seen.error:.0e}"))
    return [f"    {title:14} {text}" for title, text in rows]
