"""What is learnt from a table: the columns to learn from, and classes or a number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .errors import CommandError, shown
from .table import Table

__all__ = ["Task", "find_task", "targets"]

MOST_CLASSES = 10  # whole numbers with more different values are taken for amounts
KINDS = ("auto", "classification", "regression")


@dataclass(frozen=True)
class Task:
    """What is learnt: the columns, and the names of the classes (none: a number)."""

    features: tuple[str, ...]
    target: str
    classes: tuple[str, ...] = ()
    reason: str = ""

    @property
    def kind(self) -> str:
        """ "classification" or "regression"."""
        return "classification" if self.classes else "regression"

    @property
    def outputs(self) -> int:
        """How many outputs the network has: one for each class, or the number."""
        return len(self.classes) or 1


def find_task(
    table: Table, target: str, kind: str = "auto", ignored: Sequence[str] = ()
) -> Task:
    """Return the task of predicting a column from all others that are not ignored.

    With "auto", text and few different whole numbers are classes. Raises CommandError
    for columns that do not exist, no features, a single class or a constant target, as
    many classes as rows, and a stray text among numbers.
    """
    if kind not in KINDS:
        raise CommandError(f"--task {shown(kind)} is none of {', '.join(KINDS)}")
    for column in (target, *ignored):
        table.place(column)
    features = [c for c in table.columns if c != target and c not in ignored]
    if not features:
        raise CommandError(f"{table.name}: no column is left to predict from")
    cells = table.texts(target)
    numbers = [_number(cell) for cell in cells]
    kind, reason = _kind(numbers, kind)
    if kind == "regression":
        values = [row[0] for row in table.numbers([target])]  # raises at a text
        if min(values) == max(values):
            _refuse_constant(table, target, cells[0])
        return Task(tuple(features), target, (), reason)
    _check_stray_text(table, target, numbers, reason)
    classes = _classes(cells, numbers)
    if len(classes) == 1:
        _refuse_constant(table, target, classes[0])
    if len(classes) > max(2, len(cells) // 2):
        raise CommandError(
            f"{table.name}: column {shown(target)} has {len(classes)} different values "
            f"in {len(cells)} rows, too many to be classes"
        )
    return Task(tuple(features), target, classes, reason)


def _number(cell: str) -> float:
    """Return the number that a cell spells, nan if none."""
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _kind(numbers: list[float], kind: str) -> tuple[str, str]:
    """Return the kind of task and why."""
    if kind != "auto":
        return kind, "as you said"
    if not all(map(math.isfinite, numbers)):
        return "classification", "it holds text"
    different = len(set(numbers))
    if different <= MOST_CLASSES and all(x == int(x) for x in numbers):
        return "classification", f"it holds {different} different whole numbers"
    return "regression", f"it holds {different} different numbers"


def _check_stray_text(
    table: Table, target: str, numbers: list[float], reason: str
) -> None:
    """Raise CommandError for one text among many numbers: likely a slip, not a class."""
    texts = [i for i, x in enumerate(numbers) if not math.isfinite(x)]
    if reason == "it holds text" and 10 * len(texts) < len(numbers):
        cell = table.rows[texts[0]][table.place(target)]
        raise CommandError(
            f"{table.at(texts[0], target)}: {shown(cell)} is not a number, as most of "
            "the column is; correct it, or say --task classification"
        )


def _classes(cells: list[str], numbers: list[float]) -> tuple[str, ...]:
    """Return the different classes: whole numbers by size, others by name."""
    if all(math.isfinite(x) and x == int(x) for x in numbers):
        return tuple(str(x) for x in sorted({int(x) for x in numbers}))
    return tuple(sorted(set(cells)))


def _refuse_constant(table: Table, target: str, value: str) -> None:
    raise CommandError(
        f"{table.name}: column {shown(target)} holds {shown(value)} in every row, so "
        "there is nothing to tell apart; it needs two different values at least"
    )


def targets(table: Table, task: Task) -> list[Any]:
    """Return the target of each row: the index of its class, or its number.

    Raises CommandError for a class that the task does not know.
    """
    if not task.classes:
        return [row[0] for row in table.numbers([task.target])]
    index = {name: i for i, name in enumerate(task.classes)}
    found: list[int] = []
    for i, cell in enumerate(table.texts(task.target)):
        number = _number(cell)
        whole = math.isfinite(number) and number == int(number)
        name = cell if cell in index or not whole else str(int(number))  # "1.0" is "1"
        if name not in index:
            raise CommandError(
                f"{table.at(i, task.target)}: {shown(cell)} is none of the classes "
                f"{', '.join(map(shown, task.classes))}"
            )
        found.append(index[name])
    return found
