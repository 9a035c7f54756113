"""`in_axes`: which arguments have a number for each lane, and along which axis.

It is jax.vmap's word, for arrays: None is for what all lanes share, an int is the axis of
an array that goes over lanes. A tuple has one for each positional argument; in place of
one may stand a container of them, in the structure of the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from dendrograd.errors import OperandError, ShapeError
from dendrograd.trees import described, flatten, is_row, like

from .arguments import Arguments
from .pieces import Row, argument_at
from .sums import Integers, Part

__all__ = ["Batch", "checked"]

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


class Batch:
    """The arguments of one call over lanes.

    lanes    how many there are
    rows     lane 0 of each array that goes over lanes
    objects  whether an array of them holds Values or other objects: no code runs on them

    Raises ShapeError where an argument lacks its axis, or where two arrays disagree on how
    many lanes there are; OperandError where one holds no real numbers.

    >>> batch = Batch("f", (2.0, np.array([[1.0, 2.0], [3.0, 4.0]])), (None, 0))
    >>> batch.lanes, batch.plainly(1)
    (2, [2.0, array([3., 4.])])
    """

    def __init__(self, name: str, args: Sequence[Any], in_axes: Any) -> None:
        self.name = name
        self.rows: list[Row] = []  # of lane 0
        if not isinstance(in_axes, CONTAINERS):
            in_axes = [in_axes] * len(args)
        elif len(in_axes) != len(args):
            raise ShapeError(
                f"{name}: {len(args)} positional arguments, but in_axes={in_axes!r} has "
                f"{len(in_axes)} entries; give None or an axis for each of them"
            )
        self._trees = [
            tree if axes is None else self._walk((i,), tree, axes)
            for i, (tree, axes) in enumerate(zip(args, in_axes, strict=True))
        ]
        if not self.rows:
            raise ShapeError(
                f"{name}: no array along in_axes={in_axes!r} was given, so nothing says "
                "how many lanes there are"
            )
        first = self.rows[0]
        self.lanes = len(first.array)
        self.objects = False
        for row in self.rows:
            if len(row.array) != self.lanes:
                raise ShapeError(
                    f"{name}: {row.said} has {len(row.array)} lanes, but {first.said} "
                    f"has {self.lanes}; every array along in_axes must have as many"
                )
            self.objects |= row.array.dtype.kind == "O"

    def _walk(self, place: tuple[Any, ...], tree: Any, axes: Any) -> Any:
        """Return a tree with a `Row` in place of each array that goes over lanes."""
        if not isinstance(tree, CONTAINERS) and type(axes) is int:
            self.rows.append(self._row(place, tree, axes))
            return self.rows[-1]
        if axes is None:
            return tree
        if not isinstance(tree, CONTAINERS):
            raise self._unlike(place, tree, axes)
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        if isinstance(axes, CONTAINERS):
            named = list(axes) if isinstance(axes, dict) else list(range(len(axes)))
            if isinstance(axes, dict) != isinstance(tree, dict) or set(named) != set(
                keys
            ):
                raise self._unlike(place, tree, axes)
        else:
            axes = dict.fromkeys(keys, axes)
        found = {k: self._walk((*place, k), tree[k], axes[k]) for k in keys}
        return found if isinstance(tree, dict) else like(tree, list(found.values()))

    def _unlike(self, place: tuple[Any, ...], tree: Any, axes: Any) -> ShapeError:
        return ShapeError(
            f"{self.name}: {argument_at(place)} is {described(tree)}, which has not the "
            f"structure of its in_axes {axes!r}"
        )

    def _row(self, place: tuple[Any, ...], tree: Any, axis: int) -> Row:
        array = np.asarray(tree)
        if not -array.ndim <= axis < array.ndim:
            raise ShapeError(
                f"{self.name}: {argument_at(place)} is {described(tree)}, which has no axis "
                f"{axis}; give an array with an axis that goes over lanes "
                "(numpy.array(...) of a list of numbers), or None in in_axes for what "
                "all lanes share"
            )
        if array.dtype.kind not in "fiubO":
            raise OperandError(
                f"{self.name}: {argument_at(place)} is an array of {array.dtype}, but lanes "
                "take real numbers"
            )
        return Row(np.moveaxis(array, axis, 0) if axis else array, 0, axis, place)

    def plainly(self, lane: int) -> list[Any]:
        """Return the arguments of one lane, as a loop over lanes would give them."""
        return [_changed(tree, lambda row: row.array[lane]) for tree in self._trees]

    def arguments(
        self, lane: int, options: Mapping[str, Any], by: Sequence[int] = ()
    ) -> Arguments:
        """Return the arguments of one lane, taken apart; its arrays as rows of floats."""
        trees = self._trees
        if lane:
            trees = [_changed(tree, lambda row: row.at(lane)) for tree in trees]
        return Arguments(trees, options, by, "grad" if by else "compile")

    def count(self, lanes: Integers | None) -> int:
        """Return how many lanes some are, or all."""
        return self.lanes if lanes is None else len(lanes)

    @property
    def _plain(self) -> bool:
        """Whether all arrays hold floats."""
        return all(row.array.dtype == np.float64 for row in self.rows)

    def lie_plainly(self, wide: int) -> bool:
        """Return whether all lanes are one part, of arrays as they were given."""
        here = self._plain and all(row.axis == 0 for row in self.rows)
        return here and self.lanes <= _longest(wide)

    def parts(self, lanes: Integers | None, wide: int) -> Iterator[Part]:
        """Yield the inputs of some lanes, or of all, so many that memory is bounded.

        `wide` is how many numbers a lane takes beside them.
        """
        tables = tuple([row.table for row in self.rows])
        plain = self._plain
        if not plain:
            wide += sum(table.shape[1] for table in tables)
        long, count = _longest(wide), self.count(lanes)
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


def _longest(wide: int) -> int:
    """Return how many lanes a part has, by how many numbers each takes."""
    return min(LONGEST, max(64, WIDEST // max(wide, 1) // 64 * 64))


def _has_lanes(tree: Any) -> bool:
    """Return whether a tree has arrays over lanes."""
    if not isinstance(tree, CONTAINERS):
        return isinstance(tree, Row)
    branches = tree.values() if isinstance(tree, dict) else tree
    return not is_row(tree) and any(map(_has_lanes, branches))


def _changed(tree: Any, change: Callable[[Row], Any]) -> Any:
    """Return a tree with its arrays over lanes changed; other branches are as they were."""
    if isinstance(tree, Row):
        return change(tree)
    if not _has_lanes(tree):
        return tree
    if isinstance(tree, dict):
        return {k: _changed(branch, change) for k, branch in tree.items()}
    return like(tree, [_changed(branch, change) for branch in tree])
