"""Where an operation is defined: an open interval for each operand."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["FLAG", "NONZERO", "ORDER", "POSITIVE", "REAL", "UNIT", "Interval"]

INF = math.inf


@dataclass(frozen=True, slots=True)
class Interval:
    """An open interval of one operand, less the points of `without`.

    `whole` marks an operand that takes whole numbers only, as the order of polygamma or
    the condition of where; its ends belong to it.
    """

    low: float = -INF
    high: float = INF
    without: tuple[float, ...] = ()
    whole: bool = False

    def __contains__(self, x: float) -> bool:
        if self.whole:
            return self.low <= x <= self.high and x == math.floor(x)
        return self.low < x < self.high and x not in self.without

    def __str__(self) -> str:
        left, right = ("{", "}") if self.whole else ("(", ")")
        but = "".join(f" less {point:g}" for point in self.without)
        return f"{left}{self.low:g} .. {self.high:g}{right}{but}"


REAL = Interval()
NONZERO = Interval(without=(0.0,))
POSITIVE = Interval(low=0.0)
UNIT = Interval(-1.0, 1.0)
FLAG = Interval(0.0, 1.0, whole=True)
ORDER = Interval(0.0, 170.0, whole=True)
