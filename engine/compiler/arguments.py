"""The arguments of a compiled function, taken apart: what is an input, what is static.

Floats, arrays of numbers and Values are inputs. All else is static: bools, ints outside
of arrays, strings, None, and objects that are none of these, told by identity. What is
static, and the shape of the rest, is the key of a recording.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.notices.listen import asked
from dendrograd.number import is_array_scalar, number
from dendrograd.trees import flatten, is_row, like, rebuild
from dendrograd.value import Value

from .code import Floats

__all__ = ["Arguments", "Row", "argument_at", "moving", "places", "plain"]


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


class Arguments:
    """Positional and keyword arguments: a key, and the numbers that are put in.

    key      what tells one recording from another: the form of each argument (forms.py)
    numbers  those of the inputs, from left to right
    values   the Values among the inputs, by their places among the numbers
    spans    for each positional argument, where its numbers start and end
    rows     what stands for one lane of an array, and where its numbers start

    The arguments at `by` are differentiated, so each scalar there is an input. Raises
    OperandError, in the name of a transform, where one of these is not a number.

    Arrays are read where they lie, as long as the call runs.

    >>> given = Arguments((2.0, [1.0, 3], "mean"))
    >>> given.numbers.tolist(), given.spans
    ([2.0, 1.0], [(0, 1), (1, 2), (2, 2)])
    """

    # fmt: off
    __slots__ = (
        "_numbers", "_open", "_parts", "_start", "again", "args", "by", "key", "name",
        "options", "rows", "spans", "values",
    )
    # fmt: on

    def __init__(
        self,
        args: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        by: Sequence[int] = (),
        name: str = "compile",
    ) -> None:
        self.args, self.options, self.by, self.name = args, options or {}, by, name
        self._parts: list[Any] = []  # arrays of numbers and rows
        self._open, self._start = array("d"), 0  # the last part, and where it starts
        self._numbers: Floats | None = None
        self.values: dict[int, Value] = {}
        self.spans: list[tuple[int, int]] = []
        self.rows: list[tuple[int, Row]] = []
        key: list[Any] = []
        end = 0
        for i, argument in enumerate(args):
            key.append(self._taken(argument, i in by))
            start, end = end, self._start + len(self._open)
            self.spans.append((start, end))
        for option, argument in self.options.items():
            key += option, self._taken(argument, False)
        self.again: list[int] | None = None  # of each input its number, if one repeats
        if self.values:
            key.append(tuple(self.values))
            if len(set(map(id, self.values.values()))) < len(self.values):
                self._join()
                key.append(tuple(self.again or ()))
        self.key = tuple(key)

    @property
    def forms(self) -> dict[int, Any]:
        """The forms of the arguments that are differentiated, by their positions."""
        return {k: self.key[k] for k in self.by}

    @property
    def numbers(self) -> Floats:
        if self._numbers is None:
            self._numbers = joined([*self._parts, self._open])
        return self._numbers

    @property
    def shared(self) -> Floats:
        """The numbers that all lanes share."""
        if self.again:
            return np.delete(self.numbers, places(self.rows))
        parts = [part for part in self._parts if type(part) is not Row]
        return joined([*parts, self._open])

    def _join(self) -> None:
        """Make one input of a Value that is given in several places."""
        numbers, values, first = array("d"), {}, {}
        self.again = []
        for i, x in enumerate(self.numbers.tolist()):
            known = id(self.values[i]) if i in self.values else -1 - i
            if known not in first:
                first[known] = len(numbers)
                if i in self.values:
                    values[len(numbers)] = self.values[i]
                numbers.append(x)
            self.again.append(first[known])
        self._numbers, self.values = np.asarray(numbers), values
        self.rows = [(first[-1 - start], row) for start, row in self.rows if row.size]

    def _taken(self, tree: Any, every: bool) -> Any:
        """Return the form of a tree, and append its numbers."""
        kind = type(tree)
        if kind is float:
            self._open.append(tree)
            return float
        if kind is np.ndarray and tree.ndim:  # most often, so first
            return self._taken_array(tree, every)
        if isinstance(tree, (list, tuple)):
            if is_row(tree):
                self._open.extend(tree)
                return kind, len(tree)
            return kind, tuple([self._taken(branch, every) for branch in tree])
        if isinstance(tree, dict):
            forms = tuple([self._taken(branch, every) for branch in tree.values()])
            return kind, tuple(tree), forms
        if kind is Row:
            self.rows.append((self._start + len(self._open), tree))
            self._append(tree)
            return "lanes", tree.shape, tree.whole, tree.axis
        if isinstance(tree, np.ndarray) and tree.ndim:
            return self._taken_array(tree, every)
        if isinstance(tree, Value):
            self.values[self._start + len(self._open)] = tree
            self._open.append(tree._data)
            return float
        if every or moves(tree):
            self._open.append(number(tree, self.name))
            return float
        plain = tree is None or kind in (bool, int, str, bytes)
        return (kind, tree) if plain else Same(tree)

    def _append(self, part: Any) -> None:
        """Append an array of numbers, or a row."""
        if self._open:
            self._parts.append(self._open)
            self._start += len(self._open)
            self._open = array("d")
        self._parts.append(part)
        self._start += part.size

    def _taken_array(self, tree: Any, every: bool) -> Any:
        if tree.dtype.kind in "fiu":
            self._append(flat(tree))
            return "array", tree.shape
        if tree.dtype.kind == "O" or every:
            return (
                "objects",
                tree.shape,
                tuple([self._taken(x, every) for x in tree.flat]),
            )
        return tree.dtype.str, tree.shape, tree.tobytes()

    def leaves(self) -> list[Value]:
        """Return a Value for each number: that which was given, or a new one."""
        leaves = [
            self.values[i] if i in self.values else Value(x)
            for i, x in enumerate(self.numbers.tolist())
        ]
        for start, row in self.rows:
            if row.whole:
                at = slice(start, start + row.size)
                leaves[at] = map(Whole, self.numbers[at].tolist())
        return leaves

    def filled(self, leaves: Sequence[Value]) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments with a Value in place of each input."""
        fresh = iter([leaves[i] for i in self.again] if self.again else leaves)
        args = [_filled(tree, i in self.by, fresh) for i, tree in enumerate(self.args)]
        return args, {k: _filled(v, False, fresh) for k, v in self.options.items()}


