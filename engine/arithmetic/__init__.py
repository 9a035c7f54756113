"""Kinds of number: what each makes of the operations of the table, one file per kind.

A kind finds an operation by a line of its own (`OWN`), by the name that its library has
for it, or by the operation's `definition` in others. What it lacks stands in `ABSENT`,
with the reason. A test asks each kind for the whole table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.program import Program, record

__all__ = ["definition", "knows", "meaning"]

Function = Callable[..., Any]
NOTHING: Mapping[str, str] = {}
DEFINED: WeakKeyDictionary[Op, Program] = WeakKeyDictionary()


def meaning(
    op: Op,
    own: Mapping[str, Function],
    library: object,
    apply: Function,
    absent: Mapping[str, str] = NOTHING,
) -> Function | None:
    """Return what computes an operation on a kind of number; None where nothing does.

    `apply(op, *operands)` is what the kind does with the operations of a definition.
    """
    if not knows(op, absent):
        return None
    named = own.get(op.name) or getattr(library, op.name, None)
    if named is not None or (program := definition(op)) is None:
        return named
    return lambda *operands: program.run(operands, apply)[0]


def definition(op: Op) -> Program | None:
    """Return an operation as a program of others; None where it is made of none."""
    if op.definition is None:
        return None
    if op not in DEFINED:
        DEFINED[op] = record(op.definition, len(op.domain))
    return DEFINED[op]


def knows(op: Op, absent: Mapping[str, str] = NOTHING) -> bool:
    """Return whether a kind has an operation of the table."""
    return OPS.get(op.name) is op and op.name not in absent
