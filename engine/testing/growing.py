"""Raw random numbers made into a valid expression, whatever they are.

Every part of the raw material has a meaning wherever it stands and whatever is left
out before it: a step whose operands leave a domain takes others that fit, and is left
out where none do. So a shrinker may delete and lower parts without losing the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from dendrograd.op import Interval, Op

from .expression import Expression
from .smooth import allowed, counts, ends, inside, intervals, smooth_at

__all__ = ["PLACES", "Grower", "Pick", "Step"]

Pick = tuple[int, float, float | None]  # place, a number, the number of a new leaf
Step = tuple[Op, Sequence[Pick]]
SPARE: Pick = (0, 0.0, None)  # where a step has fewer picks than its operation operands
LEAF, CONSTANT = -1, -2  # places; one of 0 or more counts back from the last result
PLACES = (0, 0, 0, 0, 1, 1, 2, 3, 5, LEAF, LEAF, CONSTANT)  # as often as drawn
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
    """Grows expressions of at most so many leaves and so many operations in a chain."""

    leaves: int
    depth: int
    smooth: bool

    def grow(self, raw: Iterable[Step]) -> Expression | None:
        """Return the expression of the last valid step; None where no step is valid."""
        nodes: list[Node] = []
        for op, picks in raw:
            node = self.step(nodes, op, picks)
            if node:
                new = [v for v in node.operands if isinstance(v, Node)]
                nodes += [v for v in dict.fromkeys(new) if v not in nodes]
                nodes.append(node)
        return harvest(nodes) if nodes else None

    def step(self, nodes: list[Node], op: Op, picks: Sequence[Pick]) -> Node | None:
        """Return an operation on the first operands that it is defined at."""
        count = max(n for n in counts(op) if n <= max(len(picks), counts(op)[0]))
        picks = [*picks, *[SPARE] * count][:count]
        domain = intervals(op, count)
        choices = map(self.choices, [nodes] * count, domain, picks)
        for operands in islice(product(*map(list, choices)), TRIES):
            y = self.result(nodes, op, operands)
            if y is not None:
                above = [v.depth for v in operands if isinstance(v, Node)]
                return Node(y, op, operands, 1 + max(above))
        return None

    def choices(
        self, nodes: list[Node], interval: Interval, pick: Pick
    ) -> Iterator[Node | float]:
        """Yield what an operand could be, the picked one first."""
        place, number, leaf = pick
        constants = numbers(interval, number)
        if interval.whole:  # has no derivative, so it stays a constant
            yield from constants
            return
        turn = max(place, 0) % max(len(nodes), 1)
        back = nodes[::-1]
        old = [v for v in back[turn:] + back[:turn] if v.depth < self.depth]
        new = [Node(x) for x in (constants if leaf is None else [leaf])]
        kinds: dict[int, list[Sequence[Node | float]]] = {
            LEAF: [new, old, constants],
            CONSTANT: [constants, old, new],
        }
        fits = inside if self.smooth else allowed
        for operands in kinds.get(place, [old, new, constants]):
            yield from [v for v in operands if fits(interval, data(v))]

    def result(
        self, nodes: list[Node], op: Op, operands: Sequence[Node | float]
    ) -> float | None:
        """Return the value of a valid step: defined, moderate, and not a constant."""
        used = {v for v in operands if isinstance(v, Node)}
        leaves = [v.value for v in {*nodes, *used} if v.op is None]
        xs = [data(v) for v in operands]
        if not used or len(leaves) > self.leaves:
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
    return list(dict.fromkeys([v for v in tried if inside(interval, v) or v == x]))


def harvest(nodes: Sequence[Node]) -> Expression:
    """Return the expression of the last node, without what it does not need."""
    needed = {nodes[-1]}
    for node in reversed(nodes):
        if node in needed:
            needed.update(v for v in node.operands if isinstance(v, Node))
    kept = [node for node in nodes if node in needed]
    kept.sort(key=lambda node: node.op is not None)  # leaves first; a sort is stable
    slot = {node: i for i, node in enumerate(kept)}
    steps = [
        (node.op, tuple([slot[v] if isinstance(v, Node) else v for v in node.operands]))
        for node in kept
        if node.op
    ]
    point = tuple([node.value for node in kept if node.op is None])
    return Expression(point, tuple(steps), (len(kept) - 1,))
