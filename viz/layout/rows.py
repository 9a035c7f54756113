"""Rows of columns: a drawing that is too wide goes on below, as a text does.

It is cut right of a column, where every line is level. What lies beyond stands in the next
row, and each line that is cut runs round: out at the right, back between the two rows, and
in at the left, where the one that was uppermost still is, so that none crosses another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .assembly import Layout, Rect
from .routing import Point, Segment

__all__ = ["in_rows"]

MOST = 4  # lines that a cut may part
STEP, SIDE, CORNER = 8.0, 14.0, 5.0  # between two such lines, and around them
SHIFT = 1 / 3  # of a row, how far from its ideal place a cut may be


@dataclass(frozen=True, slots=True)
class Row:
    """What lies between two cuts, and where it goes.

    heights  of the lines that are cut at its end, from the top
    """

    start: float
    end: float
    heights: tuple[float, ...]


def in_rows(layout: Layout, count: int) -> Layout | None:
    """Return a layout from left to right in so many rows, None where no cut will do.

    A cut parts no box, no frame, and few lines.

    >>> from dendrograd.viz.layout.layered import layered
    >>> chain = layered([(40.0, 20.0)] * 6, [(k, k + 1) for k in range(5)])
    >>> folded = in_rows(chain, 2)
    >>> chain.width, folded.width, [box.top for box in folded.boxes][2:4]
    (460.0, 274.0, [0.0, 48.0])
    """
    cuts = _cuts(layout, count)
    if cuts is None:
        return None
    edges = [0.0, *cuts, layout.width + 1.0]
    rows = [Row(a, b, _heights(layout, b)) for a, b in pairwise(edges)]
    return Wrapped(layout, rows).result()


def _cuts(layout: Layout, count: int) -> list[float] | None:
    """Return the x of each cut, near to where the rows would be of one width."""
    ends = sorted({box.right for box in layout.boxes})
    solid = [*layout.boxes, *layout.frames.values()]
    free = [x for x in ends if not any(r.left < x < r.right for r in solid)]
    wide = layout.width / count
    cuts: list[float] = []
    for row in range(1, count):
        near = [
            (len(lines), abs(x - row * wide), x)
            for x in free
            if abs(x - row * wide) < SHIFT * wide
            and x > max(cuts, default=0.0)
            and len(lines := _heights(layout, x)) <= MOST
        ]
        if not near:
            return None
        cuts.append(min(near)[2])
    return cuts


def _heights(layout: Layout, x: float) -> tuple[float, ...]:
    """Return the heights of the lines that a cut parts, from the top."""
    found = {
        _height(segment.points, x)
        for segment in layout.segments
        if segment.points[0][0] <= x < segment.points[-1][0]
    }
    return tuple(sorted(found))


def _height(points: Sequence[Point], x: float) -> float:
    """Return the height at x, where a line is level."""
    for k in range(0, len(points) - 1, 3):
        if points[k][0] <= x < points[k + 3][0]:
            return points[k][1]
    raise AssertionError("the line does not pass there")  # unreachable


def _split(
    points: tuple[Point, ...], x: float
) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Return the parts of a line left and right of x; the left one may be a point."""
    for k in range(0, len(points) - 1, 3):
        (a, y), (b, _) = points[k], points[k + 3]
        if a == x:
            return points[: k + 1], points[k:]
        if a < x < b:
            left, right = _straight((a, y), (x, y)), _straight((x, y), (b, y))
            return (*points[: k + 1], *left), ((x, y), *right, *points[k + 4 :])
    raise AssertionError("the line does not pass there")  # unreachable


def _straight(start: Point, end: Point) -> tuple[Point, Point, Point]:
    """Return the controls and the end of a straight piece."""
    (x, y), (u, v) = start, end
    one = x + (u - x) / 3, y + (v - y) / 3
    return one, (u - (u - x) / 3, v - (v - y) / 3), end


