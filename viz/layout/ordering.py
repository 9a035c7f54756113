"""The order in each column, with few crossings of lines.

Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
structures", IEEE Trans. Systems, Man, and Cybernetics 11 (1981): go through the columns
to and fro, and sort each by where its neighbours in the one before stand. What stands
equal keeps its order, so that of the input remains as long as no other is better.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable

from .grid import Grid

__all__ = ["reduce_crossings"]

UNIT = 1 << 20  # the place of a node in its column, so a port's is a fraction of it
Near = tuple[int, int, int]  # the own point of a wire, the other node, its point
Neighbours = list[list[Near]]


def reduce_crossings(grid: Grid) -> int:
    """Sort the columns of a grid; return how often its lines cross."""
    left, right = _neighbours(grid)
    columns = [column[:] for column in grid.columns]
    at = [0] * len(grid.column)
    for column in columns:
        _number(column, at)
    best = _crossings(columns, right, at)
    grid.columns = [column[:] for column in columns]
    stale = 0
    for sweep in range(_effort(len(at))):
        if not best or stale == 4:
            break
        forward = sweep % 2 == 0
        order = columns[1:] if forward else columns[-2::-1]
        for column in order:
            _sort(column, left if forward else right, at)
        crossings = _crossings(columns, right, at)
        stale += 1
        if crossings < best:
            best, stale = crossings, 0
            grid.columns = [column[:] for column in columns]
    for column in grid.columns:
        _number(column, at)
    if best:
        _exchange(grid, left, right, at)
        best = _crossings(grid.columns, right, at)
    return best


def _effort(nodes: int) -> int:
    """Return how many sweeps are worth their time."""
    return 24 if nodes < 1_000 else 12 if nodes < 5_000 else 6 if nodes < 30_000 else 3


def _neighbours(grid: Grid) -> tuple[Neighbours, Neighbours]:
    """Return the wires of each node to the left and to the right of it."""
    left: Neighbours = [[] for _ in grid.column]
    right: Neighbours = [[] for _ in grid.column]
    for wire in grid.wires:
        tail, head = wire.tail, wire.head
        out = _point(grid, tail, wire.out)
        into = _point(grid, head, wire.into) if wire.into else UNIT // 2
        right[tail].append((out, head, into))
        left[head].append((into, tail, out))
    return left, right


def _point(grid: Grid, node: int, offset: float) -> int:
    height = grid.heights[node]
    return int(UNIT * min(offset / height, 0.999)) if height else UNIT // 2


def _number(column: list[int], at: list[int]) -> None:
    for place, node in enumerate(column):
        at[node] = place * UNIT


def _sort(column: list[int], neighbours: Neighbours, at: list[int]) -> None:
    """Sort a column by the mean of the neighbours; nodes without any stay in place."""
    means: dict[int, float] = {}
    for node in column:
        near = neighbours[node]
        if len(near) == 1:
            means[node] = at[near[0][1]] + near[0][2]
        elif near:
            means[node] = sum([at[other] + point for _, other, point in near]) / len(
                near
            )
    ordered = iter(sorted([v for v in column if v in means], key=means.__getitem__))
    column[:] = [next(ordered) if node in means else node for node in column]
    _number(column, at)


def _crossings(columns: list[list[int]], right: Neighbours, at: list[int]) -> int:
    """Return the number of pairs of wires that cross between two columns.

    Along the left ends from top to bottom, each pair of right ends in the wrong order
    is a crossing.
    """
    total = 0
    for column in columns:
        seen: list[int] = []
        for node in column:
            near = right[node]
            if len(near) == 1:
                ends: Iterable[int] = (at[near[0][1]] + near[0][2],)
            else:
                pairs = sorted([(own, at[v] + point) for own, v, point in near])
                ends = [end for _, end in pairs]
            for end in ends:
                if seen and end < seen[-1]:
                    total += len(seen) - bisect_right(seen, end)
                    insort(seen, end)
                else:
                    seen.append(end)
    return total


def _exchange(grid: Grid, left: Neighbours, right: Neighbours, at: list[int]) -> None:
    """Exchange neighbours in a column where that saves a crossing.

    Where it costs none, an exchange that brings back the order of the input is made.
    """
    due = set(range(len(grid.columns)))
    for _ in range(8 if len(at) < 5_000 else 2):
        changed = set()
        for k in sorted(due):
            if _exchange_in(grid.columns[k], grid.rank, left, right, at):
                changed.add(k)
        due = {near for k in changed for near in (k - 1, k, k + 1)}
        due &= set(range(len(grid.columns)))


def _exchange_in(
    column: list[int],
    rank: list[int],
    left: Neighbours,
    right: Neighbours,
    at: list[int],
) -> bool:
    changed = False
    for k in range(len(column) - 1):
        u, v = column[k], column[k + 1]
        gain = _gain(left[u], left[v], at) + _gain(right[u], right[v], at)
        if gain > 0 or (gain == 0 and rank[u] > rank[v]):
            column[k], column[k + 1] = v, u
            at[u], at[v] = at[v], at[u]
            changed = True
    return changed


def _gain(upper: list[Near], lower: list[Near], at: list[int]) -> int:
    """Return how many crossings fewer two nodes have if they change places."""
    if len(upper) == len(lower) == 1:  # most often
        (_, a, high), (_, b, low) = upper[0], lower[0]
        end, other_end = at[a] + high, at[b] + low
        return (end > other_end) - (end < other_end)
    if not upper or not lower:
        return 0
    ends = sorted([at[other] + point for _, other, point in lower])
    gain = 0
    for _, other, point in upper:
        end = at[other] + point
        gain += bisect_left(ends, end) - len(ends) + bisect_right(ends, end)
    return gain
