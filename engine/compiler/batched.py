"""What `dendrograd.compile` gives with `in_axes`: a function of many points at once.

Each path runs on all lanes that take it (sharing.py); lanes that no path may run are left
to the function itself, one after the other.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.argnums import Argnums, positions
from dendrograd.errors import GraphError, ShapeError
from dendrograd.runs import Function
from dendrograd.transforms import value_and_grad
from dendrograd.trees import (
    described,
    flatten,
    is_one_number,
    rebuild,
    shaped,
    tree_map,
)
from dendrograd.value import Value, node

from .arguments import Arguments
from .axes import Batch
from .code import Floats
from .compiled import MOST, Compiled, Wanted, recording
from .path import Path
from .sharing import Integers, Share, shared_out
from .sums import Sums

__all__ = ["Batched"]


class Batched(Compiled):
    """A function that is recorded once, then run over the lanes of its arguments."""

    def __init__(
        self,
        f: Function,
        maker: Callable[..., Any],
        frozen: str,
        backend: str | None,
        in_axes: Any,
        reduce: str | None,
        exact: bool,
    ) -> None:
        super().__init__(f, maker, frozen, backend)
        self._in_axes, self._reduce, self._exact = in_axes, reduce, exact
        self._settings |= {"in_axes": in_axes, "reduce": reduce, "exact": exact}

    def __call__(self, /, *args: Any, **options: Any) -> Any:
        batch = Batch(self.__name__, args, self._in_axes)
        if not batch.lanes:
            return np.empty(0) if self._reduce is None else self._empty()
        given = batch.arguments(0, options)
        if batch.objects or self._steps_back(bool(given.values)):
            return self._looped(batch, options)
        shares, rest = self._shares(batch, given, options)
        more = [self._at(batch, options, lane) for lane in rest]
        leaves = _parents(given, shares) if recording() else []
        wanted = self._leaves(given) if leaves else lambda _: ()
        columns = {x: i for i, x in enumerate(leaves)}  # Values are told by identity

        def own(path: Path) -> list[int]:
            ours = [*given.values.values(), *path.captured]
            return [columns[x] for x in ours] if leaves else []

        tree = shares[0][0].capture.tree if shares else more[0]
        count = self._count_of(batch, tree, shares, more)
        each = np.full(count * (1 + len(leaves)), self._reduce is None)
        sums = self._summed(batch, given, shares, each, wanted, own, len(leaves))
        graphs = any(isinstance(y, Value) for found in more for y in flatten(found))
        if not (leaves or (graphs and recording())):
            for lane, found in zip(rest, more, strict=True):
                sums.add_lane(lane, _numbers(found))
            return shaped(tree, self._of(batch, sums))
        self._ensure_reduced(leaves)
        return self._with_graph(batch, sums, tree, leaves, more)

    def _value_and_grad(
        self, by: Argnums, primals: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[Any, Any] | None:
        """Return value and gradient: of each lane, or of their sum or mean."""
        wrt = positions("grad", by, len(primals))
        batch = Batch(self.__name__, primals, self._in_axes)
        if batch.objects:
            return None
        if not batch.lanes:
            value = np.empty(0) if self._reduce is None else self._empty()
            return value, self._slopes(batch, by, wrt, None)
        given = batch.arguments(0, options, wrt)
        if given.values:
            return None
        if self._steps_back(False):
            shares: list[Share] = []
            rest = list(range(batch.lanes))
        else:
            shares, rest = self._shares(batch, given, options, wrt)
        if not all(is_one_number(path.capture.tree) for path, _ in shares):
            return None
        spans = tuple([range(*given.spans[k]) for k in sorted(wrt)])
        inputs = np.array([*chain(*spans)], int)
        each = np.isin(inputs, _over(given)) | (self._reduce is None)
        each = np.concatenate([[self._reduce is None], each])
        columns = list(range(len(inputs)))
        sums = self._summed(
            batch, given, shares, each, lambda _: spans, lambda _: columns, len(columns)
        )
        more = [self._at(batch, options, lane, wrt) for lane in rest]
        for lane, found in zip(rest, more, strict=True):
            sums.add_lane(lane, _numbers(found))
        tree = shares[0][0].capture.tree if shares else more[0][0]
        if self._reduce is None:
            value = shaped(tree, sums.rows[:1])
        else:
            value = shaped(tree, self._of(batch, sums)[:1])
        return value, self._slopes(batch, by, wrt, sums)

    def _shares(
        self,
        batch: Batch,
        given: Arguments,
        options: Mapping[str, Any],
        by: Sequence[int] = (),
    ) -> tuple[list[Share], list[int]]:
        """Return paths with their lanes, and the lanes that are left to the function."""
        key, over = self._key(given), _over(given)

        def failing(path: Path, lanes: Integers | None) -> Integers:
            numbers = path.numbers(given.numbers)
            return path.failing(over, numbers, batch.parts(lanes, len(path.guards)))

        def find(lane: int) -> Path | None:
            here = given if lane == 0 else batch.arguments(lane, options, by)

            def run(path: Path) -> int | None:
                if not len(path.guards):
                    return None
                first = int(failing(path, np.array([lane]))[0])
                return first if first < len(path.guards) else None

            with _in_lane(lane, batch):
                found = self._found(key, here, run)
            return found and found[0]

        def known() -> list[Path] | None:
            paths = self._paths.get(key, [])
            return list(paths) if len(paths) >= MOST else None

        return shared_out(batch.lanes, find, failing, known)

    def _summed(
        self,
        batch: Batch,
        given: Arguments,
        shares: Sequence[Share],
        each: NDArray[np.bool_],
        wanted: Wanted,
        columns: Callable[[Path], Sequence[int]],
        width: int,
    ) -> Sums:
        """Return results, then of each result its gradient by `width` numbers.

        `columns` says for a path where among these are those that it is differentiated by.
        """
        sums, over = Sums(each, batch.lanes, self._exact), _over(given)
        for path, lanes in shares:
            results = path.capture.results
            ours = [i for i, y in enumerate(results) if isinstance(y, Value)]
            places = [[i] for i in ours]
            for i in ours:
                first = len(results) + i * width
                places.append([first + k for k in columns(path)])
            at_lanes, numbers = lanes, path.numbers(given.numbers)
            outputs = np.array([*chain(*places)], int)

            def run(machine: Any, sums: Sums = sums) -> None:
                parts = batch.parts(at_lanes, machine.width)
                sums.add(machine, numbers, outputs, parts)

            def once(machine: Any) -> None:
                run(machine, Sums(each, batch.lanes, self._exact))

            run(
                path.machine(
                    over,
                    wanted(path),
                    self._exact,
                    batch.count(lanes),
                    self._reduce is not None,
                    once,
                )
            )
            others = [i for i, y in enumerate(results) if not isinstance(y, Value)]
            plain = np.array([float(results[i]) for i in others])
            at = slice(0, batch.lanes) if lanes is None else lanes
            sums.add_same(np.array(others, int), plain, at, batch.count(lanes))
        return sums

    def _at(
        self,
        batch: Batch,
        options: Mapping[str, Any],
        lane: int,
        by: Sequence[int] | None = None,
    ) -> Any:
        """Return what the function gives in one lane, or its value and gradient."""
        with _in_lane(lane, batch):
            if by is not None:
                f = value_and_grad(self._function, tuple(sorted(by)))
                return f(*batch.plainly(lane), **options)
            here = batch.arguments(lane, options)
            args, options = here.filled(here.leaves())
            return self._function(*args, **options)

    def _looped(self, batch: Batch, options: Mapping[str, Any]) -> Any:
        """Return the function over all lanes, by itself."""
        found = []
        for lane in range(batch.lanes):
            with _in_lane(lane, batch):
                found.append(self._function(*batch.plainly(lane), **options))
        columns = list(zip(*map(flatten, found), strict=True))
        if self._reduce is None:
            arrays = [np.array(column, object) for column in columns]
            return rebuild(found[0], iter(arrays))
        scale = batch.lanes if self._reduce == "mean" else 1
        totals = [sum(column[1:], 0.0 + column[0]) / scale for column in columns]
        return rebuild(found[0], iter(totals))

    def _with_graph(
        self,
        batch: Batch,
        sums: Sums,
        tree: Any,
        leaves: list[Value],
        more: list[Any],
    ) -> Any:
        """Return results as nodes, whose parents are the Values that f was given or found."""
        numbers, width = sums.total, len(leaves)
        count = len(flatten(tree))
        scale = batch.lanes if self._reduce == "mean" else 1
        if not more:
            numbers, scale = numbers / scale, 1
        slopes = numbers[count:].reshape(count, width).tolist()
        nodes: list[Any] = [
            node(number, tuple(row), self.op, tuple(leaves)) if leaves else number
            for number, row in zip(numbers[:count].tolist(), slopes, strict=True)
        ]
        for found in more:
            nodes = [x + y for x, y in zip(nodes, flatten(found), strict=True)]
        return rebuild(tree, iter([x / scale for x in nodes] if more else nodes))

    def _of(self, batch: Batch, sums: Sums) -> Floats:
        """Return results: rows over lanes, or the sums or means."""
        if self._reduce is None:
            return sums.rows
        return sums.total / batch.lanes if self._reduce == "mean" else sums.total

    def _slopes(
        self, batch: Batch, by: Argnums, wrt: Sequence[int], sums: Sums | None
    ) -> Any:
        """Return the gradient of a call in the structure of its arguments."""
        alone = self._reduce is None
        if sums is None:
            over, shared = batch.widths(wrt)
            rows = np.empty((over + shared * alone, 0))
            whole = None if alone else np.full(shared, self._empty())
        else:
            scale = batch.lanes if self._reduce == "mean" else 1
            rows = (sums.rows[1:] if alone else sums.rows / scale) + 0.0
            whole = None if alone else sums.total[1:] / scale + 0.0
        found = batch.gradient(wrt, rows, whole)
        slopes = [found[k] for k in wrt]
        return slopes[0] if isinstance(by, int) else tuple(slopes)

    def _empty(self) -> float:
        """Return what no lanes sum up to; their mean is no number."""
        return 0.0 if self._reduce == "sum" else math.nan

    def _ensure_reduced(self, leaves: list[Value]) -> None:
        """Raise GraphError where each lane would be a node of its own."""
        if self._reduce is None:
            names = ", ".join(
                reprlib.repr(v.label or "without a label") for v in leaves[:3]
            )
            raise GraphError(
                f"{self.__name__}: its result depends on Values that all lanes share "
                f"({names}), so each lane would be a node; compile it with "
                'reduce="sum" or "mean", or call it in no_grad() for numbers'
            )

    def _count_of(
        self, batch: Batch, tree: Any, shares: Sequence[Share], more: Sequence[Any]
    ) -> int:
        """Return how many results there are. Raises ShapeError where lanes differ in it."""
        form = repr(tree_map(lambda _: 0, tree))
        lane = 0 if not shares or shares[0][1] is None else int(shares[0][1][0])
        for found in [*[path.capture.tree for path, _ in shares], *more]:
            if repr(tree_map(lambda _: 0, found)) != form:
                raise ShapeError(
                    f"{self.__name__}: in lane {lane} the result has another structure than "
                    f"in others: {described(found)}; give results of one structure"
                )
        return len(flatten(tree))


def _parents(given: Arguments, shares: Sequence[Share]) -> list[Value]:
    """Return the Values that a function was given, and those that its paths found."""
    captured = chain.from_iterable(path.captured for path, _ in shares)
    return [*dict.fromkeys([*given.values.values(), *captured])]


def _over(given: Arguments) -> list[int]:
    """Return the inputs that have a number for each lane."""
    return [i for start, row in given.rows for i in range(start, start + row.size)]


def _numbers(tree: Any) -> Floats:
    """Return the numbers of a tree of Values and numbers."""
    found = [y._data if isinstance(y, Value) else float(y) for y in flatten(tree)]
    return np.array(found, np.float64)


@contextmanager
def _in_lane(lane: int, batch: Batch) -> Iterator[None]:
    """Say of an error in which lane it was raised."""
    try:
        yield
    except Exception as error:
        note = f"in lane {lane} of {batch.lanes}"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)
        raise
