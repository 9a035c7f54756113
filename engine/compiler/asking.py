"""The guards of a path asked of many lanes, on a tape with every bit of the eager engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .capture import Question
from .code import Code, Floats, moved
from .guards import LaneGuards
from .lanes import Lanes
from .passes import live
from .sums import Integers, Part, count_of, stretch

__all__ = ["Asking", "Elsewhere"]

NOTHING = np.empty(0)
FEW = 0.25  # of the columns of a table, up to which a copy of them is quicker


class Elsewhere(Exception):
    """Some lanes do not take the path on which they were run."""


class Asking:
    """What asks guards of a path.

    steps  how many run for each lane

    The last outputs of the code are the Values that all questions are about; `picked` are
    the questions that are asked, all if None.
    """

    def __init__(
        self,
        code: Code,
        questions: Sequence[Question],
        over: Sequence[int],
        picked: Iterable[int] | None = None,
    ) -> None:
        self._guards = guards = LaneGuards(questions, picked)
        kept = len(code.constants)
        held = code.outputs[len(code.outputs) - guards.held :]
        places = np.array(guards.operands, np.int32)
        outputs = np.append(held, 0)[np.maximum(places, 0)]
        outputs = np.where(places < 0, places - kept, outputs).astype(np.int32)
        numbers = np.concatenate([code.constants, guards.constants])
        code = live(code._replace(outputs=outputs, constants=numbers))
        code, self._columns, self._read = _gathered(code, np.array(over, np.int64))
        self._over = np.zeros(len(self._columns))
        self._all = len(self._columns) == len(over)
        self._taken: dict[tuple[int, ...], list[Any]] = {}  # columns, by tables
        machine = Lanes(code, range(len(self._over)), True, guards.asks)
        self._machine, self.steps = machine, machine.steps
        self._width = int(machine.varies.sum())
        self._run = machine.runner(np.ones(self._width, bool))
        self._same: Any = None  # what is shared, if no shared number is read
        if not len(self._read):
            self._same = machine.once_for_all(self._over)

    def failing(self, numbers: Any, parts: Iterable[Part]) -> Integers:
        """Return of each lane the first guard that fails; how many there are if none.

        `numbers` are looked up by the places of shared inputs.
        """
        machine, guards, shared = self._machine, self._guards, self._same
        if shared is None:
            read = np.concatenate([self._over, numbers[self._read]])
            shared = machine.once_for_all(read)
        found: list[Any] = []
        for at, tables, rows in parts:
            arrays, which = tables, rows
            if not self._all:
                arrays, which = self._picked(tables, rows), None
            count = count_of(at)
            held = into = np.empty((self._width, count))
            first = np.zeros(count, np.int32)
            asked = first if guards.asks else first[:0]
            self._run(shared, arrays, into, NOTHING, which, asked)
            if self._width < len(machine.varies):
                held = np.empty((len(machine.varies), count))
                held[machine.varies] = into
                held[~machine.varies] = machine.same(shared)[:, None]
            found.append(guards.failing(first, held))
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _picked(self, tables: Sequence[Floats], rows: Any) -> tuple[Floats, ...]:
        """Return the columns that are read, of some rows, of all if None."""
        widths = tuple([table.shape[1] for table in tables])
        if widths not in self._taken:
            ends = np.cumsum(widths)
            which = np.split(self._columns, np.searchsorted(self._columns, ends[:-1]))
            self._taken[widths] = [
                stretch(columns - end + width)
                for columns, end, width in zip(which, ends, widths, strict=True)
            ]
        picked = zip(tables, self._taken[widths], strict=True)
        return tuple([_block(table, rows, columns) for table, columns in picked])


def _block(table: Floats, rows: Any, columns: Any) -> Floats:
    """Return the columns of some rows, of all if None."""
    if rows is None:
        return np.ascontiguousarray(table[:, columns])
    if isinstance(columns, slice):
        return np.ascontiguousarray(table[rows, columns])
    found: Floats = table[rows[:, None], columns]
    return found


def _gathered(code: Code, over: Integers) -> tuple[Code, Integers, Integers]:
    """Return code with the inputs that it reads: those over lanes, then shared ones.

    And which these are, among those over lanes and among all. Where it reads many of those
    over lanes, all stay, since they need no copy.
    """
    used = np.zeros(code.inputs, bool)
    slots = np.concatenate([code.operands, code.outputs])
    used[slots[(slots >= 0) & (slots < code.inputs)]] = True
    columns = np.flatnonzero(used[over])
    if len(columns) > FEW * len(over):
        columns = np.arange(len(over))
    used[over] = False
    shared = np.flatnonzero(used)
    inputs = np.concatenate([over[columns], shared])
    places = np.zeros(code.slots, np.int32)
    places[inputs] = np.arange(len(inputs))
    places[code.inputs :] = len(inputs) + np.arange(len(code.codes))
    code = code._replace(
        inputs=len(inputs),
        operands=moved(code.operands, places),
        outputs=moved(code.outputs, places),
    )
    return code, columns, shared
