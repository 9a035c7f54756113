"""Code whose results are finite here where they are finite there, whichever way it is rounded.

Statements on arrays differ from the eager engine by rounding. Whether a result is finite is
the same for both, short of the end of the floats, if no step makes much of a rounding: none
has a pole or a jump, or what decides there is computed to the bit.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.code import HOLD, Code
from dendrograd.compiler.passes import live
from dendrograd.domain import FLAG, POSITIVE, REAL
from dendrograd.op import Op
from dendrograd.ops import OPS, add, mul, norm, pow, sub

__all__ = ["is_tame"]

KNOWN = {HOLD, *OPS.values()}
FOUND = 10_000  # steps that are looked at, one by one
NEAR, SLIGHT = 1e-9, 1e-3  # a jump shows as a change by more beside a kink


def is_tame(code: Code, scaled: bool = True) -> bool:
    """Return whether the outputs of code are finite however its steps are rounded.

    Without `scaled` no step may be spelled by a scale that is found (normal.py), either.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.program import record
    >>> [
    ...     is_tame(from_program(record(f, 2)))
    ...     for f in (lambda a, b: a * b + b, lambda a, b: 1.0 / (a * b + b))
    ... ]
    [True, False]
    """
    code = live(code)
    arity = np.diff(code.starts)
    deciding: list[int] = []
    for number in np.flatnonzero(np.bincount(code.codes)).tolist():
        op = code.table[number]
        if op not in KNOWN or (op is norm and not scaled):
            return False  # a user's, of which little is known
        steps = np.flatnonzero(code.codes == number)
        if op is pow:
            steps = steps[~_squares(code, steps)]
        if not len(steps):
            continue
        for i in range(int(arity[steps].max())):
            if not _is_tame(op, min(i, len(op.domain) - 1)):
                read = steps[arity[steps] > i]
                deciding += code.operands[code.starts[read] + i].tolist()
    return not deciding or _is_exact(code, deciding)


def _squares(code: Code, steps: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return of each power whether it is a square."""
    exponents = code.operands[code.starts[steps] + 1]
    found = exponents < 0
    found[found] = code.constants[~exponents[found]] == 2.0
    return found


@cache
def _is_tame(op: Op, i: int) -> bool:
    """Return whether an operation is continuous in an operand, without a pole."""
    if op.decides is None or FLAG in op.domain:
        return op.domain[i] == REAL
    return bool(op.kinks) and all(_is_continuous(op, point) for point, _ in op.kinks)


def _is_continuous(op: Op, kink: tuple[float, ...]) -> bool:
    """Return whether an operation hardly changes beside a kink."""
    there = op.evaluate(*kink)
    ways = product((-NEAR, 0.0, NEAR), repeat=len(kink))
    beside = [
        op.evaluate(*[x + s for x, s in zip(kink, way, strict=True)]) for way in ways
    ]
    return all(abs(y - there) < SLIGHT for y in beside)


def _is_exact(code: Code, slots: list[int]) -> bool:
    """Return whether arrays have some slots to the bit: no sum there has its own order."""
    code = live(code._replace(outputs=np.array(slots, np.int32)))
    if len(code.codes) > FOUND:
        return False
    exact, adds = [True] * code.inputs, [False] * code.inputs
    operands = code.operands.tolist()
    for number, (start, end) in zip(
        code.codes.tolist(), pairwise(code.starts.tolist()), strict=True
    ):
        op, read = code.table[number], operands[start:end]
        made = _is_rounded_once(op) and all(i < 0 or exact[i] for i in read)
        if op in (add, sub):
            made = made and not any(i >= 0 and adds[i] for i in read)
        exact.append(made)
        adds.append(op in (add, sub, mul))
    return all(i < 0 or exact[i] for i in code.outputs.tolist())


@cache
def _is_rounded_once(op: Op) -> bool:
    """Return whether arrays have the bits of an operation: arithmetic, and choices."""
    return (
        op.rational
        and not op.variadic
        and op.definition is None
        and POSITIVE not in op.domain
    )
