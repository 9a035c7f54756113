"""Which row each result over lanes takes: one that nobody reads any more, if there is one.

A row is a block of lanes. Few rows stay in the processor's cache, where the numbers of a
long program would not.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .code import Code, Integers
from .passes import sources
from .schedule import native

__all__ = ["allocated"]


def allocated(code: Code) -> tuple[Integers, int]:
    """Return the row of each slot, and how many rows there are.

    Inputs have rows of their own. A step never takes the row of one of its operands,
    since a kernel may read these again while it writes.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.program import record
    >>> code = from_program(record(lambda x: ((x + 1.0) * 2.0).exp(), 1))
    >>> rows, count = allocated(code)
    >>> rows.tolist(), count
    ([0, 1, 0, 1], 2)
    """
    last = _last(code)
    if native is not None:
        rows, count = native.allocate(code.inputs, code.starts, code.operands, last)
        return np.frombuffer(rows, np.int32), count
    return _allocated(code, last.tolist())


def _last(code: Code) -> Integers:
    """Return of each slot the step that reads it last: -1 of none, their number of outputs."""
    last = np.full(code.slots, -1, np.int32)
    read = code.operands >= 0
    np.maximum.at(last, code.operands[read], sources(code)[read].astype(np.int32))
    last[code.outputs[code.outputs >= 0]] = len(code.codes)
    return last


def _allocated(code: Code, last: list[int]) -> tuple[Integers, int]:
    rows, count = list(range(code.inputs)), code.inputs
    free: list[int] = []
    operands, starts = code.operands.tolist(), code.starts.tolist()
    for i, (start, end) in enumerate(pairwise(starts)):
        if free:
            rows.append(free.pop())
        else:
            rows.append(count)
            count += 1
        for slot in dict.fromkeys(operands[start:end]):
            if slot >= 0 and last[slot] == i:
                free.append(rows[slot])
        if last[code.inputs + i] < 0:  # nobody reads it
            free.append(rows[-1])
    return np.array(rows, np.int32), count
