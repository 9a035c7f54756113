"""The guards of a path: what a function decided by data, asked again of other numbers.

A path holds for the numbers that answer each question as those of its recording did.
Questions are compared in their order, since up to the first that is answered otherwise
the path is still that of the function.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.value import Value

from .capture import Question
from .code import Floats, Integers, numbered

__all__ = ["Guards", "LaneGuards", "comparison"]

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


class LaneGuards:
    """The questions of a path, or some that are picked, to be asked of many lanes.

    held      how many Values all questions are about
    asks      those that are comparisons, as `Lanes` asks them: how, and the outcome
    operands  of these, two each; of the others, the Values: as places among the Values of
              all questions, or as ~i for the number `constants[i]`
    """

    def __init__(
        self, questions: Sequence[Question], picked: Iterable[int] | None = None
    ) -> None:
        self.count = len(questions)
        wanted = set(range(self.count) if picked is None else picked)
        self.asks: list[tuple[Any, bool]] = []
        self.constants: list[float] = []
        self._plain: list[int] = []  # the places of these among all questions
        self._others: list[tuple[int, Question]] = []
        others: list[int] = []
        pairs: list[int] = []
        self.held = 0
        for i, q in enumerate(questions):
            held = itertools.count(self.held)
            places = [next(held) if isinstance(v, Value) else None for v in q.operands]
            self.held = next(held)
            if i not in wanted:
                continue
            how, operands = comparison(q)
            if how is None:
                self._others.append((i, q))
                others += [place for place in places if place is not None]
                continue
            self.asks.append((how, q.outcome))
            self._plain.append(i)
            for v, place in zip(operands, [*places, None], strict=False):
                if place is None:
                    pairs.append(~len(self.constants))
                    self.constants.append(float(v))
                else:
                    pairs.append(place)
        self.operands = [*others, *pairs]
        self._numbers = np.array([*self._plain, self.count])

    def failing(self, first: Integers, held: Floats) -> Integers:
        """Return of each lane the first question that is answered otherwise.

        `first` says which of the comparisons; `held` has a row over lanes for each Value of
        the other questions.
        """
        found = self._numbers[first]
        rows = iter(held)
        for i, question in self._others:
            columns = [next(rows) for v in question.operands if isinstance(v, Value)]
            differing = _differing(question, columns)
            np.minimum(found, np.where(differing, i, self.count), out=found)
        return found


def comparison(question: Question) -> tuple[Any, list[Any]]:
    """Return how a question compares two numbers as NumPy does, and these; or None."""
    operands = list(question.operands)
    if question.how is bool and isinstance(question.outcome, bool):
        return np.not_equal, [*operands, 0.0]
    exact = all(
        isinstance(v, Value) or type(v) is float or (type(v) is int and abs(v) < 2**53)
        for v in operands
    )
    return (LOOPS.get(question.how) if exact else None), operands


def _differing(question: Question, columns: list[Floats]) -> NDArray[np.bool_]:
    """Return of each lane whether a question is answered otherwise there.

    It is asked once for lanes with the same numbers.
    """
    rows = np.ascontiguousarray(np.stack(columns, axis=1)).view(np.int64)
    count, kinds = numbered(rows)
    answers = np.empty(count, bool)
    for kind, lane in zip(*np.unique(kinds, return_index=True), strict=True):
        ours = iter([column.item(lane) for column in columns])
        xs = [next(ours) if isinstance(v, Value) else v for v in question.operands]
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
