"""A recorded graph computed again, exactly or with ever more digits until they agree.

Ziv's strategy (ACM TOMS 17, 1991): compute with so many digits and with twice as many;
where the two differ, double again, up to a limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from dendrograd.arithmetic.fraction import Arithmetic, Number, to_float
from dendrograd.arithmetic.mpmath import defined
from dendrograd.flat import flat
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.rules import rule
from dendrograd.sweeps import pull
from dendrograd.value import Value

__all__ = ["Rerun", "audited", "other_branch", "rerun"]

__tracebackhide__ = True  # pytest shows a person's own lines

START, ENOUGH, LIMIT = 50, 800, 1600  # digits; 800 tell any sum of floats from 0
AGREE = 80  # bits in which two precisions agree: 27 more than a float has
VANISH = -1100  # numbers below 2**-1100 are 0 to a float


@cache
def partials_of(op: Op, wanted: tuple[int, ...]) -> Callable[..., tuple[Any, ...]]:
    """Return (y, *xs) -> the partials at `wanted`, on any numbers.

    Nothing else is computed: x**2 asks for no log(x).
    """
    if op.variadic:
        return lambda *xs: tuple([op.partials(*xs)[i] for i in wanted])
    return rule(op, wanted, lambda op: op)


def audited(node: Value) -> bool:
    """Return whether a node can be computed again: from an operation of the table."""
    return node.op is not None and defined(node.op)


@dataclass(frozen=True)
class Rerun:
    """The numbers of a graph, aligned with its nodes, as one arithmetic has them.

    deciders  of each node that chooses, the number whose sign or zero is decisive
    decided   of each node, whether two precisions agree on its value and gradient
    """

    arithmetic: Arithmetic
    values: list[Any]
    gradients: list[Any]
    deciders: dict[int, Any]
    decided: list[bool]


def rerun(nodes: Sequence[Value], limit: int = LIMIT) -> Rerun:
    """Compute a graph in the order of `toposort` again with up to `limit` digits.

    Raises MissingToolError where an operation is not rational and mpmath is missing.
    """
    last = once(nodes, START)
    while last.arithmetic.rounded and 2 * last.arithmetic.digits <= limit:
        new = once(nodes, 2 * last.arithmetic.digits)
        digits = new.arithmetic.digits
        for i in range(len(nodes)):
            new.values[i], value = _settle(
                new.arithmetic, last.values[i], new.values[i]
            )
            slopes = last.gradients[i], new.gradients[i]
            new.gradients[i], gradient = _settle(new.arithmetic, *slopes)
            new.decided[i] = (
                value and gradient and _chosen(new.arithmetic, i, last, new)
            )
        last = new
        if all(new.decided) and (not new.arithmetic.doubtful or digits >= ENOUGH):
            break
    return last


def once(nodes: Sequence[Value], digits: int) -> Rerun:
    """Compute the values and the gradients of a graph with so many digits."""
    arithmetic = Arithmetic(digits)
    numbers, rows, deciders = _computed(nodes, arithmetic)

    def partials(node: Value) -> tuple[Any, ...]:
        if node.op is None or node not in rows:
            return tuple([_lifted(arithmetic, p) for p in node.partials])
        wanted = [i for i, v in enumerate(node.operands) if isinstance(v, Value)]
        return partials_of(node.op, tuple(wanted))(*rows[node])

    bar = pull(nodes, {nodes[-1]: _lifted(arithmetic, 1.0)}, partials)
    zero = _lifted(arithmetic, 0.0)
    gradients = [bar.get(node, zero).x for node in nodes]
    values = [y.x for y in numbers]
    return Rerun(
        arithmetic, values, gradients, deciders, [not arithmetic.rounded] * len(nodes)
    )


def _lifted(arithmetic: Arithmetic, x: float) -> Number:
    return Number(arithmetic.lift(x), arithmetic)


def _computed(
    nodes: Sequence[Value], arithmetic: Arithmetic
) -> tuple[list[Number], dict[Value, list[Number]], dict[int, Any]]:
    """Return all numbers, [result, *operands] of what was computed, and the deciders."""
    graph = flat(nodes[-1:])
    constants = [_lifted(arithmetic, x) for x in graph.constants]
    numbers: list[Number] = []
    rows: dict[Value, list[Number]] = {}
    deciders: dict[int, Any] = {}
    for i, (node, (op, places)) in enumerate(zip(nodes, graph.steps(), strict=True)):
        if op is None or not defined(op):
            numbers.append(_lifted(arithmetic, node.data))
            continue
        xs = [numbers[k] if k >= 0 else constants[~k] for k in places]
        y = Number(_value(arithmetic, node, op, [x.x for x in xs]), arithmetic)
        numbers.append(y)
        rows[node] = [y, *xs]
        if op.decides:
            deciders[i] = _decider(op, xs)
    return numbers, rows, deciders


def _value(arithmetic: Arithmetic, node: Value, op: Op, xs: list[Any]) -> Any:
    """Return a node's number; at a pole, the side that the sign of a zero told."""
    y = arithmetic.apply(op, *xs)
    if type(y) is float and [to_float(x) for x in xs] == [*map(float, node.operands)]:
        return arithmetic.lift(node.data)
    return y


