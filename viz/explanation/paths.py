"""The chain rule path by path: which ways from a leaf to the root carry its derivative.

    d root / d leaf  =  sum over paths of the product of the local derivatives

A path follows edges whose local derivative is not 0: a zero factor annihilates, as in
`dendrograd.sweeps.product`. All walks go through the edges in order, none recurses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from heapq import nlargest

from dendrograd.sweeps import product
from dendrograd.viz.model.snapshot import Edge, Graph

from .size import ONE, product_along, size_of, times

__all__ = [
    "MOST",
    "Path",
    "best_paths",
    "blocked",
    "count_paths",
    "weight",
]

MOST = 10**1000  # paths that are counted one by one: 100,000 nodes can have 2**69,000

# The size of a way to the root, and how it goes on: the edge, by its negative index, and
# the negative rank of the way among those of its consumer. So the larger of two ways of
# one size is that of the earlier edge, and no two are equal.
Way = tuple[int, float, int, int]
Ways = dict[int, list[Way]]  # of each node, the largest first


@dataclass(frozen=True, slots=True)
class Path:
    """One way from a node to the root, and the product of its local derivatives.

    edges    from the node to the root, in that order; none if the node is the root
    product  of their local derivatives, from the root to the node: the order of the
             reverse sweep
    """

    product: float
    edges: tuple[Edge, ...]


def best_paths(graph: Graph, leaf: int | Collection[int], k: int = 3) -> list[Path]:
    """Return the k paths from a node, or from any of several, of the largest |product|.

    All of them if there are fewer; the largest first, of equal ones that over the
    earlier edge. A product is rounded after each factor but cannot leave the range of
    floats on its way; so it is bit for bit that of multiplying from the root on, unless
    that would overflow or underflow. A local derivative of nan counts as larger than
    inf, and inf as larger than any number, since they decide what the sum is. Raises
    ValueError for a k below 1 and for a node that the graph does not have.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> x = Value(3.0)
    >>> graph = trace(x * x + 2 * x - x)
    >>> [path.product for path in best_paths(graph, 0, k=3)]
    [3.0, 3.0, 2.0]
    """
    # The k best ways from a node are among the k best from each of its consumers, since
    # rounding is monotonic: u <= v gives fl(u * local) <= fl(v * local).
    if k < 1:
        raise ValueError(f"best_paths: k is {k}; ask for one path or more")
    starts = _known(graph, leaf)
    best = _ways(graph, starts, k)
    firsts = [
        (exponent, mantissa, -start, -rank)
        for start in starts
        for rank, (exponent, mantissa, _, _) in enumerate(best.get(start, ()))
    ]
    largest = nlargest(k, firsts)
    return [_path(graph, best, -start, -rank) for _, _, start, rank in largest]


def count_paths(graph: Graph, leaf: int) -> int:
    """Return how many paths lead from a node to the root; exact, but `MOST` at most.

    So `MOST`, which is 10**1000, says that there are that many or more. Raises
    ValueError for a node that the graph does not have.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> y = x = Value(1.0)
    >>> for _ in range(100):
    ...     y = y + y
    >>> count_paths(trace(y), 0) == 2**100
    True
    """
    counts = {graph.root.id: 1}
    for index in reversed(_live(graph, _known(graph, leaf))):
        edge = graph.edges[index]
        ways = counts.get(edge.dst, 0)
        if ways:
            counts[edge.src] = min(MOST, counts.get(edge.src, 0) + ways)
    return counts.get(leaf, 0)


def weight(graph: Graph, leaf: int) -> float:
    """Return the sum of |product| over all paths from a node to the root.

    Over |gradient| it is the condition number of the sum over the paths: how many times
    larger the relative error of the gradient is than that of a product (Higham,
    Accuracy and Stability of Numerical Algorithms, 2nd edition, 4.2).

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> x = Value(3.0)
    >>> graph = trace(x * 5 - x * 4)
    >>> graph.nodes[0].adjoint, weight(graph, 0)
    (1.0, 9.0)
    """
    sums = {graph.root.id: 1.0}
    for index in reversed(_live(graph, _known(graph, leaf))):
        edge = graph.edges[index]
        more = product(abs(edge.local), sums.get(edge.dst, 0.0))
        sums[edge.src] = sums.get(edge.src, 0.0) + more
    return sums.get(leaf, 0.0)


def blocked(graph: Graph, leaf: int) -> list[Edge]:
    """Return the edges with a local derivative of 0 at which ways from a node end.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> x = Value(-3.0)
    >>> [edge.dst for edge in blocked(trace((x * 2).relu() + 1), 0)]
    [2]
    """
    starts = _known(graph, leaf)
    live = _live(graph, starts)
    reached = {*starts, *(graph.edges[index].dst for index in live)}
    return [edge for edge in graph.edges if not edge.local and edge.src in reached]


def _known(graph: Graph, leaf: int | Collection[int]) -> list[int]:
    """Return the nodes to start from in order, each once."""
    starts = sorted({leaf} if isinstance(leaf, int) else set(leaf))
    for start in starts:
        if not 0 <= start < len(graph.nodes):
            raise ValueError(
                f"node {start} is not in the graph, whose nodes are 0 to "
                f"{len(graph.nodes) - 1}"
            )
    return starts


def _live(graph: Graph, starts: Iterable[int]) -> list[int]:
    """Return the indices of the edges that a path from one of the nodes can take.

    They are in the order of their consumers: before an edge into a node is read from
    behind, all edges that leave the node have been.
    """
    reached, live = set(starts), []
    for index, edge in enumerate(graph.edges):
        if edge.local and edge.src in reached:
            reached.add(edge.dst)
            live.append(index)
    return live


def _ways(graph: Graph, starts: Iterable[int], k: int) -> Ways:
    """Return the k largest ways to the root from each node between."""
    best: Ways = {graph.root.id: [(*ONE, 0, 0)]}
    settled, ways = -1, list[Way]()
    for index in reversed(_live(graph, starts)):
        edge = graph.edges[index]
        if edge.dst != settled:
            settled = edge.dst
            ways = _largest(best, settled, k)
        if ways:
            more, factor = size_of(edge.local)
            candidates = best.setdefault(edge.src, [])
            for rank, (exponent, mantissa, _, _) in enumerate(ways):
                size = times(exponent + more, mantissa * factor)
                candidates.append((*size, -index, -rank))
    for start in starts:
        _largest(best, start, k)
    return best


def _largest(best: Ways, node: int, k: int) -> list[Way]:
    """Keep and return the k largest ways of a node, sorted."""
    ways = best.get(node, [])
    if len(ways) > 1:
        ways.sort(reverse=True)
        del ways[k:]
    return ways


def _path(graph: Graph, best: Ways, start: int, rank: int) -> Path:
    """Return the path whose way from a node has this rank."""
    edges, node = [], start
    while node != graph.root.id:
        _, _, index, behind = best[node][rank]
        edges.append(graph.edges[-index])
        node, rank = edges[-1].dst, -behind
    return Path(product_along(edges), tuple(edges))
