"""Raw random numbers made into a valid expression, whatever they are.

Every part of the raw material has a meaning wherever it stands and whatever is left
out before it: a step whose operands leave a domain takes others that fit, and is left
out where none do. So a shrinker may delete and lower parts without losing the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, product

from dendrograd.domain import Interval
from dendrograd.op import Op

from .expression import Expression
from .safe_domain import allowed, counts, ends, inside, intervals, smooth_at

__all__ = ["PLACES", "Grower", "Raw"]

__tracebackhide__ = True  # pytest shows a person's own lines

Step = tuple[Op, Sequence[int]]  # an operation and the places of its operands
Raw = tuple[Sequence[float], Sequence[float], Iterable[Step]]
LEAF = -1  # a place for a new leaf; below it constants; from 0 on results, last first
PLACES = (0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 5, *[LEAF] * 5, -2, -3)  # as drawn
BOUND = 8.0  # of a result, or twice the largest leaf if that is more
TRIES = 64  # choices of operands for a step, before it is left out


@dataclass(frozen=True, eq=False)
class Node:
    """A leaf, or an operation on nodes and constants."""

    value: float
    op: Op | None = None
    operands: tuple[Node | float, ...] = ()
    depth: int = 0


def data(operand: Node | float) -> float:
    return operand.value if isinstance(operand, Node) else operand


@dataclass(frozen=True)
class Grower:
    """Grows expressions with at most so many operations in a chain.

    smooth  whether operations keep a margin from where they are not smooth
    fixed_leaves  whether leaves hold the numbers as drawn, or others that a domain asks for
    """

    depth: int
    smooth: bool
    fixed_leaves: bool

    def grow(self, raw: Raw) -> Expression | None:
        """Return the expression of the widest result; None where no step is valid.

        `raw` has numbers for leaves, as many as there may be, for constants, and steps.
        """
        drawn, constants, steps = raw
        nodes = [Node(x) for x in drawn] if self.fixed_leaves else []
        for op, places in steps:
            options = self.options(nodes, drawn, constants, op, places)
            node = self.step(nodes, len(drawn), op, options)
            if node:
                new = [v for v in node.operands if isinstance(v, Node)]
                nodes += [v for v in dict.fromkeys(new) if v not in nodes]
                nodes.append(node)
        return harvest(nodes) if nodes and nodes[-1].op else None

    def step(
        self, nodes: list[Node], most: int, op: Op, options: list[list[Node | float]]
    ) -> Node | None:
        """Return an operation on the first operands that it is defined at."""
        for operands in islice(product(*options), TRIES):
            y = self.result(nodes, most, op, operands)
            if y is not None:
                above = [v.depth for v in operands if isinstance(v, Node)]
                return Node(y, op, operands, 1 + max(above))
        return None

    def options(
        self,
        nodes: list[Node],
        drawn: Sequence[float],
        constants: Sequence[float],
        op: Op,
        places: Sequence[int],
    ) -> list[list[Node | float]]:
        """Return what each operand of a step could be; a place left out is 0."""
        count = max(n for n in counts(op) if n <= max(len(places), counts(op)[0]))
        domain = intervals(op, count)
        made = sum(v.op is None for v in nodes)
        first = [*nodes] or self.fresh(op, domain, drawn)
        found: list[list[Node | float]] = []
        for i, interval in enumerate(domain):
            place = places[i] if i < len(places) else 0
            leaf = drawn[(made + i) % len(drawn)]
            constant = constants[max(LEAF - 1 - place, 0) % len(constants)]
            if i in op.constant:  # has no derivative, so it stays a constant
                found.append(list(numbers(interval, constant)))
            else:
                found.append(self.choices(first, leaf, constant, interval, place))
        return found

    def fresh(
        self, op: Op, domain: Iterable[Interval], drawn: Sequence[float]
    ) -> list[Node]:
        """Return the first leaf, which a first step may use more than once."""
        free = [at for i, at in enumerate(domain) if i not in op.constant][:1]
        return [Node(x) for at in free for x in numbers(at, drawn[0])[:1]]

    def choices(
        self,
        nodes: list[Node],
        leaf: float,
        constant: float,
        interval: Interval,
        place: int,
    ) -> list[Node | float]:
        """Return what an operand could be, the picked one first."""
        constants = numbers(interval, constant)
        back = [node for node in nodes[::-1] if node.depth < self.depth]
        turn = max(place, 0) % max(len(back), 1)
        old = back[turn:] + back[:turn]
        new = [] if self.fixed_leaves else [Node(x) for x in numbers(interval, leaf)]
        found: list[Node | float] = [*old, *new, *constants]
        if place < 0:
            found = [*new, *old, *constants] if place == LEAF else [*constants, *found]
        fits = inside if self.smooth else allowed
        return [operand for operand in found if fits(interval, data(operand))]

    def result(
        self, nodes: list[Node], most: int, op: Op, operands: Sequence[Node | float]
    ) -> float | None:
        """Return the value of a valid step: defined, moderate, and not a constant."""
        used = {v for v in operands if isinstance(v, Node)}
        leaves = [v.value for v in {*nodes, *used} if v.op is None]
        xs = [data(v) for v in operands]
        if not used or len(leaves) > most:
            return None
        if self.smooth and not smooth_at(op, xs):
            return None
        y = op.evaluate(*xs)
        largest = max(BOUND, 2.0 * max(map(abs, leaves)))
        return y if abs(y) <= largest else None  # a nan is not


def numbers(interval: Interval, x: float) -> list[float]:
    """Return numbers in an interval made of a number that may lie outside."""
    low, high = ends(interval, BOUND)
    if interval.whole:
        size = math.floor(high) - math.ceil(low) + 1
        return [float(math.ceil(low) + int(abs(x)) % size)] if size > 0 else []
    inverse = 1.0 / x if x else 1.0
    spread = low + (high - low) * (x % 1.0)
    tried = (x, -x, inverse, -inverse, x + 0.5, spread, 0.5 * (low + high))
    fits = [v for v in tried if (inside(interval, v) and low <= v <= high) or v == x]
    return list(dict.fromkeys(fits))


def harvest(nodes: Sequence[Node]) -> Expression:
    """Return the expression of the node that needs most others, and of those alone."""
    needs: dict[Node, set[Node]] = {}
    for node in nodes:
        below = [needs[v] for v in node.operands if isinstance(v, Node)]
        needs[node] = {node}.union(*below)
    root = max(reversed(nodes), key=lambda node: len(needs[node]))
    kept = [node for node in nodes if node in needs[root]]
    kept.sort(key=lambda node: node.op is not None)  # leaves first; a sort is stable
    slot = {node: i for i, node in enumerate(kept)}
    steps = [
        (node.op, tuple([slot[v] if isinstance(v, Node) else v for v in node.operands]))
        for node in kept
        if node.op
    ]
    point = tuple([node.value for node in kept if node.op is None])
    return Expression(point, tuple(steps), (len(kept) - 1,))
