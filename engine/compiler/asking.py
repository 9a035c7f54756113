"""The guards of a path asked of many lanes, on a tape with every bit of the eager engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .capture import Question
from .code import Code, Floats
from .guards import LaneGuards
from .lanes import Lanes
from .passes import live
from .sums import Integers, Part, count_of

__all__ = ["Asking", "Elsewhere"]


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
        held, kept = (
            code.outputs[len(code.outputs) - guards.held :],
            len(code.constants),
        )
        places = np.array(guards.operands, np.int32)
        outputs = np.append(held, 0)[np.maximum(places, 0)]
        outputs = np.where(places < 0, places - kept, outputs).astype(np.int32)
        numbers = np.concatenate([code.constants, guards.constants])
        code = live(code._replace(outputs=outputs, constants=numbers))
        self._machine = Lanes(code, over, True, guards.asks)
        self.steps = self._machine.steps

    def failing(self, numbers: Floats, parts: Iterable[Part]) -> Integers:
        """Return of each lane the first guard that fails; how many there are if none."""
        machine, guards = self._machine, self._guards
        shared, varies = machine.once_for_all(numbers), machine.varies
        run = machine.runner(np.ones(int(varies.sum()), bool))
        found = []
        for at, arrays, which in parts:
            count = count_of(at)
            into = np.empty((int(varies.sum()), count))
            first = np.zeros(count if guards.asks else 0, np.int32)
            run(shared, arrays, into, np.empty(0), which, first)
            held = np.empty((len(varies), count))
            held[varies], held[~varies] = into, machine.same(shared)[:, None]
            found.append(
                guards.failing(first if guards.asks else np.zeros(count, int), held)
            )
        return np.concatenate(found)
