"""What a call over lanes comes down to, where its arguments are arrays of known shapes.

The first call takes its arguments apart, finds the path of each lane and what runs it.
Where they are plain arrays of floats, and one path that asks nothing before it runs has all
lanes, all of that depends on shapes alone. It is kept as a route: arrays in, sums and slopes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .axes import Batch
from .path import Path
from .pieces import flat, joined
from .sums import Plan, Sums

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
    asks        whether it asks guards while it runs, and may raise Elsewhere
    """

    def __init__(
        self,
        path: Path,
        plan: Plan,
        batch: Batch,
        weight: float,
        token: int,
        forms: Mapping[int, Any],
    ) -> None:
        self.path, self.plan, self.weight = path, plan, weight
        self.lanes, self.token, self.forms = batch.lanes, token, forms
        self.asks = len(path.guards) > 0
        self._direct = plan.makes_totals and not plan.kept
        self._shapes = {row.place[0]: row.table.shape for row in batch.rows}

    def sums(self, args: Sequence[Any], exact: bool) -> Sums:
        """Return what all lanes give. Operations of a user may raise any error."""
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
        if self._direct:
            total = plan.machine.total(numbers, arrays, self.weight, self.asks)
            if total is not None:
                sums.begin(plan, total, self.weight)
                return sums
        parts = iter([(slice(0, self.lanes), arrays, None)])
        sums.add(plan, numbers, parts, self.weight, self.asks)
        return sums
