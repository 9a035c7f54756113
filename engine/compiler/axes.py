"""`in_axes`: which arguments have a number for each lane, and along which axis.

It is jax.vmap's word, for arrays: None is for what all lanes share, an int is the axis of
an array that goes over lanes. A tuple has one for each positional argument; in place of
one may stand a container of them, in the structure of the argument.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd.errors import OperandError, ShapeError
from dendrograd.trees import described, flatten, shaped

from .arguments import Arguments, Row
from .sums import Part

__all__ = ["Batch", "checked"]

Array = NDArray[Any]
Change = Callable[[str, Any, Any], Any]
LONGEST = 1 << 16  # lanes of a part
WIDEST = 1 << 22  # numbers of a part
EXAMPLE = "such as 0, (None, 0) or (None, {'x': 0, 'y': 1})"
CONTAINERS = (dict, list, tuple)


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


class Leaf(NamedTuple):
    """A part of an argument with one entry of in_axes: what is shared, or an array."""

    argument: int
    said: str
    tree: Any
    axis: int | None
    array: Array | None  # the tree with its lanes first, or None


class Batch:
    """The arguments of one call over lanes.

    lanes    how many there are
    arrays   what goes over lanes, its first axis, in the order of the arguments
    objects  whether one of these holds Values or other objects: no code runs on them

    Raises ShapeError where an argument lacks its axis, or where two arrays disagree on how
    many lanes there are; OperandError where one holds no real numbers.

    >>> batch = Batch("f", (2.0, np.array([[1.0, 2.0], [3.0, 4.0]])), (None, 0))
    >>> batch.lanes, batch.at(1)
    (2, [2.0, Row([3., 4.])])
    """

    def __init__(self, name: str, args: Sequence[Any], in_axes: Any) -> None:
        self.name, self.args, self.axes = name, args, in_axes
        if not isinstance(in_axes, CONTAINERS):
            self.axes = [in_axes] * len(args)
        elif len(in_axes) != len(args):
            raise ShapeError(
                f"{name}: {len(args)} positional arguments, but in_axes={in_axes!r} has "
                f"{len(in_axes)} entries; give None or an axis for each of them"
            )
        self._leaves: list[Leaf] = []
        self._each(self._take)
        over = [part for part in self._leaves if part.array is not None]
        if not over:
            raise ShapeError(
                f"{name}: no array along in_axes={in_axes!r} was given, so nothing says "
                "how many lanes there are"
            )
        self.arrays: list[Array] = [part.array for part in over]  # type: ignore[misc]
        self.lanes = len(self.arrays[0])
        for part, array in zip(over, self.arrays, strict=True):
            if len(array) != self.lanes:
                raise ShapeError(
                    f"{name}: {part.said} has {len(array)} lanes, but {over[0].said} has "
                    f"{self.lanes}; every array along in_axes must have as many"
                )
        self.objects = any(array.dtype.kind == "O" for array in self.arrays)
        shapes = [(self.lanes, math.prod(array.shape[1:])) for array in self.arrays]
        self._tables = [
            array.reshape(shape)
            for array, shape in zip(self.arrays, shapes, strict=True)
        ]

    def _each(self, leaf: Change) -> list[Any]:
        """Return the arguments with each part replaced by what a function gives of it."""
        return [
            self._walk(f"argument {i}", tree, axes, leaf)
            for i, (tree, axes) in enumerate(zip(self.args, self.axes, strict=True))
        ]

    def _walk(self, said: str, tree: Any, axes: Any, leaf: Change) -> Any:
        if axes is None or not isinstance(tree, CONTAINERS):
            if isinstance(axes, CONTAINERS):
                raise self._unlike(said, tree, axes)
            return leaf(said, tree, axes)
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        if isinstance(axes, CONTAINERS):
            named = list(axes) if isinstance(axes, dict) else list(range(len(axes)))
            if isinstance(axes, dict) != isinstance(tree, dict) or set(named) != set(
                keys
            ):
                raise self._unlike(said, tree, axes)
        else:
            axes = dict.fromkeys(keys, axes)
        found = {k: self._walk(f"{said}[{k!r}]", tree[k], axes[k], leaf) for k in keys}
        if isinstance(tree, dict):
            return found
        if isinstance(tree, list):
            return list(found.values())
        fields = hasattr(tree, "_fields")  # a namedtuple takes them one by one
        return type(tree)(*found.values()) if fields else tuple(found.values())

    def _unlike(self, said: str, tree: Any, axes: Any) -> ShapeError:
        return ShapeError(
            f"{self.name}: {said} is {described(tree)}, which has not the structure of its "
            f"in_axes {axes!r}"
        )

    def _take(self, said: str, tree: Any, axis: int | None) -> None:
        """Note a part, and see that it has its axis."""
        argument = int(said.removeprefix("argument ").partition("[")[0])
        array = None
        if axis is not None:
            array = np.asarray(tree)
            if not -array.ndim <= axis < array.ndim:
                raise ShapeError(
                    f"{self.name}: {said} is {described(tree)}, which has no axis {axis}; "
                    "give an array with an axis that goes over lanes (numpy.array(...) of "
                    "a list of numbers), or None in in_axes for what all lanes share"
                )
            if array.dtype.kind not in "fiubO":
                raise OperandError(
                    f"{self.name}: {said} is an array of {array.dtype}, but lanes take "
                    "real numbers"
                )
            array = np.moveaxis(array, axis, 0)
        self._leaves.append(Leaf(argument, said, tree, axis, array))

    def _filled(self, parts: Iterable[Any]) -> list[Any]:
        """Return the arguments with each part replaced."""
        ours = iter(parts)
        return self._each(lambda *_: next(ours))

    def at(self, lane: int) -> list[Any]:
        """Return the arguments of one lane, as rows of floats."""
        return self._filled(
            part.tree if part.array is None else Row.of(part.array, lane)
            for part in self._leaves
        )

    def plainly(self, lane: int) -> list[Any]:
        """Return the arguments of one lane, as a loop over lanes would give them."""
        return self._filled(
            part.tree if part.array is None else part.array[lane]
            for part in self._leaves
        )

    def arguments(
        self, lane: int, options: Mapping[str, Any], by: Sequence[int] = ()
    ) -> Arguments:
        """Return the arguments of one lane, taken apart."""
        return Arguments(self.at(lane), options, by, "grad" if by else "compile")

    def parts(self, lanes: NDArray[np.int64] | None, wide: int) -> Iterator[Part]:
        """Yield the inputs of some lanes, or of all, so many that memory is bounded.

        `wide` is how many numbers a lane takes beside them.
        """
        plain = lanes is None and all(t.dtype == np.float64 for t in self._tables)
        width = wide + (0 if plain else sum(t.shape[1] for t in self._tables))
        long = min(LONGEST, max(64, WIDEST // max(width, 1) // 64 * 64))
        for start in range(0, self.count(lanes), long):
            at: Any = slice(start, min(start + long, self.count(lanes)))
            if lanes is not None:
                at = lanes[at]
            yield at, tuple([np.asarray(t[at], np.float64) for t in self._tables])

    def count(self, lanes: NDArray[np.int64] | None) -> int:
        """Return how many lanes some are, or all."""
        return self.lanes if lanes is None else len(lanes)

    def widths(self, by: Sequence[int]) -> tuple[int, int]:
        """Return how many numbers some arguments have over lanes, and how many shared."""
        over = shared = 0
        for part in self._leaves:
            if part.argument in by and part.array is not None:
                over += math.prod(part.array.shape[1:])
            elif part.argument in by:
                shared += len(flatten(part.tree))
        return over, shared

    def gradient(
        self, by: Sequence[int], each: Array, whole: Array | None
    ) -> dict[int, Any]:
        """Return the gradient by each of some arguments, in its structure.

        `each` has a row over lanes for each number that has a derivative in each lane:
        those of arrays over lanes, and without `whole` all. `whole` has the others, which
        all lanes share. With it the gradient by an array has the shape of the array.
        """
        rest = {True: each, False: whole if whole is not None else each}
        start = {True: 0, False: 0}

        def taken(over: bool, tree: Any) -> Any:
            over |= whole is None
            count = len(flatten(tree))
            start[over] += count
            return shaped(tree, rest[over][start[over] - count : start[over]])

        def slopes() -> Iterator[Any]:
            for part in self._leaves:
                if part.argument not in by:
                    yield None
                elif part.array is None or part.axis is None:
                    yield taken(False, part.tree)
                else:
                    found = taken(True, np.zeros(part.array.shape[1:]))
                    kept = whole is None
                    yield found if kept else np.moveaxis(found, 0, part.axis)

        found = self._filled(slopes())
        return {i: found[i] for i in by}
