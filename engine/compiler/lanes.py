"""Lanes: code on many points at once, a block of them after the other.

A step that no lane changes runs once, on a tape of its own; what lanes read of it is one
number for all. A step of the others is a loop over the block. Its C is compiled for several
sets of instructions; each gives the same bits. Where C is not built NumPy runs the steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.languages.c import C
from dendrograd.ops import OPS

from .code import CHAIN, Code, Floats, Integers, moved, numbered, starts_of
from .fuse import fused
from .passes import live, reached, sources
from .rows import allocated
from .schedule import Runs, in_order, in_runs, native, scheduled
from .tape import IGNORING, Tape, planned

__all__ = ["Lanes", "kernels"]

BLOCK, SMALL = 64, 32  # lanes
MANY = 100_000  # slots, from which a smaller block stays in the cache
SHORT = 2.0  # steps of a run: where most are shorter, the order of the code is kept
FAST = -3  # the number of the first operation that has a polynomial

HOWS = (np.less, np.less_equal, np.equal, np.not_equal, np.greater, np.greater_equal)
Ask = tuple[Any, bool]  # one of these, and the outcome
NOTHING = np.empty(0, np.int32)

kernels: list[str] = native.kernels() if native else ["NumPy"]


class Lanes:
    """Code that runs over lanes.

    An output is one number for each lane, or one for all, where no lane changes it.

    varies   of each output, whether it is a number for each lane
    steps    how many steps run for each lane
    once     how many run once
    width    how many numbers of a lane are kept beside its inputs

    The last outputs may be pairs of numbers that are compared: `asks` says how, and what
    the outcome was; such are no outputs of a call.

    With `exact` each number has the bits of the table's operation, and sums are made lane
    after lane; without, exp, log, tanh and sech are polynomials that differ from it by 2
    units in the last place, and sums are made in eights.
    """

    makes_totals = False  # it adds to totals that are there
    asks = False  # on the way; guards have a tape of their own
    reads_shared = False  # it is given the numbers of all inputs
    settles = False  # a slope may be -0.0

    def __init__(
        self,
        code: Code,
        over: Sequence[int],
        exact: bool = False,
        asks: Sequence[Ask] = (),
    ) -> None:
        flags = reached(code, over)
        self.exact = exact
        self._over = list(over)
        inner, needed = _split(code, flags, np.array(over, np.int32))
        self._tape = Tape(live(code._replace(outputs=needed)))
        varies = code.outputs >= 0
        varies[varies] = flags[code.outputs[varies]]
        count = len(code.outputs) - 2 * len(asks)
        self.varies: NDArray[np.bool_] = varies[:count]
        self._same = np.searchsorted(needed, code.outputs[:count][~self.varies])
        about = np.searchsorted(needed, code.outputs[count:])
        places = np.cumsum(varies)[count:] - 1  # among the outputs of the inner code
        about = np.where(varies[count:], places, ~about).reshape(-1, 2)
        hows = [(HOWS.index(how), outcome) for how, outcome in asks]
        self._asks = np.array(
            [(how, *pair, out) for (how, out), pair in zip(hows, about, strict=True)],
            int,
        ).reshape(-1, 4)
        self._inner = fused(inner)
        self.steps, self.once = len(self._inner.codes), self._tape.steps
        self.native = native is not None
        self.width = len(varies)
        self._runners: dict[bytes, Any] = {}

    def once_for_all(self, numbers: Floats) -> Floats:
        """Return what does not change from lane to lane, of which steps read some."""
        return self._tape(numbers)

    def same(self, shared: Floats) -> Floats:
        """Return the outputs that do not vary."""
        return shared[self._same]

    def runner(self, each: NDArray[np.bool_]) -> Any:
        """Return what runs on arrays: (shared, inputs, into, totals).

        `each` says of each output that varies whether it is filled in lane by lane, in its
        row of `into`; the others are added to `totals`. The inputs are arrays of the shape
        (lanes, inputs): those over lanes, from left to right. `which` may say which lanes
        of them are meant. Where code asks, `first` is given of each lane the first question
        that is answered otherwise.
        """
        key = each.tobytes()
        if key not in self._runners:
            made = _Machine if self.native else _Arrays
            self._runners[key] = made(self._inner, each, self.exact, self._asks)
        return self._runners[key]


def _split(
    code: Code, flags: NDArray[np.bool_], over: Integers
) -> tuple[Code, Integers]:
    """Return the steps over lanes as code, and what they read of the rest.

    The latter are its constants; they are operands of the whole code.
    """
    steps = flags[code.inputs :]
    places = np.zeros(code.slots, np.int32)
    places[over] = np.arange(len(over))
    places[code.inputs :] = len(over) + np.cumsum(steps) - 1
    mine = code.operands[steps[sources(code)]]
    read = np.concatenate([mine, code.outputs])
    varies = read >= 0
    varies[varies] = flags[read[varies]]
    needed = np.array(sorted(set(read[~varies].tolist())), np.int32)

    def moving(operands: Integers) -> Integers:
        found = operands.copy()
        slot = operands >= 0
        slot[slot] = flags[operands[slot]]
        found[slot] = places[operands[slot]]
        found[~slot] = ~np.searchsorted(needed, operands[~slot])
        return found

    outputs = code.outputs[varies[len(mine) :]]
    inner = Code(
        len(over),
        code.codes[steps],
        starts_of(np.diff(code.starts)[steps]),
        moving(mine),
        np.zeros(len(needed)),
        moving(outputs),
        code.table,
    )
    return inner, needed


class _Machine:  # pragma: no cover  # of the native tape
    """The steps over lanes, as C runs them."""

    def __init__(
        self, code: Code, each: NDArray[np.bool_], exact: bool, asks: Integers
    ) -> None:
        self.exact = exact
        count, kinds, masks = _kinds(code)
        order, ends = scheduled(code, (count, kinds))
        if len(order) < SHORT * len(ends):
            order = np.arange(len(order), dtype=np.int32)
        code, masks, kinds = reordered(code, order), masks[order], kinds[order]
        rows, self.rows = allocated(code)
        self.block = SMALL if self.rows > MANY else BLOCK
        shared = code.operands < 0
        operands = np.where(shared, ~code.operands, rows[np.maximum(code.operands, 0)])
        last = np.flatnonzero(np.diff(kinds, append=-1))  # of each run
        outputs = rows[code.outputs]
        asked, pairs = asks.copy(), asks[:, 1:3]
        made = np.append(outputs, 0)[np.maximum(pairs, 0)]
        asked[:, 1:3] = np.where(pairs < 0, pairs, made)
        outputs = outputs[: len(each)]
        there, calls, numbers = _operations(code, exact)
        self._run = native.Lanes(
            code.inputs,
            len(code.constants),
            self.rows,
            self.block,
            _integers(
                np.transpose(
                    [
                        numbers[code.codes[last]],
                        np.diff(last, prepend=-1),
                        np.diff(code.starts)[last],
                        masks[last] * there[code.codes[last]],
                    ]
                ).ravel()
            ),
            _integers(operands),
            _integers(shared),
            _integers(rows[code.inputs :]),
            _integers(outputs[each]),
            _integers(outputs[~each]),
            _integers(asked.ravel()),
            calls,
        ).run

    def __call__(
        self,
        shared: Floats,
        arrays: tuple[Floats, ...],
        into: Floats,
        totals: Floats,
        which: Integers | None = None,
        first: Integers = NOTHING,
        kernel: int = -1,
    ) -> None:
        number, lanes = range(len(kernels))[kernel], into.shape[1]
        self._run(number, self.exact, lanes, shared, arrays, into, totals, first, which)


def _integers(numbers: Any) -> Integers:  # pragma: no cover  # of the native tape
    return np.ascontiguousarray(numbers, np.int32)


def _kinds(  # pragma: no cover  # of the native tape
    code: Code,
) -> tuple[int, Integers, NDArray[np.int64]]:
    """Return how many kinds of steps share a run, of each its kind, and its mask.

    They have one operation, one number of operands, and the same of these are shared.
    """
    counts = np.diff(code.starts)
    first = np.arange(len(code.operands)) - np.repeat(code.starts[:-1], counts)
    bits = np.where((code.operands < 0) & (first < 3), 1 << np.minimum(first, 3), 0)
    masks = np.zeros(len(counts), np.int64)
    np.add.at(masks, sources(code), bits)
    masks[counts > 3] = 0
    count, kinds = numbered(np.stack([code.codes, counts, masks], axis=1))
    return count, kinds.astype(np.int32), masks


def _operations(  # pragma: no cover  # of the native tape
    code: Code, exact: bool
) -> tuple[NDArray[np.bool_], tuple[Any, ...], Integers]:
    """Return which operations have a kernel, what computes the others, their numbers in C."""
    table = code.table[:-2]
    known = [op is CHAIN or C.knows(op) for op in table]
    calls = tuple(
        None if c else op.evaluate for c, op in zip(known, table, strict=True)
    )
    there = np.array(
        [c and not op.variadic for c, op in zip(known, table, strict=True)]
    )
    numbers = np.arange(len(code.table))
    numbers[-2:] = -1, -2  # ADD_CHAIN and ADD_MUL
    if not exact:
        for i, name in enumerate(native.fast()):
            numbers[table.index(OPS[name])] = FAST - i
    return np.append(there, [True, True]), calls, numbers.astype(np.int32)


def reordered(  # pragma: no cover  # of the native tape
    code: Code, order: Integers
) -> Code:
    """Return code with its steps in another order, in which each still comes in time."""
    _, starts, taken = in_order(code, order)
    places = np.arange(code.slots, dtype=np.int32)
    places[code.inputs + order] = code.inputs + np.arange(len(order))
    return code._replace(
        codes=code.codes[order],
        starts=starts,
        operands=moved(taken, places),
        outputs=moved(code.outputs, places),
    )


class _Arrays:
    """The steps over lanes, as NumPy runs them: an array of lanes for each number."""

    block = 1024

    def __init__(
        self, code: Code, each: NDArray[np.bool_], exact: bool, asks: Integers
    ) -> None:
        self.asks = asks
        self.runs: Runs = in_runs(code)
        self.rows = self.runs.places
        self.inputs, self.exact, self.each = code.inputs, exact, each
        self.plan = list(planned(code, self.runs))
        self.block = max(16, min(self.block, (1 << 22) // max(self.rows, 1)))

    @IGNORING
    def __call__(
        self,
        shared: Floats,
        arrays: tuple[Floats, ...],
        into: Floats,
        totals: Floats,
        which: Integers | None = None,
        first: Integers = NOTHING,
        kernel: int = -1,
    ) -> None:
        if which is not None:
            arrays = tuple([array[which] for array in arrays])
        for start in range(0, into.shape[1], self.block):
            end = min(start + self.block, into.shape[1])
            found = self._computed(shared, [a[start:end] for a in arrays], end - start)
            if len(self.asks):
                first[start:end] = self._first(found, shared)
                found = found[: len(self.each)]
            into[:, start:end] = found[self.each]
            rest = found[~self.each]
            if self.exact:
                totals[:] = np.add.accumulate(
                    np.concatenate([totals[:, None], rest], axis=1), axis=1
                )[:, -1]
            else:
                totals += rest.sum(axis=1)

    def _first(self, found: Floats, shared: Floats) -> Integers:
        """Return of each lane the first question that is answered otherwise."""
        first = np.full(found.shape[1], len(self.asks), np.int32)
        for i, (how, left, right, outcome) in reversed(
            list(enumerate(self.asks.tolist()))
        ):
            a, b = [found[k] if k >= 0 else shared[~k] for k in (left, right)]
            first[HOWS[how](a, b) != bool(outcome)] = i
        return first

    def _computed(self, shared: Floats, arrays: list[Floats], lanes: int) -> Floats:
        places = np.empty((self.rows, lanes))
        for (start, stop), array in zip(
            pairwise(np.cumsum([0, *[a.shape[1] for a in arrays]])), arrays, strict=True
        ):
            places[start:stop] = array.T
        end = self.inputs + len(shared)
        places[self.inputs : end] = shared[:, None]
        for run, rows, count in self.plan:
            start, end = end, end + count
            places[start:end] = run(places[rows])
        return places[self.runs.outputs]
