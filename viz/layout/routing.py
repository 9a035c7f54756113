"""Where the columns stand, and the curves between them.

A line is straight where it passes a column and bends between two columns alone, where
nothing stands. So no curve passes through a box, whatever the sizes.

Labels stand in a zone of their own, between the curves and the column at which their
arrows end. There every line is level and apart from the next one, and each label stands
above its own line, so it covers nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from .grid import Grid, Trunk
from .level import Level
from .placing import added, lane_height

__all__ = ["TIP", "Columns", "Point", "Segment", "measure", "route"]

Point = tuple[float, float]
Insets = tuple[float, float]

GAP, PORT_GAP, WIDEST = 44.0, 20.0, 120.0  # between two columns; at a border
CURVES = 26.0  # between two columns where a zone of labels comes after the curves
TIP, BEFORE = 8.0, 5.0  # between a label and the end of its arrow; before the label
SLOPE = 5.0  # the height that a line may change by for each unit of a wider gap


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line that is drawn once: an arrow is a row of them, end to end.

    points  a poly-Bézier: the start, then two controls and an end, again and again
    arrows  the arrows that run through it
    last    it ends at the box of the consumer, and then belongs to one arrow alone
    """

    points: tuple[Point, ...]
    arrows: tuple[int, ...]
    last: bool


@dataclass(slots=True)
class Columns:
    """The left and right edges of the columns, those of the items, and all the width.

    The left edge is that of the zone of its labels. In a column that is much wider than
    an item, the item stands at the side where its lines are.
    """

    left: list[float]
    right: list[float]
    lefts: list[float]
    rights: list[float]
    width: float


def measure(
    level: Level, grid: Grid, tops: list[float], insets: Insets, least: float
) -> Columns:
    """Return where columns and items stand, `least` from border to border or more.

    The insets are kept free inside the left and the right border, but for lines.
    """
    widths = [
        max([level.widths[v] for v in column if v < grid.items], default=0.0)
        for column in grid.columns
    ]
    gaps = [insets[0], *_gaps(level, grid, tops), insets[1]]
    if level.entries:
        gaps[:2] = [0.0, insets[0] + gaps[1]]
    if level.exits:
        gaps[-2:] = [gaps[-2] + insets[1], 0.0]
    spare = max(0.0, least - added(widths) - added(gaps)) / 2
    gaps[1 if level.entries else 0] += spare
    gaps[-2 if level.exits else -1] += spare
    left, right, x = [], [], 0.0
    for gap, width in zip(gaps, widths, strict=False):
        left.append(x + gap)
        x += gap + width
        right.append(x)
    lefts = _lefts(level, grid, left, right)
    rights = [x + width for x, width in zip(lefts, level.widths, strict=True)]
    zoned = [x - zone for x, zone in zip(left, _zones(grid), strict=True)]
    return Columns(zoned, right, lefts, rights, x + gaps[-1])


def _zones(grid: Grid) -> list[float]:
    """Return how much room the labels before each column take."""
    zones = [0.0] * len(grid.columns)
    for trunk in grid.trunks:
        for head, _ in chain.from_iterable(trunk.heads):
            if head.label[0]:
                k = grid.column[head.item]
                zones[k] = max(zones[k], BEFORE + head.label[0] + TIP)
    return zones


def _gaps(level: Level, grid: Grid, tops: list[float]) -> list[float]:
    """Return the gaps between columns: wider where lines have a long way up or down."""
    zones = _zones(grid)[1:]
    gaps = [CURVES if zone else GAP for zone in zones]
    if level.entries:
        gaps[0] = PORT_GAP
    if level.exits:
        gaps[-1] = PORT_GAP
    for wire in grid.wires:
        way = abs(tops[wire.tail] + wire.out - tops[wire.head] - wire.into)
        k = grid.column[wire.tail]
        gaps[k] = max(gaps[k], min(way / SLOPE, WIDEST))
    return [gap + zone for gap, zone in zip(gaps, zones, strict=True)]


def _lefts(
    level: Level, grid: Grid, left: list[float], right: list[float]
) -> list[float]:
    tails = {wire.tail for wire in grid.wires}
    heads = {wire.head for wire in grid.wires}
    lefts = []
    for item, width in enumerate(level.widths):
        k = grid.column[item]
        spare = right[k] - left[k] - width
        share = 0.5
        if spare > width and (item in tails) != (item in heads):
            share = 1.0 if item in tails else 0.0
        lefts.append(left[k] + share * spare)
    return lefts


def route(grid: Grid, tops: list[float], at: Columns, top: float) -> list[Segment]:
    """Return the curves of a level, whose upper edge is at `top`."""
    segments: list[Segment] = []
    for trunk in grid.trunks:
        if trunk.lane is None:
            heights = [tops[bend] for bend in trunk.bends]
        else:
            heights = [top + lane_height(trunk.lane)] * (len(trunk.heads) - 1)
        _follow(grid, trunk, heights, tops, at, segments)
    return segments


def _follow(
    grid: Grid,
    trunk: Trunk,
    heights: list[float],
    tops: list[float],
    at: Columns,
    segments: list[Segment],
) -> None:
    """Append the curves of one trunk: its pieces between two forks, and its ends."""
    tail, left = trunk.net.tail, [h for heads in trunk.heads for h, _ in heads]
    column, y = grid.column[tail], tops[tail] + trunk.net.out
    path = [(at.rights[tail], y)]
    for k, ends in enumerate(trunk.heads):
        edge = at.right[column]
        _run(path, (edge, y))
        column += 1
        going_on = len(ends) < len(left)
        if ends and (going_on or len(ends) > 1):
            if len(path) > 1:
                arrows = sorted([a for head in left for a in head.arrows])
                segments.append(Segment(tuple(path), tuple(arrows), False))
            path = [(edge, y)]
        for head, wire in ends:
            own = path[:]
            end = tops[head.item] + wire.into
            _run(own, (at.left[column], end))
            _run(own, (at.lefts[head.item], end))
            segments.append(Segment(tuple(own), head.arrows, head.last))
        if going_on:
            left = left[len(ends) :]
            y = heights[k]
            _run(path, (at.left[column], y))


def _run(path: list[Point], end: Point) -> None:
    """Append a piece that is level at both ends; a straight one goes on straight."""
    (x, y), (u, v) = path[-1], end
    if y == v:
        if x == u:
            return
        if len(path) > 1 and path[-4][1] == y == path[-2][1]:
            x = path[-4][0]
            del path[-3:]
        path += [(x + (u - x) / 3, y), (u - (u - x) / 3, y), end]
    else:
        path += [((x + u) / 2, y), ((x + u) / 2, v), end]
