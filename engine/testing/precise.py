"""mpmath numbers for expressions: many digits, and IEEE 754 at the limits.

A private context is used, so a person's own `mpmath.mp` keeps its precision.
"""

from __future__ import annotations

from typing import Any

from dendrograd.op import Op
from dendrograd.ops import OPS

from .definitions import DEFINITIONS
from .tools import tool

__all__ = ["DIGITS", "Precise", "defined"]

DIGITS = 50
HUGE = 1 << 20  # bits of an exponent; exp of such a number would fill the memory


def defined(op: Op) -> bool:
    """Return whether an operation has a definition that mpmath can evaluate."""
    return OPS.get(op.name) is op


class Precise:
    """Arithmetic with so many decimal digits: its `apply` runs an Expression.

    Raises MissingToolError where mpmath is not installed.

    >>> from dendrograd.ops import OPS
    >>> m = Precise(30)
    >>> print(m.apply(OPS["exp"], 1.0))
    2.71828182845904523536028747135
    """

    def __init__(self, digits: int = DIGITS) -> None:
        mpmath = tool("mpmath", "arithmetic of many digits")
        self.m = mpmath.MPContext()
        self.m.dps = digits
        self.m.trap_complex = True  # sqrt(-1) is nan here, as it is in the engine
        self._refused = (ArithmeticError, ValueError, mpmath.libmp.ComplexResult)

    def number(self, x: Any) -> Any:
        """Return x as a number of this context, digit for digit."""
        return self.m.mpf(x)

    def apply(self, op: Op, *operands: Any) -> Any:
        """Return the result of an operation; at a limit that of IEEE 754.

        Raises LookupError for an operation without a definition: one of a person's
        own, or a node made by hand.
        """
        if not defined(op):
            raise LookupError(f"{op.name} has no definition but its own float code")
        xs = [self.m.mpf(x) for x in operands]
        try:
            if not all(map(self.m.isfinite, xs)):
                raise ValueError("a limit")
            return self._bounded(DEFINITIONS[op.name](self.m, *xs))
        except self._refused:
            return self.m.mpf(op.evaluate(*map(self.to_float, xs)))

    def to_float(self, x: Any) -> float:
        """Return the nearest float; an infinity where x is past the largest."""
        return float(x)  # mpmath rounds so itself

    def _bounded(self, y: Any) -> Any:
        large = self.m.isfinite(y) and y and self.m.mag(y) > HUGE
        return self.m.sign(y) * self.m.inf if large else y
