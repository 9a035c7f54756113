"""What a call over lanes has found so far: numbers for each lane, and sums over lanes.

Sums are made path by path; with `exact` one lane after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .code import Floats

__all__ = ["Integers", "Part", "Plan", "Sums", "count_of", "stretch"]

Integers = NDArray[np.int64]
# which lanes, a slice or their numbers; arrays of inputs; the lanes of these, or None: all
Part = tuple[Any, tuple[Floats, ...], NDArray[np.int32] | None]


def count_of(at: Any) -> int:
    """Return how many lanes a part has, by what says which they are."""
    return at.stop - at.start if isinstance(at, slice) else len(at)


class Plan:
    """How one path fills in the outputs of a call.

    each    of each output of the call, whether it has a number for each lane
    fixed   outputs that are the same number in all lanes, and those numbers
    kept    how many outputs have
    why     the machine was chosen
    makes_totals  whether the machine can make the totals of all outputs itself

    `places` says which of the outputs those of the machine are.
    """

    why = ""

    def __init__(
        self,
        machine: Any,
        each: NDArray[np.bool_],
        places: Integers,
        fixed: tuple[Integers, Floats],
    ) -> None:
        self.machine, self.each, self.fixed = machine, each, fixed
        self.kept = int(np.count_nonzero(each))
        self.row = np.cumsum(each) - 1  # of an output, its place among such
        self.sum = np.cumsum(~each) - 1
        varying = places[machine.varies]
        ours = each[varying]
        self.runner = machine.runner(ours)
        self.rows = self.row[varying[ours]]
        self.sums = stretch(self.sum[varying[~ours]])
        self.others = places[~machine.varies]
        self.wide = machine.width
        self.makes_totals = machine.makes_totals and len(varying) == len(each)
        self.whole = np.array_equal(self.rows, np.arange(self.kept))


def stretch(places: Integers) -> Any:
    """Return places as a slice where they are one, which is quicker.

    >>> stretch(np.array([2, 3, 4])), stretch(np.array([2, 4]))
    (slice(2, 5, None), array([2, 4]))
    """
    if not len(places) or (np.diff(places) != 1).any():
        return places
    return slice(int(places[0]), int(places[-1]) + 1)


class Sums:
    """Outputs of all lanes.

    each   of each output, whether it has a number for each lane; of the others the sum
    rows   of those that have, over all lanes
    total  of the others
    weight   what sums and slopes were multiplied by where they were made
    settled  whether no slope is -0.0, as far as sums go
    plan     the first that ran
    """

    weight = 1.0
    settled = False
    plan: Plan | None = None

    def __init__(
        self, each: NDArray[np.bool_], lanes: int, exact: bool, kept: int | None = None
    ) -> None:
        self.each, self.exact = each, exact
        kept = int(np.count_nonzero(each)) if kept is None else kept
        self.rows: Floats = np.zeros((kept, lanes))
        self._total: Floats | None = None

    @property
    def total(self) -> Floats:
        """The outputs that are summed."""
        if self._total is None:
            self._total = np.zeros(len(self.each) - len(self.rows))
        return self._total

    def add(
        self,
        plan: Plan,
        numbers: Floats,
        over: Iterator[Part],
        weight: float = 1.0,
        ask: bool = False,
    ) -> None:
        """Run a path on parts of the lanes.

        It may multiply sums and slopes by a weight, where no other path adds to them, and
        `ask` whether all lanes take it.
        """
        shared = plan.machine.once_for_all(numbers)
        total: Any = None  # what the machine makes itself, if it is the first and can
        if self._total is not None or not plan.makes_totals:
            total = self.total[plan.sums].copy()  # as it was, if a part fails
            weight = 1.0
        more: dict[str, Any] = {} if weight == 1.0 else {"weight": weight}
        if ask:
            more["ask"] = True
        for at, arrays, which in over:
            count = count_of(at)
            if plan.whole and isinstance(at, slice):
                made = plan.runner(
                    shared, arrays, self.rows[:, at], total, which, **more
                )
            else:
                into = np.empty((len(plan.rows), count))
                made = plan.runner(shared, arrays, into, total, which, **more)
                self._put(plan.rows, at, into)
            total = made if plan.makes_totals else total
            if len(plan.others):
                same = plan.machine.same(shared)
                self._add_same(plan, plan.others, same, at, count)
            if len(plan.fixed[0]):
                self._add_same(plan, *plan.fixed, at, count)
        if self._total is None:
            self.begin(plan, total, weight)
        else:
            self._total[plan.sums] = total
        self.plan = self.plan or plan

    def begin(self, plan: Plan, total: Floats, weight: float) -> None:
        """Take totals of all lanes that the machine of a plan made."""
        self._total, self.weight, self.plan = total, weight, plan
        self.settled = plan.machine.settles

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

    def divide(self, count: int) -> None:
        """Divide all numbers by one, in place."""
        self.settled = False
        for numbers in (self.rows, self.total):
            if numbers.size:
                numbers /= count

    def add_lane(self, lane: int, outputs: Floats) -> None:
        """Add all outputs of one lane."""
        self.rows[:, lane] = outputs[self.each]
        total = self.total
        with np.errstate(all="ignore"):  # inf and nan follow IEEE 754
            total += outputs[~self.each]
