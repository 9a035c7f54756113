"""The columns of a level, with a bend of each line in every column that it passes.

The part of a net that several of its arrows share is one line, its trunk. It has one
node in each column from the tail to the farthest head; a head hangs on the node in the
column before its own.

Bends cost time. Where there would be many more of them than items, the longest trunks
have none: they run in lanes above all the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

from .level import Head, Level, Net

__all__ = ["Grid", "Trunk", "Wire", "fit", "grid"]

BENDS = 2  # for each item, and so many that small drawings need no lanes


@dataclass(slots=True)
class Wire:
    """A piece of a line from a node to one in the next column.

    `out` and `into` say how far below the tops of the two nodes its ends are.
    """

    tail: int
    head: int
    out: float
    into: float
    weight: int


@dataclass(slots=True)
class Trunk:
    """A net in the grid: bends[k] lies k + 1 columns right of the tail.

    heads[k] are the ends that lie so, with their wires, and links[k] is the wire to
    bends[k]. A trunk in a lane has no bends.
    """

    net: Net
    bends: list[int]
    heads: list[list[tuple[Head, Wire]]]
    lane: int | None
    links: list[Wire]


@dataclass(slots=True)
class Grid:
    """The nodes of a level by column: items first, then bends, which have no size.

    A bend has the rank, in the order of the input, of the head that it leads to.
    """

    columns: list[list[int]]
    column: list[int]
    heights: list[float]
    rank: list[int]
    trunks: list[Trunk]
    wires: list[Wire]
    items: int


def grid(level: Level, column: list[int]) -> Grid:
    """Return the grid of a level, its columns in the order of the input."""
    made = Grid(
        [[] for _ in range(max(column, default=-1) + 1)],
        column[:],
        level.heights[:],
        list(range(len(column))),
        [],
        [],
        len(column),
    )
    lanes = _lanes(level, column)
    for net, lane in zip(level.nets, lanes, strict=True):
        made.trunks.append(_trunk(made, net, lane))
    order = sorted(range(len(made.column)), key=made.rank.__getitem__)
    for node in order:
        made.columns[made.column[node]].append(node)
    return made


def fit(made: Grid, level: Level) -> None:
    """Give a grid the heights of its level again, after that has other sizes."""
    made.heights[: made.items] = level.heights
    for trunk in made.trunks:
        net = trunk.net
        for wire in trunk.links:
            wire.out = net.out if wire.tail == net.tail else 0.0
        for ends in trunk.heads:
            for head, wire in ends:
                wire.out = net.out if wire.tail == net.tail else 0.0
                wire.into = max(head.into, 0.0)


def _lanes(level: Level, column: list[int]) -> list[int | None]:
    """Return the lane of each net, 0 the lowest, and None for those that have bends.

    From left to right, each takes the lowest lane that is free.
    """
    spans = [
        (column[net.tail], max([column[head.item] for head in net.heads]))
        for net in level.nets
    ]
    lanes: list[int | None] = [None] * len(spans)
    left, far = BENDS * len(column) + 5_000, list[int]()
    for number in sorted(range(len(spans)), key=lambda k: spans[k][1] - spans[k][0]):
        left -= spans[number][1] - spans[number][0] - 1
        if left < 0:
            far.append(number)
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    for number in sorted(far, key=spans.__getitem__):
        start, end = spans[number]
        while busy and busy[0][0] <= start:
            heappush(free, heappop(busy)[1])
        lane = heappop(free) if free else len(busy)
        heappush(busy, (end, lane))
        lanes[number] = lane
    return lanes


def _trunk(made: Grid, net: Net, lane: int | None) -> Trunk:
    start = made.column[net.tail]
    by_column: dict[int, list[Head]] = {}
    for head in net.heads:
        by_column.setdefault(made.column[head.item], []).append(head)
    trunk = Trunk(net, [], [], lane, [])
    node, out = net.tail, net.out
    end = max(by_column)
    nearest = min([head.item for head in net.heads])
    for column in range(start + 1, end + 1):
        ends = []
        for head in by_column.get(column, ()):
            wire = Wire(node, head.item, out, max(head.into, 0.0), 1)
            ends.append((head, wire))
        trunk.heads.append(ends)
        if lane is not None:
            continue
        made.wires += [wire for _, wire in ends]
        if column < end:
            bend = len(made.column)
            made.column.append(column)
            made.heights.append(0.0)
            made.rank.append(nearest)
            trunk.links.append(Wire(node, bend, out, 0.0, 4 if trunk.bends else 2))
            made.wires.append(trunk.links[-1])
            trunk.bends.append(bend)
            node, out = bend, 0.0
    return trunk
