"""How many lanes took which path, and what runs for each of them: for the report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .lanes import Lanes, kernels
from .path import Path

__all__ = ["LanesOfPath", "LanesReport", "Tally", "lanes_of", "lanes_report", "several"]


OTHERS = "no kernel", "NumPy runs them as statements on arrays"  # without or with plans


class Tally:
    """The lanes of the last call, and of all.

    shares  how many lanes of the last call each path ran
    """

    def __init__(self) -> None:
        self.last = self.total = 0
        self.shares: dict[Path, int] = {}

    def start(self, lanes: int) -> dict[Path, int]:
        """Note a call of so many lanes; return its shares, none so far."""
        self.last, self.total, self.shares = lanes, self.total + lanes, {}
        return self.shares


class LanesOfPath(NamedTuple):
    """The lanes that took one path, and what ran there.

    last, share  how many of the last call, and which part of its lanes that is
    total        how many in all calls
    steps, once  steps that run for each lane, and once for all, by the number of inputs
                 that are differentiated
    asking       steps that run for each lane to ask the guards
    """

    last: int
    share: float
    total: int
    steps: dict[int, int]
    once: dict[int, int]
    asking: int

    def __str__(self) -> str:
        return (
            f"{self.share:.1%} of the lanes: {self.last:,} in the last call, "
            f"{self.total:,} in all"
        )

    def tapes(self) -> list[str]:
        """Return what runs, in words."""
        found = [
            (f"gradient by {several(wanted, 'input')}" if wanted else "value")
            + f" {several(steps, 'step')} for each lane, {self.once[wanted]:,} once"
            for wanted, steps in self.steps.items()
        ]
        if self.asking:
            found.append(f"guards {several(self.asking, 'step')} for each lane")
        return found


class LanesReport(NamedTuple):
    """The lanes of all paths.

    last, total  how many there were in the last call, and in all
    kernel       the instructions, and how many lanes they run at once
    eager        how many lanes of the last call were left to the function itself
    """

    last: int
    total: int
    kernel: str
    eager: int

    def __str__(self) -> str:
        text = f"{several(self.last, 'lane')} in the last call, {self.total:,} in all"
        left = f"; {self.eager:,} of the last call ran eagerly" if self.eager else ""
        return text + left


def several(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def lanes_of(path: Path, tally: Tally) -> LanesOfPath:
    """Return what is told of the lanes of one path."""
    machines = {
        sum(map(len, spans)): plan.machine for (spans, *_), plan in path.plans.items()
    }
    last = tally.shares.get(path, 0)
    return LanesOfPath(
        last,
        last / tally.last if tally.last else 0.0,
        path.taken,
        {wanted: machine.steps for wanted, machine in machines.items()},
        {wanted: machine.once for wanted, machine in machines.items()},
        path.asking_steps,
    )


def lanes_report(paths: Iterable[Path], tally: Tally) -> LanesReport:
    """Return what is told of the lanes of a function."""
    plans = [plan for path in paths for plan in path.plans.values()]
    blocks = {plan.runner.block for plan in plans if isinstance(plan.machine, Lanes)}
    sizes = " or ".join(f"{block:,}" for block in sorted(blocks))
    kernel = (
        f"{kernels[-1]}, blocks of {sizes} lanes" if blocks else OTHERS[bool(plans)]
    )
    eager = tally.last - sum(tally.shares.values())
    return LanesReport(tally.last, tally.total, kernel, eager)
