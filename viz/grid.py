"""The columns of a level, with a bend of each line in every column that it passes.

The part of a net that several of its arrows share is one line, its trunk. It has one
node in each column from the tail to the farthest head; a head hangs on the node in the
column before its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from .level import Head, Level, Net

__all__ = ["Grid", "Trunk", "Wire", "grid"]


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

    heads[k] are the ends in the column right of bends[k - 1], with their wires.
    """

    net: Net
    bends: list[int]
    heads: list[list[tuple[Head, Wire]]]


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
    for net in level.nets:
        made.trunks.append(_trunk(made, net))
    order = sorted(range(len(made.column)), key=made.rank.__getitem__)
    for node in order:
        made.columns[made.column[node]].append(node)
    return made


def _trunk(made: Grid, net: Net) -> Trunk:
    start = made.column[net.tail]
    by_column: dict[int, list[Head]] = {}
    for head in net.heads:
        by_column.setdefault(made.column[head.item], []).append(head)
    trunk = Trunk(net, [], [])
    node, out = net.tail, net.out
    end = max(by_column)
    nearest = min([head.item for head in net.heads])
    for column in range(start + 1, end + 1):
        ends = []
        for head in by_column.get(column, ()):
            wire = Wire(node, head.item, out, max(head.into, 0.0), 1)
            made.wires.append(wire)
            ends.append((head, wire))
        trunk.heads.append(ends)
        if column < end:
            bend = len(made.column)
            made.column.append(column)
            made.heights.append(0.0)
            made.rank.append(nearest)
            wire = Wire(node, bend, out, 0.0, 4 if trunk.bends else 2)
            made.wires.append(wire)
            trunk.bends.append(bend)
            node, out = bend, 0.0
    return trunk
