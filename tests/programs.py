"""Random programs with what the engine makes of them, for those who compute elsewhere.

JavaScript that runs them is held against this, in node and in a browser.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from dendrograd import Value
from dendrograd.backprop import toposort
from dendrograd.flat import flat
from dendrograd.languages.javascript import Used, forward, sweep, used
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.testing.expression import Expression
from dendrograd.testing.grower import PLACES, Grower
from dendrograd.viz.model.snapshot import trace
from dendrograd.viz.page.live import live_data

# IEEE 754 leaves no choice in these, so every bit is the same everywhere.
EXACT = [op for op in OPS.values() if op.rational and op is not OPS["pow"]]
EXACT.append(OPS["sqrt"])
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 1e300, -1e-300, 5e-324)
SPECIAL += (math.inf, -math.inf, math.nan)

# What a page or node has to say `sweep`, `forward` and `cases` to
DRIVER = """
const told = (x) => (Object.is(x, -0) ? "-0" : String(x));
const swept = cases.map(([graph, edited]) => {
  const { data, adjoints } = sweep(forward, unrolled(forward, graph), edited);
  return [[...data].map(told), [...adjoints].map(told)];
});
"""


class Case(NamedTuple):
    """A graph, new numbers for its leaves, and data and gradients of every node."""

    graph: str
    edited: dict[int, float]
    data: list[float]
    grads: list[float]
    ops: set[Used]
    exact: bool


def grown(count: int, ops: Sequence[Op], smooth: bool) -> list[Expression]:
    """Return so many random expressions, the same ones on every machine."""
    drawn = random.Random(f"{count} {smooth}")
    grower = Grower(depth=6, smooth=smooth, fixed_leaves=False)
    found: list[Expression] = []
    while len(found) < count:
        leaves = [drawn.choice((0.0, 1.0, drawn.uniform(-4.0, 4.0))) for _ in range(4)]
        constants = [drawn.uniform(-4.0, 4.0), float(drawn.randint(-2, 2))]
        steps = [
            (drawn.choice(ops), [drawn.choice(PLACES) for _ in range(5)])
            for _ in range(12)
        ]
        if expression := grower.grow((leaves, constants, steps)):
            found.append(expression)
    return found


def case(expression: Expression, exact: bool, point: Sequence[float]) -> Case:
    """Return a graph as it was made, to be edited, and what the engine has at `point`."""
    made = toposort(expression(*map(Value, expression.point)))
    leaves = [Value(x) for x in point]
    root = expression(*leaves)
    root.backward()
    order = toposort(root)
    edited = {i: node.data for i, node in enumerate(order) if node in set(leaves)}
    data, grads = [node.data for node in order], [node.grad for node in order]
    shipped = live_data(trace(made[-1]), {}, "auto")  # as the page has it
    return Case(
        json.dumps(shipped["nodes"]), edited, data, grads, used(flat([root])), exact
    )


@cache
def cases() -> list[Case]:
    """Return 200 programs at their points, and the exact ones at special points too."""
    smooth = grown(100, list(OPS.values()), smooth=True)
    kinked = grown(100, EXACT, smooth=False)
    drawn = random.Random(0)
    special = [[drawn.choice(SPECIAL) for _ in f.point] for f in kinked]
    return (
        [case(f, False, f.point) for f in smooth]
        + [case(f, True, f.point) for f in kinked]
        + [case(f, True, xs) for f, xs in zip(kinked, special, strict=True)]
    )


def script() -> str:
    """Return JavaScript that leaves what it found of all cases in `swept`."""
    listed = [
        f"[{case.graph}, {{{', '.join(f'{i}: {number(x)}' for i, x in case.edited.items())}}}]"
        for case in cases()
    ]
    ops = set().union(*[case.ops for case in cases()])
    return "\n".join(
        [
            sweep(),
            f"const forward = {forward(ops)};",
            f"const cases = [{', '.join(listed)}];",
            DRIVER,
        ]
    )


def number(x: float) -> str:
    """Return a number as JavaScript writes it."""
    return str(x).replace("inf", "Infinity").replace("nan", "NaN")


def numbers(texts: Iterable[str]) -> list[float]:
    """Return the numbers that JavaScript wrote."""
    return [float(text.replace("Infinity", "inf")) for text in texts]


def same(found: float, wanted: float) -> bool:
    """Return whether two numbers are the same in every bit, or nan."""
    signs = math.copysign(1.0, found) == math.copysign(1.0, wanted)
    return (found == wanted and signs) or (found != found and wanted != wanted)


def close(found: float, wanted: float) -> bool:
    """Return whether two numbers agree but for rounding; infinities and nan exactly."""
    near = math.isclose(found, wanted, rel_tol=1e-12, abs_tol=1e-322)
    return near or same(found, wanted)


def check(swept: str) -> None:
    """Hold what JavaScript found, as JSON, against the engine."""
    found = json.loads(swept)
    for got, case in zip(found, cases(), strict=True):
        agree = same if case.exact else close
        for kind, wanted in zip(got, (case.data, case.grads), strict=True):
            pairs = list(zip(numbers(kind), wanted, strict=True))
            wrong = [(i, *pair) for i, pair in enumerate(pairs) if not agree(*pair)]
            assert not wrong, f"{case.graph} at {case.edited}: (node, found, wanted)"
