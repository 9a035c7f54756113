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

__all__ = ["Work", "work"]

LITTLE = 200_000  # operands of steps over all lanes, up to which nothing is looked for
# What an operand of a step costs on the tape in each lane, and one of an n-ary step, which
# is gathered lane by lane; what a statement, an entry of an array in a lane, and an operand
# in a lane cost in NumPy; ns (benchmarks/rolled.py).
STEP, GATHERED, STATEMENT, ENTRY, TERM = 0.2, 1.5, 4_000.0, 1.5, 0.03
WHOLE = 32  # lanes that the tape computes at once, or 64: fewer take no less


class Work(NamedTuple):
    """What code computes in each lane.

    operands  of the steps that run for each lane
    gathered  how many of them are of n-ary steps
    alone     how many of these steps are no term of one sum
    """

    operands: int
    gathered: int
    alone: int

    def declined(self, slopes: bool, lanes: int) -> str:
        """Return why no statements are looked for, for values or gradients; or ""."""
        if self.ns * lanes < STEP * LITTLE:
            return "there is little to compute"
        entries = self.alone * (1 + slopes)
        return "" if self.pays(1, entries, lanes) else "few steps are in sums"

    @property
    def ns(self) -> float:
        """What the tape is taken to need in a lane."""
        return STEP * (self.operands - self.gathered) + GATHERED * self.gathered

    def pays(self, statements: int, entries: int, lanes: int) -> bool:
        """Return whether statements are taken to be faster than the tape, by counts alone.

        >>> network = Work(203_000, 0, 128)
        >>> network.pays(13, 178, 128), network.pays(10_000, 90_000, 128)
        (True, False)
        """
        tape = self.ns * -(-lanes // WHOLE) * WHOLE
        each = ENTRY * entries + TERM * self.operands
        return STATEMENT * statements + each * lanes < tape


def work(code: Code, over: Sequence[int]) -> Work:
    """Return what code computes for each lane, where some inputs vary from lane to lane.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.program import record
    >>> code = from_program(record(lambda w, b, x, y: (w * x + b * y).exp() + b.exp(), 4))
    >>> work(code, [2, 3])
    Work(operands=9, gathered=0, alone=3)
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
    many = np.array([op.variadic for op in code.table])[code.codes]
    return Work(
        int(counts[steps].sum()),
        int(counts[steps & many].sum()),
        int((steps & ~terms).sum()),
    )
