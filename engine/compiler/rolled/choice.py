"""Tape or statements: which of the two runs a path, and why.

By itself `compile` runs one point on the tape, whose bits are those of the eager engine.
For lanes a rule on counts decides; never a clock, so that one seed, machine and build give
the same bits. Whoever asks for "rolled" gets statements where they can be had, and whoever
asks for "fastest" gets what took less time, measured once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.code import Code
from dendrograd.compiler.lanes import Lanes
from dendrograd.compiler.tape import Tape

from .certain import certain
from .levels import NotAlike
from .over import RolledLanes
from .running import Rolled

if TYPE_CHECKING:
    from dendrograd.compiler.path import Asked, Path

__all__ = ["Statements", "machine", "over_lanes", "pays"]

Floats = NDArray[np.float64]
TRIES = 3  # of each, for "fastest"
ASKED = "it was asked for"
SEVERAL = "statements give the gradient of one result, and there are {}"
NOT_ALIKE = "the nodes are too little alike: {}"
SEVERAL = "statements give the gradient of one result, and there are {}"
NOT_ALIKE = "the nodes are too little alike: {}"
# What an operand of a step costs on the tape in each lane, and what a statement, an entry
# of an array in a lane, and an operand in a lane cost in NumPy; ns (benchmarks/rolled.py).
STEP, STATEMENT, ENTRY, TERM = 0.2, 4_000.0, 1.5, 0.03
WHOLE = 32  # lanes that the tape computes at once, or 64: fewer take no less


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


def pays(operands: int, statements: int, entries: int, lanes: int) -> bool:
    """Return whether statements are taken to be faster than the tape, by counts alone.

    >>> pays(203_000, 13, 178, 128), pays(203_000, 10_000, 90_000, 128)
    (True, False)
    """
    tape = STEP * operands * -(-lanes // WHOLE) * WHOLE
    rolled = STATEMENT * statements + (ENTRY * entries + TERM * operands) * lanes
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
        return tape(), NOT_ALIKE.format(error)
    made = Statements(rolled)
    if backend == "rolled":
        return made, ASKED
    return _faster(tape(), made, lambda either: either(numbers()))


def over_lanes(
    path: Path,
    over: Sequence[int],
    wanted: Sequence[int],
    asked: Asked,
    tape: Callable[[], Lanes],
) -> tuple[Lanes | RolledLanes, str]:
    """Return what runs a path over lanes, and why it is that."""
    if not path.count:
        return tape(), "its result is a plain number"
    if wanted and path.count != 1:
        return tape(), SEVERAL.format(path.count)
    if not asked.reduced and set(wanted) - set(over):
        return tape(), "each lane has a gradient of its own by what all lanes share"
    made = _rolled(path, tuple(over), tuple(wanted))
    if isinstance(made, str):
        return tape(), made
    if path.backend == "rolled":
        return made, ASKED
    if path.backend == "fastest":
        return _faster(tape(), made, asked.once)
    count = made.rolled.operands
    if pays(count, made.steps, made.width, asked.lanes):
        return made, f"{count:,} operands of steps are {made.steps:,} statements"
    return tape(), f"{made.steps:,} statements are many for {count:,} operands of steps"


def _rolled(
    path: Path, over: tuple[int, ...], wanted: tuple[int, ...]
) -> RolledLanes | str:
    """Return the statements of a path over lanes, made once, or why there are none."""
    made = path.rolled.get((over, wanted))
    if made is None:
        code, questions = path.capture.code, path.capture.guards
        asking, found = partial(path.asking, over), None
        if questions:
            found = certain(code, path.count, questions, over, asking)
        try:
            results = code._replace(outputs=code.outputs[: path.count])
            made = RolledLanes(results, over, wanted, found)
        except NotAlike as error:
            made = NOT_ALIKE.format(error)
        path.rolled[over, wanted] = made
    return made


def _faster(one: Any, other: Any, once: Callable[[Any], Any]) -> tuple[Any, str]:
    """Return which of two takes less time to be called once."""
    times = [_seconds(machine, once) for machine in (one, other)]
    why = "tape {:,.1f} us, statements {:,.1f} us, measured once"
    told = why.format(*[seconds * 1e6 for seconds in times])
    return (one if times[0] <= times[1] else other), told


def _seconds(machine: Any, once: Callable[[Any], Any]) -> float:
    once(machine)  # which makes the arrays that are kept
    found = []
    for _ in range(TRIES):
        start = perf_counter()
        once(machine)
        found.append(perf_counter() - start)
    return min(found)
