"""The guards of a path: what a function decided by data, asked again of other numbers.

A path holds for the numbers that answer each question as those of its recording did.
Questions are compared in their order, since up to the first that is answered otherwise
the path is still that of the function.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.value import Value

from .capture import Question
from .code import Floats, numbered

__all__ = ["Guards"]

LOOPS = {  # comparisons of floats, which NumPy makes as Python does
    operator.lt: np.less,
    operator.le: np.less_equal,
    operator.eq: np.equal,
    operator.ne: np.not_equal,
    operator.gt: np.greater,
    operator.ge: np.greater_equal,
}
FEW = 8  # comparisons, up to which a loop in Python is faster


class Guards:
    """The questions of a path, to be asked of the numbers that its Values hold now.

    outcomes  what each was answered, by which paths are told apart
    """

    def __init__(self, questions: Sequence[Question]) -> None:
        self.outcomes = [(q.line, repr(q.outcome)) for q in questions]
        self._count = len(questions)
        self._single: list[tuple[int, Question, list[int]]] = []
        grouped: dict[Any, list[tuple[int, int, int, bool]]] = {}
        constants: list[float] = []
        held = sum(isinstance(v, Value) for q in questions for v in q.operands)
        at = iter(range(held))
        for i, q in enumerate(questions):
            places = []
            for v in q.operands:
                if isinstance(v, Value):
                    places.append(next(at))
                else:
                    places.append(held + len(constants))
                    constants.append(v if type(v) is float else math.nan)
            plain = all(type(v) is float or isinstance(v, Value) for v in q.operands)
            if plain and q.how in LOOPS and len(questions) > FEW:
                grouped.setdefault(q.how, []).append((i, *places, q.outcome))
            else:
                self._single.append((i, q, places))
        self._constants = np.array(constants)
        self._groups: list[tuple[Any, list[Any]]] = [
            (LOOPS[how], [np.array(column) for column in zip(*rows, strict=True)])
            for how, rows in grouped.items()
        ]

    def __len__(self) -> int:
        return self._count

    def failing(self, held: Floats) -> int | None:
        """Return the place of the first question that is answered otherwise, or None.

        `held` are the numbers of the Values among the operands, in order.
        """
        found = [self._count]
        for i, question, places in self._single:
            xs = [
                held.item(place) if isinstance(v, Value) else v
                for v, place in zip(question.operands, places, strict=True)
            ]
            if not _same(_answer(question.how, xs), question.outcome):
                found.append(i)
                break
        if self._groups:
            pool = np.concatenate([held, self._constants])
            for loop, (at, left, right, outcome) in self._groups:
                differing = loop(pool[left], pool[right]) != outcome
                if differing.any():
                    found.append(int(at[differing.argmax()]))
        first = min(found)
        return first if first < self._count else None

    def failing_lanes(self, held: Floats) -> NDArray[np.int64]:
        """Return that of each lane; the number of questions where all are answered so.

        `held` has a row over lanes for each number.
        """
        lanes = held.shape[1]
        found = np.full(lanes, self._count)
        for i, question, places in self._single:
            differing = _differing(question, places, held)
            np.minimum(found, np.where(differing, i, self._count), out=found)
        if self._groups:
            constants = np.repeat(self._constants[:, None], lanes, axis=1)
            pool = np.concatenate([held, constants])
            for loop, (at, left, right, outcome) in self._groups:
                differing = loop(pool[left], pool[right]) != outcome[:, None]
                first = at[differing.argmax(axis=0)]
                np.minimum(
                    found,
                    np.where(differing.any(axis=0), first, self._count),
                    out=found,
                )
        return found


def _differing(question: Question, places: list[int], held: Floats) -> Any:
    """Return of each lane whether a question is answered otherwise there."""
    columns = [
        held[place] if isinstance(v, Value) else v
        for v, place in zip(question.operands, places, strict=True)
    ]
    plain = all(type(v) is float or isinstance(v, Value) for v in question.operands)
    if plain and question.how in LOOPS:
        return LOOPS[question.how](*columns) != question.outcome
    if question.how is bool:
        return (columns[0] != 0.0) != question.outcome
    rows = np.stack(
        [
            x
            if isinstance(x, np.ndarray) and x.ndim == 1
            else np.full(held.shape[1], np.nan)
            for x in columns
        ],
        axis=1,
    )
    count, kinds = numbered(np.ascontiguousarray(rows).view(np.int64))
    answers = np.empty(count, bool)
    for kind, lane in zip(*np.unique(kinds, return_index=True), strict=True):
        xs = [
            x.item(lane) if isinstance(v, Value) else v
            for v, x in zip(question.operands, columns, strict=True)
        ]
        answers[kind] = not _same(_answer(question.how, xs), question.outcome)
    return answers[kinds]


def _answer(how: Any, xs: list[Any]) -> Any:
    """Return what a question is answered; the class of an error where it raises one."""
    try:
        return how(*xs)
    except (ValueError, OverflowError) as error:
        return type(error)


def _same(one: Any, other: Any) -> bool:
    same = one == other
    return bool(same if isinstance(same, bool) else np.all(same))
