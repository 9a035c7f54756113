"""A frozen picture of a graph's data, for pictures and explanations; nothing draws here.

`trace` recomputes every gradient from the local derivatives, so that a picture can
tell whether the `.grad` it shows belongs to the root that it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dendrograd import Value
from dendrograd.errors import OperandError
from dendrograd.flat import Flat, flat
from dendrograd.passes import adjoints
from dendrograd.viz.text import one_line

from .nodes import Edge, Edges, Node, Nodes
from .notes import Pieces, about, changed, others
from .own import close
from .stale import any_stale

__all__ = ["Edge", "Graph", "Node", "differing", "trace"]


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in topological order, edges by consumer and slot, and what to know.

    It is held as arrays; a node or an edge is made when it is asked for.

    The contributions of the edges that leave a node add up to its adjoint; the
    adjoint of the root is 1.

    notes  what the reader must know of the numbers
    named  the same in pieces, by their texts: words, and the nodes that they name
    moved  the one of them that tells of data that changed after the graph was built
    flat   the graph as arrays, with its partials, which a page computes again
    """

    nodes: Nodes
    edges: Edges
    notes: tuple[str, ...]
    moved: str
    flat: Flat = field(compare=False, repr=False)
    named: Mapping[str, Pieces] = field(default_factory=dict, compare=False, repr=False)

    @property
    def root(self) -> Node:
        """The node whose derivatives the picture shows."""
        return self.nodes.make(len(self.nodes) - 1)


def trace(root: Value, names: bool = False) -> Graph:
    """Return a snapshot of everything that root was computed from.

    Later changes to the Values do not reach it. The same program gives an equal graph
    in every run. Notes call a node what pictures call it, or with `names` by n and its
    number. Raises OperandError if root is not a Value.

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
    found = flat([root], full=True)
    swept = adjoints(found)
    nodes, edges = Nodes(found, swept), Edges(found, swept)
    graph = Graph(nodes, edges, (), "", found._replace(captured=[]))
    change = changed(root) if any_stale(found) else None
    notes = list(about(graph, change, names))
    return replace(
        graph,
        notes=tuple([note.text for note in notes]),
        moved=next((note.text for note in notes if note.moved), ""),
        named={note.text: note.pieces for note in notes},
    )


def differing(nodes: Iterable[Node]) -> list[Node]:
    """Return the nodes whose `.grad` is not d root / d node."""
    if isinstance(nodes, Nodes):
        return list(map(nodes.make, others(nodes)))
    return [n for n in nodes if not close(n.grad, n.adjoint)]