def _around(corners: Sequence[Point]) -> tuple[Point, ...]:
    """Return a line along some corners, each of them rounded."""
    path = [corners[0]]
    for (a, b), (x, y), (u, v) in zip(corners, corners[1:], corners[2:], strict=False):
        before = x - _sign(x - a) * CORNER, y - _sign(y - b) * CORNER
        after = x + _sign(u - x) * CORNER, y + _sign(v - y) * CORNER
        path += [*_straight(path[-1], before), (x, y), (x, y), after]
    path += _straight(path[-1], corners[-1])
    return tuple(path)


def _sign(x: float) -> float:
    return (x > 0) - (x < 0)


class Wrapped:
    """A layout on its way into rows."""

    def __init__(self, layout: Layout, rows: Sequence[Row]) -> None:
        self.layout, self.rows = layout, rows
        self.shifts: list[Point] = []
        self.bottoms: list[float] = []
        y = 0.0
        for number, row in enumerate(rows):
            low, high = self._extent(row)
            before = len(rows[number - 1].heights) if number else 0
            inset = SIDE + STEP * before if number else 0.0
            self.shifts.append((inset - row.start, y - low))
            y += high - low
            self.bottoms.append(y)
            y += 2 * SIDE + STEP * max(0, len(row.heights) - 1)
        self.height = self.bottoms[-1]

    def _extent(self, row: Row) -> tuple[float, float]:
        """Return the highest and the lowest point of a row."""
        layout = self.layout
        rects = [*layout.boxes, *layout.frames.values(), *layout.labels.values()]
        some = [r for r in rects if row.start <= r.left < row.end]
        ys = [
            y for s in layout.segments for x, y in s.points if row.start <= x < row.end
        ]
        ys += [*row.heights, *(r.top for r in some), *(r.bottom for r in some)]
        return min(ys), max(ys)

    def _row(self, x: float) -> int:
        return max([k for k, row in enumerate(self.rows) if x >= row.start])

    def _moved(self, rect: Rect) -> Rect:
        right, down = self.shifts[self._row(rect.left)]
        return replace(rect, left=rect.left + right, top=rect.top + down)

    def result(self) -> Layout:
        """Return the layout in rows."""
        layout = self.layout
        segments = [*self._pieces(), *self._runs()]
        return replace(
            layout,
            width=max(
                *(x for s in segments for x, _ in s.points),
                *(
                    self._moved(r).right
                    for r in (*layout.boxes, *layout.frames.values())
                ),
            ),
            height=self.height,
            boxes=tuple([self._moved(box) for box in layout.boxes]),
            segments=tuple(segments),
            frames={path: self._moved(rect) for path, rect in layout.frames.items()},
            labels={i: self._moved(rect) for i, rect in layout.labels.items()},
        )

    def _pieces(self) -> Iterator[Segment]:
        """Yield the segments, those that a cut parts in several pieces."""
        for segment in self.layout.segments:
            points = segment.points
            number = self._row(points[0][0])
            while points[-1][0] > self.rows[number].end:
                left, points = _split(points, self.rows[number].end)
                if len(left) > 1:
                    yield Segment(self._put(left, number), segment.arrows, False)
                number += 1
            yield replace(segment, points=self._put(points, number))

    def _put(self, points: Sequence[Point], number: int) -> tuple[Point, ...]:
        right, down = self.shifts[number]
        return tuple([(x + right, y + down) for x, y in points])

    def _runs(self) -> Iterator[Segment]:
        """Yield the lines from the end of each row to the beginning of the next."""
        for number, row in enumerate(self.rows[:-1]):
            parted: dict[float, set[int]] = {y: set() for y in row.heights}
            for s in self.layout.segments:
                if s.points[0][0] <= row.end < s.points[-1][0]:
                    parted[_height(s.points, row.end)].update(s.arrows)
            for k, y in enumerate(row.heights):
                (start,) = self._put([(row.end, y)], number)
                (stop,) = self._put([(row.end, y)], number + 1)
                inner = len(row.heights) - 1 - k
                right = start[0] + SIDE + STEP * inner
                base = self.bottoms[number] + SIDE + STEP * inner
                left = stop[0] - SIDE / 2 - STEP * k
                corners = [start, (right, start[1]), (right, base), (left, base)]
                path = _around([*corners, (left, stop[1]), stop])
                yield Segment(path, tuple(sorted(parted[y])), False)
