"""One path of a compiled function: its code, its guards, and the tapes that run it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from operator import is_
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dendrograd.leaves import gather
from dendrograd.trees import rebuild
from dendrograd.value import Value

from .adjoint import joint
from .asking import Asking
from .capture import Capture
from .code import HOLD, POS, Code, Floats
from .guards import Guards
from .lanes import Lanes
from .passes import live
from .sums import Integers, Part, Plan
from .tape import Tape

if TYPE_CHECKING:
    from dendrograd.compiler.arguments import Arguments
    from dendrograd.compiler.rolled.choice import Statements
    from dendrograd.compiler.rolled.over import RolledLanes

__all__ = ["ASKED", "Asked", "Parted", "Path", "Spans"]

ASKED = "it was asked for"
WORTH = 200_000  # operands over all lanes, from which it pays to look for alike nodes
Parted = tuple[tuple["Path", int], ...]  # paths, and the guard of each that failed
Spans = tuple[Sequence[int], ...]  # inputs; a range is a key that costs little


class Asked(NamedTuple):
    """What is asked of lanes: about how many there are, whether results are summed.

    `once(machine)` makes a call, for who wants to measure.
    """

    lanes: int
    reduced: bool
    once: Callable[[Any], None]


class Path:
    """What a function does where its guards hold.

    captured  Values that it found and was not given; their numbers come last
    count     of the Values among its results
    given     how many numbers it is given
    point     the numbers that it was recorded with
    names     what these are called, if they are few
    seconds   that it took to be ready
    taken     how many lanes ran it
    backend   what was asked to run it, if anything was
    latest    what ran it over lanes last, and why that
    why       what runs it was chosen, by the inputs that are differentiated
    alone     whether all lanes of the last call took it
    """

    alone = False
    backend: str | None = None
    latest: tuple[Lanes | RolledLanes, str] | None = None

    def __init__(
        self, found: Capture, point: Any = (), names: Sequence[str] = ()
    ) -> None:
        self.capture, self.captured = found, found.captured
        self.guards = Guards(found.guards)
        self.count = sum(isinstance(y, Value) for y in found.results)
        self.given = found.code.inputs - len(self.captured)
        self.tapes: dict[Spans, Tape | Statements] = {}
        self.why: dict[Spans, str] = {}
        self.rolled: dict[Any, RolledLanes | str] = {}  # or why there are none
        self.plans: dict[Any, Plan] = {}
        self._asking: Asking | None = None
        self.point, self.names, self.seconds = point, list(names), 0.0
        self.taken = 0

    def share(self, others: Iterable[Path]) -> None:
        """Hold the list of captured Values of another path that found the same."""
        for other in others:
            if len(other.captured) == len(self.captured) and all(
                map(is_, other.captured, self.captured)
            ):
                self.captured = other.captured
                break

    def code(self, wanted: Spans = ()) -> Code:
        """Return what runs: results, what guards ask, the gradient of each result."""
        code = self.capture.code
        if inputs := list(chain(*wanted)):
            code = joint(code, code.outputs[: self.count].tolist(), inputs)
        codes = code.codes
        if HOLD in code.table:  # by now it is an identity as any other
            codes = np.where(codes == code.table.index(HOLD), POS, codes)
        return live(code._replace(codes=codes))

    def tape(self, wanted: Spans = ()) -> Tape | Statements:
        """Return the tape of the results and of their gradients by some inputs."""
        tape = self.tapes.get(wanted)
        if tape is None:
            start = perf_counter()
            tape, self.why[wanted] = self._machine(wanted)
            self.tapes[wanted] = tape
            self.seconds += perf_counter() - start
        return tape

    def _machine(self, wanted: Spans) -> tuple[Tape | Statements, str]:
        """Return what runs the path, and why it is that."""
        if self.backend is None:
            return Tape(self.code(wanted)), "one point, whose bits are the eager ones"
        if self.backend == "tape":
            return Tape(self.code(wanted)), ASKED
        from dendrograd.compiler.rolled.choice import machine  # it takes its time

        return machine(
            self.backend,
            self.capture.code,
            list(chain(*wanted)),
            self.count,
            lambda: Tape(self.code(wanted)),
            lambda: self.numbers(self.point),
        )

    def lanes(self, over: Sequence[int], wanted: Spans, exact: bool) -> Lanes:
        """Return what runs over lanes for results and gradients.

        `over` are the inputs that have a number for each lane.
        """
        start = perf_counter()
        code, asked = self.code(wanted), len(self.capture.code.outputs)
        outputs = np.concatenate([code.outputs[: self.count], code.outputs[asked:]])
        found = Lanes(live(code._replace(outputs=outputs)), over, exact)
        self.seconds += perf_counter() - start
        return found

    def asking(
        self, over: Sequence[int], picked: Sequence[int] | None = None
    ) -> Asking:
        """Return what asks guards over lanes, some or all: with all bits of eager ones."""
        if picked is None and self._asking is not None:
            return self._asking
        start = perf_counter()
        found = Asking(self.code(), self.capture.guards, over, picked)
        if picked is None:
            self._asking = found
        self.seconds += perf_counter() - start
        return found

    @property
    def trusted(self) -> bool:
        """Whether a call may run it on all lanes, and ask the guards while it runs."""
        return self.alone and self.latest is not None and self.latest[0].asks

    @property
    def asking_steps(self) -> int:
        """How many steps run for each lane to ask the guards."""
        return self._asking.steps if self._asking else 0

    def size(self, lanes: int, exact: bool) -> int:
        """Return what a choice for so many lanes depends on: 0, or a power of two of them."""
        tape = exact or self.backend == "tape"
        few = len(self.capture.code.operands) * lanes < WORTH
        return 0 if tape or (few and self.backend is None) else 1 << lanes.bit_length()

    def machine(
        self, over: Sequence[int], wanted: Spans, exact: bool, asked: Asked
    ) -> tuple[Lanes | RolledLanes, str]:
        """Return what runs over lanes, a tape or statements, and why it is that."""
        tape = partial(self.lanes, over, wanted, exact)
        if exact or not asked.lanes:
            why = "there is little to compute" if self.backend is None else ASKED
            return tape(), "exact bits were asked for" if exact else why
        from dendrograd.compiler.rolled.choice import over_lanes

        start = perf_counter()
        found = over_lanes(self, over, list(chain(*wanted)), asked, tape)
        self.seconds += perf_counter() - start
        return found

    def failing(
        self, over: Sequence[int], numbers: Floats, parts: Iterator[Part]
    ) -> Integers:
        """Return of each lane the first guard that fails; the number of guards if none."""
        machine = self.latest[0] if self.latest else None
        if machine is not None and not isinstance(machine, Lanes) and machine.asks:
            return machine.failing(numbers, parts)
        return self.asking(over).failing(numbers, parts)

    def parts(self, other: Path, at: int) -> bool:
        """Return whether the path may hold where another's guard `at` was the first to fail.

        Up to that guard both are one run of the function; then they part.
        """
        theirs, ours = other.guards.outcomes, self.guards.outcomes
        return ours[:at] == theirs[:at] and ours[at : at + 1] != theirs[at : at + 1]

    def ends(self, other: Path, at: int) -> bool:
        """Return whether no guard is left, where another's guard `at` was the first to fail.

        A comparison that is not answered one way is answered the other.
        """
        if len(self.guards) != at + 1 or not self.parts(other, at):
            return False
        ours, theirs = [path.guards.outcomes[at] for path in (self, other)]
        return ours[0] == theirs[0] and {ours[1], theirs[1]} == {"True", "False"}

    def result(self, ys: Iterable[Any]) -> Any:
        """Return a result in the structure that the function gives it."""
        ours = iter(ys)
        if isinstance(self.capture.tree, Value):  # most often
            return next(ours)
        scalars = [
            next(ours) if isinstance(y, Value) else y for y in self.capture.results
        ]
        return rebuild(self.capture.tree, iter(scalars))

    def run(self, numbers: Floats, wanted: Spans = ()) -> Floats | int:
        """Return results and gradients, or the place of the first guard that fails."""
        out = self.tape(wanted)(numbers)
        count, asked = self.count, len(self.capture.code.outputs)
        if self.capture.guards:
            failing = self.guards.failing(out[count:asked])
            if failing is not None:
                return failing
            return np.concatenate([out[:count], out[asked:]])
        return out

    def inputs(self, given: Arguments, shared: bool = False) -> Floats:
        """Return the numbers of all inputs of a call, or of those that lanes share.

        Captured Values are read once in a call.
        """
        key = self, shared
        if key not in given.met:
            given.met[key] = self.numbers(given.shared if shared else given.numbers)
        return given.met[key]

    def numbers(self, given: Floats) -> Floats:
        """Return the numbers of inputs: those given, and what captured Values hold."""
        if not self.captured:
            return given
        numbers = np.empty(len(given) + len(self.captured))
        numbers[: len(given)] = given
        gather(self.captured, numbers[len(given) :])
        return numbers
