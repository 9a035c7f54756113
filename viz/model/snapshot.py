"""A frozen picture of a graph's data, for pictures and explanations; nothing draws here.

`trace` recomputes every gradient from the local derivatives, so that a picture can
tell whether the `.grad` it shows belongs to the root that it shows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dendrograd import Value
from dendrograd.backprop import toposort
from dendrograd.diagnose import moved
from dendrograd.errors import OperandError
from dendrograd.flat import Flat, flat
from dendrograd.mode import Call
from dendrograd.op import Op
from dendrograd.sweeps import product, pull
from dendrograd.viz.text import num, one_line

from .own import by_hand
from .own import close as _close

__all__ = ["Edge", "Graph", "Node", "differing", "trace"]

NAMED = 3  # Values in a list


@dataclass(frozen=True, slots=True)
class Node:
    """One node: a leaf, or the result of an operation.

    id        its position in topological order, operands first
    op        the operation that made it, None for a leaf
    grad      what `.grad` held, 0 for None; adjoint is d root / d node, recomputed
    operands  one entry per operand: a plain number, or None where an edge arrives
    scope     names of the modules it was made in, outermost first
    source    "file.py:12" where it made an inf or a nan
    call      the entry into a module that it was made in; no part of what is equal,
              since each run of a program has calls of its own
    """

    id: int
    label: str
    op: Op | None
    data: float
    grad: float
    adjoint: float
    operands: tuple[float | None, ...]
    scope: tuple[str, ...]
    source: str | None
    call: Call = field(compare=False, repr=False)

    @property
    def is_leaf(self) -> bool:
        """Whether nothing was recorded that it was computed from."""
        return not self.operands

    @property
    def name(self) -> str:
        """What prose calls it, on one short line: its label, or n and its number."""
        return one_line(self.label, 24) or f"n{self.id}"


class Edge(NamedTuple):  # a graph has many, and a tuple is made in a third of the time
    """One use of a node as an operand: `a * a` has two edges.

    slot          the position among the operands of `dst`
    local         d dst / d src along this edge alone
    contribution  what the edge adds to the adjoint of `src`: local * adjoint of `dst`
    """

    src: int
    dst: int
    slot: int
    local: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in topological order, edges by consumer and slot, and what to know.

    The contributions of the edges that leave a node add up to its adjoint; the
    adjoint of the root is 1.

    notes  what the reader must know of the numbers
    moved  the one of them that tells of data that changed after the graph was built
    flat   the graph as arrays, with its partials, which a page computes again
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    notes: tuple[str, ...]
    moved: str
    flat: Flat = field(compare=False, repr=False)

    @property
    def root(self) -> Node:
        """The node whose derivatives the picture shows."""
        return self.nodes[-1]


def trace(root: Value) -> Graph:
    """Return a snapshot of everything that root was computed from.

    Later changes to the Values do not reach it. The same program gives an equal graph
    in every run. Raises OperandError if root is not a Value.

    >>> x = Value(3.0, label="x")
    >>> graph = trace(x * x)
    >>> [(edge.src, edge.dst, edge.local) for edge in graph.edges]
    [(0, 1, 3.0), (0, 1, 3.0)]
    >>> graph.nodes[0].adjoint
    6.0
    """
    if not isinstance(root, Value):
        raise OperandError(
            f"the root of a picture is a Value, not the {type(root).__name__} "
            f"{one_line(repr(root), 60)}; draw one scalar that was computed from "
            "Values, such as a loss"
        )
    order, found = toposort(root), flat([root], full=True)
    adjoints = pull(order, {root: 1.0}, wanted=order)
    nodes, edges = _nodes(found, adjoints), _edges(found, adjoints)
    changed = _about_data(order, nodes)
    notes = [_about_gradients(nodes, edges), changed, *_about_numbers(nodes)]
    return Graph(
        nodes,
        edges,
        tuple(filter(None, notes)),
        changed,
        found._replace(captured=[], grads=None, calls=None, labels=None),
    )


def _nodes(found: Flat, adjoints: Sequence[float]) -> tuple[Node, ...]:
    calls, constants = found.calls or [], found.constants
    scopes = {call: names(call) for call in set(calls)}
    rows = zip(
        found.steps(), found.data, found.grads or (), adjoints, found.labels or (), calls,
        strict=True,
    )  # fmt: skip
    return tuple(
        [
            Node(
                id=i,
                label="" if label is None else str(label),
                op=op,
                data=data,
                grad=grad,
                adjoint=adjoint,
                operands=tuple([None if p >= 0 else constants[~p] for p in places]),
                scope=scopes[call],
                source=call.source,
                call=call,
            )
            for i, ((op, places), data, grad, adjoint, label, call) in enumerate(rows)
        ]
    )


def _edges(found: Flat, adjoints: Sequence[float]) -> tuple[Edge, ...]:
    """Return the edges, by the node that they arrive at and its operands."""
    starts, partials = found.starts, found.partials or ()
    return tuple(
        [
            Edge(place, i, slot, partials[at], product(partials[at], adjoint))
            for i, adjoint in enumerate(adjoints)
            for slot, at in enumerate(range(starts[i], starts[i + 1]))
            if (place := found.operands[at]) >= 0
        ]
    )


def names(call: Call) -> tuple[str, ...]:
    """Return the names of the calls around a node, outermost first."""
    return tuple([str(each.name) for each in call.path])


def _about_numbers(nodes: Sequence[Node]) -> Iterator[str]:
    """Yield where the first value and the first gradient that are not finite arose."""
    broken = next((n for n in nodes if not math.isfinite(n.data)), None)
    if broken:
        where = f", made at {one_line(broken.source, 60)}" if broken.source else ""
        op = f" by {one_line(broken.op.symbol, 40)}" if broken.op else ""
        yield (
            f"the first value that is not finite: {broken.name} = "
            f"{num(broken.data)}{op}{where}"
        )
    broken = next((n for n in reversed(nodes) if not math.isfinite(n.adjoint)), None)
    if broken:
        yield (
            f"the first gradient that is not finite, going back from the root: "
            f"that of {broken.name}, {num(broken.adjoint)}"
        )


def _about_data(order: Sequence[Value], nodes: Sequence[Node]) -> str:
    """Return which data changed after the graph was built, "" where none did."""
    change = moved(order)
    if change is None:
        return ""
    numbered = dict(zip(order, nodes, strict=True))
    names = _listed([numbered[v] for v in change.sources], nodes, change.sure)
    old = [
        f"{n.name} = {num(n.data)}" for n in map(numbered.get, change.nodes[:1]) if n
    ]
    but = f", but results such as {old[0]} are those of the old data" if old else ""
    return (
        f"{names} changed after the graph was built, as by optimizer.step(){but}; "
        "build the graph again"
    )


def _listed(some: Sequence[Node], nodes: Sequence[Node], sure: bool) -> str:
    """Return names in a list, with their numbers where a name is not of one alone."""
    used = Counter(node.name for node in nodes)
    found = [
        n.name if used[n.name] == 1 else f"{n.name} (n{n.id})" for n in some[:NAMED]
    ]
    if len(some) > NAMED:
        found.append(f"{len(some) - NAMED:,} more")
    word = " and " if sure else " or "
    return word.join(filter(None, [", ".join(found[:-1]), found[-1]]))


def differing(nodes: Iterable[Node]) -> list[Node]:
    """Return the nodes whose `.grad` is not d root / d node."""
    return [n for n in nodes if not _close(n.grad, n.adjoint)]


def _about_gradients(nodes: Sequence[Node], edges: Sequence[Edge]) -> str:
    """Return how `.grad` differs from d root / d node, "" where it does not."""
    others = differing(nodes)
    if not others:
        return ""
    if not any(n.grad for n in nodes):
        return "backward() has not run: every grad is still 0"
    root = nodes[-1]
    if not root.is_leaf and not any(n.grad for n in nodes if not n.is_leaf):
        return (
            "backward() has not run from this root, whose own grad is 0, not 1: what "
            "leaves hold comes from other graphs"
        )
    if not root.is_leaf and not _close(root.grad, 1.0):
        return (
            f"grad is not the derivative of this root: the root's own is "
            f"{num(root.grad)}, not 1, as when backward() ran from another node"
        )
    if by_hand(nodes, edges):
        return (
            "a sweep by hand, not done yet: a node whose grad is 0 waits for its turn"
        )
    which = "leaf" if all(n.is_leaf for n in others) else "node"
    many = {"leaf": "leaves"}.get(which, "nodes") if len(others) > 1 else which
    return (
        f"{len(others)} {many} with a grad other than d root / d {which}"
        f"{_reason(others)}"
    )


def _reason(others: Sequence[Node]) -> str:
    """Return why gradients differ although backward() ran, as far as they tell."""
    if not any(n.grad for n in others):
        return ": it is 0, as after zero_grad(); run backward() again to fill it in"
    ratios = {round(n.grad / n.adjoint, 6) for n in others if n.adjoint}
    times = ratios.pop() if len(ratios) == 1 else 0.0
    if times > 1.0 and times.is_integer():
        return (
            f", all {num(times)} times as large: backward() ran {num(times)} times; "
            "call zero_grad() before each"
        )
    if 0.0 < times < 1.0:
        return f", all {num(times)} times as large: clipped or scaled after backward()?"
    return (
        ": it holds what other backward() calls added, or was changed since; "
        "call zero_grad() before each backward()"
    )
