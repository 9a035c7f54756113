"""Two runs of one function on the same numbers give the same code, or it is refused.

A clock, a random generator, state that changes and the order of a set would all be
recorded as they were at that moment, and be wrong from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dendrograd.backprop import toposort
from dendrograd.errors import TraceError
from dendrograd.number import number
from dendrograd.trees import tree_map
from dendrograd.value import Value

from .capture import Capture, Run, taken

__all__ = ["capture"]

ARRAYS = ("codes", "starts", "operands", "constants", "outputs")
WAY_OUT = (
    "it reads a clock, a random generator, the order of a set or state that changes; "
    "pass that in as an argument"
)


def capture(call: Callable[[], Any], leaves: Sequence[Value]) -> Capture:
    """Run a function, twice, and return what it did as straight-line code.

    `leaves` are the Values among its arguments. Values that were there before, and that
    both runs met, are inputs too: what they hold is read anew at each call. All other
    leaves were made in the function, and are constants. Raises TraceError where the runs
    differ, since then the function reads a clock, a random generator or changing state.

    >>> x, w = Value(3.0), Value(2.0, label="w")
    >>> found = capture(lambda: x * w if x > 0.0 else x, [x])
    >>> [found.code.table[i].name for i in found.code.codes], found.captured
    (['mul'], [Value(data=2.0, grad=0.0, label='w')])
    >>> [(guard.how.__name__, guard.outcome) for guard in found.guards]
    [('gt', True)]
    """
    first, second = Run(call, leaves), Run(call, leaves)
    met = set(second.order())
    old = [v for v in first.order() if v in met]
    found = taken(first, old)
    ensure_equal(found, taken(second, old), lambda: lined(call, leaves, old))
    return found


def lined(
    call: Callable[[], Any], leaves: Sequence[Value], old: list[Value]
) -> tuple[Capture, list[str]]:
    """Return a further run, and the line where each of its steps was made."""
    run = Run(call, leaves, lined=True)
    nodes = toposort(*run.watched, below=[*leaves, *old])
    return taken(run, old), [run.lines.get(v, "?") for v in nodes if v.parents]


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
        [(type(op), op.name, op.module) for op in code.table],  # one may be made anew
        *[getattr(code, part).tobytes() for part in ARRAYS],
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
