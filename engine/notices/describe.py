"""A node in words, for reports and errors; nothing here computes.

>>> from dendrograd import Value
>>> x = Value(1000.0, label="x")
>>> name(x.exp()), formula(x.exp() + 1.0), describe(x.exp())
('exp', 'add(exp, 1)', 'exp(x=1000.0) = inf')
"""

from __future__ import annotations

import linecache
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dendrograd.op import Op

if TYPE_CHECKING:
    from dendrograd.value import Value

__all__ = ["called", "describe", "formula", "name", "quoted"]

LONGEST = 72  # characters of a line that a message quotes


def called(op: Op, operands: Iterable[object], most: int = 6) -> str:
    """Return the call of an operation as text: its first operands, and how many more.

    >>> from dendrograd.ops import OPS
    >>> called(OPS["maximum"], [0.5, 1.0]), called(OPS["sum"], range(9), most=2)
    ('maximum(0.5, 1.0)', 'sum(0, 1, 7 more)')
    """
    shown = [str(operand) for operand in operands]
    more = [f"{len(shown) - most} more"] if len(shown) > most else []
    return f"{op.name}({', '.join(shown[:most] + more)})"


def name(x: Value | float) -> str:
    """Return the least that tells a node: its label, its operation or its number."""
    if isinstance(x, (int, float)):
        return f"{x:g}"
    return x.label or (x.op.name if x.op else f"{x.data:g}")


def formula(node: Value) -> str:
    """Return a node's label, or its operation with the names of its operands."""
    if node.label or node.op is None:
        return node.label or f"leaf {node.data:g}"
    return called(node.op, map(name, node.operands), most=3)


def describe(node: Value) -> str:
    """Return what a node is and holds, with every digit: `y = exp(x=1000.0) = inf`."""
    if node.op is None:
        return f"the leaf {f'{node.label} = ' if node.label else ''}{node.data!r}"
    label = f"{node.label} = " if node.label else ""
    return f"{label}{called(node.op, map(_held, node.operands))} = {node.data!r}"


def _held(x: Value | float) -> str:
    if isinstance(x, (int, float)):
        return repr(x)
    return f"{x.label}={x.data!r}" if x.label else repr(x.data)


def quoted(file: str, line: int, space: dict[str, Any] | None = None) -> str:
    """Return a line of a source as a message quotes it, cut if it is long; "" if unknown.

    `space` are the globals of its module, whose loader may have the source.
    """
    text = linecache.getline(file, line, space).strip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
