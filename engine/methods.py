"""Methods and operators of Value, made from the table by one loop.

A method computes the primal, asks the rule for the partials of those operands that are
Values, and makes a node. It is the fast path of `Value._apply`, which says the same for
any number of operands.
"""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from .errors import OperandError
from .op import Op, number
from .ops import OPS
from .symbols import formulas, slopes
from .value import Value, node

SINGLE = (numbers.Real, Decimal, complex, str, bytes)  # and their heirs, as np.str_


def unary(op: Op) -> Callable[[Value], Value]:
    """Return the method of an operation of one operand."""
    primal, slope = op.primal, slopes(op, (0,))

    def method(self: Value) -> Value:
        x = self._data
        try:
            y = primal(x)
            partials = slope(y, x)
        except (ArithmeticError, ValueError):  # a limit: log(0) is -inf, say
            y, partials = op.linearize(x)
        return node(y, op, (self,), partials)

    return method


def binary(op: Op) -> Callable[[Value, Any], Any]:
    """Return the operator of an operation of two operands."""
    primal, both, left = op.primal, slopes(op, (0, 1)), slopes(op, (0,))

    def method(self: Value, other: Any) -> Any:
        a = self._data
        if isinstance(other, Value):
            b = other._data
            try:
                y = primal(a, b)
                partials = both(y, a, b)
            except (ArithmeticError, ValueError):
                y, partials = op.linearize(a, b)
            return node(y, op, (self, other), partials)
        try:
            b = other if type(other) is float else number(other, op.name)
        except OperandError:
            return _not_ours(other)
        try:
            y = primal(a, b)
            partials = left(y, a, b)
        except (ArithmeticError, ValueError):
            y, (partial, _) = op.linearize(a, b)
            partials = (partial,)
        return node(y, op, (self,), partials, (self, b))

    return method


def reflected(op: Op) -> Callable[[Value, Any], Any]:
    """Return the reflected operator: a number on the left of a Value."""
    primal, right = op.primal, slopes(op, (1,))

    def method(self: Value, other: Any) -> Any:
        b = self._data
        try:
            a = other if type(other) is float else number(other, op.name)
        except OperandError:
            return _not_ours(other)
        try:
            y = primal(a, b)
            partials = right(y, a, b)
        except (ArithmeticError, ValueError):
            y, (_, partial) = op.linearize(a, b)
            partials = (partial,)
        return node(y, op, (self,), partials, (a, self))

    return method


def _not_ours(other: Any) -> Any:
    """Raise again for what is one operand; an array, say, may go element by element."""
    if isinstance(other, SINGLE) or type(other).__module__ == "builtins":
        raise  # noqa: PLE0704  # called while OperandError is handled
    return NotImplemented


def comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Value, Any], Any]:
    """Return a comparison by data."""

    def method(self: Value, other: Any) -> Any:
        return compare(self._data, other._data if isinstance(other, Value) else other)

    return method


def rounding(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a conversion to int by data, as floats have it: `round(v)`."""
    return lambda self, *digits: function(self._data, *digits)


def quotient(self: Value, other: Any) -> Any:
    """Return (self // other, self % other): `divmod(v, w)`."""
    return self // other, self % other


def reflected_quotient(self: Value, other: Any) -> Any:
    """Return (other // self, other % self): `divmod(2, v)`."""
    return other // self, other % self


def rint(self: Value) -> float:
    """Return the nearest whole number, by data as `round(v)`: `np.round(v, 2)`."""
    return round(self._data, 0)


def as_integer_ratio(self: Value) -> NoReturn:
    """Raise OperandError; `statistics.mean` asks for it, and would lose the gradient."""
    raise OperandError(
        f"as_integer_ratio: {self!r} is a Value, and a fraction keeps no gradient; use "
        "dendrograd.mean instead of statistics.mean, or float(...) for the number alone"
    )


def install(op: Op) -> None:
    """Give Value the method and the operators of a table entry."""
    method: Callable[..., Any] = unary(op) if len(op.domain) == 1 else binary(op)
    methods = dict.fromkeys((op.name, *op.aliases), method)
    if op.dunder:
        methods[f"__{op.dunder}__"] = method
        if len(op.domain) == 2:
            methods[f"__r{op.dunder}__"] = reflected(op)
    names = ["x"] if len(op.domain) == 1 else ["a", "b"]
    call = f"y = {op.name}({', '.join(names)})"
    told = ", ".join(formulas(op, names))
    for name, function in methods.items():
        function.__name__, function.__qualname__ = op.name, f"Value.{op.name}"
        function.__doc__ = f"Return {call}; its local derivatives are {told}."
        setattr(Value, name, function)


for entry in OPS.values():
    if entry.method:
        install(entry)
for symbol in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Value, f"__{symbol}__", comparison(getattr(operator, symbol)))
to_int: tuple[Callable[..., Any], ...] = (round, math.trunc, math.floor, math.ceil)
for function in to_int:
    setattr(Value, f"__{function.__name__}__", rounding(function))
for name, function in (
    ("__divmod__", quotient),
    ("__rdivmod__", reflected_quotient),
    ("rint", rint),
    ("as_integer_ratio", as_integer_ratio),
):
    setattr(Value, name, function)
