"""Guards of a path whose statements run over lanes, answered by what these compute anyway.

Statements differ from the eager engine by rounding. So only an answer that no rounding
changes is taken from them; in lanes where there is none all guards are asked on the tape.
Guards that little is computed for are asked there anyway.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.asking import Asking
from dendrograd.compiler.capture import Question
from dendrograd.compiler.code import Code
from dendrograd.compiler.guards import LOOPS
from dendrograd.compiler.passes import live
from dendrograd.compiler.sums import Integers, Part, count_of
from dendrograd.value import Value

from .tame import is_tame

__all__ = ["Certain", "certain"]

Floats = NDArray[np.float64]
NEAR = 1_000  # operands, up to which a guard is asked on the tape
MANY = 64  # guards, past which all are
HUGE = 1e300  # below it a number is finite, however it was rounded


class Far(NamedTuple):
    """A guard whether a number is infinite.

    at      its place among all guards
    slot    of the number
    holds   whether it holds where the number is finite
    """

    at: int
    slot: int
    holds: bool


class Certain:
    """The guards of a path: some are answered by numbers that statements compute.

    slots  of these numbers in the code of the path, one for each such guard
    count  of all guards
    """

    def __init__(
        self,
        far: Sequence[Far],
        count: int,
        near: Asking | None,
        asking: Callable[[None], Asking],
    ) -> None:
        self.slots, self.count = [guard.slot for guard in far], count
        self._near, self._asking = near, asking
        self._first = min([guard.at for guard in far if not guard.holds], default=count)

    def failing(self, numbers: Any, part: Part, found: Floats) -> Integers:
        """Return of each lane of a part the first guard that fails; their number if none.

        `numbers` are looked up by the places of shared inputs; `found` has a row over lanes
        for each of the slots.
        """
        at, arrays, which = part
        if self._near is None:
            first = np.full(count_of(at), self._first)
        else:
            first = self._near.failing(numbers, [part])
            np.minimum(first, self._first, out=first)
        sure = np.abs(found) < HUGE
        if not sure.all():
            lanes = np.flatnonzero(~sure.all(axis=0)).astype(np.int32)
            picked = lanes if which is None else which[lanes]
            first[lanes] = self._asking(None).failing(
                numbers, [(lanes, arrays, picked)]
            )
        return first


def certain(
    code: Code,
    results: int,
    questions: Sequence[Question],
    asking: Callable[[Sequence[int] | None], Asking],
) -> Certain | None:
    """Return what answers guards with the numbers of statements, None where they cannot.

    The outputs of the code are the results, then the Values that are asked about;
    `asking(picked)` asks some guards on a tape, or all.
    """
    if len(questions) > MANY:
        return None
    near: list[int] = []
    far: list[Far] = []
    for i, (question, asked) in enumerate(_with_slots(code, results, questions)):
        cone = live(code._replace(outputs=asked))
        if _is_of_infinity(question) and is_tame(cone):
            holds = question.how(0.0, question.operands[1]) == question.outcome
            far.append(Far(i, int(asked[0]), holds))
        elif len(cone.operands) <= NEAR:
            near.append(i)
        else:
            return None
    close = asking(near) if near else None
    return Certain(far, len(questions), close, asking)


def _with_slots(
    code: Code, results: int, questions: Sequence[Question]
) -> Iterable[tuple[Question, Any]]:
    """Yield each question with the slots of the Values that it is about."""
    start = results
    for question in questions:
        end = start + sum(isinstance(v, Value) for v in question.operands)
        yield question, code.outputs[start:end]
        start = end


def _is_of_infinity(question: Question) -> bool:
    """Return whether a question compares a Value with an infinity."""
    if question.how not in LOOPS:
        return False
    value, bound = question.operands
    return isinstance(value, Value) and type(bound) is float and math.isinf(bound)
