"""Where a drawing is cut into rows, and how high its lines enter the next one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from .assembly import Layout
from .routing import Point, Segment

__all__ = ["STEP", "Row", "cut", "entered", "height_at", "rows_of"]

MOST = 4  # lines that a cut may part
STEP = 8.0  # between two lines that run beside each other
SHIFT = 1 / 3  # of a row, how far from its ideal place a cut may be


@dataclass(frozen=True, slots=True)
class Row:
    """What lies between two cuts.

    lines    those that are cut at its end, from the top: height there, and arrows
    entries  how high each line comes in that was cut at its start, by its height there
    gap      where its first boxes and frames begin
    """

    start: float
    end: float
    lines: Mapping[float, frozenset[int]]
    entries: Mapping[float, float] = field(default_factory=dict)
    gap: float = 0.0


def cut(layout: Layout, count: int) -> list[float] | None:
    """Return the x of each cut, near to where the rows would be of one width."""
    solid = [*layout.boxes, *layout.frames.values()]
    ends = sorted({rect.right for rect in solid})
    free = [x for x in ends if not any(r.left < x < r.right for r in solid)]
    wide = layout.width / count
    cuts: list[float] = []
    for row in range(1, count):
        near = [
            (len(lines), abs(x - row * wide), x)
            for x in free
            if abs(x - row * wide) < SHIFT * wide
            and x > max(cuts, default=0.0)
            and len(lines := _lines(layout, x)) <= MOST
        ]
        if not near:
            return None
        cuts.append(min(near)[2])
    return cuts


def _lines(layout: Layout, x: float) -> dict[float, frozenset[int]]:
    """Return the arrows of the lines that a cut parts, by their heights, from the top."""
    found: dict[float, set[int]] = {}
    for segment in layout.segments:
        if segment.points[0][0] <= x < segment.points[-1][0]:
            found.setdefault(height_at(segment.points, x), set()).update(segment.arrows)
    return {y: frozenset(found[y]) for y in sorted(found)}


def height_at(points: Sequence[Point], x: float) -> float:
    """Return the height at x, where a line is level."""
    for k in range(0, len(points) - 1, 3):
        if points[k][0] <= x < points[k + 3][0]:
            return points[k][1]
    raise AssertionError("the line does not pass there")  # unreachable


def rows_of(layout: Layout, cuts: Sequence[float]) -> list[Row]:
    """Return the rows between some cuts."""
    rows: list[Row] = []
    for start, end in pairwise([0.0, *cuts, layout.width + 1.0]):
        rects = [*layout.boxes, *layout.frames.values()]
        gap = min([r.left for r in rects if r.left > start], default=start)
        entries = _entries(layout, start, gap, list(rows[-1].lines)) if rows else {}
        rows.append(Row(start, end, _lines(layout, end), entries, gap))
    return rows


def _entries(
    layout: Layout, x: float, gap: float, heights: Sequence[float]
) -> dict[float, float]:
    """Return how high each line enters a row: where it goes first, if that may be.

    At the height of the cut it might come in far below the row, and run back. A line that
    is level as far as the boxes stays so, and no line changes places with another.
    """
    entries: dict[float, float] = {}
    last = -inf
    for y in heights:
        ends = list(_ends(layout.segments, x, gap, y))
        near = min(ends, key=lambda end: abs(end - y), default=y)
        entries[y] = y if y in ends else max(near, last + STEP)
        if entries[y] < last + STEP:
            return {}
        last = entries[y]
    return entries


def _ends(
    segments: Sequence[Segment], x: float, gap: float, y: float
) -> Iterator[float]:
    """Yield the heights to which a line goes from a cut on, before the boxes or there."""
    for segment in segments:
        points = segment.points
        for k in range(0, len(points) - 1, 3):
            (a, start), (b, end) = points[k], points[k + 3]
            if start == y and a < gap and b > x and (end != y or b >= gap):
                yield end


def entered(
    points: Sequence[Point], arrows: Sequence[int], before: Row, row: Row
) -> tuple[Point, ...]:
    """Return the points of a line in a row, whose level start goes where it comes in."""
    x, y = points[0]
    mine = row.start <= x < row.gap and before.lines.get(y, frozenset()) >= {*arrows}
    level = next((k for k, point in enumerate(points) if point[1] != y), len(points))
    if not mine:
        return tuple(points)
    there = row.entries.get(y, y)
    return (*[(x, there) for x, _ in points[:level]], *points[level:])
