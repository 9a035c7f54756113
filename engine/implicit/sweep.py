"""The Jacobian of a program in numbers of any kind, and a linear system of such."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dendrograd.ops import where
from dendrograd.program import Program, Recording
from dendrograd.sweeps import product

__all__ = ["eliminated", "slopes"]

Rows = list[list[Any]]


def slopes(program: Program, inputs: Sequence[Any]) -> tuple[list[Any], Rows]:
    """Return what a program gives, and the slopes of each output by each input."""
    slots, local, constants = list(inputs), [], program.constants
    for _, op, places in program.steps():
        xs = [slots[i] if i >= 0 else constants[~i] for i in places]
        if all(type(x) is float for x in xs):
            y, partials = op.linearize(*xs)
        else:
            y = op(*xs)
            partials = op.partials(y, *xs)
        slots.append(y)
        local.append(partials)
    outputs = [slots[i] if i >= 0 else constants[~i] for i in program.outputs]
    return outputs, [_row(program, local, end) for end in program.outputs]


def _row(program: Program, local: list[tuple[Any, ...]], end: int) -> list[Any]:
    """Return the slopes of one output: a reverse sweep over the steps."""
    bar: dict[int, Any] = {end: 1.0}
    for k in range(len(program) - 1, -1, -1):
        out = bar.pop(program.inputs + k, None)
        if out is None:
            continue
        for place, partial in zip(program.operands[k], local[k], strict=True):
            if place >= 0 and not _is(term := times(partial, out), 0.0):
                bar[place] = bar[place] + term if place in bar else term
    return [bar.get(i, 0.0) for i in range(program.inputs)]


def _is(x: Any, number: float) -> bool:
    return type(x) is float and x == number


def times(a: Any, b: Any) -> Any:
    """Return a product, of which 0.0 and 1.0 make no node; a factor of 0 annihilates."""
    if _is(a, 1.0) or _is(b, 1.0):
        return b if _is(a, 1.0) else a
    if _is(a, 0.0) or _is(b, 0.0):
        return 0.0
    if any(isinstance(x, Recording) for x in (a, b)):
        return where(a, where(b, a * b, 0.0), 0.0)
    return product(a, b)


def eliminated(A: Rows, B: Rows, order: Sequence[int]) -> Rows:
    """Return X with A X = B; the rows are taken in an order that is given.

    Nothing is compared but whether a float is 0, so that recordings go through.
    """
    n = len(A)
    A, B = [list(A[i]) for i in order], [list(B[i]) for i in order]
    for k in range(n):
        for i in range(k + 1, n):
            if not _is(A[i][k], 0.0):
                factor = A[i][k] / A[k][k]
                _take(A[i], factor, A[k], k + 1)
                _take(B[i], factor, B[k], 0)
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            _take(B[i], A[i][k], B[k], 0)
        B[i] = [v if _is(v, 0.0) else v / A[i][i] for v in B[i]]
    return B


def _take(row: list[Any], factor: Any, other: list[Any], start: int) -> None:
    """Take a multiple of another row from a row, from a column on."""
    if not _is(factor, 0.0):
        for j in range(start, len(row)):
            if not _is(other[j], 0.0):
                row[j] = row[j] - factor * other[j]