def flat(x: NDArray[Any]) -> Floats:
    """Return the numbers of an array: where they lie, if they lie there as floats do."""
    numbers = (
        x.reshape(-1) if x.dtype == np.float64 else x.astype(np.float64).reshape(-1)
    )
    return (
        numbers
        if numbers.flags.behaved and numbers.flags.contiguous
        else numbers.copy()
    )


def joined(parts: Sequence[Any]) -> Floats:
    """Return the numbers of parts as one array: that of the only one, where it is one."""
    arrays = [
        part.numbers().reshape(-1) if type(part) is Row else np.asarray(part)
        for part in parts
        if not isinstance(part, array) or part
    ]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays or [np.empty(0)])


def places(rows: Sequence[tuple[int, Row]]) -> list[int]:
    """Return the inputs that have a number for each lane."""
    return _places(tuple([(start, start + row.size) for start, row in rows]))


@lru_cache(64)
def _places(spans: tuple[tuple[int, int], ...]) -> list[int]:
    return [i for span in spans for i in range(*span)]


def moves(x: Any) -> bool:
    """Return whether a scalar is an input: a real number that is no int and no bool."""
    if isinstance(x, (int, np.integer, np.bool_)):
        return False
    return isinstance(x, (Value, Real, Decimal)) or is_array_scalar(x, "f")


def _filled(tree: Any, every: bool, leaves: Iterator[Value]) -> Any:
    tree = plain(tree)
    scalars = zip(flatten(tree), moving(tree, every), strict=True)
    return rebuild(tree, iter([next(leaves) if fresh else x for x, fresh in scalars]))


def plain(tree: Any) -> Any:
    """Return a tree with arrays in place of rows."""
    if isinstance(tree, dict):
        return {k: plain(branch) for k, branch in tree.items()}
    if isinstance(tree, (list, tuple)) and not is_row(tree):
        return like(tree, [plain(branch) for branch in tree])
    return tree.numbers() if isinstance(tree, Row) else tree


def moving(tree: Any, every: bool) -> list[bool]:
    """Return of each scalar of a tree whether it is an input."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        if is_row(tree):
            return [True] * len(tree)
        return [fresh for branch in tree for fresh in moving(branch, every)]
    if isinstance(tree, np.ndarray) and tree.ndim:
        if every or tree.dtype.kind in "fiu":
            return [True] * tree.size
        return [moves(x) for x in tree.flat]
    return [every or moves(tree)]
