"""Tape or statements: which of the two runs a path, and why.

By itself `compile` runs one point on the tape, whose bits are those of the eager engine.
For lanes a rule on counts decides; never a clock, so that one seed, machine and build give
the same bits. Whoever asks for "rolled" gets statements where they can be had, and whoever
asks for "fastest" gets what took less time, measured once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.code import Code
from dendrograd.compiler.tape import Tape

from .levels import NotAlike
from .running import Rolled

__all__ = ["Statements", "machine", "pays"]

Floats = NDArray[np.float64]
TRIES = 3  # of each, for "fastest"
ASKED = "it was asked for"
# What a lane costs on the tape for each operation, and what a statement, an entry of its
# array in a lane, and an operation in a lane cost in NumPy; in ns (benchmarks/rolled.py).
STEP, STATEMENT, ENTRY, TERM = 1.0, 4_000.0, 4.0, 0.06


class Statements:
    """A rolled program that is called as a tape is: outputs, then the gradient of the first.

    source    the page that it runs
    steps     how many statements it has; there are no runs of one operation
    """

    native = True  # it needs no tape

    def __init__(self, rolled: Rolled) -> None:
        self._rolled, self.source = rolled, rolled.source
        self.steps, self.runs = rolled.statements, 0

    def __call__(self, numbers: Floats) -> Floats:
        found = self._rolled(numbers)
        return np.concatenate([found.outputs, found.shared])


def pays(operations: int, statements: int, entries: int, lanes: int) -> bool:
    """Return whether statements are taken to be faster than the tape, by counts alone.

    >>> pays(101_758, 13, 178, 128), pays(101_758, 10_000, 90_000, 128)
    (True, False)
    """
    tape = STEP * operations * lanes
    rolled = STATEMENT * statements + (ENTRY * entries + TERM * operations) * lanes
    return rolled < tape


def machine(
    backend: str,
    code: Code,
    wanted: Sequence[int],
    results: int,
    tape: Callable[[], Tape],
    numbers: Callable[[], Floats],
) -> tuple[Tape | Statements, str]:
    """Return what runs a path on one point if not just the tape was asked for, and why.

    `code` gives results, of which there are so many, and what guards ask; `tape()` makes
    the tape of these and of the gradients by `wanted`, `numbers()` is a point to try.
    """
    if wanted and results != 1:
        return (
            tape(),
            f"statements give the gradient of one result, and there are {results}",
        )
    try:
        rolled = Rolled(code, wanted)
    except NotAlike as error:
        return tape(), f"the nodes are too little alike: {error}"
    if backend == "rolled":
        return Statements(rolled), ASKED
    return _faster(tape(), rolled, numbers())


def _faster(
    tape: Tape, rolled: Rolled, numbers: Floats
) -> tuple[Tape | Statements, str]:
    """Return what takes less time at a point."""
    one, other = _seconds(tape, numbers), _seconds(rolled, numbers)
    why = f"tape {one * 1e6:,.1f} us, statements {other * 1e6:,.1f} us, measured once"
    return (tape, why) if one <= other else (Statements(rolled), why)


def _seconds(call: Callable[[Floats], Any], numbers: Floats) -> float:
    call(numbers)  # which makes the arrays that are kept
    found = []
    for _ in range(TRIES):
        start = perf_counter()
        call(numbers)
        found.append(perf_counter() - start)
    return min(found)
