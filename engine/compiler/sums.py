"""What a call over lanes has found so far: numbers for each lane, and sums over lanes.

Sums are made path by path; with `exact` one lane after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .code import Floats
from .lanes import Lanes

__all__ = ["Integers", "Part", "Plan", "Sums"]

Integers = NDArray[np.int64]
# which lanes, a slice or their numbers; arrays of inputs; the lanes of these, or None: all
Part = tuple[Any, tuple[Floats, ...], NDArray[np.int32] | None]


class Plan:
    """How one path fills in the outputs of a call.

    each    of each output of the call, whether it has a number for each lane
    fixed   outputs that are the same number in all lanes, and those numbers

    `places` says which of the outputs those of the machine are.
    """

    def __init__(
        self,
        machine: Lanes,
        each: NDArray[np.bool_],
        places: Integers,
        fixed: tuple[Integers, Floats],
    ) -> None:
        self.machine, self.each, self.fixed = machine, each, fixed
        self.row = np.cumsum(each) - 1  # of an output, its place among such
        self.sum = np.cumsum(~each) - 1
        varying = places[machine.varies]
        ours = each[varying]
        self.runner = machine.runner(ours)
        self.rows, self.sums = self.row[varying[ours]], self.sum[varying[~ours]]
        self.others = places[~machine.varies]
        self.wide = len(places)
        self.whole = np.array_equal(self.rows, np.arange(int(each.sum())))


class Sums:
    """Outputs of all lanes.

    each   of each output, whether it has a number for each lane; of the others the sum
    rows   of those that have, over all lanes
    total  of the others
    """

    def __init__(self, each: NDArray[np.bool_], lanes: int, exact: bool) -> None:
        self.each, self.exact = each, exact
        count = int(np.count_nonzero(each))
        self.rows: Floats = np.zeros((count, lanes))
        self.total: Floats = np.zeros(len(each) - count)

    def add(self, plan: Plan, numbers: Floats, over: Iterator[Part]) -> None:
        """Run a path on parts of the lanes."""
        shared = plan.machine.once_for_all(numbers)
        total = self.total[plan.sums]
        for at, arrays, which in over:
            count = at.stop - at.start if isinstance(at, slice) else len(at)
            if plan.whole and isinstance(at, slice):
                plan.runner(shared, arrays, self.rows[:, at], total, which)
            else:
                into = np.empty((len(plan.rows), count))
                plan.runner(shared, arrays, into, total, which)
                self._put(plan.rows, at, into)
            if len(plan.others):
                same = plan.machine.same(shared)
                self._add_same(plan, plan.others, same, at, count)
            if len(plan.fixed[0]):
                self._add_same(plan, *plan.fixed, at, count)
        self.total[plan.sums] = total

    def _put(self, rows: Integers, at: Any, into: Any) -> None:
        if isinstance(at, slice):
            self.rows[rows, at] = into
        else:
            self.rows[rows[:, None], at] = into

    def _add_same(
        self, plan: Plan, places: Integers, numbers: Floats, at: Any, count: int
    ) -> None:
        """Add outputs that are the same number in so many lanes."""
        each = self.each[places]
        self._put(plan.row[places[each]], at, numbers[each][:, None])
        for place, number in zip(
            plan.sum[places[~each]].tolist(), numbers[~each].tolist(), strict=True
        ):
            if self.exact:
                terms = np.full(count + 1, number)
                terms[0] = self.total[place]
                self.total[place] = np.add.accumulate(terms)[-1]
            else:
                self.total[place] += number * count

    def add_lane(self, lane: int, outputs: Floats) -> None:
        """Add all outputs of one lane."""
        self.rows[:, lane] = outputs[self.each]
        self.total += outputs[~self.each]
