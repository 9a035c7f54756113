"""What a person gives to a chart, checked: numbers, classes, and as many as needed."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from dendrograd.errors import OperandError, ShapeError

from .text import one_line

__all__ = ["class_names", "classes", "floats", "same_length"]


def floats(what: str, values: Iterable[Any]) -> list[float]:
    """Return numbers or Values as floats, or name the first that is neither."""
    found = []
    for i, value in enumerate(values):
        try:
            if isinstance(value, str):
                raise TypeError
            found.append(float(value))
        except (TypeError, ValueError):
            raise OperandError(
                f"{what}[{i}] is {one_line(repr(value), 40)}, not a number; "
                "convert it with float(...)"
            ) from None
    return found


def classes(what: str, values: Iterable[Any], names: Sequence[str]) -> list[int]:
    """Return positions in `names`, each given as a whole number or as the name."""
    position = {name: i for i, name in enumerate(names)}
    found = []
    for i, value in enumerate(values):
        try:
            at = position[value] if isinstance(value, str) else operator.index(value)
        except (KeyError, TypeError):
            at = -1
        if not 0 <= at < len(names):
            shown = one_line(repr(value), 40)
            raise OperandError(
                f"{what}[{i}] is {shown}, not a class; a class is one of the names "
                f"{one_line(list(names), 60)} or its position, 0 to {len(names) - 1}"
            )
        found.append(at)
    return found


def class_names(names: Sequence[str] | None, *given: Iterable[Any]) -> list[str]:
    """Return the names, or as many numbers as the classes that were given."""
    if names is not None:
        return [str(name) for name in names]
    whole = [v for values in given for v in values if hasattr(v, "__index__")]
    return [str(i) for i in range(int(max(whole, default=0)) + 1)]


def same_length(what: str, left: Sequence[Any], right: Sequence[Any]) -> None:
    """Raise ShapeError where two columns do not pair, or hold nothing."""
    if len(left) != len(right):
        raise ShapeError(
            f"{what}: {len(left)} and {len(right)} entries; each needs its partner"
        )
    if len(left) == 0:
        raise ShapeError(f"{what}: there is nothing to draw; give at least one entry")
