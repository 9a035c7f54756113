"""What the numbers of all lanes become: rows over lanes, or their sum or mean."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dendrograd.argnums import Argnums
from dendrograd.errors import GraphError, ShapeError
from dendrograd.leaves import node_of
from dendrograd.op import Op
from dendrograd.trees import described, flatten, rebuild, shaped, tree_map
from dendrograd.value import Value

from .forms import Slopes, size
from .sums import Integers, Sums

__all__ = ["Reduction"]

Forms = Mapping[int, Any]


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

    def weight(self, lanes: int) -> float:
        """Return what a sum over all lanes may be multiplied by where it is made."""
        return 1.0 / lanes if self.how == "mean" else 1.0

    def each(self, count: int, inputs: Integers, over: list[int]) -> Any:
        """Return of results and gradients whether they have a number for each lane."""
        slopes = np.isin(inputs, over) | self.alone
        return np.concatenate([np.full(count, self.alone), np.tile(slopes, count)])

    def finish(self, lanes: int, sums: Sums) -> None:
        """Make means of what was summed, where they are wanted and it is none yet."""
        if self.how == "mean" and sums.weight == 1.0:
            sums.divide(lanes)

    def result(self, lanes: int, tree: Any, sums: Sums) -> Any:
        """Return the result of a call, in the structure that the function gives it."""
        self.finish(lanes, sums)
        found = sums.rows if self.alone else sums.total
        if isinstance(tree, Value) and not self.alone:  # most often
            return found.item(0)
        return shaped(tree, found[: len(flatten(tree))])

    def slopes(self, forms: Forms, by: Argnums, sums: Sums | None) -> Any:
        """Return the gradient of a finished call in the structure of its arguments.

        `forms` are those of all arguments that are differentiated, by their positions.
        """
        if sums is None:
            sizes = np.array([size(form) for form in forms.values()]).reshape(-1, 2)
            lanes, shared = sizes.sum(axis=0).tolist()
            rows = np.empty((lanes + shared * self.alone, 0))
            whole = rows if self.alone else np.full(shared, self.nothing())
        elif self.alone:
            rows = whole = sums.rows[1:] + 0.0
        else:
            rows, whole = sums.rows, sums.total[1:]
            for part in () if sums.settled else (rows, whole):
                part += 0.0  # in place: they are large, and nobody's else
        slopes = Slopes(rows) if self.alone else Slopes(whole, rows)
        found = {k: slopes.of(forms[k]) for k in sorted(forms)}
        if isinstance(by, int):
            return found.popitem()[1]
        return tuple([found[k] for k in forms])

    def of_each(self, lanes: int, found: Sequence[Any]) -> Any:
        """Return the result of a call that gave Values or numbers in each lane."""
        self.require_alike(found[0], found)
        columns = list(zip(*map(flatten, found), strict=True))
        if self.alone:
            return rebuild(found[0], iter([np.array(column) for column in columns]))
        totals = [sum(column[1:], column[0]) for column in columns]
        scale = lanes if self.how == "mean" else 1
        return rebuild(found[0], iter([x / scale for x in totals]))

    def nodes(
        self,
        lanes: int,
        sums: Sums | None,
        tree: Any,
        op: Op,
        leaves: list[Value],
        more: list[Any],
    ) -> Any:
        """Return results as nodes, whose parents are the Values that f was given or found.

        `sums` are those of results, then of each result its gradient by these; `more` is
        what the function itself gave in the other lanes.
        """
        count, width = len(flatten(tree)), len(leaves)
        if sums and not more:
            self.finish(lanes, sums)
        numbers = sums.total if sums else np.zeros(count)
        results: list[Any] = numbers[:count].tolist()
        slopes, parents = numbers[count:].reshape(count, width), tuple(leaves)
        results = [
            node_of(y, row, op, parents) if leaves else y
            for y, row in zip(results, slopes, strict=True)
        ]
        for found in more:
            results = [x + y for x, y in zip(results, flatten(found), strict=True)]
        if more and self.how == "mean":
            results = [x / lanes for x in results]
        return rebuild(tree, iter(results))

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
