"""What stands out in a training, as plain sentences with numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from dendrograd import Value
from dendrograd.viz.text import num, one_line

from .units import TINY, Unit, units

if TYPE_CHECKING:
    from .training import TrainingReport

__all__ = ["findings"]

NAMES = 8  # units that a sentence lists
FAR = 100.0  # times as large a gradient in one layer as in another
ZEROED = (
    "Every gradient was 0 at every record: record after backward() and before "
    "zero_grad()."
)
UNSEEN = (
    "No unit was found in the sample: units are looked for in calls of a module or a "
    "scope, where parameters are operands."
)


def findings(report: TrainingReport, losses: Sequence[Value]) -> list[str]:
    """Return the sentences, the course of the loss first."""
    return [
        *_course(report),
        *_broken(report),
        *_between_layers(report),
        *(_units(units(losses, report.parameters)) if losses else []),
    ]


def _course(report: TrainingReport) -> list[str]:
    """Return how the figures called loss went from the first to the last record."""
    axis, xs = report.axis
    if not xs:
        return ["Nothing was recorded: call record() after each step or epoch."]
    sentences = []
    for name in report.history[-1]:
        if name.endswith("loss") and name in report.history[0]:
            first, last = (num(report.history[i][name]) for i in (0, -1))
            sentences.append(
                f"The {one_line(name.replace('_', ' '), 30)} went from {first} "
                f"({axis} {num(xs[0])}) to {last} ({axis} {num(xs[-1])})."
            )
    return sentences


def _broken(report: TrainingReport) -> list[str]:
    """Return where the first inf or nan was, among figures, weights and gradients."""
    axis, xs = report.axis
    for x, record, row in zip(xs, report.history, report.snapshots, strict=True):
        figures = [name for name, y in record.items() if not math.isfinite(y)]
        parts = zip(report.layers, row, strict=True)
        places = [
            f"{one.broken} numbers of {_named(layer.name)}"
            for layer, one in parts
            if one.broken
        ]
        if figures or places:
            what = [_named(name) for name in figures] + places
            told = (
                f"{_listed(what)} {'is' if len(what) == 1 else 'are'} not finite at "
                f"{axis} {num(x)}, the first time: see "
                "dendrograd.first_nonfinite(loss), or use a lower learning rate."
            )
            return [told]
    return []


def _between_layers(report: TrainingReport) -> list[str]:
    """Return whether gradients vanish or explode on their way back through the layers.

    A layer's size is the median over the records of the root mean square of its
    gradients, so that layers with few and with many parameters can be compared.
    """
    if not report.snapshots:
        return []
    rows = np.array([[one.size for one in row] for row in report.snapshots])
    sizes = np.median(rows, axis=0).tolist()
    names = [_named(layer.name) for layer in report.layers]
    still = [n for n, column in zip(names, rows.T, strict=True) if not column.any()]
    if len(still) == len(names):
        return [ZEROED]
    sentences = []
    if still:
        sentences.append(f"No gradient reached {_listed(still)} at any record.")
    live = [(n, s) for n, s in zip(names, sizes, strict=True) if 0 < s < math.inf]
    pairs = [
        (max(a, b) / min(a, b), early, a, late, b)
        for (early, a), (late, b) in combinations(live, 2)
    ]
    times, early, a, late, b = max(pairs, default=(0.0, "", 0.0, "", 0.0))
    if times > FAR:
        way = "shrink" if a < b else "grow"
        name = "they vanish" if a < b else "they explode"
        sentences.append(
            f"Gradients {way} {times:,.0f} times on their way back from {late} (root "
            f"mean square {num(b, 2)}) to {early} ({num(a, 2)}): {name}. Weights of "
            "another size at the start, fewer layers or another activation would help."
        )
    return sentences


def _units(seen: Sequence[Unit]) -> list[str]:
    """Return which units are dead and which are saturated."""
    if not seen:
        return [UNSEEN]
    inputs = max(unit.seen for unit in seen)
    dead, stuck = [u for u in seen if u.dead], [u for u in seen if u.stuck]
    sentences = []
    if dead:
        one = len(dead) == 1
        names = _listed([f"{_named(u.name)} ({u.off} of {u.seen})" for u in dead])
        sentences.append(
            f"{len(dead)} of {len(seen)} units {'is' if one else 'are'} dead, with "
            f"output 0 and slope 0 for every input: {names}. No gradient reaches "
            f"{'its' if one else 'their'} parameters."
        )
    if stuck:
        names = _listed(
            [f"{_named(u.name)} ({u.saturated} of {u.seen})" for u in stuck]
        )
        sentences.append(
            f"{len(stuck)} of {len(seen)} units {'is' if len(stuck) == 1 else 'are'} "
            f"saturated, with a slope below {TINY:g} for most inputs: {names}."
        )
    if not sentences:
        sentences.append(
            f"None of {len(seen)} units is dead or saturated, for "
            f"{inputs} input{'' if inputs == 1 else 's'}."
        )
    return sentences


def _named(name: str) -> str:
    return one_line(name, 40)


def _listed(names: Sequence[str]) -> str:
    """Return names in a row, and how many more there are."""
    more = len(names) - NAMES
    return ", ".join(names[:NAMES]) + (f" and {more} more" if more > 0 else "")
