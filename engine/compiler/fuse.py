"""A sum with a product that nothing else reads is one step, of two roundings.

Half of a reverse sweep are such pairs. One step in place of two reads and writes less;
each rounding stays, so no bit changes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dendrograd.domain import REAL
from dendrograd.flat import TABLE
from dendrograd.op import Op
from dendrograd.ops import OPS

from .code import CHAIN, CHAINED, Code, moved, starts_of
from .passes import sources

__all__ = ["ADD_CHAIN", "ADD_MUL", "fused"]

ADD, MUL = [TABLE.index(OPS[name]) for name in ("add", "mul")]


def _of(product: Op) -> Op:
    """Return the operation x + product(a, b)."""

    def primal(x: float, a: float, b: float) -> float:
        return x + product.evaluate(a, b)

    def partials(y: float, x: float, a: float, b: float) -> tuple[float, ...]:
        return 1.0, b, a

    return Op(f"add_{product.name}", primal, partials, (REAL,) * 3, module=__name__)


ADD_CHAIN, ADD_MUL = _of(CHAIN), _of(OPS["mul"])
FUSED = {CHAINED: ADD_CHAIN, MUL: ADD_MUL}  # by the number of the product


def fused(code: Code) -> Code:
    """Return code in which each sum with a product that it alone reads is one step.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.program import record
    >>> short = fused(from_program(record(lambda x, y: (x + x * y) * y, 2)))
    >>> [short.table[i].name for i in short.codes], short.operands.tolist()
    (['add_mul', 'mul'], [0, 0, 1, 2, 1])
    """
    steps = len(code.codes)
    fits = np.isin(np.arange(len(code.table)), list(FUSED))
    product = fits[code.codes] & (_uses(code) == 1)
    adds = np.flatnonzero(code.codes == ADD)
    pairs = code.operands[code.starts[adds][:, None] + np.arange(2)] - code.inputs
    taken = np.full(steps, -1)  # of each sum the product that it takes in
    for side in (1, 0):  # the right one, where there are two
        made = pairs[:, side] >= 0
        free = made & (taken[adds] < 0) & product[np.where(made, pairs[:, side], 0)]
        taken[adds[free]] = pairs[free, side]
    return _rewritten(code, taken)


def _uses(code: Code) -> NDArray[np.int64]:
    """Return how often each step is read; an output counts twice."""
    read = np.concatenate([code.operands, code.outputs, code.outputs]) - code.inputs
    return np.bincount(read[read >= 0], minlength=len(code.codes))


def _rewritten(code: Code, taken: NDArray[np.int64]) -> Code:
    """Return code in which some sums take in the product that they read."""
    into = taken >= 0
    gone = np.zeros(len(taken), bool)
    gone[taken[into]] = True
    numbers = {number: len(code.table) + i for i, number in enumerate(FUSED)}
    codes = code.codes.copy()
    for number, new in numbers.items():
        codes[into & (code.codes[taken] == number)] = new
    kept = np.flatnonzero(~gone)
    counts = (np.diff(code.starts) + into)[kept]
    starts = starts_of(counts)
    slots = code.inputs + np.cumsum(~gone) - 1
    places = np.concatenate([np.arange(code.inputs), slots]).astype(np.int32)
    operands = np.empty(starts[-1], np.int32)
    plain = ~into[kept]
    old = code.operands[(~gone & ~into)[sources(code)]]
    operands[np.repeat(plain, counts)] = old
    sums = kept[~plain]
    left, right = [code.operands[code.starts[sums] + i] for i in (0, 1)]
    product = taken[sums]
    other = np.where(right == product + code.inputs, left, right)
    at = starts[:-1][~plain]
    operands[at] = other
    for i in (0, 1):
        operands[at + 1 + i] = code.operands[code.starts[product] + i]
    return code._replace(
        codes=codes[kept],
        starts=starts,
        operands=moved(operands, places),
        outputs=moved(code.outputs, places),
        table=(*code.table, *FUSED.values()),
    )
