"""The height of each node: close to its neighbours, in the order of its column.

In one column this is an isotonic regression: of all heights that keep the order and
the distances, take those with the least sum of squares to where the nodes would rather
be. Merging neighbours that are in each other's way solves it exactly; see Best and
Chakravarti, "Active set algorithms for isotonic regression", Math. Programming 47
(1990). It runs through the columns to and fro; at last long lines are made straight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from .grid import Grid
from .level import MIDDLE

__all__ = ["isotonic", "place", "spread"]

LINE, BOX, FRAME = 4.0, 7.0, 9.0  # what a node keeps free above and below itself
ENTRY = 9.0  # between two lines that enter one box
Pull = tuple[int, float, int]  # the other node, how far below it, and the weight


def spread(grid: Grid) -> None:
    """Let the arrows into a box enter it at different heights, in their order."""
    at = [0] * len(grid.column)
    for column in grid.columns:
        for place, node in enumerate(column):
            at[node] = place
    into: dict[int, list[tuple[tuple[int, float, int], int, int]]] = {}
    ends = []
    for trunk in grid.trunks:
        for heads in trunk.heads:
            for head, wire in heads:
                if head.into == MIDDLE:
                    key = (at[wire.tail], wire.out, head.arrows[0])
                    into.setdefault(head.item, []).append((key, len(ends), wire.tail))
                    ends.append((head, wire))
    for item, found in into.items():
        height = grid.heights[item]
        step = min(ENTRY, height / (len(found) + 1))
        top = (height - step * (len(found) - 1)) / 2
        for k, (_, end, _) in enumerate(sorted(found)):
            head, wire = ends[end]
            head.into = wire.into = top + k * step


def place(grid: Grid, frames: set[int]) -> list[float]:
    """Return the top of each node, the least of them 0."""
    left, right = _pulls(grid)
    free = [_free(grid, node, frames) for node in range(len(grid.column))]
    tops = [0.0] * len(free)
    offsets = [_stack(grid, column, free) for column in grid.columns]
    for column, offset in zip(grid.columns, offsets, strict=True):
        middle = (offset[-1] + grid.heights[column[-1]]) / 2 if column else 0.0
        for node, y in zip(column, offset, strict=True):
            tops[node] = y - middle
    rounds = 8 if len(free) < 5_000 else 5 if len(free) < 30_000 else 3
    for number in range(rounds):
        forward = number % 2 == 0
        both = number >= rounds - 4
        steps = range(len(offsets))
        for k in steps if forward else reversed(steps):
            column, offset = grid.columns[k], offsets[k]
            wanted = []
            for node, y in zip(column, offset, strict=True):
                near = left[node] if forward else right[node]
                if both or not near:
                    near = left[node] + right[node]
                wanted.append((_median(near, tops, tops[node]) - y, _weight(near)))
            for node, y, z in zip(column, offset, isotonic(wanted), strict=True):
                tops[node] = y + z
    _straighten(grid, free, tops)
    top = min(tops, default=0.0)
    return [y - top for y in tops]


def isotonic(wanted: Sequence[tuple[float, float]]) -> list[float]:
    """Return the rising numbers closest to the wanted ones, each given with its weight.

    >>> isotonic([(1.0, 1), (5.0, 1), (2.0, 2), (9.0, 1)])
    [1.0, 3.0, 3.0, 9.0]
    """
    means: list[float] = []
    weights: list[float] = []
    counts: list[int] = []
    for value, own in wanted:
        mean, weight, count = value, own, 1
        while means and means[-1] > mean:
            other = weights.pop()
            mean = (means.pop() * other + mean * weight) / (other + weight)
            weight += other
            count += counts.pop()
        means.append(mean)
        weights.append(weight)
        counts.append(count)
    return [m for m, count in zip(means, counts, strict=True) for _ in range(count)]


def _pulls(grid: Grid) -> tuple[list[list[Pull]], list[list[Pull]]]:
    left: list[list[Pull]] = [[] for _ in grid.column]
    right: list[list[Pull]] = [[] for _ in grid.column]
    for wire in grid.wires:
        right[wire.tail].append((wire.head, wire.into - wire.out, wire.weight))
        left[wire.head].append((wire.tail, wire.out - wire.into, wire.weight))
    return left, right


def _free(grid: Grid, node: int, frames: set[int]) -> float:
    if node in frames:
        return FRAME
    return BOX if grid.heights[node] else LINE


def _stack(grid: Grid, column: list[int], free: list[float]) -> list[float]:
    """Return the tops of the nodes of a column, one right under the other."""
    tops: list[float] = []
    end = above = 0.0
    for node in column:
        tops.append(end + above + free[node] if tops else 0.0)
        end, above = tops[-1] + grid.heights[node], free[node]
    return tops


def _weight(near: list[Pull]) -> float:
    return sum([weight for _, _, weight in near]) or 0.1


def _median(near: list[Pull], tops: list[float], own: float) -> float:
    """Return the top at which as much weight pulls up as down."""
    if not near:
        return own
    if len(near) == 1:
        node, offset, _ = near[0]
        return tops[node] + offset
    pulls = sorted([(tops[node] + offset, weight) for node, offset, weight in near])
    rest = sum([weight for _, weight in pulls]) / 2
    for k, (y, weight) in enumerate(pulls):
        rest -= weight
        if rest < 0:
            return y
        if rest == 0:
            return (y + pulls[k + 1][0]) / 2
    return own


def _straighten(grid: Grid, free: list[float], tops: list[float]) -> None:
    """Move the bends of each trunk to as few heights as their neighbours allow."""
    above, below = _beside(grid)
    for trunk in grid.trunks:
        y = tops[trunk.net.tail] + trunk.net.out
        bends, start = trunk.bends, 0
        while start < len(bends):
            low, high, end = -math.inf, math.inf, start
            for node in bends[start:]:
                u, v = above[node], below[node]
                floor = tops[u] + grid.heights[u] + free[u] + LINE if u >= 0 else low
                ceiling = tops[v] - free[v] - LINE if v >= 0 else high
                if end > start and max(low, floor) > min(high, ceiling):
                    break
                low, high, end = max(low, floor), min(high, ceiling), end + 1
            if end == len(bends) and not low <= y <= high:
                wire = trunk.heads[-1][0][1]
                y = tops[wire.head] + wire.into
            y = max(low, min(y, high))
            for node in bends[start:end]:
                tops[node] = y
            start = end


def _beside(grid: Grid) -> tuple[list[int], list[int]]:
    """Return for each node the one above it in its column, and the one below, or -1."""
    above = [-1] * len(grid.column)
    below = [-1] * len(grid.column)
    for column in grid.columns:
        for u, v in pairwise(column):
            above[v], below[u] = u, v
    return above, below
