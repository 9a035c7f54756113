"""Derivative rules, read as programs: `partials` recorded, printed and compiled.

A rule that calls `math.` or branches is found by the recording. The text serves the
docs; compiled, it is float code that computes only the partials that a node needs, and
computes what they share once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from dendrograd.languages.python import Python

from .errors import TraceError
from .op import Op
from .ops import OPS
from .printing import compiled, printed
from .program import Program, record

__all__ = [
    "TRACED",
    "ensure_traceable",
    "explained",
    "formulas",
    "is_flat",
    "rule",
    "textbook",
    "traced",
]

LONG = 88  # characters of text that a person reads as a whole


def traced(op: Op, count: int) -> Program:
    """Return the rule of an operation of so many operands: (y, *xs) -> its partials.

    Raises TraceError where the rule calls a foreign function or branches.
    """
    try:
        return record(op.partials, count + 1)
    except TraceError as error:
        raise TraceError(f"{op.name}: partials: {error}") from None
    except TypeError as error:  # a function of arrays, say, that no Recording satisfies
        raise TraceError(f"{op.name}: its partials left the table: {error}") from None


def textbook(op: Op, count: int) -> Program:
    """Return the partials as a textbook writes them: (y, *xs) -> its partials.

    They equal the rule's where nothing is lost or undefined: not at a kink, nor where a
    difference of numbers that are nearly equal has no digit left.

    >>> textbook(OPS["tanh"], 1).replay(0.5, 0.0)
    (0.75,)
    """
    return record(op.slopes or op.partials, count + 1)


def formulas(op: Op, names: Sequence[str]) -> tuple[str, ...]:
    """Return the text of each partial, in the output `y` and the names of operands.

    Raises TraceError where the rule calls a foreign function or branches.

    >>> formulas(OPS["div"], ["a", "b"])
    ('1.0 / b', '-y / b')
    """
    program = traced(op, len(names))
    return tuple(printed(program, ["y", *names], Python()).outputs)


def explained(op: Op, names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the text of each partial, and the steps `t1 = ...` that long ones name.

    >>> explained(OPS["sub"], ["a", "b"]), explained(OPS["erf"], ["x"])[1][0]
    ((('1.0', '-1.0'), []), 't0 = x * 134217729.0')
    """
    texts = formulas(op, names)
    if sum(map(len, texts)) <= LONG:
        return texts, []
    program = traced(op, len(names)).live().shared()
    text = printed(program, ["y", *names], Python(), "shared")
    return tuple(text.outputs), text.lines


@cache  # asked of operations of the table alone, which stay
def is_flat(op: Op) -> bool:
    """Return whether the derivative is 0 everywhere, as of sign and floor."""
    program = traced(op, len(op.domain))
    return all(i < 0 and program.constants[~i] == 0.0 for i in program.outputs)


TRACED: WeakKeyDictionary[Op, set[int]] = WeakKeyDictionary()  # with how many operands


def ensure_traceable(op: Op, count: int) -> None:
    """Raise TraceError where an operation's rule cannot be differentiated again."""
    if op.module == OPS["add"].module:  # the table itself is tested
        return
    counts = TRACED.setdefault(op, set())
    if count not in counts:
        traced(op, count)
        counts.add(count)


def rule(
    op: Op, wanted: Sequence[int], meaning: Callable[[Op], Any]
) -> Callable[..., tuple[Any, ...]]:
    """Return (y, *xs) -> the partials at `wanted`, on numbers of some kind."""
    count = len(op.domain)
    program = traced(op, count).live(wanted).shared()
    return compiled(program, ["y", *[f"x{i}" for i in range(count)]], meaning)
