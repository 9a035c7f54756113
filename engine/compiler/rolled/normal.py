"""The normal form: operations of many operands, spelled in those that arrays have.

`dot` and `sum` stay, since the terms of a sum are found in them as they are (absorb.py).
`logsumexp` and `norm` become a scale, a sum and a function of it. Their scale is held:
whatever it is, the result is the same, so its derivative is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.code import HOLD, Code, starts_of
from dendrograd.op import Op
from dendrograd.ops import OPS, exp, log, maximum, sqrt, where
from dendrograd.ops import abs as absolute
from dendrograd.ops import sum as total
from dendrograd.program import Program, record

__all__ = ["normal"]


def largest(xs: list[Any]) -> Any:
    """Return the largest number as a chain of maxima."""
    top = xs[0]
    for x in xs[1:]:
        top = maximum(top, x)
    return top


def logsumexp(*xs: Any) -> Any:
    """Return top + log(sum(exp(x - top))): no term is past the floats."""
    top = HOLD(largest(list(xs)))
    return top + log(total(*[exp(x - top) for x in xs]))


def norm(*xs: Any) -> Any:
    """Return scale * sqrt(sum((x / scale)**2)); the scale of zeros is 1."""
    top = HOLD(largest([absolute(x) for x in xs]))
    scale = where(top, top, 1.0)
    parts = [x / scale for x in xs]
    return scale * sqrt(total(*[part * part for part in parts]))


DEFINITIONS: dict[Op, Callable[..., Any]] = {
    OPS["logsumexp"]: logsumexp,
    OPS["logaddexp"]: logsumexp,
    OPS["norm"]: norm,
}


def normal(code: Code) -> Code:
    """Return code of the same slots in which none of `DEFINITIONS` occurs.

    Further steps stand at the end, so an operand may stand behind its use.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.ops import logsumexp
    >>> code = normal(from_program(record(lambda x, y: logsumexp(x, y), 2)))
    >>> [code.table[i].name for i in code.codes]
    ['add', 'maximum', 'hold', 'sub', 'exp', 'sub', 'exp', 'sum', 'log']
    """
    defined = [i for i, op in enumerate(code.table) if op in DEFINITIONS]
    steps = np.flatnonzero(np.isin(code.codes, defined))
    if not len(steps):
        return code
    counts = np.diff(code.starts)
    writer = Rewriting(code)
    kinds = np.stack([code.codes[steps], counts[steps]], axis=1)
    for number, count in {tuple(kind) for kind in kinds.tolist()}:
        mine = steps[(kinds == (number, count)).all(axis=1)]
        rows = code.operands[code.starts[mine][:, None] + np.arange(count)]
        definition = DEFINITIONS[code.table[number]]
        writer.define(mine, rows, record(definition, count))
    return writer.code()


class Rewriting:
    """Code some of whose steps are defined by programs, which stand in their place."""

    def __init__(self, code: Code) -> None:
        self.old, self.table = code, list(code.table)
        self.numbers = {op: i for i, op in enumerate(self.table)}
        self.constants = list(code.constants)
        self.slots = code.slots
        self.replaced = np.zeros(len(code.codes), bool)
        # slots, and for all of them one number and rows of operands
        self.blocks: list[tuple[NDArray[Any], int, NDArray[Any]]] = []

    def define(
        self, steps: NDArray[Any], rows: NDArray[Any], definition: Program
    ) -> None:
        """Write a definition for each of some steps, whose operands are the rows."""
        self.replaced[steps] = True
        places: dict[int, Any] = dict(enumerate(rows.T))
        for i, x in enumerate(definition.constants):
            self.constants.append(float(x))
            places[~i] = np.full(len(steps), -len(self.constants))
        for slot, op, operands in definition.steps():
            if slot == definition.outputs[0]:
                places[slot] = steps + self.old.inputs
            else:
                places[slot] = self.slots + np.arange(len(steps))
                self.slots += len(steps)
            row = np.stack([places[i] for i in operands], axis=1)
            self.blocks.append((places[slot], self._number(op), row))

    def _number(self, op: Op) -> int:
        if op not in self.numbers:
            self.numbers[op] = len(self.table)
            self.table.append(op)
        return self.numbers[op]

    def code(self) -> Code:
        """Return what stayed and what was written, in the order of the slots."""
        old, stay = self.old, ~self.replaced
        kept = np.repeat(stay, np.diff(old.starts))
        at = [
            old.inputs + np.flatnonzero(stay),
            *[slots for slots, _, _ in self.blocks],
        ]
        codes = [old.codes[stay], *[np.full(len(s), n) for s, n, _ in self.blocks]]
        counts = [
            np.diff(old.starts)[stay],
            *[np.full(len(s), rows.shape[1]) for s, _, rows in self.blocks],
        ]
        operands = [old.operands[kept], *[rows.ravel() for _, _, rows in self.blocks]]
        order = np.argsort(np.concatenate(at), kind="stable")
        count = np.concatenate(counts)
        starts = starts_of(count)
        picked = ranges(starts[order], count[order])
        return old._replace(
            codes=np.concatenate(codes)[order].astype(np.int32),
            starts=starts_of(count[order]),
            operands=np.concatenate(operands)[picked].astype(np.int32),
            constants=np.array(self.constants, np.float64),
            table=tuple(self.table),
        )


def ranges(starts: NDArray[Any], counts: NDArray[Any]) -> NDArray[np.int64]:
    """Return start, start + 1, ... of each range, one after the other.

    >>> ranges(np.array([7, 2]), np.array([2, 3])).tolist()
    [7, 8, 2, 3, 4]
    """
    ends = np.cumsum(counts)
    count = int(ends[-1]) if len(ends) else 0
    found: NDArray[np.int64] = np.repeat(starts - (ends - counts), counts)
    found += np.arange(count)
    return found
