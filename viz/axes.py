"""Axes of a chart: which numbers stand at them, and where a value lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .svg import Canvas, text_width
from .text import num

__all__ = ["Axis", "Frame", "is_drawn"]

HUGE = 1e300  # beyond it the length of an axis overflows: not drawn, as inf is not


@dataclass(frozen=True, slots=True)
class Axis:
    """An interval of values with about `count` round numbers in it.

    The numbers are 1, 2 or 5 times a power of ten apart (Heckbert, "Nice Numbers for
    Graph Labels", Graphics Gems, 1990).

    >>> Axis.around([0.13, 0.87]).ticks
    (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    >>> Axis.around([5.0]).ticks
    (3.0, 4.0, 5.0, 6.0, 7.0)
    """

    low: float
    high: float
    step: float

    @classmethod
    def around(cls, values: Sequence[float], count: int = 5) -> Axis:
        """Return an axis that holds the values and begins and ends at round numbers.

        One value, or none, gives an interval around it, or around 0.
        """
        shown = [v for v in values if is_drawn(v)] or [0.0]
        low, high = min(shown), max(shown)
        if high - low <= 1e-9 * max(abs(low), abs(high)) + 1e-290:
            pad = 0.4 * abs(low) if abs(low) > 1e-280 else 1.0
            low, high = low - pad, high + pad
        step = _round_up((high - low) / count)
        return cls(
            math.floor(low / step + 1e-9) * step,
            math.ceil(high / step - 1e-9) * step,
            step,
        )

    @classmethod
    def within(cls, values: Sequence[float], margin: float) -> Axis:
        """Return an axis that ends a share `margin` beyond the values."""
        loose = cls.around(values)
        shown = [v for v in values if is_drawn(v)] or [0.0]
        low, high = min(shown), max(shown)
        if high - low < 1e-9 * (loose.high - loose.low):
            return loose
        pad = margin * (high - low)
        return cls(low - pad, high + pad, loose.step)

    @classmethod
    def counting(cls, last: int) -> Axis:
        """Return an axis from 1 to a whole number, with whole numbers at it."""
        if last < 2:
            return cls(0.0, 2.0, 1.0)
        return cls(1.0, float(last), max(1.0, _round_up((last - 1) / 8)))

    @property
    def ticks(self) -> tuple[float, ...]:
        """The round numbers, each the nearest float to what its text says."""
        first = math.ceil(self.low / self.step - 1e-9)
        last = math.floor(self.high / self.step + 1e-9)
        digits = 2 - math.floor(math.log10(self.step))
        return tuple([round(k * self.step, digits) for k in range(first, last + 1)])

    def text(self, tick: float) -> str:
        """Return a tick's number with as many digits as tell it from its neighbours."""
        most = max(abs(self.low), abs(self.high), self.step)
        digits = math.floor(math.log10(most)) - math.floor(math.log10(self.step)) + 1
        return num(tick, max(4, min(17, digits)))

    def share(self, value: float) -> float:
        """Return where a value lies, from 0 at the low end to 1 at the high one."""
        return (value - self.low) / (self.high - self.low)

    def at(self, share: float) -> float:
        """Return the value at a share of the way from the low end to the high one."""
        return self.low * (1 - share) + self.high * share


def is_drawn(value: float) -> bool:
    """Return whether a number has a place on an axis."""
    return abs(value) <= HUGE


def _round_up(step: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not below step."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(k * power for k in (1, 2, 5, 10) if k * power >= step * (1 - 1e-9))


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of a canvas with an axis below it and one to its left."""

    left: float
    top: float
    width: float
    height: float
    across: Axis
    up: Axis

    def x(self, value: float) -> float:
        """Return the column of a value."""
        return self.left + self.width * self.across.share(value)

    def y(self, value: float) -> float:
        """Return the row of a value; rows count from the top."""
        return self.top + self.height * (1 - self.up.share(value))

    def draw(self, canvas: Canvas, xlabel: str, ylabel: str) -> None:
        """Draw grid lines, numbers and the names of both axes."""
        right, bottom = self.left + self.width, self.top + self.height
        for tick in self.up.ticks:
            y = self.y(tick)
            canvas.add("path", "grid", d=f"M{self.left:.1f} {y:.1f}H{right:.1f}")
            text = self.up.text(tick)
            canvas.text(self.left - 7, y + 4, text, paint="muted", anchor="end")
        room, last = 1.0, -math.inf
        for tick in self.across.ticks:
            x, text = self.x(tick), self.across.text(tick)
            half = text_width(text) / 2
            canvas.add("path", "axis", d=f"M{x:.1f} {bottom:.1f}v4")
            if x - half > last + room:
                canvas.text(x, bottom + 17, text, paint="muted", anchor="middle")
                last = x + half
        canvas.add("path", "axis", d=f"M{self.left:.1f} {bottom:.1f}H{right:.1f}")
        middle = self.left + self.width / 2
        canvas.text(middle, bottom + 34, xlabel, anchor="middle", most=40)
        canvas.text(8, self.top - 12, ylabel, most=60)
