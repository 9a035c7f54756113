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
from dendrograd.compiler.guards import comparison
from dendrograd.compiler.passes import live, reached
from dendrograd.compiler.sums import Integers, Part, count_of
from dendrograd.value import Value

from .tame import is_tame

__all__ = ["Certain", "certain"]

Floats = NDArray[np.float64]
NEAR = 1_000  # operands, up to which a guard is asked on the tape
MANY = 64  # guards, past which all are
HUGE = 1e300  # below it a number is finite, however it was rounded
TINY = 1e-300  # what underflow may take away


class Far(NamedTuple):
    """A comparison of numbers that statements compute.

    at        its place among all guards
    how       the two are compared, and the outcome
    operands  of each its slot, or a number
    """

    at: int
    how: Any
    outcome: bool
    operands: tuple[tuple[int | None, float], ...]

    @property
    def infinite(self) -> bool:
        """Whether a number is compared with an infinity."""
        return math.isinf(self.operands[1][1])


class Certain:
    """The guards of a path: some are answered by numbers that statements compute.

    slots    of these numbers in the code of the path
    bounded  whether it takes a bound of how far each of them may be off
    count    of all guards
    """

    def __init__(
        self,
        far: Sequence[Far],
        count: int,
        near: Asking | None,
        asking: Callable[[None], Asking],
    ) -> None:
        self._far, self.count = far, count
        self._near, self._asking = near, asking
        self.slots = [i for guard in far for i, _ in guard.operands if i is not None]
        self.bounded = not all(guard.infinite for guard in far)

    def failing(
        self, numbers: Any, part: Part, found: Floats, errors: Sequence[float]
    ) -> Integers:
        """Return of each lane of a part the first guard that fails; their number if none.

        `numbers` are looked up by the places of shared inputs; `found` has a row over lanes
        for each of the slots, `errors` how far they may be off.
        """
        at, arrays, which = part
        if self._near is None:
            first = np.full(count_of(at), self.count)
        else:
            first = self._near.failing(numbers, [part])
        unsure = np.zeros(len(first), bool)
        rows, bounds = iter(found), iter(errors)
        for guard in self._far:
            pair: list[Any] = [
                x if i is None else next(rows) for i, x in guard.operands
            ]
            if guard.infinite:
                sure = np.abs(pair[0]) < HUGE
                if self.bounded:
                    next(bounds)
            else:
                off = sum([next(bounds) for i, _ in guard.operands if i is not None])
                sure = np.abs(pair[0] - pair[1]) > off + TINY
            unsure |= ~sure
            fails = sure & (guard.how(*pair) != guard.outcome)
            if fails.any():
                np.minimum(first, np.where(fails, guard.at, self.count), out=first)
        if unsure.any():
            lanes = np.flatnonzero(unsure).astype(np.int32)
            picked = lanes if which is None else which[lanes]
            first[lanes] = self._asking(None).failing(
                numbers, [(lanes, arrays, picked)]
            )
        return first


def certain(
    code: Code,
    results: int,
    questions: Sequence[Question],
    over: Sequence[int],
    asking: Callable[[Sequence[int] | None], Asking],
) -> Certain | None:
    """Return what answers guards with the numbers of statements, None where they cannot.

    The outputs of the code are the results, then the Values that are asked about;
    `asking(picked)` asks some guards on a tape, or all; `over` are the inputs that vary.
    """
    if len(questions) > MANY:
        return None
    near: list[int] = []
    far: list[Far] = []
    for i, (question, asked) in enumerate(_with_slots(code, results, questions)):
        cone = live(code._replace(outputs=asked))
        guard = _far(i, question, asked.tolist())
        small = len(cone.operands) <= NEAR or not _varies(cone, over)
        if guard and (guard.infinite or not small) and is_tame(cone, guard.infinite):
            far.append(guard)
        elif small:
            near.append(i)
        else:
            return None
    close = asking(near) if near else None
    return Certain(far, len(questions), close, asking)


def _varies(code: Code, over: Sequence[int]) -> bool:
    """Return whether some output is another number in each lane."""
    slots = code.outputs[code.outputs >= 0]
    return bool(reached(code, over)[slots].any())


def _with_slots(
    code: Code, results: int, questions: Sequence[Question]
) -> Iterable[tuple[Question, Any]]:
    """Yield each question with the slots of the Values that it is about."""
    start = results
    for question in questions:
        end = start + sum(isinstance(v, Value) for v in question.operands)
        yield question, code.outputs[start:end]
        start = end


def _far(at: int, question: Question, slots: Sequence[int]) -> Far | None:
    """Return a question as a comparison of two numbers, None where it is none."""
    how, operands = comparison(question)
    if how is None:
        return None
    places = iter(slots)
    pair = [
        (next(places), 0.0) if isinstance(v, Value) else (None, float(v))
        for v in operands
    ]
    return Far(at, how, question.outcome, tuple(pair))
