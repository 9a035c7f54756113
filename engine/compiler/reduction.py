"""What the numbers of all lanes become: rows over lanes, or their sum or mean."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from dendrograd.argnums import Argnums
from dendrograd.errors import GraphError, ShapeError
from dendrograd.op import Op
from dendrograd.trees import described, flatten, rebuild, shaped, tree_map
from dendrograd.value import Value, node

from .axes import Batch
from .code import Floats
from .sums import Integers, Sums

__all__ = ["Reduction"]


class Reduction:
    """How a compiled function, of that name, gives its results and gradients over lanes.

    how    "sum", "mean", or None where each lane keeps its own
    alone  whether it does
    """

    def __init__(self, name: str, how: str | None) -> None:
        self.name, self.how, self.alone = name, how, how is None

    def nothing(self) -> Any:
        """Return what no lanes give: no rows, a sum of 0; their mean is no number."""
        if self.alone:
            return np.empty(0)
        return 0.0 if self.how == "sum" else math.nan

    def scale(self, batch: Batch) -> int:
        """Return what sums over lanes are divided by."""
        return batch.lanes if self.how == "mean" else 1

    def each(self, count: int, inputs: Integers, over: list[int]) -> Any:
        """Return of results and gradients whether they have a number for each lane."""
        slopes = np.isin(inputs, over) | self.alone
        return np.concatenate([np.full(count, self.alone), np.tile(slopes, count)])

    def result(self, batch: Batch, tree: Any, sums: Sums) -> Any:
        """Return the result of a call, in the structure that the function gives it."""
        count = len(flatten(tree))
        if self.alone:
            return shaped(tree, sums.rows[:count])
        return shaped(tree, sums.total[:count] / self.scale(batch))

    def slopes(
        self, batch: Batch, by: Argnums, wrt: Sequence[int], sums: Sums | None
    ) -> Any:
        """Return the gradient of a call in the structure of its arguments."""
        whole = None
        if sums is None:
            over, shared = batch.widths(wrt)
            rows = np.empty((over + shared * self.alone, 0))
            whole = None if self.alone else np.full(shared, self.nothing())
        elif self.alone:
            rows = sums.rows[1:] + 0.0
        else:
            scale = self.scale(batch)
            rows, whole = sums.rows, sums.total[1:]
            for part in (rows, whole):  # in place: they are large, and nobody's else
                part /= scale
                part += 0.0  # no gradient is -0.0
        slopes = batch.gradient(wrt, rows, whole)
        return slopes[0] if isinstance(by, int) else tuple(slopes)

    def of_each(self, batch: Batch, found: Sequence[Any]) -> Any:
        """Return the result of a call that gave Values or numbers in each lane."""
        self.require_alike(found[0], found)
        columns = list(zip(*map(flatten, found), strict=True))
        if self.alone:
            return rebuild(found[0], iter([np.array(column) for column in columns]))
        totals = [sum(column[1:], column[0]) for column in columns]
        return rebuild(found[0], iter([x / self.scale(batch) for x in totals]))

    def nodes(
        self,
        batch: Batch,
        numbers: Floats,
        tree: Any,
        op: Op,
        leaves: list[Value],
        more: list[Any],
    ) -> Any:
        """Return results as nodes, whose parents are the Values that f was given or found.

        `numbers` are sums of results, then of each result its gradient by these; `more` is
        what the function itself gave in the other lanes.
        """
        count, width = len(flatten(tree)), len(leaves)
        scale = self.scale(batch)
        if not more:
            numbers, scale = numbers / scale, 1
        results: list[Any] = numbers[:count].tolist()
        slopes = numbers[count:].reshape(count, width).tolist()
        results = [
            node(y, tuple(row), op, tuple(leaves)) if leaves else y
            for y, row in zip(results, slopes, strict=True)
        ]
        for found in more:
            results = [x + y for x, y in zip(results, flatten(found), strict=True)]
        return rebuild(tree, iter([x / scale for x in results] if more else results))

    def require_reduced(self, leaves: list[Value]) -> None:
        """Raise GraphError where each lane would be a node of its own."""
        if self.alone:
            names = ", ".join([reprlib.repr(v.label or "no label") for v in leaves[:3]])
            raise GraphError(
                f"{self.name}: its result depends on Values that all lanes share "
                f"({names}), so each lane would be a node; compile it with "
                'reduce="sum" or "mean", or call it in no_grad() for numbers'
            )

    def require_alike(self, tree: Any, others: Sequence[Any]) -> None:
        """Raise ShapeError where lanes differ in how many results there are."""
        form = repr(tree_map(lambda _: 0, tree)) if others else ""
        for found in others:
            if repr(tree_map(lambda _: 0, found)) != form:
                raise ShapeError(
                    f"{self.name}: it gives {described(tree)} in one lane and "
                    f"{described(found)} in another; give results of one structure"
                )
