"""What a call over lanes comes down to, where its arguments are arrays of known shapes.

The first call takes its arguments apart, finds the path of each lane and what runs it.
Where they are plain arrays of floats, and one path has all lanes, all of that depends on
shapes alone, and on what the path asks. It is kept as a route: arrays in, sums and slopes
out. Guards are asked on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .arguments import Arguments
from .asking import Elsewhere
from .axes import Batch
from .code import Floats
from .path import Path
from .pieces import flat, joined, places
from .sums import Part, Plan, Sums

__all__ = ["Route", "shapes"]


def shapes(args: Sequence[Any]) -> tuple[Any, ...] | None:
    """Return what tells calls apart whose arguments are arrays; None where one is not.

    >>> shapes([np.zeros(3), np.zeros((2, 3))])
    ((3,), dtype('float64'), (2, 3), dtype('float64'))
    >>> shapes([np.zeros(3), 1.0])
    """
    found: list[Any] = []
    for x in args:
        if type(x) is not np.ndarray:
            return None
        found += x.shape, x.dtype
    return tuple(found)


class Route:
    """The way from arrays to what all lanes give.

    path, plan  that run them; `weight` is what sums and slopes are multiplied by
    lanes       how many there are
    token       the state of what the function finds around it
    forms       of the arguments that are differentiated, by their positions
    """

    def __init__(
        self,
        path: Path,
        plan: Plan,
        batch: Batch,
        weight: float,
        token: int,
        given: Arguments,
    ) -> None:
        self.path, self.plan, self.weight = path, plan, weight
        self.lanes, self.token, self.forms = batch.lanes, token, given.forms
        self._direct = plan.makes_totals and not plan.kept
        self._over = places(given.rows)
        self._shapes = {row.place[0]: row.table.shape for row in batch.rows}

    def sums(self, args: Sequence[Any], exact: bool) -> Sums:
        """Return what all lanes give. Operations of a user may raise any error.

        Raises Elsewhere where some lane does not take the path.
        """
        plan, tables, inputs = self.plan, [], []
        for i, x in enumerate(args):
            if i in self._shapes:
                tables.append(x.reshape(self._shapes[i]))
                if not plan.machine.reads_shared:
                    inputs.append(tables[-1][0])
            else:
                inputs.append(flat(x))
        numbers = self.path.numbers(inputs[0] if len(inputs) == 1 else joined(inputs))
        arrays, sums = tuple(tables), Sums(plan.each, self.lanes, exact, plan.kept)
        asks = len(self.path.guards) > 0
        part = slice(0, self.lanes), arrays, None
        if asks and not plan.machine.asks:
            self._require(numbers, part)
            asks = False
        if self._direct:
            total = plan.machine.total(numbers, arrays, self.weight, asks)
            if total is not None:
                sums.begin(plan, total, self.weight)
                return sums
        sums.add(plan, numbers, iter([part]), self.weight, asks)
        return sums

    def _require(self, numbers: Floats, part: Part) -> None:
        """Raise Elsewhere where a guard fails in some lane, on a tape of their own."""
        first = self.path.failing(self._over, numbers, iter([part]))
        if (first < len(self.path.guards)).any():
            raise Elsewhere
