"""A rolled program over lanes, called as `compiler.lanes.Lanes` is: lanes are one more axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.asking import Elsewhere
from dendrograd.compiler.code import Code
from dendrograd.compiler.sums import Integers, Part

from .certain import Certain
from .running import Holds, Rolled

__all__ = ["RolledLanes"]

Floats = NDArray[np.float64]


class Shared:
    """The numbers of shared inputs, looked up by the places of these among all inputs."""

    def __init__(self, numbers: Floats, rank: NDArray[np.int64]) -> None:
        self._numbers, self._rank = numbers, rank

    def __getitem__(self, places: NDArray[np.int64]) -> Floats:
        found: Floats = self._numbers[self._rank[places]]
        return found


class RolledLanes:
    """Values over lanes, and the gradient of the first: by shared inputs its sum over lanes.

    The outputs are those of the code, then the gradient by each wanted input.

    varies  of each output, that it may be a number for each lane
    asks    whether it can ask the guards of its path while it runs
    width   how many numbers a lane takes while it runs
    source  the page that is run; `steps` how many statements it has
    """

    native = True  # it needs no tape
    runs = 0
    makes_totals = reads_shared = settles = True

    def __init__(
        self,
        code: Code,
        over: Sequence[int],
        wanted: Sequence[int],
        guards: Certain | None = None,
    ) -> None:
        varies = np.zeros(code.inputs, bool)
        varies[list(over)] = True
        slots = None if guards is None else guards.slots
        bounded = guards is not None and guards.bounded
        self.rolled = rolled = Rolled(code, wanted, varies.tolist(), slots, bounded)
        self._code, self._varies = code, varies
        self._guards, self.asks = guards, guards is not None
        self.varies = np.ones(len(code.outputs) + len(wanted), bool)
        self.source, self.steps, self.width = (
            rolled.source,
            rolled.statements,
            rolled.entries,
        )
        self._rank = np.cumsum(~varies) - 1

    def _require(
        self, shared: Floats, lanes: Floats, asked: Floats, errors: Sequence[float]
    ) -> None:
        """Raise Elsewhere where a guard fails in some lane, by what was computed of it."""
        guards = self._guards
        assert guards is not None
        part = slice(0, len(lanes)), (lanes,), None
        found = guards.failing(Shared(shared, self._rank), part, asked, errors)
        if (found < guards.count).any():
            raise Elsewhere

    def failing(self, numbers: Floats, parts: Iterable[Part]) -> Integers:
        """Return of each lane the first guard that fails; how many there are if none.

        It is what `asking.Asking` gives, by statements.
        """
        guards = self._guards
        assert guards is not None
        shared = numbers[~self._varies]
        found: list[Integers] = []
        for part in parts:
            lanes = _joined(part[1], part[2])
            whole = slice(0, len(lanes)), (lanes,), None

            def note(y: Floats, off: Sequence[float], part: Part = whole) -> None:
                found.append(guards.failing(numbers, part, y, off))

            self._forward(shared, lanes, holds=note)
        return np.concatenate(found)

    @cached_property
    def _forward(self) -> Rolled:
        """What computes only what guards ask about."""
        guards = self._guards
        assert guards is not None
        code = self._code._replace(outputs=self._code.outputs[:0])
        varies = self._varies.tolist()
        return Rolled(code, (), varies, guards.slots, guards.bounded)

    def once_for_all(self, shared: Floats) -> Floats:
        """Return the numbers of shared inputs, as they are given."""
        return shared

    def total(
        self,
        shared: Floats,
        arrays: tuple[Floats, ...],
        weight: float,
        ask: bool = False,
    ) -> Floats | None:
        """Return all totals, where there are no others; None where `runner` has to.

        It may be asked to raise Elsewhere where a guard fails.
        """
        if not self.rolled.is_one_sum:
            return None
        lanes = _joined(arrays)
        return self.rolled.total(shared, lanes, weight, self._holds(ask, shared, lanes))

    def _holds(self, ask: bool, shared: Floats, lanes: Floats) -> Holds | None:
        """Return what is to be told the numbers that guards ask about, if anything is."""
        return partial(self._require, shared, lanes) if ask else None

    def runner(self, each: NDArray[np.bool_]) -> Callable[..., None]:
        """Return what fills in outputs: lane by lane those at `each`, others as totals.

        Called with what `once_for_all` gives, arrays (lanes, inputs), an array with a row
        for each of the former, and totals of the latter, to which is added; or with None,
        for totals that are new.
        Totals and slopes are multiplied by a weight. It may be asked to raise Elsewhere
        where a guard fails.
        """
        count, leading = self.rolled.results, self.rolled.leading
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
            ask: bool = False,
        ) -> Any:
            lanes = _joined(arrays, which)
            holds = self._holds(ask, shared, lanes)
            found = self.rolled(shared, lanes, added, weight, holds)
            if len(into):
                into[:kept] = found.outputs[rows]
                into[kept:] = found.varying.T
            outputs = found.outputs[summed] if kept else found.outputs
            with np.errstate(all="ignore"):  # inf and nan follow IEEE 754
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


def _joined(arrays: tuple[Floats, ...], which: Any = None) -> Floats:
    """Return the inputs that vary as one array, of some lanes, of all if None."""
    if which is not None:
        arrays = tuple([array[which] for array in arrays])
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1)
