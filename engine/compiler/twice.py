"""Two runs of one function on the same numbers give the same code, or it is refused.

A clock, a random generator, state that changes and the order of a set would all be
recorded as they were at that moment, and be wrong from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dendrograd.errors import TraceError
from dendrograd.number import number
from dendrograd.trees import tree_map
from dendrograd.value import Value

from .capture import Capture

__all__ = ["ensure_equal"]

WAY_OUT = (
    "it reads a clock, a random generator, the order of a set or state that changes; "
    "pass that in as an argument"
)


def ensure_equal(
    first: Capture,
    second: Capture,
    again: Callable[[], tuple[Capture, list[str]]],
) -> None:
    """Raise TraceError where two captures of one function differ, with the line.

    `again` runs the function a third time, and says where each step was made.
    """
    if _same(first, second):
        return
    third, lines = again()
    where = _difference(first, third, lines) or _difference(first, second, [])
    raise TraceError(
        "compile: f gave another program when it was run twice on the same numbers"
        f"{where}: {WAY_OUT}"
    )


def _same(one: Capture, other: Capture) -> bool:
    return _described(one) == _described(other)


def _described(found: Capture) -> list[Any]:
    """Return what two captures of one function have in common, floats by their bits."""
    code = found.code
    return [
        [id(code.table[i]) for i in code.codes.tolist()],
        *[part.tobytes() for part in (code.starts, code.operands, code.outputs)],
        code.constants.tobytes(),
        found.numbers.tobytes(),
        list(map(id, found.captured)),
        repr(tree_map(_kind, found.tree)),
        [(guard.line, repr(guard.outcome)) for guard in found.guards],
    ]


def _kind(y: Any) -> str:
    return "Value" if isinstance(y, Value) else number(y, "compile").hex()


def _difference(one: Capture, other: Capture, lines: list[str]) -> str:
    """Return in words where two captures differ first, or ""."""
    a, b = one.code, other.code
    names = [[code.table[i].name for i in code.codes.tolist()] for code in (a, b)]
    for i, (x, y) in enumerate(zip(*names, strict=False)):
        if x != y:
            return f" ({_at(lines, i)}{x} came to be {y})"
    if len(names[0]) != len(names[1]) or len(a.constants) != len(b.constants):
        return f" (of {len(a.codes)} operations, then of {len(b.codes)})"
    differing = a.constants.view(np.int64) != b.constants.view(np.int64)
    for i in np.flatnonzero(differing).tolist():
        uses = np.flatnonzero(b.operands == ~i)
        step = int(np.searchsorted(b.starts, uses[0], "right")) - 1 if len(uses) else -1
        went = f"went from {a.constants[i]!s} to {b.constants[i]!s}"
        return f" (the constant {_at(lines, step)}{went})"
    return ""


def _at(lines: list[str], step: int) -> str:
    return f"at {lines[step]} " if 0 <= step < len(lines) else ""
