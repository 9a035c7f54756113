"""The chain rule path by path: which ways from a leaf to the root carry its derivative.

    d root / d leaf  =  sum over paths of the product of the local derivatives

A path follows edges whose local derivative is not 0: a zero factor annihilates, as in
`dendrograd.sweeps.product`. All walks go through the edges in order, none recurses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest

from dendrograd.passes import Ways as Found
from dendrograd.passes import ways
from dendrograd.sweeps import product
from dendrograd.viz.model.snapshot import Edge, Graph

from .size import INFINITE, MISSING, ONE, product_along, size_of, times

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
EXACT = 2.0**53  # below which a float counts by one


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
    edges, nodes = graph.edges, len(graph.nodes)
    found = ways(k, (edges.src, edges.dst, edges.local), starts, nodes)
    best: Ways | Rows = _ways(graph, starts, k) if found is None else Rows(found)
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
    starts, edges = _known(graph, leaf), graph.edges
    nodes = len(graph.nodes)
    found = ways(1, (edges.src, edges.dst, edges.local), starts, nodes)
    if found is not None and found.counts[leaf] < EXACT:
        return int(found.counts[leaf])
    counts = [0] * (nodes - 1) + [1]
    for index in reversed(_live(graph, starts)):
        src, more = edges.src[index], counts[edges.dst[index]]
        if more:
            counts[src] = min(MOST, counts[src] + more)
    return counts[leaf]


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
    starts, edges = _known(graph, leaf), graph.edges
    nodes = len(graph.nodes)
    found = ways(1, (edges.src, edges.dst, edges.local), starts, nodes)
    if found is not None:
        return found.weights[leaf]
    sums = [0.0] * (nodes - 1) + [1.0]
    for index in reversed(_live(graph, starts)):
        more = product(abs(edges.local[index]), sums[edges.dst[index]])
        sums[edges.src[index]] += more
    return sums[leaf]


def blocked(graph: Graph, leaf: int) -> list[Edge]:
    """Return the edges with a local derivative of 0 at which ways from a node end.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> x = Value(-3.0)
    >>> [edge.dst for edge in blocked(trace((x * 2).relu() + 1), 0)]
    [2]
    """
    starts = _known(graph, leaf)
    edges = graph.edges
    reached = {*starts, *(edges.dst[index] for index in _live(graph, starts))}
    pairs = enumerate(zip(edges.src, edges.local, strict=True))
    return [edges.make(i) for i, (a, local) in pairs if not local and a in reached]


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
    reached, live, edges = bytearray(len(graph.nodes)), [], graph.edges
    for start in starts:
        reached[start] = 1
    rows = zip(edges.src, edges.dst, edges.local, strict=True)
    for index, (src, dst, local) in enumerate(rows):
        if reached[src] and local:
            reached[dst] = 1
            live.append(index)
    return live


def _ways(graph: Graph, starts: Iterable[int], k: int) -> Ways:
    """Return the k largest ways to the root from each node between."""
    best: Ways = {len(graph.nodes) - 1: [(*ONE, 0, 0)]}
    settled, mine, edges = -1, list[Way](), graph.edges
    for index in reversed(_live(graph, starts)):
        if edges.dst[index] != settled:
            settled = edges.dst[index]
            mine = _largest(best, settled, k)
        if mine:
            more, factor = size_of(edges.local[index])
            candidates = best.setdefault(edges.src[index], [])
            for rank, (exponent, mantissa, _, _) in enumerate(mine):
                size = times(exponent + more, mantissa * factor)
                candidates.append((*size, -index, -rank))
    for start in starts:
        _largest(best, start, k)
    return best


def _largest(best: Ways, node: int, k: int) -> list[Way]:
    """Keep and return the k largest ways of a node, sorted."""
    mine = best.get(node, [])
    if len(mine) > 1:
        mine.sort(reverse=True)
        del mine[k:]
    return mine


class Rows:
    """The ways that the twin found, as `_ways` would tell them."""

    def __init__(self, found: Found) -> None:
        self.found = found

    def get(self, node: int, default: Sequence[Way]) -> Sequence[Way]:
        """Return the ways of a node, the largest first; the default where there is none."""
        rows = [self.found.row(node, rank) for rank in range(self.found.k)]
        return [_way(*row) for row in rows if row is not None] or default

    def __getitem__(self, node: int) -> Sequence[Way]:
        """Return the ways of a node, the largest first."""
        return self.get(node, ())


def _way(beyond: int, exponent: int, mantissa: float, edge: int, rank: int) -> Way:
    missing, infinite = divmod(beyond, 1 << 31)
    exponent += missing * MISSING + infinite * INFINITE
    return exponent, mantissa, -edge, -rank


def _path(graph: Graph, best: Ways | Rows, start: int, rank: int) -> Path:
    """Return the path whose way from a node has this rank."""
    edges, node = [], start
    while node != len(graph.nodes) - 1:
        _, _, index, behind = best[node][rank]
        edges.append(graph.edges[-index])
        node, rank = edges[-1].dst, -behind
    return Path(product_along(edges), tuple(edges))
