"""The height of each node: close to its neighbours, in the order of its column.

In one column this is an isotonic regression: of all heights that keep the order and
the distances, take those with the least sum of squares to where the nodes would rather
be. Merging neighbours that are in each other's way solves it exactly; see Best and
Chakravarti, "Active set algorithms for isotonic regression", Math. Programming 47
(1990). It runs through the columns to and fro; at last long lines are made straight.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import chain, pairwise
from operator import add, itemgetter

from .grid import Grid, Wire
from .level import Head

__all__ = ["added", "isotonic", "lane_height", "least", "place", "spread"]

LINE, BOX, FRAME = 4.0, 7.0, 9.0  # what a node keeps free above and below itself
ENTRY = 9.0  # between two lines that enter one box
CLEAR = 6.0  # beside a label: between it and its own line, and up to the next one
EDGE = 3.0  # of a box, which lines keep off
SLACK = 1.1  # how high the drawing may be, with the tallest column as 1
Order = tuple[int, float, int]  # where a line comes from
Pull = tuple[int, float, int]  # the other node, how far below it, and the weight


def spread(grid: Grid) -> None:
    """Let the arrows into a box enter it at different heights, in their order.

    A line with a label above it keeps as far from the one before as the label needs.
    """
    at = [0] * len(grid.column)
    for column in grid.columns:
        for place, node in enumerate(column):
            at[node] = place
    into: dict[int, list[tuple[Order, Head, Wire]]] = {}
    for trunk in grid.trunks:
        for head, wire in chain.from_iterable(trunk.heads):
            if head.last:
                order = (at[wire.tail], wire.out, head.arrows[0])
                into.setdefault(wire.head, []).append((order, head, wire))
    for item, some in into.items():
        some.sort(key=itemgetter(0))
        rooms = [room(head.label[1]) for _, head, _ in some]
        heights = entered(grid.heights[item], rooms)
        for (_, head, wire), y in zip(some, heights, strict=True):
            wire.into = head.into if head.into >= 0 else y


def added(numbers: Sequence[float]) -> float:
    """Return what they add up to, rounded at each step as JavaScript does.

    From Python 3.12 on, `sum` corrects for what is rounded off.
    """
    return reduce(add, numbers, 0.0)


def room(across: float) -> float:
    """Return how far from the line before it a line with such a label enters a box."""
    return max(ENTRY, across + CLEAR) if across else ENTRY


def least(labels: Iterable[float]) -> float:
    """Return how high a box has to be for the labels of all that enters it.

    That of the first line may rise above the box, where a box next to it has room.

    >>> least([]), least([8.0]), least([8.0, 8.0, 0.0])
    (0.0, 11.0, 34.0)
    """
    rooms = [room(across) for across in labels]
    return sum(rooms) - CLEAR + EDGE if rooms else 0.0


def entered(height: float, rooms: Sequence[float]) -> list[float]:
    """Return how far below the top of a box each line enters it, close to its middle.

    >>> entered(50.0, [14.0]), entered(50.0, [9.0, 14.0]), entered(9.0, [9.0] * 2)
    ([25.0], [18.0, 32.0], [3.0, 6.0])
    """
    count, total = len(rooms), added(rooms[1:])
    most = max(height - 2 * EDGE, height * (count - 1) / (count + 1))
    scale = min(1.0, most / total) if total else 1.0
    total *= scale
    lowest = height - total - EDGE
    y = max((height - total) / 2, min(rooms[0] - CLEAR, lowest))
    heights = [y]
    for own in rooms[1:]:
        heights.append(heights[-1] + own * scale)
    return heights


def place(grid: Grid, frames: set[int]) -> list[float]:
    """Return the top of each node; 0 is the top of all, with the lanes."""
    left, right = _pulls(grid)
    around = [a + b for a, b in zip(left, right, strict=True)]
    free = [_free(grid, node, frames) for node in range(len(grid.column))]
    tops = [0.0] * len(free)
    stacks = [_stack(grid, column, free) for column in grid.columns]
    lengths = [
        stack[-1] + grid.heights[column[-1]] if column else 0.0
        for column, stack in zip(grid.columns, stacks, strict=True)
    ]
    ground = SLACK * max(lengths, default=0.0)  # what the drawing is kept to
    rooms = [ground - length for length in lengths]
    for column, stack, room in zip(grid.columns, stacks, rooms, strict=True):
        for node, y in zip(column, stack, strict=True):
            tops[node] = y + room / 2
    steps = list(zip(grid.columns, stacks, rooms, strict=True))
    for sweep in _sweeps(len(free)):
        near = {"<": right, ">": left}.get(sweep, around)
        for column, stack, room in steps if ">" in sweep else reversed(steps):
            _settle(column, stack, room, near, around, tops)
    _straighten(grid, free, tops)
    lanes = [trunk.lane + 1 for trunk in grid.trunks if trunk.lane is not None]
    shift = lane_height(max(lanes, default=0)) - min(tops, default=0.0)
    return [y + shift for y in tops]


def lane_height(lane: int) -> float:
    """Return how far a lane lies below the first one."""
    return 2 * LINE * lane


def _sweeps(nodes: int) -> list[str]:
    """Return the directions to go in, = for looking at the neighbours on both sides."""
    both = 3 if nodes < 5_000 else 1
    return [">", "<", *[">=", "<="] * both]


def _settle(
    column: list[int],
    stack: list[float],
    room: float,
    near: list[list[Pull]],
    around: list[list[Pull]],
    tops: list[float],
) -> None:
    """Move the nodes of a column to where their neighbours pull them.

    `room` is how far the column may move down from the top. Numbers that rise do so
    when they are cut off at two bounds, and are still the closest ones within them.
    """
    wanted: list[tuple[float, float]] = []
    for node, y in zip(column, stack, strict=True):
        pulls = near[node] or around[node]
        if len(pulls) == 1:  # of most nodes: no need to look for the median
            other, offset, weight = pulls[0]
            wanted.append((tops[other] + offset - y, weight))
        elif pulls:
            wanted.append((_median(pulls, tops) - y, len(pulls)))
        else:
            wanted.append((tops[node] - y, 0.1))
    for node, y, z in zip(column, stack, isotonic(wanted), strict=True):
        tops[node] = y + max(0.0, min(z, room))


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


def _median(pulls: list[Pull], tops: list[float]) -> float:
    """Return the top at which as much weight pulls up as down."""
    if len(pulls) == 2:
        (a, low, light), (b, high, heavy) = pulls
        if light == heavy:
            return (tops[a] + low + tops[b] + high) / 2
        return tops[a] + low if light > heavy else tops[b] + high
    wanted = sorted([(tops[node] + offset, weight) for node, offset, weight in pulls])
    rest, k = sum([weight for _, weight in wanted]) / 2, 0
    while rest > wanted[k][1]:
        rest -= wanted[k][1]
        k += 1
    y = wanted[k][0]
    return y if rest < wanted[k][1] else (y + wanted[k + 1][0]) / 2


def _straighten(grid: Grid, free: list[float], tops: list[float]) -> None:
    """Move nodes that a line joins to one height, as far as there is room for it."""
    above, below = _beside(grid)
    roof = min(tops, default=0.0)
    ground = max([y + h for y, h in zip(tops, grid.heights, strict=True)], default=0.0)
    for nodes, offsets in _lines(grid, tops):
        start = 0
        while start < len(nodes):
            low, high, end = -math.inf, math.inf, start
            while end < len(nodes):
                node, offset = nodes[end], offsets[end]
                u, v = above[node], below[node]
                floor = roof - offset
                ceiling = ground - grid.heights[node] - offset
                if u >= 0:
                    floor = tops[u] + grid.heights[u] + free[u] + free[node] - offset
                if v >= 0:
                    room = grid.heights[node] + free[node] + free[v]
                    ceiling = tops[v] - room - offset
                if end > start and max(low, floor) > min(high, ceiling):
                    break
                low, high, end = max(low, floor), min(high, ceiling), end + 1
            run = range(start, end)
            y = sorted([tops[nodes[k]] - offsets[k] for k in run])[len(run) // 2]
            y = max(low, min(y, high))
            for k in run:
                tops[nodes[k]] = y + offsets[k]
            start = end


def _lines(grid: Grid, tops: list[float]) -> list[tuple[list[int], list[float]]]:
    """Return rows of nodes, each with its top relative to a straight line through them.

    A node is in one row. Trunks come first, then wires that are almost level.
    """
    wires = sorted(
        grid.wires,
        key=lambda w: (-w.weight, abs(tops[w.tail] + w.out - tops[w.head] - w.into)),
    )
    after: dict[int, Wire] = {}
    before: set[int] = set()
    for wire in wires:
        if wire.tail not in after and wire.head not in before:
            after[wire.tail] = wire
            before.add(wire.head)
    lines = []
    for node in after:
        if node not in before:
            nodes, offsets = [node], [0.0]
            while nodes[-1] in after:
                wire = after[nodes[-1]]
                nodes.append(wire.head)
                offsets.append(offsets[-1] + wire.out - wire.into)
            lines.append((nodes, offsets))
    return lines


def _beside(grid: Grid) -> tuple[list[int], list[int]]:
    """Return for each node the one above it in its column, and the one below, or -1."""
    above = [-1] * len(grid.column)
    below = [-1] * len(grid.column)
    for column in grid.columns:
        for u, v in pairwise(column):
            above[v], below[u] = u, v
    return above, below
