"""Whether statements could be faster than the tape over lanes: by counts, never by a clock.

To look for nodes that are alike takes longer than to make the tape. So it is first asked
what statements cost at least: a number of a lane that is no term of a sum stands in an
array of its own, with its derivative in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dendrograd.ops import add, dot, mul, sub
from dendrograd.ops import sum as total

from .code import Code
from .passes import live, reached, sources

__all__ = ["Work", "pays", "work"]

LITTLE = 200_000  # operands over all lanes, up to which nothing is looked for
# What an operand of a step costs on the tape in each lane, and what a statement, an entry
# of an array in a lane, and an operand in a lane cost in NumPy; ns (benchmarks/rolled.py).
STEP, STATEMENT, ENTRY, TERM = 0.2, 4_000.0, 1.5, 0.03
WHOLE = 32  # lanes that the tape computes at once, or 64: fewer take no less


class Work(NamedTuple):
    """What code computes in each lane.

    operands  of the steps that run for each lane
    alone     how many of these steps are no term of one sum
    """

    operands: int
    alone: int

    def declined(self, slopes: bool, lanes: int) -> str:
        """Return why no statements are looked for, for values or gradients; or ""."""
        if self.operands * lanes < LITTLE:
            return "there is little to compute"
        entries = self.alone * (1 + slopes)
        return "" if pays(self.operands, 1, entries, lanes) else "few steps are in sums"


def pays(operands: int, statements: int, entries: int, lanes: int) -> bool:
    """Return whether statements are taken to be faster than the tape, by counts alone.

    >>> pays(203_000, 13, 178, 128), pays(203_000, 10_000, 90_000, 128)
    (True, False)
    """
    tape = STEP * operands * -(-lanes // WHOLE) * WHOLE
    rolled = STATEMENT * statements + (ENTRY * entries + TERM * operands) * lanes
    return rolled < tape


def work(code: Code, over: Sequence[int]) -> Work:
    """Return what code computes for each lane, where some inputs vary from lane to lane.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.program import record
    >>> code = from_program(record(lambda w, b, x, y: (w * x + b * y).exp() + b.exp(), 4))
    >>> work(code, [2, 3])
    Work(operands=9, alone=3)
    """
    code = live(code)
    steps = reached(code, over)[code.inputs :]
    adding, product = [
        np.isin(code.codes, [code.table.index(op) for op in ops])
        for ops in ((add, sub, total, dot), (mul,))
    ]
    step, made = sources(code), code.operands - code.inputs
    outputs = code.outputs[code.outputs >= code.inputs] - code.inputs
    used = np.bincount(np.append(made[made >= 0], outputs), minlength=len(steps))
    added = np.zeros(len(steps), bool)
    added[made[(made >= 0) & adding[step]]] = True
    terms = added & (used == 1) & (adding | product)
    counts = np.diff(code.starts)
    return Work(int(counts[steps].sum()), int((steps & ~terms).sum()))
