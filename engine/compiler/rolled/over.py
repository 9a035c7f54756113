"""A rolled program over lanes, called as `compiler.lanes.Lanes` is: lanes are one more axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.code import Code

from .running import Rolled

__all__ = ["RolledLanes"]

Floats = NDArray[np.float64]


class RolledLanes:
    """Values over lanes, and the gradient of the first: by shared inputs its sum over lanes.

    The outputs are those of the code, then the gradient by each wanted input.

    varies  of each output, that it may be a number for each lane
    width   how many numbers a lane takes while it runs
    source  the page that is run; `steps` how many statements it has
    """

    native = True  # it needs no tape
    runs = 0
    makes_totals = reads_shared = settles = True

    def __init__(self, code: Code, over: Sequence[int], wanted: Sequence[int]) -> None:
        varies = np.zeros(code.inputs, bool)
        varies[list(over)] = True
        self.rolled = rolled = Rolled(code, wanted, varies.tolist())
        self.varies = np.ones(len(code.outputs) + len(wanted), bool)
        self.source, self.steps, self.width = (
            rolled.source,
            rolled.statements,
            rolled.entries,
        )

    def once_for_all(self, shared: Floats) -> Floats:
        """Return the numbers of shared inputs, as they are given."""
        return shared

    def total(
        self, shared: Floats, arrays: tuple[Floats, ...], weight: float
    ) -> Floats | None:
        """Return all totals, where there are no others; None where `runner` has to."""
        if len(arrays) != 1 or not self.rolled.is_one_sum:
            return None
        return self.rolled.total(shared, arrays[0], weight)

    def runner(self, each: NDArray[np.bool_]) -> Callable[..., None]:
        """Return what fills in outputs: lane by lane those at `each`, others as totals.

        Called with what `once_for_all` gives, arrays (lanes, inputs), an array with a row
        for each of the former, and totals of the latter, to which is added; or with None,
        for totals that are new.
        Totals and slopes are multiplied by a weight.
        """
        count, leading = len(self.rolled.code.outputs), self.rolled.leading
        rows = each[:count]
        kept = int(rows.sum())
        added, summed = count - kept, ~rows

        def run(
            shared: Floats,
            arrays: tuple[Floats, ...],
            into: Floats,
            totals: Any,
            which: Any = None,
            weight: float = 1.0,
        ) -> Any:
            if which is not None:
                arrays = tuple([array[which] for array in arrays])
            lanes = arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1)
            found = self.rolled(shared, lanes, added, weight)
            if len(into):
                into[:kept] = found.outputs[rows]
                into[kept:] = found.varying.T
            outputs = found.outputs[summed] if kept else found.outputs
            sums = np.add.reduce(outputs, axis=1) * weight
            slopes = found.shared
            if totals is not None:
                totals[:added] += sums
                totals[added:] += slopes
                return totals
            if not leading:
                return np.concatenate([sums, slopes])
            found.memory[:added] = sums
            return found.memory[: added + len(slopes)]

        return run
