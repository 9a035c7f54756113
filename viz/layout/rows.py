"""Rows of columns: a drawing that is too long goes on below, as a text does.

It is cut right of a column, where every line is level. What lies beyond stands in the next
row, and each line that is cut runs round: out at the right, back between the two rows, and
in at the left, where the one that was uppermost still is, so that none crosses another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from .assembly import Layout, Rect
from .cuts import STEP, Row, cut, entered, rows_of
from .routing import Point, Segment

__all__ = ["fitting", "in_rows"]

SIDE, CORNER = 14.0, 5.0  # around lines that are cut


def in_rows(layout: Layout, count: int, rankdir: str = "LR") -> Layout | None:
    """Return a layout in so many rows, None where no cut will do.

    A cut parts no box, no frame, and few lines. Of a drawing from top to bottom or from
    bottom to top, the rows are columns.

    >>> from dendrograd.viz.layout.layered import layered
    >>> chain = layered([(40.0, 20.0)] * 6, [(k, k + 1) for k in range(5)])
    >>> folded = in_rows(chain, 2)
    >>> chain.width, folded.width, [box.top for box in folded.boxes][2:4]
    (460.0, 274.0, [0.0, 48.0])
    """
    mirrored, upright = rankdir in ("RL", "BT"), rankdir in ("TB", "BT")
    plain = _transposed(layout) if upright else layout
    plain = _mirrored(plain) if mirrored else plain
    cuts = cut(plain, count)
    if cuts is None:
        return None
    made = Wrapped(plain, rows_of(plain, cuts)).result()
    made = _mirrored(made) if mirrored else made
    return _transposed(made) if upright else made


def fitting(layout: Layout, size: Point, most: int, rankdir: str) -> Layout | None:
    """Return a layout in the fewest rows in which it fits, None where none will do."""
    for rows in range(1, most + 1):
        tried = in_rows(layout, rows, rankdir) if rows > 1 else layout
        if tried and tried.width <= size[0] and tried.height <= size[1]:
            return tried
    return None


def _mirrored(layout: Layout) -> Layout:
    """Return a layout in which right is left."""
    return _moved(layout, lambda x, y: (layout.width - x, y))


def _transposed(layout: Layout) -> Layout:
    """Return a layout in which what was below stands to the right."""
    turned = replace(layout, width=layout.height, height=layout.width)
    return _moved(turned, lambda x, y: (y, x))


def _moved(layout: Layout, point: Callable[[float, float], Point]) -> Layout:
    """Return a layout each point of which is elsewhere."""

    def rect(one: Rect) -> Rect:
        (a, b), (c, d) = point(one.left, one.top), point(one.right, one.bottom)
        return Rect(min(a, c), min(b, d), abs(c - a), abs(d - b))

    def line(one: Segment) -> Segment:
        return replace(one, points=tuple([point(*p) for p in one.points]))

    return replace(
        layout,
        boxes=tuple(map(rect, layout.boxes)),
        segments=tuple(map(line, layout.segments)),
        frames={path: rect(one) for path, one in layout.frames.items()},
        labels={i: rect(one) for i, one in layout.labels.items()},
    )


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
        self.pieces: list[list[Segment]] = [[] for _ in rows]
        for segment in layout.segments:
            self._cut(segment)
        self.shifts: list[Point] = []
        self.bottoms: list[float] = []
        y = 0.0
        for number, row in enumerate(rows):
            low, high = self._extent(number)
            before = len(rows[number - 1].lines) if number else 0
            inset = SIDE + STEP * before if number else 0.0
            self.shifts.append((inset - row.start, y - low))
            y += high - low
            self.bottoms.append(y)
            y += 2 * SIDE + STEP * max(0, len(row.lines) - 1)
        self.height = self.bottoms[-1]

    def _cut(self, segment: Segment) -> None:
        """Put the pieces of a segment into their rows."""
        rest, number = segment.points, self._row(segment.points[0][0])
        while True:
            row = self.rows[number]
            if number:
                rest = entered(rest, segment.arrows, self.rows[number - 1], row)
            if rest[-1][0] <= row.end:
                break
            left, rest = _split(rest, row.end)
            if len(left) > 1:
                self.pieces[number].append(Segment(left, segment.arrows, False))
            number += 1
        self.pieces[number].append(replace(segment, points=rest))

    def _extent(self, number: int) -> tuple[float, float]:
        """Return the highest and the lowest point of a row."""
        layout, row = self.layout, self.rows[number]
        rects = [*layout.boxes, *layout.frames.values(), *layout.labels.values()]
        some = [r for r in rects if row.start <= r.left < row.end]
        ys = [y for piece in self.pieces[number] for _, y in piece.points]
        ys += [*row.lines, *(r.top for r in some), *(r.bottom for r in some)]
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
            cuts=tuple([row.end for row in self.rows[:-1]]),
            boxes=tuple([self._moved(box) for box in layout.boxes]),
            segments=tuple(segments),
            frames={path: self._moved(rect) for path, rect in layout.frames.items()},
            labels={i: self._moved(rect) for i, rect in layout.labels.items()},
        )

    def _pieces(self) -> Iterator[Segment]:
        """Yield the segments, those that a cut parts in several pieces."""
        for number, pieces in enumerate(self.pieces):
            for piece in pieces:
                yield replace(piece, points=self._put(piece.points, number))

    def _put(self, points: Sequence[Point], number: int) -> tuple[Point, ...]:
        right, down = self.shifts[number]
        return tuple([(x + right, y + down) for x, y in points])

    def _runs(self) -> Iterator[Segment]:
        """Yield the lines from the end of each row to the beginning of the next."""
        for number, row in enumerate(self.rows[:-1]):
            entries = self.rows[number + 1].entries
            for k, (y, arrows) in enumerate(row.lines.items()):
                (start,) = self._put([(row.end, y)], number)
                (stop,) = self._put([(row.end, entries.get(y, y))], number + 1)
                inner = len(row.lines) - 1 - k
                right = start[0] + SIDE + STEP * inner
                base = self.bottoms[number] + SIDE + STEP * inner
                left = stop[0] - SIDE / 2 - STEP * k
                corners = [start, (right, start[1]), (right, base), (left, base)]
                path = _around([*corners, (left, stop[1]), stop])
                yield Segment(path, tuple(sorted(arrows)), False)
