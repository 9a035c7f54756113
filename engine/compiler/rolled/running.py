"""A rolled program that is called: with numbers, for values and the gradient.

BLAS adds in an order of its own, and knows nothing of the law that a zero factor hands on
nothing, not even beside an infinity; nor does a product overflow that is added in one
rounding. So where a result is not finite, or anything on the way overflowed, the tape
computes all of the call again, with the law; elsewhere the two differ by rounding alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.adjoint import joint
from dendrograd.compiler.code import HOLD, POS, Code
from dendrograd.compiler.lanes import Lanes
from dendrograd.compiler.passes import live, reached
from dendrograd.compiler.schedule import native
from dendrograd.compiler.sums import Plan, Sums, stretch
from dendrograd.compiler.tape import Tape

from .levels import coloured
from .source import printed

__all__ = ["Holds", "Result", "Rolled", "settle"]

Floats = NDArray[np.float64]
Holds = Callable[[Floats, Sequence[float]], None]
Into = tuple[Floats, Floats, Floats]  # outputs, and gradients by shared and by varying
NOTHING = np.empty(0)
NO_SLOPES = np.empty((0, 0))
KEPT = 4  # numbers of lanes for which arrays are kept
MOST = 1 << 20  # numbers in the arrays of a block of lanes
SIDE = 16  # lanes beside each other: what vector units like


class Result(NamedTuple):
    """What a call gives.

    outputs  the value of each output; with lanes a row of them for each, (outputs, lanes)
    shared   the gradient by the wanted inputs that are shared, summed over lanes
    varying  that by the wanted inputs that vary, (lanes, inputs)
    memory   what `shared` stands in, behind the room that was asked for

    No number of a gradient is -0.0.
    """

    outputs: Floats
    shared: Floats
    varying: Floats
    memory: Floats = NOTHING


class Rolled:
    """Code as array statements: its outputs, and the gradient of the first of them.

    Inputs vary by lane, or are shared by all lanes. `wanted` are the inputs by which it is
    differentiated, none for values alone. `asked` are slots of numbers that a call is to tell
    before it goes back, if `bounded` with how far they may be off. Raises NotAlike where the
    code is not repetitive.

    source      the page that is run
    classes     how many arrays there are; `statements` how many of these are computed
    entries     how many numbers that vary stand in them, for each lane
    operations  how many scalar operations they stand for; `operands` how many these read

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.program import record
    >>> code = from_program(record(lambda a, b, x, y: (a * x + b * y).tanh(), 4))
    >>> rolled = Rolled(code, wanted=[0, 1], varies=[False, False, True, True])
    >>> lanes = np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> found = rolled(np.array([0.0, 0.5]), lanes)
    >>> found.outputs.round(3).tolist(), found.shared.round(3).tolist()
    ([[0.0, 0.762]], [1.0, 0.84])
    """

    def __init__(
        self,
        code: Code,
        wanted: Sequence[int] = (),
        varies: Sequence[bool] = (),
        asked: Sequence[int] | None = None,
        bounded: bool = False,
    ) -> None:
        self.results = len(code.outputs)
        outputs = np.array([*code.outputs.tolist(), *(asked or ())], np.int32)
        self.code = code = live(code._replace(outputs=outputs))
        self.wanted = list(wanted)
        self.varies = np.zeros(code.inputs, bool)
        self.varies[: len(varies)] = varies
        active = np.zeros(code.inputs, bool)
        active[self.wanted] = True
        self.operations, self.operands = len(code.codes), len(code.operands)
        found = coloured(code, self.varies, active)
        self.classes = len(found.kinds)
        self._zero = not self.wanted or not _depends(code, self.wanted)
        root = None if self._zero else int(code.outputs[0])
        behind = None if asked is None else self.results
        page = printed(found, code.outputs.tolist(), root, behind, bounded)
        self.source, self.statements = page.text, page.statements
        self.entries = page.entries
        self._prepared = page.prepared()
        by = self.varies[self.wanted]
        self._by = bool((~by).any()), bool(by.any())  # shared inputs, those that vary
        self._free: dict[int, list[Any]] = defaultdict(
            list
        )  # by lanes, not running now
        rank = (
            np.where(self.varies, np.cumsum(self.varies), np.cumsum(~self.varies)) - 1
        )
        self._shared = stretch(
            np.array([int(rank[i]) for i in self.wanted if not self.varies[i]], int)
        )
        self.leading = isinstance(self._shared, slice) and self._shared.start == 0
        self._varying = stretch(
            np.array([int(rank[i]) for i in self.wanted if self.varies[i]], int)
        )

    def __call__(
        self,
        shared: Floats,
        lanes: Floats | None = None,
        room: int = 0,
        seed: float = 1.0,
        holds: Holds | None = None,
    ) -> Result:
        """Return values and gradients, those by shared inputs summed over lanes.

        `shared` are the numbers of shared inputs, `lanes` a row of those that vary for each
        lane. The gradient is that of the first output, times `seed`. Before the gradient by
        shared inputs there is room for so many numbers in its memory, for who wants to fill
        it. `holds` is told the numbers that are asked about, a row each, with their bounds,
        and may raise an error.
        """
        x = np.ascontiguousarray(shared, np.float64)
        X = np.empty((1, 0)) if lanes is None else np.asarray(lanes, np.float64)
        with np.errstate(all="ignore"):  # an inf is a result here, as in the table
            found = self._run(x, X, room, seed, holds or _whatever)
            slopes = [part for part in (found.shared, found.varying.T) if part.size]
            if not (_is_finite(found.outputs) & all(map(settle, slopes))):
                found = self._again(x, X, room)
                for part in found[1:3]:
                    part *= seed
                    part += 0.0
        return found._replace(outputs=found.outputs[:, 0]) if lanes is None else found

    def _run(
        self, x: Floats, X: Floats, room: int, seed: float, holds: Holds
    ) -> Result:
        y = np.empty((len(self.code.outputs), len(X)))
        memory = np.empty(room + len(x) * self._by[0])
        dx = memory[room:]
        dX = np.empty((X.shape[1] if self._by[1] else 0, len(X)))
        if self._zero:
            dx[:] = dX[:] = 0.0
        self._fill(x, X, (y, dx, dX), seed, holds)
        return Result(y[: self.results], dx[self._shared], dX[self._varying].T, memory)

    def _fill(
        self, x: Floats, X: Floats, into: Into, seed: float, holds: Holds
    ) -> None:
        """Run the page, by blocks of lanes where its arrays would leave the caches."""
        count = -(-len(X) * self.entries // MOST)
        if count <= 1:
            self._block(x, X, into, seed, holds)
            return
        y, dx, dX = into
        size, told = -(-len(X) // count // SIDE) * SIDE, list[Sequence[float]]()
        dx[:] = 0.0
        for i in range(0, len(X), size):
            lanes = X[i : i + size]
            one, each = np.zeros(len(dx)), np.zeros((len(dX), len(lanes)))
            note: Holds = lambda _, errors: told.append(errors)
            self._block(x, lanes, (y[:, i : i + size], one, each), seed, note)
            dx += one
            if len(dX):
                dX[:, i : i + size] = each
        if told:  # the bounds of a block hold in it alone
            holds(
                y[self.results :], [max(errors) for errors in zip(*told, strict=True)]
            )

    def _block(
        self, x: Floats, X: Floats, into: Into, seed: float, holds: Holds
    ) -> None:
        """Run the page. Where anything overflows on the way, no output is a number."""
        free = self._free[len(X)]
        try:
            run = free.pop()  # no two threads get the same
        except IndexError:
            run = self._prepared(len(X))
        lost: list[str] = []
        try:
            with np.errstate(over="call", call=lambda kind, _: lost.append(kind)):
                run(x, X.T, *into, seed, holds)
        finally:
            free.append(run)
        if lost:
            into[0][:] = np.nan  # which the tape knows better
        while len(self._free) > KEPT:
            self._free.pop(next(iter(self._free)), None)

    @cached_property
    def is_one_sum(self) -> bool:
        """Whether the one output is differentiated by leading shared inputs alone."""
        alone = self.results == 1 and not self._zero
        return alone and self._by == (True, False) and self.leading

    def total(
        self, x: Floats, X: Floats, weight: float, holds: Holds | None = None
    ) -> Floats | None:
        """Return the one output and its gradient, both summed over lanes, times a weight.

        It is a call without detours, for what `is_one_sum`. None where not all is finite.
        """
        y, memory = np.empty((len(self.code.outputs), len(X))), np.empty(1 + len(x))
        total = memory[: 1 + len(self.wanted)]
        with np.errstate(all="ignore"):
            into = y, memory[1:], NO_SLOPES
            self._fill(x, X, into, weight, holds or _whatever)
            if not (settle(total[1:]) and _is_finite(y[:1])):
                return None
            total[0] = np.add.reduce(y[0]).item() * weight
        return total

    @cached_property
    def _exact(self) -> Lanes | Tape:
        """What keeps the law: a tape, over lanes where there are any."""
        code = self.code._replace(outputs=self.code.outputs[: self.results])
        if self.wanted:
            code = joint(code, code.outputs[:1].tolist(), self.wanted)
        if HOLD in code.table:
            held = code.codes == code.table.index(HOLD)
            code = code._replace(codes=np.where(held, POS, code.codes))
        over = np.flatnonzero(self.varies).tolist()
        return Lanes(live(code), over) if over else Tape(live(code))

    def _again(self, x: Floats, X: Floats, room: int) -> Result:
        """Return the same by the tape."""
        count, found = self.results, self._exact
        if isinstance(found, Tape):
            numbers = found(x)[:, None]
            slopes = numbers[count:, 0]
            return Result(numbers[:count], slopes, np.empty((1, 0)))
        each = np.r_[np.ones(count, bool), self.varies[self.wanted]]
        numbers = np.zeros(self.code.inputs)
        numbers[~self.varies] = x
        sums = Sums(each, len(X), True)
        nothing = np.zeros(0, np.int64), np.zeros(0)
        plan = Plan(found, each, np.arange(len(each)), nothing)
        sums.add(plan, numbers, iter([(slice(0, len(X)), (X,), None)]))
        memory = np.concatenate([np.zeros(room), sums.total])
        return Result(sums.rows[:count], memory[room:], sums.rows[count:].T, memory)


def _whatever(_numbers: Floats, _errors: Sequence[float]) -> None:
    """Go on, whatever the numbers are that are asked about."""


def _depends(code: Code, wanted: Sequence[int]) -> bool:
    """Return whether the first output depends on wanted inputs."""
    first = int(code.outputs[0])
    return first >= 0 and bool(reached(code, wanted)[first])


def _is_finite(numbers: Floats) -> bool:
    """Return whether all numbers are finite, and far from the last float."""
    flat = numbers.reshape(-1)
    return math.isfinite(np.dot(flat, flat))


def settle(numbers: Floats) -> bool:
    """Leave no -0.0; return whether all numbers are finite, and far from the last float.

    >>> numbers = np.array([-0.0, 1.0, np.inf])
    >>> settle(numbers), settle(numbers[:2]), numbers
    (False, True, array([ 0.,  1., inf]))
    """
    flat = numbers.reshape(-1)
    if native is not None:
        return bool(native.settle(flat))
    flat += 0.0
    return _is_finite(flat)