def _decider(op: Op, xs: list[Number]) -> Any:
    """Return the number whose zero or sign decides: the distance from the kink."""
    distance = op.crease or op.decides
    return distance(*xs).x if distance else None


def _branch(op: Op | None, xs: Sequence[Any]) -> Any:
    """Return the branch that an operation takes at its operands."""
    branch = op.decides(*xs) if op and op.decides else 0.0
    return branch if op and op.crease else OPS["sign"](branch)


def _agree(arithmetic: Arithmetic, a: Any, b: Any) -> bool:
    """Return whether two precisions found the same number, well past a float."""
    if type(a) is float or type(b) is float:
        return bool(a == b) or (a != a and b != b)
    if type(a) is type(b) and a == b:
        return True
    m = arithmetic.precise.m
    a, b = arithmetic.mpf(a), arithmetic.mpf(b)
    return bool(abs(a - b) <= m.ldexp(abs(b), -AGREE))


def _settle(arithmetic: Arithmetic, a: Any, b: Any) -> tuple[Any, bool]:
    """Return a number and whether it is certain, from two precisions.

    One that shrinks with the precision until no float is as small counts as 0.
    """
    if _agree(arithmetic, a, b):
        return b, True
    finite = type(a) is not float and type(b) is not float
    mag = arithmetic.precise.m.mag
    if (
        finite
        and arithmetic.digits >= ENOUGH
        and max(mag(arithmetic.mpf(a)), mag(arithmetic.mpf(b))) < VANISH
    ):
        return Fraction(0), True
    return b, False


def _chosen(arithmetic: Arithmetic, i: int, last: Rerun, new: Rerun) -> bool:
    """Return whether a node's choice is certain: a rounded 0 decides nothing."""
    if i not in new.deciders:
        return True
    a, b = last.deciders[i], new.deciders[i]
    if type(b) is float or isinstance(b, Fraction):
        return True
    return bool(b) and arithmetic.precise.m.mag(b) > VANISH and _agree(arithmetic, a, b)


def other_branch(rerun: Rerun, nodes: Sequence[Value]) -> list[Value]:
    """Return the nodes whose choice comes out differently in floats."""
    graph, arithmetic = flat(nodes[-1:]), rerun.arithmetic
    steps, constants = graph.steps(), graph.constants
    found = []
    for i in rerun.deciders:
        op, places = steps[i]
        ours = _branch(op, [graph.data[k] if k >= 0 else constants[~k] for k in places])
        xs = [
            rerun.values[k] if k >= 0 else arithmetic.lift(constants[~k])
            for k in places
        ]
        exact = to_float(_branch(op, [Number(x, arithmetic) for x in xs]))
        if ours != exact and not (math.isnan(ours) and math.isnan(exact)):
            found.append(nodes[i])
    return found
