"""Fractions: numbers that are exact while they can be, of many digits when they cannot.

A number is a Fraction as long as every operation that made it is rational, else a
number of mpmath; an infinity or a nan is a float. `Number` wraps one, so that the
derivative rules of the table run on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

from dendrograd.op import Op, install_operators
from dendrograd.ops import OPS
from dendrograd.rules import is_flat
from dendrograd.special import Constant

from . import definition, meaning
from .mpmath import Precise

__all__ = ["Arithmetic", "Number", "to_float"]

BITS = 1 << 13  # of a Fraction; a larger one is rounded to many digits instead
MOST_POWER = 1 << 10
WORDS = ("e", "exp", "log", "log10", "pi", "sqrt")  # in the formulas of constants


def _bounded(x: Fraction) -> Fraction:
    if x.numerator.bit_length() + x.denominator.bit_length() > BITS:
        raise OverflowError("a Fraction of too many bits")
    return x


def _pow(a: Fraction, b: Fraction) -> Fraction:
    size = a.numerator.bit_length() + a.denominator.bit_length()
    if b.denominator != 1 or abs(b) > MOST_POWER or abs(b) * size > BITS:
        raise OverflowError("a power that is not rational, or too large")
    return a ** int(b)


def _total(*xs: Fraction) -> Fraction:
    return reduce(lambda total, x: _bounded(total + x), xs, Fraction(0))


def _dot(*v: Fraction) -> Fraction:
    n = len(v) // 2
    return _total(v[-1], *[w * x for w, x in zip(v[:n], v[n:-1], strict=True)])


def _sign(x: Fraction) -> Fraction:
    return Fraction((x > 0) - (x < 0))


OWN: dict[str, Callable[..., Any]] = {  # those that the table calls rational
    "pos": lambda x: x,
    "neg": lambda x: -x,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "floordiv": lambda a, b: Fraction(a // b),
    "mod": lambda a, b: a % b,
    "pow": _pow,
    "abs": lambda x: abs(x),
    "sign": _sign,
    "step": lambda x: Fraction(x > 0),
    "compare": lambda a, b: _sign(a - b),
    "floor": lambda x: Fraction(math.floor(x)),
    "ceil": lambda x: Fraction(math.ceil(x)),
    "maximum": max,
    "minimum": min,
    "where": lambda c, a, b: a if c else b,
    "relu": lambda x: max(x, Fraction(0)),
    "sum": _total,
    "dot": _dot,
}


def to_float(x: Any) -> float:
    """Return the nearest float; an infinity where x is past the largest."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


class Arithmetic:
    """Exact arithmetic, with so many digits where an operation is not rational.

    rounded   whether any operation so far had to round
    doubtful  whether any made 0 of operands that were rounded: more digits may show
              another number

    Raises MissingToolError at the first operation that needs mpmath where it is not
    installed.

    >>> exact = Arithmetic(50)
    >>> exact.apply(OPS["div"], Fraction(1), Fraction(3)), exact.rounded
    (Fraction(1, 3), False)
    """

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.rounded = self.doubtful = False
        self._precise: Precise | None = None

    @property
    def precise(self) -> Precise:
        """The arithmetic of mpmath, made when it is first needed."""
        if self._precise is None:
            self._precise = Precise(self.digits)
        return self._precise

    def lift(self, x: float) -> Any:
        """Return a float as a number, exactly."""
        return Fraction(x) if math.isfinite(x) else x

    def constant(self, x: float) -> Any:
        """Return a number of a rule; log(2), say, is meant without its rounding."""
        if not isinstance(x, Constant):
            return self.lift(x)
        self.rounded = True
        return eval(x.formula, {name: getattr(self.precise.m, name) for name in WORDS})

    def mpf(self, x: Any) -> Any:
        """Return a number as one of mpmath."""
        m = self.precise.m
        return m.mpf(x.numerator) / x.denominator if type(x) is Fraction else m.mpf(x)

    def apply(self, op: Op, *xs: Any) -> Any:
        """Return the result of an operation of the table; at a limit that of IEEE."""
        if op.rational and op.decides and any(type(x) is not Fraction for x in xs):
            picked = self._picked(op, xs)
            if picked is not None:
                return picked
        if any(type(x) is float for x in xs):
            return self._limit(op, xs)
        if op.rational and all(type(x) is Fraction for x in xs):
            try:
                return _bounded(self.function(op)(*xs))
            except ZeroDivisionError:
                return self.lift(op.evaluate(*map(to_float, xs)))
            except OverflowError:
                pass
        return self._rounded(op, xs)

    def function(self, op: Op) -> Callable[..., Any]:
        """Return what computes a rational operation on Fractions."""
        function = meaning(op, OWN, None, self.apply)
        if function is None:
            raise LookupError(f"{op.name} is rational, but nothing says how")
        return function

    def _picked(self, op: Op, xs: tuple[Any, ...]) -> Any:
        """Return the operand that is the result, as of maximum; None of the others.

        It keeps its kind: a maximum of a fraction and -inf is the fraction.
        """
        if not op.constant and any(x != x for x in xs):
            return None  # a nan has no order; a condition may pick one
        try:
            y = self.function(op)(*xs)
        except (ArithmeticError, AttributeError, TypeError, ValueError):
            return None
        return next((x for x in xs if x is y), None)

    def _limit(self, op: Op, xs: tuple[Any, ...]) -> Any:
        """Return the result where an operand is an infinity or a nan."""
        if op.neutral is not None:
            rest = [x for x in xs if x != op.neutral]
            if 0 < len(rest) < len(xs):
                return self.apply(op, *rest)
        if not op.decides and (program := definition(op)):
            return program.run(xs, self.apply)[0]
        y = op.evaluate(*map(to_float, xs))
        self.rounded = self.rounded or not op.rational
        return self.lift(y)

    def _rounded(self, op: Op, xs: tuple[Any, ...]) -> Any:
        """Return the result to so many digits."""
        self.rounded = True
        operands = [self.mpf(x) for x in xs]
        y = self.precise.apply(op, *operands)
        if not self.precise.m.isfinite(y):
            return float(y)
        if y:
            return Fraction(int(y)) if is_flat(op) else y
        if op.cancels and any(xs) and not self._same(xs, operands):
            self.doubtful = True
            return y
        return Fraction(0)

    def _same(self, xs: tuple[Any, ...], operands: list[Any]) -> bool:
        """Return whether the operands were Fractions that lost nothing by rounding."""
        return all(
            type(x) is Fraction and self.precise.m.mpf(v) * x.denominator == x.numerator
            for x, v in zip(xs, operands, strict=True)
        )


class Number:
    """A number of an `Arithmetic` that obeys the operators of the table."""

    __slots__ = ("arithmetic", "x")

    def __init__(self, x: Any, arithmetic: Arithmetic) -> None:
        self.x, self.arithmetic = x, arithmetic

    _rank = 2

    @staticmethod
    def _apply(op: Op, operands: tuple[Any, ...]) -> Number:
        arithmetic = next(v.arithmetic for v in operands if isinstance(v, Number))
        xs = [
            v.x if isinstance(v, Number) else arithmetic.constant(v) for v in operands
        ]
        return Number(arithmetic.apply(op, *xs), arithmetic)

    def __bool__(self) -> bool:
        return bool(self.x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and bool(self.x == other.x)

    __hash__ = None  # type: ignore[assignment]  # equal numbers of two precisions

    def __float__(self) -> float:
        return to_float(self.x)


install_operators(Number, OPS)
