"""The form of an argument: how its numbers are nested, without the numbers.

Forms are keys of recordings, so they are hashable:

    float                              a number
    Value                              a Value
    (kind, count)                      a list or tuple of so many floats
    (Value, kind, count)               one of so many Values
    (kind, (form, ...))                another one, or a namedtuple
    (kind, (key, ...), (form, ...))    a dict
    ("array", shape)                   an array of numbers
    ("objects", shape, (form, ...))    an array of anything else; (..., Value) of Values
    ("lanes", shape, whole, axis)      one lane of an array; its lanes lie along `axis`

What is no input has a form too. Gradients are made of the forms of numbers alone.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from dendrograd.trees import of_kind

from .code import Floats

__all__ = ["Slopes", "size"]


def size(form: Any) -> tuple[int, int]:
    """Return how many numbers a form has in each lane, and how many beside them.

    >>> size((list, (float, ("array", (2, 3)), ("lanes", (4,), False, 0))))
    (4, 7)
    """
    if form is float:
        return 0, 1
    match form:
        case ("array" | "objects", shape, *_):
            return 0, prod(shape)
        case ("lanes", shape, *_):
            return prod(shape), 0
        case (_, int(count)):
            return 0, count
    parts = [size(part) for part in form[-1]]
    return sum(a for a, _ in parts), sum(b for _, b in parts)


class Slopes:
    """The gradients of a call, as they are taken out of arrays, argument by argument.

    shared  by the numbers that all lanes share, or where there are no lanes
    lanes   by the others: a row over lanes for each

    Without lanes that are summed, `shared` has a row over lanes for each number, be it
    shared or not. Arrays are views of these two, which nobody else may hold.

    >>> slopes = Slopes(np.array([1.0, 2.0, 3.0]))
    >>> slopes.of((dict, ("b", "w"), (float, (list, 2))))
    {'b': 1.0, 'w': [2.0, 3.0]}
    """

    def __init__(self, shared: Floats, lanes: Floats | None = None) -> None:
        self._shared, self._lanes = shared, lanes
        self._at = self._row = 0

    def _taken(self, count: int) -> Floats:
        self._at += count
        return self._shared[self._at - count : self._at]

    def of(self, form: Any) -> Any:
        """Return the next ones, in the structure of a form."""
        if form is float:
            self._at += 1
            if self._shared.ndim == 1:
                return self._shared.item(self._at - 1)
            return self._shared[self._at - 1]
        kind, inner = form[0], form[1]
        if kind == "array" or kind == "objects":
            return self._array(self._taken(prod(inner)), inner)
        if kind == "lanes":
            return self._over_lanes(inner, form[3])
        if len(form) == 3:
            return dict(zip(inner, map(self.of, form[2]), strict=True))
        if isinstance(inner, int):
            found = self._taken(inner)
            row = found.tolist() if found.ndim == 1 else list(found)
            return row if kind is list else tuple(row)
        return of_kind(kind, [self.of(part) for part in inner])

    def _array(self, rows: Floats, shape: tuple[int, ...]) -> Floats:
        if rows.ndim == 1:
            return rows.reshape(shape)
        return np.ascontiguousarray(rows.T).reshape(rows.shape[1:] + shape)

    def _over_lanes(self, shape: tuple[int, ...], axis: int) -> Floats:
        count = prod(shape)
        if self._lanes is None:
            return self._array(self._taken(count), shape)
        self._row += count
        found = self._array(self._lanes[self._row - count : self._row], shape)
        return np.moveaxis(found, 0, axis)
