"""`in_axes`: which arguments have a number for each lane, and along which axis.

It is jax.vmap's word, for arrays: None is for what all lanes share, an int is the axis of
an array that goes over lanes. A tuple has one for each positional argument; in place of
one may stand a container of them, in the structure of the argument.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd.errors import OperandError, ShapeError
from dendrograd.trees import described, flatten, is_row, like, shaped

from .arguments import Arguments, Row
from .sums import Integers, Part

__all__ = ["Batch", "checked"]

Array = NDArray[Any]
EXAMPLE = "such as 0, (None, 0) or (None, {'x': 0, 'y': 1})"
CONTAINERS = (dict, list, tuple)
LONGEST = 1 << 16  # lanes of a part
WIDEST = 1 << 22  # numbers of a part


def checked(in_axes: Any) -> Any:
    """Return in_axes, if they may be such. Raises OperandError otherwise.

    >>> checked((None, [0, -1]))
    (None, [0, -1])
    """
    found = flatten(in_axes)
    for axis in found:
        if axis is not None and type(axis) is not int:
            raise OperandError(
                f"compile: in_axes has {axis!r}, which is no axis; give None or an int "
                f"for each argument, {EXAMPLE}"
            )
    if all(axis is None for axis in found):
        raise OperandError(
            f"compile: in_axes={in_axes!r} names no axis, so there are no lanes; give the "
            f"axis that goes over lanes where an argument has one, {EXAMPLE}"
        )
    return in_axes


class Over(NamedTuple):
    """In place of an array of an argument: the array with its lanes first, and their axis."""

    array: Array
    axis: int
    said: str


class Batch:
    """The arguments of one call over lanes.

    lanes    how many there are
    objects  whether an array of them holds Values or other objects: no code runs on them

    Raises ShapeError where an argument lacks its axis, or where two arrays disagree on how
    many lanes there are; OperandError where one holds no real numbers.

    >>> batch = Batch("f", (2.0, np.array([[1.0, 2.0], [3.0, 4.0]])), (None, 0))
    >>> batch.lanes, batch.plainly(1)
    (2, [2.0, array([3., 4.])])
    """

    def __init__(self, name: str, args: Sequence[Any], in_axes: Any) -> None:
        self.name = name
        self._over: list[Over] = []
        if not isinstance(in_axes, CONTAINERS):
            in_axes = [in_axes] * len(args)
        elif len(in_axes) != len(args):
            raise ShapeError(
                f"{name}: {len(args)} positional arguments, but in_axes={in_axes!r} has "
                f"{len(in_axes)} entries; give None or an axis for each of them"
            )
        self._trees = [
            tree if axes is None else self._walk(f"argument {i}", tree, axes)
            for i, (tree, axes) in enumerate(zip(args, in_axes, strict=True))
        ]
        if not self._over:
            raise ShapeError(
                f"{name}: no array along in_axes={in_axes!r} was given, so nothing says "
                "how many lanes there are"
            )
        first = self._over[0]
        self.lanes = len(first.array)
        self.objects = False
        for over in self._over:
            if len(over.array) != self.lanes:
                raise ShapeError(
                    f"{name}: {over.said} has {len(over.array)} lanes, but {first.said} "
                    f"has {self.lanes}; every array along in_axes must have as many"
                )
            self.objects |= over.array.dtype.kind == "O"

    def _walk(self, said: str, tree: Any, axes: Any) -> Any:
        """Return a tree with an `Over` in place of each array that goes over lanes."""
        if not isinstance(tree, CONTAINERS) and type(axes) is int:
            self._over.append(self._taken(said, tree, axes))
            return self._over[-1]
        if axes is None:
            return tree
        if not isinstance(tree, CONTAINERS):
            raise self._unlike(said, tree, axes)
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        if isinstance(axes, CONTAINERS):
            named = list(axes) if isinstance(axes, dict) else list(range(len(axes)))
            if isinstance(axes, dict) != isinstance(tree, dict) or set(named) != set(
                keys
            ):
                raise self._unlike(said, tree, axes)
        else:
            axes = dict.fromkeys(keys, axes)
        found = {k: self._walk(f"{said}[{k!r}]", tree[k], axes[k]) for k in keys}
        return found if isinstance(tree, dict) else like(tree, list(found.values()))

    def _unlike(self, said: str, tree: Any, axes: Any) -> ShapeError:
        return ShapeError(
            f"{self.name}: {said} is {described(tree)}, which has not the structure of its "
            f"in_axes {axes!r}"
        )

    def _taken(self, said: str, tree: Any, axis: int) -> Over:
        array = np.asarray(tree)
        if not -array.ndim <= axis < array.ndim:
            raise ShapeError(
                f"{self.name}: {said} is {described(tree)}, which has no axis {axis}; "
                "give an array with an axis that goes over lanes (numpy.array(...) of "
                "a list of numbers), or None in in_axes for what all lanes share"
            )
        if array.dtype.kind not in "fiubO":
            raise OperandError(
                f"{self.name}: {said} is an array of {array.dtype}, but lanes take real "
                "numbers"
            )
        return Over(np.moveaxis(array, axis, 0) if axis else array, axis, said)

    def plainly(self, lane: int) -> list[Any]:
        """Return the arguments of one lane, as a loop over lanes would give them."""
        return [_changed(tree, lambda over: over.array[lane]) for tree in self._trees]

    def arguments(
        self, lane: int, options: Mapping[str, Any], by: Sequence[int] = ()
    ) -> Arguments:
        """Return the arguments of one lane, taken apart; its arrays as rows of floats."""
        rows = [
            _changed(tree, lambda over: Row(over.array, lane)) for tree in self._trees
        ]
        return Arguments(rows, options, by, "grad" if by else "compile")

    def count(self, lanes: Integers | None) -> int:
        """Return how many lanes some are, or all."""
        return self.lanes if lanes is None else len(lanes)

    def parts(self, lanes: Integers | None, wide: int) -> Iterator[Part]:
        """Yield the inputs of some lanes, or of all, so many that memory is bounded.

        `wide` is how many numbers a lane takes beside them.
        """
        tables: tuple[Array, ...] = tuple(
            [
                over.array
                if over.array.ndim == 2
                else over.array.reshape(self.lanes, math.prod(over.array.shape[1:]))
                for over in self._over
            ]
        )
        plain = all(table.dtype == np.float64 for table in tables)
        if not plain:
            wide += sum(table.shape[1] for table in tables)
        long = min(LONGEST, max(64, WIDEST // max(wide, 1) // 64 * 64))
        count = self.count(lanes)
        for start in range(0, count, long):
            at = slice(start, min(start + long, count))
            if lanes is not None and plain:
                yield lanes[at], tables, lanes[at].astype(np.int32)
                continue
            taken: Any = at if lanes is None else lanes[at]
            parts = (
                tables
                if plain and at.stop - start == self.lanes
                else tuple([np.asarray(table[taken], np.float64) for table in tables])
            )
            yield taken, parts, None

    def widths(self, by: Sequence[int]) -> tuple[int, int]:
        """Return how many numbers some arguments have over lanes, and how many shared."""
        over = shared = 0
        for part in (part for k in by for part in _parts(self._trees[k])):
            if isinstance(part, Over):
                over += math.prod(part.array.shape[1:])
            else:
                shared += _size(part)
        return over, shared

    def gradient(
        self, by: Sequence[int], each: Array, whole: Array | None
    ) -> list[Any]:
        """Return the gradient by each of some arguments, in its structure.

        `each` has a row over lanes for each number that has a derivative in each lane, in
        the order of the arguments: those over lanes, and without `whole` all. `whole` has
        the others, which all lanes share. With it a gradient has the shape of its argument.
        """
        rows = start = 0

        def change(part: Any) -> Any:
            nonlocal rows, start
            if isinstance(part, Over):
                like = np.empty(part.array.shape[1:])
                found = shaped(like, each[rows : (rows := rows + like.size)])
                return found if whole is None else np.moveaxis(found, 0, part.axis)
            if whole is None:
                return shaped(part, each[rows : (rows := rows + _size(part))])
            if isinstance(part, np.ndarray) and part.size == len(whole):
                return whole.reshape(part.shape)  # all that there is, and nobody's else
            return shaped(part, whole[start : (start := start + _size(part))])

        found = {k: _changed(self._trees[k], change, change) for k in sorted(by)}
        return [found[k] for k in by]


def _size(tree: Any) -> int:
    """Return how many scalars a tree has."""
    if isinstance(tree, np.ndarray):
        return tree.size
    return len(tree) if is_row(tree) else len(flatten(tree))


def _has_lanes(tree: Any) -> bool:
    return not is_row(tree) and any(isinstance(part, Over) for part in _parts(tree))


def _parts(tree: Any) -> Iterator[Any]:
    """Yield the arrays over lanes of a tree, and between them what all lanes share."""
    if isinstance(tree, Over) or not isinstance(tree, CONTAINERS):
        yield tree
    else:
        for branch in tree.values() if isinstance(tree, dict) else tree:
            yield from _parts(branch)


def _changed(
    tree: Any, change: Callable[[Any], Any], shared: Callable[[Any], Any] | None = None
) -> Any:
    """Return a tree with its arrays over lanes changed, and what all lanes share too."""
    if isinstance(tree, Over):
        return change(tree)
    if not isinstance(tree, CONTAINERS) or not _has_lanes(tree):
        return shared(tree) if shared else tree
    if isinstance(tree, dict):
        return {k: _changed(branch, change, shared) for k, branch in tree.items()}
    return like(tree, [_changed(branch, change, shared) for branch in tree])
