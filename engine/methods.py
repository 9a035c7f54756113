"""The fast methods of a number from the table, as functions for a class to install.

A method computes the primal, asks the rule for the partials of those operands that are
nodes, and makes a node. It is the fast path of `Value._apply`, which says the same for
any number of operands. Nothing here knows Value: its class and the function that makes
a node are handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import OperandError
from .number import number, stranger
from .op import Op, highest
from .rules import formulas, slopes

__all__ = ["deferred", "described", "methods"]

Method = Callable[..., Any]


def methods(op: Op, cls: Any, node: Callable[..., Any]) -> dict[str, Method]:
    """Return the methods and the operators of a table entry, by name.

    `cls` is the class of a node, and `node(y, op, parents, partials, operands)` makes
    one. A node has its number in `_data`.
    """
    if len(op.domain) == 1:
        by_name = dict.fromkeys(op.names, unary(op, node))
    else:
        by_name = dict.fromkeys(op.names, binary(op, cls, node))
        if op.dunder:
            by_name[f"__r{op.dunder}__"] = reflected(op, node)
    for method in by_name.values():
        method.__name__, method.__qualname__ = op.name, f"{cls.__name__}.{op.name}"
        method.__doc__ = described(op)
    return by_name


def described(op: Op) -> str:
    """Return the docstring of the method of an operation."""
    names = ["x"] if len(op.domain) == 1 else ["a", "b"]
    derivatives = ", ".join(formulas(op, names))
    call = f"y = {op.name}({', '.join(names)})"
    return f"Return {call}; its local derivatives are {derivatives}."


def unary(op: Op, node: Callable[..., Any]) -> Method:
    """Return the method of an operation of one operand."""
    primal, slope = op.primal, slopes(op, (0,))

    def method(self: Any) -> Any:
        x = self._data
        try:
            y = primal(x)
            partials = slope(y, x)
        except (ArithmeticError, ValueError):  # a limit: log(0) is -inf, say
            y, partials = op.linearize(x)
        return node(y, op, (self,), partials)

    return method


def binary(op: Op, cls: Any, node: Callable[..., Any]) -> Method:
    """Return the operator of an operation of two operands."""
    primal, both, left = op.primal, slopes(op, (0, 1)), slopes(op, (0,))

    def method(self: Any, other: Any) -> Any:
        a = self._data
        if isinstance(other, cls):
            b = other._data
            try:
                y = primal(a, b)
                partials = both(y, a, b)
            except (ArithmeticError, ValueError):
                y, partials = op.linearize(a, b)
            return node(y, op, (self, other), partials)
        try:
            b = other if type(other) is float else number(other, op.name)
        except OperandError as error:
            return deferred(op, (self, other), other, error)
        try:
            y = primal(a, b)
            partials = left(y, a, b)
        except (ArithmeticError, ValueError):
            y, (partial, _) = op.linearize(a, b)
            partials = (partial,)
        return node(y, op, (self,), partials, (self, b))

    return method


def reflected(op: Op, node: Callable[..., Any]) -> Method:
    """Return the reflected operator: a number on the left of a Value."""
    primal, right = op.primal, slopes(op, (1,))

    def method(self: Any, other: Any) -> Any:
        b = self._data
        try:
            a = other if type(other) is float else number(other, op.name)
        except OperandError as error:
            return deferred(op, (other, self), other, error)
        try:
            y = primal(a, b)
            partials = right(y, a, b)
        except (ArithmeticError, ValueError):
            y, (_, partial) = op.linearize(a, b)
            partials = (partial,)
        return node(y, op, (self,), partials, (a, self))

    return method


def deferred(op: Op, operands: tuple[Any, Any], other: Any, error: OperandError) -> Any:
    """Return what an operation means for a number of a higher rank.

    NotImplemented for a stranger, as an array, which may go element by element; raises
    the error for all else.
    """
    if hasattr(other, "_rank"):
        return highest(operands)._apply(op, operands)
    if op.dunder and stranger(other):
        return NotImplemented
    raise error
