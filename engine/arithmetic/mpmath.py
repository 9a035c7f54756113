"""mpmath numbers: every operation from its definition, in as many digits as asked for.

Where the engine computes another way (a stable formula, a series), the textbook formula
stands here, since digits are plenty; no derivative is in sight. At the limits it is
IEEE 754. A private context is used, so a person's own `mpmath.mp` keeps its precision.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dendrograd.op import Op
from dendrograd.tools import tool

from . import knows, meaning

__all__ = ["DIGITS", "HUGE", "Precise", "defined"]

Function = Callable[..., Any]
DIGITS = 50
HUGE = 1 << 20  # bits of an exponent; exp of such a number would fill the memory


def _pow(m: Any, a: Any, b: Any) -> Any:
    return m.mpf(1) if b == 0 else m.power(a, b)  # nan ** 0 and inf ** 0 are 1


def _atan2(m: Any, a: Any, b: Any) -> Any:
    return m.atan2(a, b) if a or b else m.mpf(0)


def _softplus(m: Any, x: Any) -> Any:
    return m.log1p(m.exp(x)) if x < 0 else x + m.log1p(m.exp(-x))


def _polygamma(m: Any, n: Any, x: Any) -> Any:
    """Return psi_n(x); below -1 by reflection, where mpmath takes |x| steps.

    The derivative of cot(pi x) in DLMF 5.15.6 has period 1, so it is that at the fraction.
    """
    order = int(n)
    if x >= -1:
        return m.psi(order, x)
    part = x - m.floor(x)
    if not part:
        raise ValueError("a pole")
    turned = m.psi(order, 1 - x) - m.psi(order, 1 - part)
    return m.psi(order, part) + (-turned if order % 2 else turned)


def _logsumexp(m: Any, *xs: Any) -> Any:
    top = max(xs)  # digits are plenty, but not for exp(-1000) + exp(1000)
    return top + m.log(m.fsum([m.exp(x - top) for x in xs]))


def _dot(m: Any, *v: Any) -> Any:
    n = len(v) // 2
    return v[-1] + m.fdot(v[:n], v[n:-1])


OWN: dict[str, Function] = {
    "pos": lambda m, x: x,
    "neg": lambda m, x: -x,
    "add": lambda m, a, b: a + b,
    "sub": lambda m, a, b: a - b,
    "mul": lambda m, a, b: a * b,
    "div": lambda m, a, b: a / b,
    "pow": _pow,
    "exp2": lambda m, x: m.power(2, x),  # which mpmath has since 1.4
    "log2": lambda m, x: m.log(x) / m.log(2),
    "cbrt": lambda m, x: m.sign(x) * m.root(abs(x), 3),
    "atan2": _atan2,
    "softplus": _softplus,
    "relu": lambda m, x: max(x, m.mpf(0)),
    "lgamma": lambda m, x: m.log(abs(m.gamma(x))) if x < 0 else m.loggamma(x),
    "ndtr": lambda m, x: m.ncdf(x),
    "polygamma": _polygamma,
    "abs": lambda m, x: abs(x),
    "step": lambda m, x: m.mpf(x > 0),
    "compare": lambda m, a, b: m.sign(a - b),
    "maximum": lambda m, a, b: max(a, b),
    "minimum": lambda m, a, b: min(a, b),
    "where": lambda m, c, a, b: a if c else b,
    "norm": lambda m, *xs: m.sqrt(m.fsum([x * x for x in xs])),
    "logsumexp": _logsumexp,
    "sum": lambda m, *xs: m.fsum(xs),
    "dot": _dot,
}
ABSENT: dict[str, str] = {}


def defined(op: Op) -> bool:
    """Return whether an operation has a definition that mpmath can evaluate."""
    return knows(op, ABSENT)


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
        self._functions: dict[Op, Function] = {}  # of the table alone, which stays
        self._refused = (ArithmeticError, ValueError, mpmath.libmp.ComplexResult)

    def number(self, x: Any) -> Any:
        """Return x as a number of this context, digit for digit."""
        return self.m.mpf(x)

    def apply(self, op: Op, *operands: Any) -> Any:
        """Return the result of an operation; at a limit that of IEEE 754.

        Raises LookupError for an operation without a definition: one of a person's
        own, or a node made by hand.
        """
        function = self.function(op)
        xs = [self.m.mpf(x) for x in operands]
        try:
            if not all(map(self.m.isfinite, xs)):
                raise ValueError("a limit")
            return self._bounded(function(*xs))
        except self._refused:
            return self.m.mpf(op.evaluate(*map(self.to_float, xs)))

    def function(self, op: Op) -> Function:
        """Return what computes an operation on numbers of this context.

        Raises LookupError for one that the table does not have.
        """
        if op not in self._functions:
            own = {op.name: partial(OWN[op.name], self.m)} if op.name in OWN else {}
            function = meaning(op, own, self.m, self.apply, ABSENT)
            if function is None:
                raise LookupError(f"{op.name} has no definition but its own float code")
            self._functions[op] = function
        return self._functions[op]

    def to_float(self, x: Any) -> float:
        """Return the nearest float; an infinity where x is past the largest."""
        return float(x)  # mpmath rounds so itself

    def _bounded(self, y: Any) -> Any:
        large = self.m.isfinite(y) and y and self.m.mag(y) > HUGE
        return self.m.sign(y) * self.m.inf if large else y
