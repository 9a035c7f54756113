"""What a call over lanes has found so far: numbers for each lane, and sums over lanes.

Sums are made path by path; with `exact` one lane after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .code import Floats

__all__ = ["Part", "Sums"]

Integers = NDArray[np.int64]
Part = tuple[
    Any, tuple[Floats, ...]
]  # which lanes: a slice or their numbers; the inputs


class Sums:
    """Outputs of all lanes.

    each   of each output, whether it has a number for each lane; of the others the sum
    rows   of those that have, over all lanes
    total  of the others
    """

    def __init__(self, each: NDArray[np.bool_], lanes: int, exact: bool) -> None:
        self.each, self.exact = each, exact
        self.rows: Floats = np.zeros((int(each.sum()), lanes))
        self.total: Floats = np.zeros(len(each) - len(self.rows))
        self._row = np.cumsum(each) - 1  # of an output, its place in one of these
        self._sum = np.cumsum(~each) - 1

    def add(
        self, machine: Any, numbers: Floats, places: Integers, over: Iterator[Part]
    ) -> None:
        """Run code on parts of the lanes; `places` says which of the outputs its are."""
        shared = machine.once_for_all(numbers)
        varying = places[machine.varies]
        each = self.each[varying]
        rows, sums = self._row[varying[each]], self._sum[varying[~each]]
        total = self.total[sums]
        direct = np.array_equal(rows, np.arange(len(self.rows)))
        for at, arrays in over:
            count = at.stop - at.start if isinstance(at, slice) else len(at)
            if direct and isinstance(at, slice):
                machine.run(shared, arrays, each, self.rows[:, at], total)
            else:
                into = np.empty((len(rows), count))
                machine.run(shared, arrays, each, into, total)
                self._put(rows, at, into)
            self.add_same(places[~machine.varies], machine.same(shared), at, count)
        self.total[sums] = total

    def _put(self, rows: Integers, at: Any, into: Any) -> None:
        if isinstance(at, slice):
            self.rows[rows, at] = into
        else:
            self.rows[rows[:, None], at] = into

    def add_same(self, places: Integers, numbers: Floats, at: Any, count: int) -> None:
        """Add outputs that are the same number in so many lanes."""
        each = self.each[places]
        self._put(self._row[places[each]], at, numbers[each][:, None])
        for place, number in zip(
            self._sum[places[~each]].tolist(), numbers[~each].tolist(), strict=True
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
