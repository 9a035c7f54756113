"""Python's own branches: whether a function records another graph beside a point.

The oracles that run on the recorded graph know nothing of an `if`. A graph recorded
a step further does: its operations are others, or a number in it has jumped.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from dendrograd.op import Op

from .expression import Expression

__all__ = ["branch_beside"]

NEAR = 1e-6  # the smaller step at which another graph is looked for
FAR = 1e-4  # the larger one; differences use these two to look for a kink
Shape = list[tuple[str, tuple[int | None, ...]]]


def branch_beside(record: Callable[[float], Expression]) -> bool:
    """Return whether the graph that a function records changes within a small step.

    `record` gives the graph at a distance from the point, relative to its scale. A
    number that only moves with the point, as that of `float(x)`, is not a branch.

    >>> from dendrograd import Value
    >>> def record(t):
    ...     x = Value(1.0 + t)
    ...     return Expression.of([x if x <= 1.0 else 2.0 * x - 1.0], [x])
    >>> branch_beside(record)
    True
    """
    here = record(0.0)
    for side in (-1.0, 1.0):
        with suppress(Exception):  # a function may raise what it likes out there
            if _changes(here, record(side * NEAR), record(side * FAR)):
                return True
    return False


def _changes(here: Expression, near: Expression, far: Expression) -> bool:
    if not _shape(near) == _shape(far) == _shape(here):
        return True
    numbers = zip(*map(_constants, (here, near, far)), strict=True)
    return any(_jumps(*three) for three in numbers)


def _shape(graph: Expression) -> tuple[Shape, list[int | None]]:
    """Return a graph without its constants."""

    def slots(places: tuple[int | float, ...]) -> tuple[int | None, ...]:
        return tuple([place if isinstance(place, int) else None for place in places])

    steps = [(_name(op), slots(places)) for op, places in graph.steps]
    return steps, list(slots(graph.outputs))


def _name(op: Op) -> str:
    return f"{op.module}:{op.name}"  # one made in each call is another object each time


def _constants(graph: Expression) -> list[float]:
    rows = [places for _, places in graph.steps] + [graph.outputs]
    return [place for row in rows for place in row if isinstance(place, float)]


def _jumps(here: float, near: float, far: float) -> bool:
    """Return whether a number changes as much in a small step as in a large one."""
    change = abs(near - here)
    return change > max(0.5 * abs(far - here), 1e-9 * abs(here))
