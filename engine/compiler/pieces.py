"""What arguments are made of: one lane of an array, arrays of numbers, what is static."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.notices.listen import asked
from dendrograd.value import Value

from .code import Floats

__all__ = ["Row", "Same", "Whole", "argument_at", "flat", "joined", "places"]


class Same:
    """An object that is equal to itself alone, and kept alive so that it stays so."""

    __slots__ = ("it",)

    def __init__(self, it: Any) -> None:
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)


class Row:
    """One lane of an array over lanes, as an argument: floats.

    array  the whole of it, with its lanes first; `axis` is where the caller had them
    place  the argument that it is, or is in, and where it is there
    whole  whether the array has integers, which may be used as an index
    """

    __slots__ = ("array", "axis", "lane", "place")

    def __init__(
        self, array: NDArray[Any], lane: int, axis: int, place: tuple[Any, ...]
    ) -> None:
        self.array, self.lane, self.axis, self.place = array, lane, axis, place

    def at(self, lane: int) -> Row:
        """Return another lane of the same."""
        return Row(self.array, lane, self.axis, self.place)

    @property
    def said(self) -> str:
        """What it is called."""
        return argument_at(self.place)

    @property
    def table(self) -> NDArray[Any]:
        """The numbers of all lanes, a row for each."""
        if self.array.ndim == 2:
            return self.array
        return self.array.reshape(len(self.array), self.size)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape[1:]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def whole(self) -> bool:
        return self.array.dtype.kind in "biu"

    def numbers(self) -> NDArray[np.float64]:
        """Return them, in the shape that a lane has."""
        return np.asarray(self.array[self.lane], np.float64)


def argument_at(place: tuple[Any, ...]) -> str:
    """Return what an argument is called, or a branch of one.

    >>> argument_at((0, "w"))
    "argument 0['w']"
    """
    return f"argument {place[0]}" + "".join([f"[{k!r}]" for k in place[1:]])


class Whole(Value):
    """A whole number that may be an index: which one it is, is asked as of `int`."""

    def __index__(self) -> int:
        return asked(int, self)


def flat(x: NDArray[Any]) -> Floats:
    """Return the numbers of an array: where they lie, if they lie there side by side."""
    numbers = x.astype(np.float64, copy=False).reshape(-1)
    return numbers if numbers.flags.c_contiguous else numbers.copy()


def joined(parts: Sequence[Any]) -> Floats:
    """Return the numbers of parts as one array: that of the only one, where it is one."""
    arrays = []
    for part in parts:
        if type(part) is Row:
            arrays.append(part.numbers().reshape(-1))
        elif type(part) is not array:
            arrays.append(part)
        elif part:
            arrays.append(np.frombuffer(part))
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays or [np.empty(0)])


def places(rows: Sequence[tuple[int, Row]]) -> list[int]:
    """Return the inputs that have a number for each lane."""
    return _places(tuple([(start, start + row.size) for start, row in rows]))


@lru_cache(64)
def _places(spans: tuple[tuple[int, int], ...]) -> list[int]:
    return [i for span in spans for i in range(*span)]
