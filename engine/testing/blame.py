"""The first node of a graph whose local derivative is wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dendrograd.backprop import toposort
from dendrograd.diagnose import first_nonfinite
from dendrograd.notices.describe import called
from dendrograd.op import Op, by_hand
from dendrograd.tools import available
from dendrograd.value import Value

from .comparison import Comparison
from .differences import estimate
from .expression import Expression
from .figures import EXACT, SPREADS, Figures
from .kinks import kinks
from .oracles import precise, rounding

__all__ = ["blame"]

AUDIT = "dendrograd.testing.audit(y) names the nodes that lose the digits of a result y"
ROUNDED = f"the figures differ by rounding, as where large terms cancel; {AUDIT}"
KINK = (
    "the point is at a kink of {}, where a rule gives the one slope that it promises, "
    "but the function is smooth there; write it without the kink, as x * x for "
    "abs(x) ** 2"
)
FAST = (
    "around the point the function changes faster than differences can follow; try "
    "another point"
)
LOST = (
    "does the function leave dendrograd, by math.exp(x), float(x) or x.data, or depend "
    "on more than its arguments?"
)


def blame(results: Sequence[Any], leaves: Sequence[Value], one: Comparison) -> str:
    """Return, as text, the first node with a wrong local derivative, parents first.

    Each recorded partial is compared with the slope of its operation alone, at the
    operands it had. Where none is wrong, the nodes that could not be checked are
    named, or what else may be the matter, by the figures of the derivative in doubt.
    """
    roots = [y for y in results if isinstance(y, Value)]
    unknown = None
    for node in toposort(*roots, below=leaves):
        if node.op is by_hand:
            unknown = unknown or node
        elif node.op and (wrong := _wrong(node, node.op)):
            return f"first wrong local derivative: {wrong}"
    if unknown:
        return (
            f"suspect: the node {unknown!r} was made by hand, with the local "
            f"derivatives {list(unknown.partials)}; nothing else knows its rule"
        )
    return f"no wrong local derivative was found: {_otherwise(roots, one)}"


def _otherwise(roots: Sequence[Value], one: Comparison) -> str:
    """Return what else may be the matter, by what speaks for it.

    A gradient is lost where the function moves otherwise than the graph that it
    recorded, and no rounding explains it: differences call the function, the others
    run on the graph.
    """
    figures, words = one.figures, one.words
    smooth = figures.at_kink and not figures.differences.kink
    if smooth and one.verdict == "differ":
        return KINK.format(", ".join(figures.at_kink[:3]))
    for root in roots:
        if report := first_nonfinite(root):
            return f"a number is not finite; {AUDIT}\n{report}"
    if figures.branch:
        return "the function takes another branch, an `if` of its own, beside the point"
    exact = {word for way, word in words.items() if way != "differences"}
    if exact & {"cannot tell", "differ"}:
        return ROUNDED
    unsure = words["differences"] == "cannot tell"
    if unsure and figures.differences.jump:
        return FAST
    return ROUNDED if unsure or figures.whole else LOST


def _wrong(node: Value, op: Op) -> str | None:
    """Return what is wrong with a node's partials; None where nothing is."""
    xs = tuple([float(x) for x in node.operands])
    alone = Expression(xs, ((op, tuple(range(len(xs)))),), (len(xs),))
    if not math.isfinite(node.data) or kinks(alone, 1e-6):
        return None
    places = [i for i, x in enumerate(node.operands) if isinstance(x, Value)]
    for i, partial in zip(places, node.partials, strict=True):
        slope, room, oracle = _slope(alone, i)
        if abs(partial - slope) > room:
            return (
                f"{called(op, xs)} = {node.data!r}: its partial by operand {i} "
                f"is {partial!r}, but {oracle} gives {slope!r}"
            )
    return None


def _slope(alone: Expression, i: int) -> tuple[float, float, str]:
    """Return the slope of one operation by operand i, its tolerance and the oracle."""
    unit = [float(k == i) for k in range(len(alone.point))]
    slopes = precise(alone, unit) if available("mpmath") else None
    if slopes:
        slope = slopes[0].middle
        noise = SPREADS * rounding(alone, unit)[0]
        return slope, EXACT * abs(slope) + noise, "mpmath"
    (op, _), *_ = alone.steps

    def along(x: float) -> float:
        return op.evaluate(*alone.point[:i], x, *alone.point[i + 1 :])

    seen = estimate(along, alone.point[i])
    known = math.isfinite(seen.slope) and not seen.kink
    room = Figures(seen).tolerance(seen.slope)
    return seen.slope, room if known else math.inf, "a central difference"
