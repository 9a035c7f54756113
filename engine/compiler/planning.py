"""How one path fills in its lanes of a call: a plan, made once for each request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from dendrograd.value import Value

from .arguments import Arguments
from .axes import Batch
from .path import Asked, Path, Spans
from .pieces import places
from .reduction import Reduction
from .sharing import Share
from .sums import Integers, Plan, Sums

__all__ = ["Request", "Work", "columns_of", "parents_of"]


class Request(NamedTuple):
    """What is asked of a path: its results, and the gradient of each by `width` numbers.

    spans    the inputs that are differentiated
    columns  which of the numbers these are
    """

    spans: Spans
    columns: Sequence[int]
    width: int


class Work(NamedTuple):
    """The lanes of a call that take one path; None: all."""

    batch: Batch
    given: Arguments
    path: Path
    lanes: Integers | None

    def run(self, plan: Plan, sums: Sums, weight: float = 1.0) -> None:
        """Run the path on the lanes."""
        numbers = self.path.inputs(self.given, plan.machine.reads_shared)
        sums.add(plan, numbers, self.batch.parts(self.lanes, plan.wide), weight)

    def plan(self, request: Request, reduction: Reduction, exact: bool) -> Plan:
        """Return how the path answers a request for about so many lanes."""
        over = places(self.given.rows)
        size = 1 << self.batch.count(self.lanes).bit_length()
        declined = self.path.declined(over, bool(request.spans), exact, size)
        key = (*request, declined or size)
        plan = self.path.plans.get(key)
        if plan is None:
            plan = self._planned(request, reduction, exact, size, declined)
            self.path.plans[key] = plan
        return plan

    def _planned(
        self,
        request: Request,
        reduction: Reduction,
        exact: bool,
        size: int,
        declined: str,
    ) -> Plan:
        spans, columns, width = request
        results, over = self.path.capture.results, places(self.given.rows)
        inputs = np.full(width, -1)
        inputs[[*columns]] = [*chain(*spans)]
        ours = [i for i, y in enumerate(results) if isinstance(y, Value)]
        others = [i for i, y in enumerate(results) if not isinstance(y, Value)]
        rows = [[len(results) + i * width + k for k in columns] for i in ours]
        outputs = np.array([*ours, *chain(*rows)], int)
        fixed = np.array(others, int), np.array([float(results[i]) for i in others])
        each = reduction.each(len(results), inputs, over)

        def once(machine: Any) -> None:
            """Make a call whose results nobody wants."""
            plan = Plan(machine, each, outputs, fixed)
            self.run(plan, Sums(plan.each, self.batch.lanes, exact))

        asked = Asked(size, not reduction.alone, once, declined)
        machine, why = self.path.machine(over, spans, exact, asked)
        plan = Plan(machine, each, outputs, fixed)
        plan.why = why
        return plan


def parents_of(given: Arguments, shares: Sequence[Share]) -> list[Value]:
    """Return the Values that a function was given, and those that its paths found."""
    first, *others = [path.captured for path, _ in shares] or [[]]
    if all(other is first for other in others):
        return [*given.parents, *first]
    return [*dict.fromkeys([*given.parents, *first, *chain(*others)])]


def columns_of(
    given: Arguments, shares: Sequence[Share], leaves: Sequence[Value]
) -> Callable[[Path], Sequence[int]]:
    """Return what says which of all Values those are that a path is differentiated by."""
    if not leaves or all(path.captured is shares[0][0].captured for path, _ in shares):
        return lambda _: range(len(leaves))
    column = {x: i for i, x in enumerate(leaves)}  # Values are told by identity
    return lambda path: tuple([column[x] for x in (*given.parents, *path.captured)])
