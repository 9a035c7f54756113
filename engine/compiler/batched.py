"""What `dendrograd.compile` gives with `in_axes`: a function of many points at once.

Each path runs on all lanes that take it (sharing.py); lanes that no path may run are left
to the function itself, one after the other.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import chain
from typing import Any

import numpy as np

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
from .compiled import MOST, Compiled, recording, watched
from .path import Asked, Parted, Path, Spans
from .sharing import Share, shared_out
from .sums import Integers, Plan, Sums

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
            return np.empty(0) if self._reduce is None else self._nothing()
        if batch.objects:
            return self._looped(batch, options)
        given = batch.arguments(0, options)
        if self._nested(bool(given.values)):
            return self._looped(batch, options)
        shares: list[Share] = []
        if watched():
            rest = list(range(batch.lanes))
        else:
            shares, rest = self._shares(batch, given, options)
        leaves = _parents(given, shares) if recording() else []
        wanted = self._leaves(given) if leaves else lambda _: ()
        column = {x: i for i, x in enumerate(leaves)}  # Values are told by identity

        def columns(path: Path) -> Sequence[int]:
            if len(shares) == 1 or not leaves:
                return range(len(leaves))
            return tuple([column[x] for x in (*given.values.values(), *path.captured)])

        sums, left = self._summed(batch, given, shares, wanted, columns, len(leaves))
        rest = sorted([*rest, *left])
        more = [self._at(batch, options, lane) for lane in rest]
        tree = shares[0][0].capture.tree if shares else more[0]
        count = self._count(batch, tree, shares, more)
        found = any(path.captured for path in self._all())
        if leaves or (found and more and recording()):
            self._ensure_reduced(leaves)
            totals = sums.total if sums else np.zeros(count)
            return self._graph(batch, totals, tree, leaves, more)
        if sums is None:
            sums = Sums(np.full(count, self._reduce is None), batch.lanes, self._exact)
        for lane, y in zip(rest, more, strict=True):
            sums.add_lane(lane, _numbers(y))
        return shaped(tree, self._results(batch, sums))

    def _value_and_grad(
        self, by: Argnums, primals: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[Any, Any] | None:
        """Return value and gradient: of each lane, or of their sum or mean."""
        wrt = positions("grad", by, len(primals))
        batch = Batch(self.__name__, primals, self._in_axes)
        if batch.objects:
            return None
        if not batch.lanes:
            value = np.empty(0) if self._reduce is None else self._nothing()
            return value, self._slopes(batch, by, wrt, None)
        given = batch.arguments(0, options, wrt)
        if given.values:
            return None
        shares: list[Share] = []
        if self._nested(False) or watched():
            rest = list(range(batch.lanes))
        else:
            shares, rest = self._shares(batch, given, options, wrt)
        tree: Any = 0.0
        for path, _ in shares:
            if not is_one_number(path.capture.tree):
                tree = path.capture.tree
                raise ShapeError(
                    f"grad: {self.__name__} returned a {type(tree).__name__} of "
                    f"{len(flatten(tree))} numbers in a lane, not one; sum them"
                )
        spans = tuple([range(*given.spans[k]) for k in sorted(wrt)])
        columns = range(sum(map(len, spans)))
        sums, left = self._summed(
            batch, given, shares, lambda _: spans, lambda _: columns, len(columns)
        )
        if sums is None:
            each = self._each(1, np.array([*chain(*spans)], int), _over(given))
            sums = Sums(each, batch.lanes, self._exact)
        tree = shares[0][0].capture.tree if shares else 0.0
        for lane in sorted([*rest, *left]):
            found = self._at(batch, options, lane, wrt)
            tree = tree if shares else found[0]
            sums.add_lane(lane, _numbers(found))
        value = shaped(tree, self._results(batch, sums, 1))
        return value, self._slopes(batch, by, wrt, sums)

    def _shares(
        self,
        batch: Batch,
        given: Arguments,
        options: Mapping[str, Any],
        by: Sequence[int] = (),
    ) -> tuple[list[Share], list[int]]:
        """Return paths with their lanes, and the lanes that are left to the function."""
        key = self._key(given)
        if (paths := self._paths.get(key)) and not len(paths[0].guards):
            return [(paths[0], None)], []
        over = _over(given)

        def ask(path: Path, lanes: Integers, parted: Parted = ()) -> Integers | None:
            if not len(path.guards) or (parted and path.ends(*parted[-1])):
                return None
            numbers = path.numbers(given.numbers)
            return path.failing(over, numbers, batch.parts(lanes, len(path.guards)))

        def find(lanes: Integers, parted: Parted) -> Path | None:
            def run(path: Path) -> int | None:
                first = ask(path, lanes[:1], parted)
                if first is None or first[0] == len(path.guards):
                    return None
                return int(first[0])

            lane = int(lanes[0])
            here = batch.arguments(lane, options, by) if lane else given
            with _in_lane(lane, batch):
                found = self._found(key, here, run, parted)
            return found[0] if found else None

        def known() -> list[Path]:
            paths = self._paths.get(key, [])
            return list(paths) if len(paths) >= MOST else []

        return shared_out(batch.lanes, find, ask, known)

    def _summed(
        self,
        batch: Batch,
        given: Arguments,
        shares: Sequence[Share],
        wanted: Callable[[Path], Spans],
        columns: Callable[[Path], Sequence[int]],
        width: int,
    ) -> tuple[Sums | None, list[int]]:
        """Return results, then of each result its gradient by `width` numbers.

        `columns` says for a path where among these are those that it is differentiated by.
        Lanes in which an operation raises an error are left to the function.
        """
        sums, over = None, _over(given)
        left: list[int] = []
        taken = self._tally.start(batch.lanes)
        for path, lanes in shares:
            size = 1 << batch.count(lanes).bit_length()
            spans, places = wanted(path), columns(path)
            declined = path.declined(over, bool(spans), self._exact, size)
            key = spans, places, width, declined or size
            plan = path.plans.get(key)
            if plan is None:
                once = partial(self._measured, batch, path, given, lanes)
                asked = Asked(size, self._reduce is not None, once, declined)
                plan = self._plan(path, over, spans, places, width, asked)
                path.plans[key] = plan
            path.latest = plan.machine, plan.why
            sums = sums or Sums(plan.each, batch.lanes, self._exact)
            try:
                sums.add(
                    plan, path.numbers(given.numbers), batch.parts(lanes, plan.wide)
                )
            except Exception:  # noqa: BLE001  # the function raises its first one
                left += range(batch.lanes) if lanes is None else lanes.tolist()
            else:
                taken[path] = batch.count(lanes)
                path.taken += taken[path]
        return sums, left

    def _plan(
        self,
        path: Path,
        over: list[int],
        spans: Spans,
        columns: Sequence[int],
        width: int,
        asked: Asked,
    ) -> Plan:
        """Return how a path fills in results and gradients."""
        results = path.capture.results
        inputs = np.full(width, -1)
        inputs[[*columns]] = [*chain(*spans)]
        ours = [i for i, y in enumerate(results) if isinstance(y, Value)]
        others = [i for i, y in enumerate(results) if not isinstance(y, Value)]
        rows = [[len(results) + i * width + k for k in columns] for i in ours]
        places = np.array([*ours, *chain(*rows)], int)
        fixed = np.array(others, int), np.array([float(results[i]) for i in others])
        each = self._each(len(results), inputs, over)

        def made(machine: Any) -> Plan:
            return Plan(machine, each, places, fixed)

        tried = asked._replace(once=lambda machine: asked.once(made(machine)))
        machine, why = path.machine(over, spans, self._exact, tried)
        plan = made(machine)
        plan.why = why
        return plan

    def _measured(
        self,
        batch: Batch,
        path: Path,
        given: Arguments,
        lanes: Integers | None,
        plan: Plan,
    ) -> None:
        """Make a call whose results nobody wants."""
        sums = Sums(plan.each, batch.lanes, self._exact)
        sums.add(plan, path.numbers(given.numbers), batch.parts(lanes, plan.wide))

    def _each(self, count: int, inputs: Integers, over: list[int]) -> Any:
        """Return of results and gradients whether they have a number for each lane."""
        alone = self._reduce is None
        slopes = np.isin(inputs, over) | alone
        return np.concatenate([np.full(count, alone), np.tile(slopes, count)])

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
        self._count(batch, found[0], [], found)
        columns = list(zip(*map(flatten, found), strict=True))
        if self._reduce is None:
            return rebuild(found[0], iter([np.array(column) for column in columns]))
        totals = [sum(column[1:], column[0]) for column in columns]
        return rebuild(found[0], iter([x / self._scale(batch) for x in totals]))

    def _graph(
        self,
        batch: Batch,
        numbers: Floats,
        tree: Any,
        leaves: list[Value],
        more: list[Any],
    ) -> Any:
        """Return results as nodes, whose parents are the Values that f was given or found."""
        count, width = len(flatten(tree)), len(leaves)
        scale = self._scale(batch)
        if not more:
            numbers, scale = numbers / scale, 1
        results: list[Any] = numbers[:count].tolist()
        slopes = numbers[count:].reshape(count, width).tolist()
        results = [
            node(y, tuple(row), self.op, tuple(leaves)) if leaves else y
            for y, row in zip(results, slopes, strict=True)
        ]
        for found in more:
            results = [x + y for x, y in zip(results, flatten(found), strict=True)]
        return rebuild(tree, iter([x / scale for x in results] if more else results))

    def _scale(self, batch: Batch) -> int:
        return batch.lanes if self._reduce == "mean" else 1

    def _results(self, batch: Batch, sums: Sums, count: int | None = None) -> Floats:
        """Return the first so many results: rows over lanes, or the sums or means."""
        if self._reduce is None:
            return sums.rows[:count]
        return sums.total[:count] / self._scale(batch)

    def _slopes(
        self, batch: Batch, by: Argnums, wrt: Sequence[int], sums: Sums | None
    ) -> Any:
        """Return the gradient of a call in the structure of its arguments."""
        alone, whole = self._reduce is None, None
        if sums is None:
            over, shared = batch.widths(wrt)
            rows = np.empty((over + shared * alone, 0))
            whole = None if alone else np.full(shared, self._nothing())
        elif alone:
            rows = sums.rows[1:] + 0.0
        else:
            scale = self._scale(batch)
            rows, whole = sums.rows, sums.total[1:]
            for part in (rows, whole):  # in place: they are large, and nobody's else
                part /= scale
                part += 0.0  # no gradient is -0.0
        slopes = batch.gradient(wrt, rows, whole)
        return slopes[0] if isinstance(by, int) else tuple(slopes)

    def _nothing(self) -> float:
        """Return what no lanes sum up to; their mean is no number."""
        return 0.0 if self._reduce == "sum" else math.nan

    def _ensure_reduced(self, leaves: list[Value]) -> None:
        """Raise GraphError where each lane would be a node of its own."""
        if self._reduce is None:
            names = ", ".join([reprlib.repr(v.label or "no label") for v in leaves[:3]])
            raise GraphError(
                f"{self.__name__}: its result depends on Values that all lanes share "
                f"({names}), so each lane would be a node; compile it with "
                'reduce="sum" or "mean", or call it in no_grad() for numbers'
            )

    def _count(
        self, batch: Batch, tree: Any, shares: Sequence[Share], more: Sequence[Any]
    ) -> int:
        """Return how many results there are. Raises ShapeError where lanes differ in it."""
        form = repr(tree_map(lambda _: 0, tree))
        for found in [*[path.capture.tree for path, _ in shares[1:]], *more]:
            if repr(tree_map(lambda _: 0, found)) != form:
                raise ShapeError(
                    f"{self.__name__}: it gives {described(tree)} in one lane and "
                    f"{described(found)} in another; give results of one structure"
                )
        return len(flatten(tree))


def _parents(given: Arguments, shares: Sequence[Share]) -> list[Value]:
    """Return the Values that a function was given, and those that its paths found."""
    captured = chain.from_iterable(path.captured for path, _ in shares)
    return [*dict.fromkeys([*given.values.values(), *captured])]


def _over(given: Arguments) -> list[int]:
    """Return the inputs that have a number for each lane."""
    return _places(tuple([(start, start + row.size) for start, row in given.rows]))


@lru_cache(64)
def _places(spans: tuple[tuple[int, int], ...]) -> list[int]:
    return [i for span in spans for i in range(*span)]


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
        error.add_note(f"in lane {lane} of {batch.lanes}")
        raise
