"""The arguments of a compiled function, taken apart: what is an input, what is static.

Floats, arrays of numbers and Values are inputs. All else is static: bools, ints outside
of arrays, strings, None, and objects that are none of these, told by identity. What is
static, and the shape of the rest, is the key of a recording.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from numbers import Real
from typing import Any

import numpy as np

from dendrograd.leaves import are_distinct, read
from dendrograd.number import is_array_scalar, number
from dendrograd.trees import flatten, is_row, like, rebuild
from dendrograd.value import Value

from .code import Floats
from .pieces import Row, Same, Whole, flat, joined, places

__all__ = ["Arguments", "moving", "plain"]


class Arguments:
    """Positional and keyword arguments: a key, and the numbers that are put in.

    key      what tells one recording from another: the form of each argument (forms.py)
    numbers  those of the inputs, from left to right
    parents  the Values among the inputs; `where` they are among the numbers
    spans    for each positional argument, where its numbers start and end
    rows     what stands for one lane of an array, and where its numbers start
    met      numbers that a path has read so far, with those of captured Values

    The arguments at `by` are differentiated, so each scalar there is an input. Raises
    OperandError, in the name of a transform, where one of these is not a number.

    Arrays are read where they lie, as long as the call runs.

    >>> given = Arguments((2.0, [1.0, 3], "mean"))
    >>> given.numbers.tolist(), given.spans
    ([2.0, 1.0], [(0, 1), (1, 2), (2, 2)])
    """

    # fmt: off
    __slots__ = (
        "_numbers", "_open", "_parts", "_start", "again", "args", "by", "key", "met",
        "name", "options", "parents", "rows", "spans", "where",
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
        self.met: dict[Any, Floats] = {}
        self.parents: list[Value] = []
        self.where: list[range] = []
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
        if len(self.parents) > 1 and not are_distinct(self.parents):
            self._join()
            key.append(tuple(self.again or ()))
        self.key = tuple(key)

    @property
    def forms(self) -> dict[int, Any]:
        """The forms of the arguments that are differentiated, by their positions."""
        return {k: self.key[k] for k in self.by}

    @property
    def values(self) -> dict[int, Value]:
        """The Values among the inputs, by their places among the numbers."""
        return dict(zip(chain(*self.where), self.parents, strict=True))

    @property
    def numbers(self) -> Floats:
        if self._numbers is None:
            if not self._parts:  # most often
                self._numbers = np.frombuffer(self._open)
            else:
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
        old, numbers, first = self.values, array("d"), dict[int, int]()
        self.parents, self.where, self.again = [], [], []
        for i, x in enumerate(self.numbers.tolist()):
            known = id(old[i]) if i in old else -1 - i
            if known not in first:
                first[known] = len(numbers)
                if i in old:
                    self._note(len(numbers), [old[i]])
                numbers.append(x)
            self.again.append(first[known])
        self._numbers = np.asarray(numbers)
        self.rows = [(first[-1 - start], row) for start, row in self.rows if row.size]

    def _note(self, start: int, values: Sequence[Value]) -> None:
        """Note Values that are the inputs from a place on."""
        end = start + len(values)
        if self.where and self.where[-1].stop == start:
            self.where[-1] = range(self.where[-1].start, end)
        else:
            self.where.append(range(start, end))
        self.parents += values

    @property
    def _end(self) -> int:
        """How many numbers there are so far."""
        return self._start + len(self._open)

    def _taken(self, tree: Any, every: bool) -> Any:
        """Return the form of a tree, and append its numbers."""
        kind = type(tree)
        if kind is float:
            self._open.append(tree)
            return float
        if isinstance(tree, np.ndarray) and tree.ndim:
            return self._taken_array(tree, every)
        if isinstance(tree, (list, tuple)):
            if (found := self._read(tree)) is not None:
                return (Value, kind, len(tree)) if found else (kind, len(tree))
            return kind, tuple([self._taken(branch, every) for branch in tree])
        if isinstance(tree, dict):
            forms = tuple([self._taken(branch, every) for branch in tree.values()])
            return kind, tuple(tree), forms
        if kind is Row:
            self.rows.append((self._end, tree))
            self._append(tree)
            return "lanes", tree.shape, tree.whole, tree.axis
        if isinstance(tree, Value):
            self._note(self._end, [tree])
            self._open.append(tree._data)
            return Value
        if every or moves(tree):
            self._open.append(number(tree, self.name))
            return float
        plain = tree is None or kind in (bool, int, str, bytes)
        return (kind, tree) if plain else Same(tree)

    def _read(self, tree: Any) -> bool | None:
        """Append the numbers of a list of floats or Values; return whether it has these.

        None of any other, whose numbers are appended one by one.
        """
        found = read(tree)
        if found is None:
            return None
        if found[1]:
            self._note(self._end, tree)
        self._open.frombytes(found[0])
        return found[1]

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
            scalars = tree.reshape(-1).tolist()
            if self._read(scalars):
                return "objects", tree.shape, Value
            forms = tuple([self._taken(x, every) for x in tree.flat])
            return "objects", tree.shape, forms
        return tree.dtype.str, tree.shape, tree.tobytes()

    def leaves(self) -> list[Value]:
        """Return a Value for each number: that which was given, or a new one."""
        values = self.values
        leaves = [
            values[i] if i in values else Value(x)
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
