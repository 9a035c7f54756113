"""The steps of the differences: which one to believe.

A tableau of Richardson's covers six decades of steps. A slope that it finds may still
be that of a larger scale, on which the one around the point is not to be seen: of
sin(x) + 1e-12 tanh(1e8 x), or 1 / x at 1e-8. So smaller steps are asked whether they
speak against it, and where they do, another tableau begins.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

__all__ = ["FIRST", "TINY", "Ladder", "Row", "believed"]

EPS = sys.float_info.epsilon
FIRST = 2.0**-4  # the largest step, relative to x where |x| > 1
RATIO = 1.9  # of a step to the next; not whole, so that no period of f fits every step
ROWS = 21  # finite steps in a tableau, the last one being 4e-6 of the first
FURTHER = 40  # smaller steps tried where the first ones leave the domain
WIDER = (64.0, 16.0)  # times the first step: is a constant one further away too?
COLUMNS = 6  # h**2 to h**12; beyond it rounding grows faster than truncation falls
LEAST = 1e-14  # the smallest step at 0
PROBES = 12  # smaller steps that may speak against a slope
DOUBT = 10.0  # times its error, a slope is believed no more
TINY = 1e-307  # numbers below it are rounded to a multiple of 5e-324
SURE = 1e-6  # relative error of a slope that needs no smaller steps of its own


class Row(NamedTuple):
    """A step, the difference quotient, the slope extrapolated from it, and its error.

    `rounding` is the part of the error that rounding has, `peak` the largest |f| met,
    `swing` the larger quotient of the two sides, without sign; of the row believed in
    the end, the largest of those with larger steps.
    """

    h: float
    quotient: float
    slope: float
    error: float
    rounding: float
    peak: float
    swing: float


@dataclass
class Ladder:
    """The steps at which a function was asked, from large to small."""

    f: Callable[[float], float]
    x: float
    middle: float
    magnitude: float
    rows: list[Row] = field(default_factory=list)

    def climb(self) -> Row:
        """Return the row with the smallest error that no smaller step refutes."""
        h = first = FIRST * max(abs(self.x), 1.0)
        floor = max(64.0 * EPS * abs(self.x), LEAST if not self.x else 0.0)
        while h > floor and math.isfinite(self.middle):
            new = self._tableau(h)
            self.rows += new
            if not new:
                break
            h = self._further(self._with_swing(believed(self.rows)), new[-1].h, floor)
        if self.flat:
            wide = [self._asked(first * k) for k in WIDER]
            self.rows = [row for row in wide if row] + self.rows
        if not self.rows:
            nan = math.nan
            return Row(first, nan, nan, math.inf, nan, 0.0, nan)
        return self._with_swing(believed(self.rows))

    def _with_swing(self, best: Row) -> Row:
        """Return a row with the largest swing of those with its step or a larger one."""
        return best._replace(swing=max(r.swing for r in self.rows if r.h >= best.h))

    @property
    def flat(self) -> bool:
        """Whether f has had one value at every step."""
        return all(row.swing == 0.0 for row in self.rows)

    def _asked(self, h: float) -> Row | None:
        """Return a row of one step alone; None where f has no value there."""
        high, low = self.f(self.x + h), self.f(self.x - h)
        quotient = (high - low) / (2.0 * h)
        if not math.isfinite(quotient):
            return None
        peak = max(abs(high), abs(low))
        rounding = (4.0 * EPS * max(peak, self.magnitude) + TINY) / h
        swing = max(abs(high - self.middle), abs(low - self.middle)) / h
        return Row(h, quotient, quotient, math.inf, rounding, peak, swing)

    def _tableau(self, first: float) -> list[Row]:
        """Return the rows of a tableau, from its first step on."""
        rows: list[Row] = []
        above: list[float] = []
        h = first
        for _ in range(ROWS + FURTHER):
            step = (self.x + h) - self.x  # exact, so that x + h is not rounded
            row = self._asked(step) if step > 0.0 else None
            if row is None:
                above = []  # the step left the domain: begin again with smaller ones
                h = abs(self.x) if h > 2.0 * abs(self.x) > 0.0 else h
            else:
                row, above = _extrapolated(row, above)
                rows.append(row)
            h /= RATIO
            if len(rows) == ROWS or not h > 0.0:
                break
        return _smoothed(rows)

    def _further(self, best: Row, last: float, floor: float) -> float:
        """Return the step at which another tableau begins; 0 where none is needed."""
        if self.flat:
            return 0.0
        sure = best.error <= SURE * max(abs(best.slope), best.swing)
        if not sure and not best.error <= 100.0 * best.rounding:
            return last / RATIO
        ratio = max(32.0, (last / max(floor, 1e-300)) ** (1.0 / PROBES))
        against = 0.0
        while (last := last / ratio) > floor:
            row = self._asked((self.x + last) - self.x or math.nan)
            if row is None:
                continue
            if row.rounding > max(row.swing, abs(best.slope)):
                break  # it tells nothing, and smaller ones less
            if abs(row.quotient - best.slope) > DOUBT * (best.error + row.rounding):
                if against:
                    return against
                against = last
            else:
                against = 0.0
        return against


def _extrapolated(row: Row, above: Sequence[float]) -> tuple[Row, list[float]]:
    """Return a row with its best entry in a tableau, and all its entries."""
    entries = [row.quotient]
    for k, previous in enumerate(above[: COLUMNS - 1], start=1):
        factor = RATIO ** (2 * k)  # the error of column k falls as h**(2k)
        entry = (factor * entries[-1] - previous) / (factor - 1.0)
        off = max(abs(entry - entries[-1]), abs(entry - previous)) + row.rounding
        entries.append(entry)
        if k > 1 and off < row.error:  # two rows can agree by chance, three hardly
            row = row._replace(slope=entry, error=off)
    return row, entries


def _smoothed(rows: Sequence[Row]) -> list[Row]:
    """Return rows of which none is much surer than both its neighbours.

    Where rounding rules, entries may agree by chance.
    """
    errors = [math.inf, *[row.error for row in rows], math.inf]
    return [
        row._replace(error=max(row.error, min(before, after) / 4.0))
        if math.isfinite(min(before, after))
        else row
        for row, before, after in zip(rows, errors, errors[2:], strict=False)
    ]


def believed(rows: Sequence[Row]) -> Row:
    """Return the row of the smallest error that no two smaller steps refute."""
    best = rows[-1]
    for i in range(len(rows) - 1, -1, -1):
        row = rows[i]
        if row.error < best.error and not _refuted(row, rows[i + 1 :]):
            best = row
    return best


def _refuted(row: Row, finer: Sequence[Row]) -> bool:
    against = [
        abs(row.slope - other.slope) > DOUBT * (row.error + other.error)
        for other in finer
    ]
    return any(a and b for a, b in pairwise(against))
