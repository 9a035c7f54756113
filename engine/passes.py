"""Passes over a graph as flat arrays: the reverse sweep, and the longest ways to the root.

They read what `flat` returns. The twin takes the same steps in C, with the same bits; no
Value is asked, so a graph of a million nodes costs a hundredth of a second there.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any, NamedTuple

from .flat import Flat
from .native import twin

__all__ = ["Longest", "Ways", "adjoints", "longest", "totals", "ways"]

NONE = array("i")


def adjoints(found: Flat) -> array[float]:
    """Return d last node / d node for all nodes of a graph, as `sweeps.pull` adds it.

    >>> from dendrograd import Value
    >>> from dendrograd.flat import flat
    >>> x = Value(3.0)
    >>> list(adjoints(flat([x * x], full=True)))
    [6.0, 1.0]
    """
    return _swept(found, NONE, NONE)


def totals(found: Flat, groups: array[int], outputs: array[int]) -> array[float]:
    """Return d output of its group / d node for all nodes: a sweep inside each group.

    `groups` tells the group of each node, and `outputs` the one output of each group, -1
    where it has several: then the derivatives of its nodes are 0.

    >>> from dendrograd import Value
    >>> from dendrograd.flat import flat
    >>> x = Value(3.0)
    >>> found = flat([(x * x).exp()], full=True)
    >>> list(totals(found, array("i", [0, 0, 1]), array("i", [1, 2])))
    [6.0, 1.0, 1.0]
    """
    return _swept(found, groups, outputs)


def _swept(found: Flat, groups: array[int], ends: array[int]) -> array[float]:
    starts, operands, partials = found.starts, found.operands, found.partials
    assert partials is not None  # of a graph that was read in full
    if twin is not None:  # pragma: no cover  # of the twin
        bars = array("d", bytes(8 * len(found.codes)))
        twin.sweep_arrays(starts, operands, partials, groups, ends, bars)
        return bars
    n = len(found.codes)
    bar: list[float | None] = [None] * n
    for end in ends or [n - 1]:
        if end >= 0:
            bar[end] = 1.0
    for k in range(n - 1, -1, -1):
        out = bar[k]
        if out is None:
            continue
        for i in range(starts[k], starts[k + 1]):
            to, term = operands[i], partials[i] * out
            if to < 0 or (groups and groups[to] != groups[k]):
                continue
            if term != term and not (partials[i] and out):
                continue  # a zero factor annihilates, as in `sweeps.product`
            total = bar[to]
            bar[to] = term if total is None else total + term
    return array("d", [0.0 if total is None else total for total in bar])


class Longest(NamedTuple):
    """The longest ways from each node to the last: of node v those from k * v on.

    sizes  the length of each
    links  the place of its first edge, -1 for the way from the last node to itself
    ranks  the rank of how it goes on, among the ways of the node where that edge ends
    held   how many ways each node has
    """

    k: int
    sizes: array[float]
    links: array[int]
    ranks: array[int]
    held: array[int]

    def way(self, node: int, rank: int, heads: Sequence[int], most: int) -> list[int]:
        """Return the places of the edges of a way, the first `most` of them at most."""
        places: list[int] = []
        while len(places) < most and (link := self.links[node * self.k + rank]) >= 0:
            places.append(link)
            node, rank = heads[link], self.ranks[node * self.k + rank]
        return places


def longest(
    k: int, starts: array[int], heads: array[int], steps: array[float]
) -> Longest:
    """Return the k longest ways from each node to the last one.

    The edges that leave node v are those from `starts[v]` to `starts[v + 1]`. Each leads to
    a later node, its head, and is as long as its step; one of -inf is no way. Of ways of
    one length, that over the earlier edge comes first, and then that which goes on by the
    longer one. Ways follow from the ways of the heads (Bellman's principle).

    >>> found = longest(2, array("i", [0, 2, 3, 3]), array("i", [1, 2, 2]), array("d", [1, 3, 4]))
    >>> list(found.sizes[:2]), found.way(0, 0, [1, 2, 2], 9)
    ([5.0, 3.0], [0, 2])
    """
    n = len(starts) - 1
    sizes = array("d", bytes(8 * n * k))
    links, ranks = array("i", bytes(4 * n * k)), array("i", bytes(4 * n * k))
    made = Longest(k, sizes, links, ranks, array("i", bytes(4 * n)))
    if twin is not None:  # pragma: no cover  # of the twin
        twin.longest(k, starts, heads, steps, *made[1:])
        return made
    best: list[list[tuple[float, int, int]]] = [[] for _ in range(n)]
    best[-1] = [(0.0, -1, 0)]
    for v in range(n - 1, -1, -1):
        ways = best[v]
        for e in range(starts[v], starts[v + 1]):
            step = steps[e]
            if step > -INFINITY:
                ways += [(step + way[0], e, r) for r, way in enumerate(best[heads[e]])]
        if len(ways) > 1:
            ways.sort(key=_length, reverse=True)  # which keeps the order of equal ones
            del ways[k:]
        for r, (size, link, rank) in enumerate(ways):
            sizes[v * k + r], links[v * k + r], ranks[v * k + r] = size, link, rank
        made.held[v] = len(ways)
    return made


class Ways(NamedTuple):
    """The largest ways from some nodes to the root, and how many there are.

    counts   of each node, exact below 2**53
    weights  the sum of the sizes of the products along them
    rows     the bytes of the ways: of node v, `k` of `ROW.size` each from v * k on
    """

    k: int
    counts: array[float]
    weights: array[float]
    rows: bytearray

    def row(
        self, node: int, rank: int
    ) -> Row | None:  # pragma: no cover  # of the twin
        """Return a way of a node as (beyond, exponent, mantissa, edge, rank), if it has it."""
        found: Row = ROW.unpack_from(self.rows, (node * self.k + rank) * ROW.size)
        return found if found[3] >= 0 else None


Row = tuple[int, int, float, int, int]
ROW = Struct("=qqdii")
INFINITY = float("inf")


def ways(  # pragma: no cover  # of the twin
    k: int, edges: Sequence[Any], starts: Iterable[int], nodes: int
) -> Ways | None:
    """Return the k largest ways from some nodes to the last one; None without the twin.

    `edges` are three arrays: where each edge starts and ends, and its partial; they are in
    the order of their ends. Of each way the row tells how many partials are not finite (an
    inf counts 1, a nan 2**31), exponent and mantissa of the product of the others, the first
    edge, and the rank of the rest at its end. Without the twin, `viz.explanation.paths` says
    the same in Python.
    """
    if twin is None:
        return None
    reached = bytearray(nodes)
    for start in starts:
        reached[start] = 1
    sums = array("d", bytes(8 * nodes)), array("d", bytes(8 * nodes))
    rows = bytearray(ROW.size * k * nodes)
    twin.ways(k, *edges, reached, rows, *sums)
    return Ways(k, *sums, rows)


def _length(way: tuple[float, int, int]) -> float:
    return way[0]
