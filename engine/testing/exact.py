"""The slopes of a graph by every oracle that has no truncation error."""

from __future__ import annotations

from collections.abc import Sequence

from dendrograd.tools import available

from .expression import Expression
from .figures import off
from .oracles import Slope, complex_slopes, dual, precise, rounding

__all__ = ["exact_slopes"]

MORE = 350  # digits, as many as floats have decades


def exact_slopes(
    graph: Expression, direction: Sequence[float]
) -> tuple[dict[str, list[Slope]], list[float]]:
    """Return the slopes by every oracle that knows the graph, and their rounding."""
    if graph.made_by_hand:  # no rule to go by: only the function itself can be asked
        return {}, [0.0] * len(graph.outputs)
    ways = {"dual": [Slope(x, x, x) for x in dual(graph, direction)]}
    if (slopes := complex_slopes(graph, direction)) is not None:
        ways["complex"] = slopes
    if available("mpmath") and (slopes := _precise(graph, direction, ways["dual"])):
        ways["mpmath"] = slopes
    return ways, rounding(graph, direction)


def _precise(
    graph: Expression, direction: Sequence[float], others: Sequence[Slope]
) -> list[Slope] | None:
    """Return the slopes in many digits; in more, where others say otherwise.

    That of log(1 + exp(-500)) is lost even in 100 digits.
    """
    found = precise(graph, direction)
    pairs = zip(found or [], others, strict=False)
    if any(off(x.middle, other.middle, 0.0) for x, other in pairs):
        return precise(graph, direction, more=MORE)
    return found
