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
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.notices.listen import asked
from dendrograd.number import is_array_scalar, number
from dendrograd.trees import flatten, is_row, like, rebuild
from dendrograd.value import Value

__all__ = ["Arguments", "Row", "moving", "plain"]


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

    whole  whether the array has integers, which may be used as an index
    """

    __slots__ = ("array", "lane")

    def __init__(self, array: NDArray[Any], lane: int) -> None:
        self.array, self.lane = array, lane

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


class Whole(Value):
    """A whole number that may be an index: which one it is, is asked as of `int`."""

    def __index__(self) -> int:
        return asked(int, self)


class Arguments:
    """Positional and keyword arguments: a key, and the numbers that are put in.

    key      what tells one recording from another
    numbers  those of the inputs, from left to right
    values   the Values among the inputs, by their places among the numbers
    spans    for each positional argument, where its numbers start and end
    rows     what stands for one lane of an array, and where its numbers start

    The arguments at `by` are differentiated, so each scalar there is an input. Raises
    OperandError, in the name of a transform, where one of these is not a number.

    >>> given = Arguments((2.0, [1.0, 3], "mean"))
    >>> given.numbers.tolist(), given.spans
    ([2.0, 1.0], [(0, 1), (1, 2), (2, 2)])
    """

    # fmt: off
    __slots__ = (
        "again", "args", "by", "key", "name", "numbers", "options", "rows", "spans",
        "values",
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
        self.numbers = array("d")
        self.values: dict[int, Value] = {}
        self.spans: list[tuple[int, int]] = []
        self.rows: list[tuple[int, Row]] = []
        key: list[Any] = []
        for i, argument in enumerate(args):
            start = len(self.numbers)
            self._take(argument, key, i in by)
            self.spans.append((start, len(self.numbers)))
        for option, argument in self.options.items():
            key.append(option)
            self._take(argument, key, False)
        self.again: list[int] | None = None  # of each input its number, if one repeats
        if self.values:
            key.append(tuple(self.values))
            if len(set(map(id, self.values.values()))) < len(self.values):
                self._join()
                key.append(tuple(self.again or ()))
        self.key = tuple(key)

    def _join(self) -> None:
        """Make one input of a Value that is given in several places."""
        numbers, values, places = array("d"), {}, {}
        self.again = []
        for i, x in enumerate(self.numbers):
            known = id(self.values[i]) if i in self.values else -1 - i
            if known not in places:
                places[known] = len(numbers)
                if i in self.values:
                    values[len(numbers)] = self.values[i]
                numbers.append(x)
            self.again.append(places[known])
        self.numbers, self.values = numbers, values
        self.rows = [(places[-1 - start], row) for start, row in self.rows if row.size]

    def _take(self, tree: Any, key: list[Any], every: bool) -> None:
        """Append what a tree adds to the key, and its numbers."""
        kind = type(tree)
        if kind is float:
            key.append(float)
            self.numbers.append(tree)
        elif isinstance(tree, (list, tuple)):
            if is_row(tree):
                key.append((kind, len(tree)))
                self.numbers.extend(tree)
                return
            key.append((kind, ~len(tree)))
            for branch in tree:
                self._take(branch, key, every)
        elif isinstance(tree, dict):
            key.append((kind, tuple(tree)))
            for branch in tree.values():
                self._take(branch, key, every)
        elif isinstance(tree, Row):
            key.append(("lanes", tree.shape, tree.whole))
            self.rows.append((len(self.numbers), tree))
            self.numbers.frombytes(tree.numbers().tobytes())
        elif isinstance(tree, np.ndarray) and tree.ndim:
            self._take_array(tree, key, every)
        elif isinstance(tree, Value):
            key.append(float)
            self.values[len(self.numbers)] = tree
            self.numbers.append(tree._data)
        elif every or moves(tree):
            key.append(float)
            self.numbers.append(number(tree, self.name))
        else:
            plain = tree is None or kind in (bool, int, str, bytes)
            key.append((kind, tree) if plain else Same(tree))

    def _take_array(self, tree: Any, key: list[Any], every: bool) -> None:
        if tree.dtype.kind in "fiu":
            key.append(("array", tree.shape))
            numbers = np.ascontiguousarray(tree, np.float64).reshape(-1)
            self.numbers.frombytes(numbers.view(np.uint8).data)
        elif tree.dtype.kind == "O" or every:
            key.append(("objects", tree.shape))
            for x in tree.flat:
                self._take(x, key, every)
        else:
            key.append((tree.dtype.str, tree.shape, tree.tobytes()))

    def leaves(self) -> list[Value]:
        """Return a Value for each number: that which was given, or a new one."""
        leaves = [
            self.values[i] if i in self.values else Value(x)
            for i, x in enumerate(self.numbers)
        ]
        for start, row in self.rows:
            if row.whole:
                at = slice(start, start + row.size)
                leaves[at] = map(Whole, self.numbers[at])
        return leaves

    def filled(self, leaves: Sequence[Value]) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments with a Value in place of each input."""
        fresh = iter([leaves[i] for i in self.again] if self.again else leaves)
        args = [_filled(tree, i in self.by, fresh) for i, tree in enumerate(self.args)]
        return args, {k: _filled(v, False, fresh) for k, v in self.options.items()}


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
