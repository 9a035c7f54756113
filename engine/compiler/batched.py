"""What `dendrograd.compile` gives with `in_axes`: a function of many points at once.

Each path runs on all lanes that take it (sharing.py); lanes that no path may run are left
to the function itself, one after the other (one_by_one.py). What the numbers of all lanes
become is said in reduction.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import Any

import numpy as np

from dendrograd.argnums import Argnums, positions
from dendrograd.errors import ShapeError
from dendrograd.runs import Function
from dendrograd.trees import flatten, is_one_number
from dendrograd.value import Value

from .arguments import Arguments
from .asking import Elsewhere
from .axes import Batch
from .compiled import MOST, Compiled, recording, watched
from .one_by_one import at_lane, in_each_lane, in_lane, numbers_of
from .path import Asked, Parted, Path, Spans
from .reduction import Reduction
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
        self._in_axes, self._exact = in_axes, exact
        self._reduction = Reduction(self.__name__, reduce)
        self._settings |= {"in_axes": in_axes, "reduce": reduce, "exact": exact}

    def __call__(self, /, *args: Any, **options: Any) -> Any:
        try:
            return self._result(args, options, True)
        except Elsewhere:
            return self._result(args, options, False)

    def _result(
        self, args: tuple[Any, ...], options: Mapping[str, Any], trusting: bool
    ) -> Any:
        """Return what a call gives; `trusting`, it may take the path of the last one."""
        batch = Batch(self.__name__, args, self._in_axes)
        if not batch.lanes:
            return self._reduction.nothing()
        given = None if batch.objects else batch.arguments(0, options)
        if given is None or self._nested(bool(given.values)):
            found = in_each_lane(self._function, batch, options)
            return self._reduction.of_each(batch, found)
        shares, rest, ask = self._shares(batch, given, options, (), trusting)
        leaves = _parents(given, shares) if recording() else []
        wanted = self._leaves(given) if leaves else lambda _: ()
        column = {x: i for i, x in enumerate(leaves)}  # Values are told by identity

        def columns(path: Path) -> Sequence[int]:
            if len(shares) == 1 or not leaves:
                return range(len(leaves))
            return tuple([column[x] for x in (*given.values.values(), *path.captured)])

        sums, left = self._summed(
            batch, given, shares, wanted, columns, len(leaves), ask
        )
        rest = sorted([*rest, *left])
        more = [at_lane(self._function, batch, options, lane) for lane in rest]
        trees = [*[path.capture.tree for path, _ in shares], *more]
        tree, reduction = trees[0], self._reduction
        reduction.require_alike(tree, trees[1:])
        count = len(flatten(tree))
        captured = any(path.captured for path in self._all())
        if leaves or (captured and more and recording()):
            reduction.require_reduced(leaves)
            totals = sums.total if sums else np.zeros(count)
            return reduction.nodes(batch, totals, tree, self.op, leaves, more)
        if sums is None:
            sums = Sums(np.full(count, reduction.alone), batch.lanes, self._exact)
        for lane, y in zip(rest, more, strict=True):
            sums.add_lane(lane, numbers_of(y))
        return reduction.result(batch, tree, sums)

    def _value_and_grad(
        self, by: Argnums, primals: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[Any, Any] | None:
        """Return value and gradient: of each lane, or of their sum or mean."""
        try:
            return self._both(by, primals, options, True)
        except Elsewhere:
            return self._both(by, primals, options, False)

    def _both(
        self,
        by: Argnums,
        primals: tuple[Any, ...],
        options: Mapping[str, Any],
        trusting: bool,
    ) -> tuple[Any, Any] | None:
        """Return them; `trusting` is as for `_result`."""
        wrt = positions("grad", by, len(primals))
        batch = Batch(self.__name__, primals, self._in_axes)
        if batch.objects:
            return None
        reduction = self._reduction
        if not batch.lanes:
            return reduction.nothing(), reduction.slopes(batch, by, wrt, None)
        given = batch.arguments(0, options, wrt)
        if given.values:
            return None
        shares, rest, ask = self._shares(batch, given, options, wrt, trusting)
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
            batch, given, shares, lambda _: spans, lambda _: columns, len(columns), ask
        )
        if sums is None:
            each = reduction.each(1, np.array([*chain(*spans)], int), _over(given))
            sums = Sums(each, batch.lanes, self._exact)
        tree = shares[0][0].capture.tree if shares else 0.0
        for lane in sorted([*rest, *left]):
            found = at_lane(self._function, batch, options, lane, wrt)
            tree = tree if shares else found[0]
            sums.add_lane(lane, numbers_of(found))
        value = reduction.result(batch, tree, sums)
        return value, reduction.slopes(batch, by, wrt, sums)

    def _shares(
        self,
        batch: Batch,
        given: Arguments,
        options: Mapping[str, Any],
        by: Sequence[int],
        trusting: bool,
    ) -> tuple[list[Share], list[int], bool]:
        """Return paths with their lanes, and the lanes that are left to the function.

        And whether the guards are to be asked yet: `trusting` a path that all lanes of the
        last call took, they are where that path asks them while it runs.
        """
        if self._nested(False) or watched():
            return [], list(range(batch.lanes)), False
        key = self._key(given)
        if paths := self._paths.get(key):
            asks = len(paths[0].guards) > 0
            if not asks or (trusting and paths[0].trusted):
                return [(paths[0], None)], [], asks
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
            with in_lane(lane, batch):
                found = self._found(key, here, run, parted)
            return found[0] if found else None

        def known() -> list[Path]:
            paths = self._paths.get(key, [])
            return list(paths) if len(paths) >= MOST else []

        shares, rest = shared_out(batch.lanes, find, ask, known)
        for path in self._paths.get(key, []):
            path.alone = shares == [(path, None)] and not rest
        return shares, rest, False

    def _summed(
        self,
        batch: Batch,
        given: Arguments,
        shares: Sequence[Share],
        wanted: Callable[[Path], Spans],
        columns: Callable[[Path], Sequence[int]],
        width: int,
        ask: bool,
    ) -> tuple[Sums | None, list[int]]:
        """Return results, then of each result its gradient by `width` numbers.

        `columns` says for a path where among these are those that it is differentiated by.
        Lanes in which an operation raises an error are left to the function. Raises
        Elsewhere where a path is to `ask` its guards, and some lane does not take it.
        """
        sums, over = None, _over(given)
        left: list[int] = []
        taken: dict[Path, int] = {}
        for path, lanes in shares:
            size = path.size(batch.count(lanes), self._exact)
            key = (spans := wanted(path), places := columns(path), width, size)
            plan = path.plans.get(key)
            if plan is None:
                once = partial(self._measured, batch, path, given, lanes)
                asked = Asked(size, not self._reduction.alone, once)
                plan = self._plan(path, over, spans, places, width, asked)
                path.plans[key] = plan
            path.latest = plan.machine, plan.why
            if ask and not plan.machine.asks:
                raise Elsewhere
            sums = sums or Sums(plan.each, batch.lanes, self._exact)
            try:
                parts = batch.parts(lanes, plan.wide)
                sums.add(plan, path.numbers(given.numbers), parts, ask)
            except Elsewhere:
                raise
            except Exception:  # noqa: BLE001  # the function raises its first one
                left += range(batch.lanes) if lanes is None else lanes.tolist()
            else:
                taken[path] = batch.count(lanes)
                path.taken += taken[path]
        self._tally.start(batch.lanes).update(taken)
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
        each = self._reduction.each(len(results), inputs, over)

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
