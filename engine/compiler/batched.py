"""What `dendrograd.compile` gives with `in_axes`: a function of many points at once.

Each path runs on all lanes that take it (sharing.py); lanes that no path may run are left
to the function itself, one after the other (one_by_one.py). What the numbers of all lanes
become is said in reduction.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from dendrograd.argnums import Argnums, positions
from dendrograd.errors import ShapeError
from dendrograd.runs import Function
from dendrograd.trees import flatten, is_one_number

from .arguments import Arguments
from .asking import Elsewhere
from .axes import Batch
from .compiled import MOST, Compiled, recording, watched
from .one_by_one import at_lane, in_each_lane, in_lane, numbers_of
from .path import Parted, Path
from .pieces import places
from .planning import Request, Work, columns_of, parents_of
from .reduction import Reduction
from .routes import Route, shapes
from .sharing import Share, shared_out
from .sums import Integers, Sums

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
        self._routes: dict[Any, Route] = {}
        self._settings |= {"in_axes": in_axes, "reduce": reduce, "exact": exact}

    def __call__(self, /, *args: Any, **options: Any) -> Any:
        asked = "nodes" if recording() else "numbers"
        key = None if options else (asked, shapes(args))
        route, sums = self._routed(key, args)
        if route is None or sums is None:
            return self._called(key, args, options)
        tree, found = route.path.capture.tree, route.path.captured
        if found and recording():
            return self._reduction.nodes(route.lanes, sums, tree, self.op, found, [])
        return self._reduction.result(route.lanes, tree, sums)

    def _called(self, key: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """Return the result of a call that takes no route."""
        batch = Batch(self.__name__, args, self._in_axes)
        if not batch.lanes:
            return self._reduction.nothing()
        given = None if batch.objects else batch.arguments(0, options)
        if given is None or self._nested(bool(given.parents)):
            found = in_each_lane(self._function, batch, options)
            return self._reduction.of_each(batch.lanes, found)
        shares: list[Share] = []
        if watched():
            rest = list(range(batch.lanes))
        else:
            shares, rest = self._shares(batch, given, options)
        leaves = parents_of(given, shares) if recording() else []
        wanted = self._leaves(given) if leaves else lambda _: ()
        columns, width = columns_of(given, shares, leaves), len(leaves)
        sums, left = self._summed(
            batch, given, shares, lambda p: Request(wanted(p), columns(p), width)
        )
        rest = sorted([*rest, *left])
        more = [at_lane(self._function, batch, options, lane) for lane in rest]
        trees = [*[path.capture.tree for path, _ in shares], *more]
        tree, reduction = trees[0], self._reduction
        reduction.require_alike(tree, trees[1:])
        captured = any(path.captured for path in self._all())
        if leaves or (captured and more and recording()):
            reduction.require_reduced(leaves)
            self._keep(key, batch, given, shares, sums)
            return reduction.nodes(batch.lanes, sums, tree, self.op, leaves, more)
        if sums is None:
            each = np.full(len(flatten(tree)), reduction.alone)
            sums = Sums(each, batch.lanes, self._exact)
        for lane, y in zip(rest, more, strict=True):
            sums.add_lane(lane, numbers_of(y))
        self._keep(key, batch, given, shares, sums)
        return reduction.result(batch.lanes, tree, sums)

    def _value_and_grad(
        self, by: Argnums, primals: tuple[Any, ...], options: Mapping[str, Any]
    ) -> tuple[Any, Any] | None:
        """Return value and gradient: of each lane, or of their sum or mean."""
        key = None if options else (by, shapes(primals))
        route, sums = self._routed(key, primals)
        if route is None or sums is None:
            return self._differentiated(key, by, primals, options)
        value = self._reduction.result(route.lanes, route.path.capture.tree, sums)
        return value, self._reduction.slopes(route.forms, by, sums)

    def _differentiated(
        self,
        key: Any,
        by: Argnums,
        primals: tuple[Any, ...],
        options: Mapping[str, Any],
    ) -> tuple[Any, Any] | None:
        """Return value and gradient of a call that takes no route."""
        wrt = positions("grad", by, len(primals))
        batch = Batch(self.__name__, primals, self._in_axes)
        if batch.objects:
            return None
        reduction = self._reduction
        given = batch.arguments(0, options, wrt)
        if given.parents:
            return None
        if not batch.lanes:
            return reduction.nothing(), reduction.slopes(given.forms, by, None)
        shares: list[Share] = []
        if self._nested(False) or watched():
            rest = list(range(batch.lanes))
        else:
            shares, rest = self._shares(batch, given, options, wrt)
        for path, _ in shares:
            if not is_one_number(tree := path.capture.tree):
                raise ShapeError(
                    f"grad: {self.__name__} returned a {type(tree).__name__} of "
                    f"{len(flatten(tree))} numbers in a lane, not one; sum them"
                )
        spans = tuple([range(*given.spans[k]) for k in sorted(wrt)])
        width = sum(map(len, spans))
        request = Request(spans, range(width), width)
        sums, left = self._summed(batch, given, shares, lambda _: request)
        if sums is None:
            over = places(given.rows)
            each = reduction.each(1, np.array([*chain(*spans)], int), over)
            sums = Sums(each, batch.lanes, self._exact)
        tree = shares[0][0].capture.tree if shares else 0.0
        for lane in sorted([*rest, *left]):
            found = at_lane(self._function, batch, options, lane, wrt)
            tree = tree if shares else found[0]
            sums.add_lane(lane, numbers_of(found))
        self._keep(key, batch, given, shares, sums)
        value = reduction.result(batch.lanes, tree, sums)
        return value, reduction.slopes(given.forms, by, sums)

    def _routed(
        self, key: Any, args: Sequence[Any]
    ) -> tuple[Route, Sums] | tuple[None, None]:
        """Return the route that calls of a kind take, if there is one, and what it gives."""
        route = self._routes.get(key)
        if route is None or route.token != self._around.state():
            return None, None
        if self._nested(False) or watched():
            return None, None
        try:
            sums = route.sums(args, self._exact)
        except Elsewhere:
            self._routes.pop(key, None)  # until all lanes of a call take one path again
            return None, None
        except Exception:  # noqa: BLE001  # the function raises its first one
            return None, None
        path, lanes = route.path, route.lanes
        self._tally.start(lanes)[path] = lanes
        path.taken += lanes
        path.latest = route.plan.machine, route.plan.why
        return route, sums

    def _keep(
        self,
        key: Any,
        batch: Batch,
        given: Arguments,
        shares: Sequence[Share],
        sums: Sums | None,
    ) -> None:
        """Keep the route of a call that was made, if its like may take it."""
        plan = sums and sums.plan
        if key is None or key[1] is None or not plan or len(shares) != 1:
            return
        path, lanes = shares[0]
        can_ask = plan.machine.asks or not plan.machine.reads_shared
        alone = lanes is None and (can_ask or not len(path.guards))
        if alone and batch.lie_plainly(plan.wide):
            if len(self._routes) >= MOST:
                self._routes.clear()
            weight, token = self._reduction.weight(batch.lanes), self._key(given)[0]
            made = Route(path, plan, batch, weight, token, given)
            self._routes[key] = made

    def _record(self, key: Any, given: Arguments) -> Path:
        """Return a new path; older ones may be dropped, and what leads to them."""
        self._routes.clear()
        return super()._record(key, given)

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
        over = places(given.rows)

        def ask(path: Path, lanes: Integers, parted: Parted = ()) -> Integers | None:
            if not len(path.guards) or (parted and path.ends(*parted[-1])):
                return None
            numbers = path.inputs(given)
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

        return shared_out(batch.lanes, find, ask, known)

    def _summed(
        self,
        batch: Batch,
        given: Arguments,
        shares: Sequence[Share],
        asked: Callable[[Path], Request],
    ) -> tuple[Sums | None, list[int]]:
        """Return what paths answer in their lanes, and the lanes left to the function.

        Those are the lanes of a path in which an operation raises an error.
        """
        sums = None
        left: list[int] = []
        taken = self._tally.start(batch.lanes)
        for path, lanes in shares:
            work = Work(batch, given, path, lanes)
            plan = work.plan(asked(path), self._reduction, self._exact)
            path.latest = plan.machine, plan.why
            sums = sums or Sums(plan.each, batch.lanes, self._exact, plan.kept)
            weight = self._reduction.weight(batch.lanes) if lanes is None else 1.0
            try:
                work.run(plan, sums, weight)
            except Exception:  # noqa: BLE001  # the function raises its first one
                left += range(batch.lanes) if lanes is None else lanes.tolist()
            else:
                taken[path] = batch.count(lanes)
                path.taken += taken[path]
        return sums, left
