"""A frozen picture of a graph's data, for pictures and explanations; nothing draws here.

`trace` recomputes every gradient from the local derivatives, so that a picture can
tell whether the `.grad` it shows belongs to the root that it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dendrograd import Value
from dendrograd.backprop import toposort
from dendrograd.errors import OperandError
from dendrograd.mode import Call
from dendrograd.op import Op
from dendrograd.sweeps import product, pull
from dendrograd.viz.text import num, one_line

__all__ = ["Edge", "Graph", "Node", "trace"]


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
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    notes: tuple[str, ...]

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
    order = toposort(root)
    number = {node: i for i, node in enumerate(order)}
    adjoint = pull(order, {root: 1.0})
    scopes = {call: names(call) for call in {node.call for node in order}}
    nodes = tuple(
        [_node(v, i, adjoint.get(v, 0.0), scopes[v.call]) for i, v in enumerate(order)]
    )
    edges = [e for v in order for e in _edges_into(v, number, adjoint.get(v, 0.0))]
    return Graph(nodes, tuple(edges), tuple(_notes(nodes)))


def _edges_into(node: Value, number: dict[Value, int], adjoint: float) -> list[Edge]:
    """Return the edges from a node's operands to it, in the order of the operands."""
    parents, operands, here = node.parents, node.operands, number[node]
    slots: Iterable[int] = range(len(parents))
    if operands is not parents:  # there are plain numbers among them
        slots = [k for k, x in enumerate(operands) if isinstance(x, Value)]
    return [
        Edge(number[parent], here, slot, partial, product(partial, adjoint))
        for slot, parent, partial in zip(slots, parents, node.partials, strict=True)
    ]


def names(call: Call) -> tuple[str, ...]:
    """Return the names of the calls around a node, outermost first."""
    return tuple([str(each.name) for each in call.path])


def _node(value: Value, number: int, adjoint: float, scope: tuple[str, ...]) -> Node:
    operands = value.operands
    numbers: tuple[float | None, ...] = (None,) * len(operands)
    if operands is not value.parents:
        numbers = tuple([None if isinstance(x, Value) else x for x in operands])
    return Node(
        id=number,
        label="" if value.label is None else str(value.label),
        op=value.op if value.parents else None,
        data=value.data,
        grad=0.0 if value.grad is None else value.grad,
        adjoint=adjoint,
        operands=numbers,
        scope=scope,
        source=value.call.source,
        call=value.call,
    )


def _notes(nodes: Sequence[Node]) -> list[str]:
    """Return what the reader of a picture must know about its numbers."""
    notes = [_about_gradients(nodes)]
    broken = next((n for n in nodes if not math.isfinite(n.data)), None)
    if broken:
        where = f", made at {one_line(broken.source, 60)}" if broken.source else ""
        op = f" by {broken.op.symbol}" if broken.op else ""
        notes.append(
            f"the first value that is not finite: {broken.name} = "
            f"{num(broken.data)}{op}{where}"
        )
    broken = next((n for n in reversed(nodes) if not math.isfinite(n.adjoint)), None)
    if broken:
        notes.append(
            f"the first gradient that is not finite, going back from the root: "
            f"that of {broken.name}, {num(broken.adjoint)}"
        )
    return [note for note in notes if note]


def _about_gradients(nodes: Sequence[Node]) -> str:
    """Return how `.grad` differs from d root / d node, "" where it does not."""
    differing = [n for n in nodes if not _close(n.grad, n.adjoint)]
    if not differing:
        return ""
    if not any(n.grad for n in nodes):
        return "backward() has not run: every grad is still 0"
    root = nodes[-1]
    if not root.is_leaf and not _close(root.grad, 1.0):
        return (
            f"grad is not the derivative of this root: the root's own is "
            f"{num(root.grad)}, not 1, as when backward() ran from another node"
        )
    which = "leaf" if all(n.is_leaf for n in differing) else "node"
    one = len(differing) == 1
    ratios = {round(n.grad / n.adjoint, 6) for n in differing if n.adjoint}
    times = f", all {num(ratios.pop())} times as large" if len(ratios) == 1 else ""
    return (
        f"{len(differing)} {which if one else {'leaf': 'leaves'}.get(which, 'nodes')} "
        f"with a grad other than d root / d {which}{times}: "
        "was it summed over several backward() calls? zero it before each"
    )


def _close(a: float, b: float) -> bool:
    """Return whether two gradients agree but for rounding; nan agrees with nan."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-300)
