"""The finished drawing: frames put into each other, and all turned to its direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .nesting import Path
from .placing import CLEAR
from .routing import TIP, Point, Segment
from .rule import Coordinates

__all__ = ["Layout", "Rect", "assembled"]


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle; y grows downwards, as on a screen."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.top + self.height

    def moved(self, by: float) -> Rect:
        """Return the rectangle so far to the right, and so far down."""
        return Rect(self.left + by, self.top + by, self.width, self.height)

    def grown(self, by: float) -> Rect:
        """Return the rectangle with an edge so far out on each side."""
        return Rect(
            self.left - by, self.top - by, self.width + 2 * by, self.height + 2 * by
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """A drawing that lies in [0, width] x [0, height].

    boxes      one for each size given
    segments   the pieces of the arrows, each drawn once
    frames     one for each frame, with the strip of its title, by its path
    crossings  how often segments cross
    labels     for each arrow that has a label the place of its text
    cuts       of a drawing in rows, how far along the data each but the last row ended
    """

    width: float
    height: float
    boxes: tuple[Rect, ...]
    segments: tuple[Segment, ...]
    frames: dict[Path, Rect]
    crossings: int
    labels: Mapping[int, Rect] = field(default_factory=dict)
    cuts: tuple[float, ...] = ()


def assembled(found: Coordinates, top: int = 0) -> Layout:
    """Return the finished drawing of one frame, without what is outside of it.

    A box from which an arrow comes into it stands on the border, where the arrow does.
    """
    return _Assembly(found, top).layout()


class _Assembly:
    """Coordinates within frames, as coordinates of the whole."""

    def __init__(self, found: Coordinates, top: int) -> None:
        self.found, self.top = found, top
        self.nesting, self.rankdir = found.plan.nesting, found.plan.rankdir
        self.size = found.sizes[self.nesting.boxes + top]

    def layout(self) -> Layout:
        """Return where everything stands."""
        found, top = self.found, self.top
        boxes, groups = self.nesting.boxes, self.nesting.groups
        origins: list[Point] = [(0.0, 0.0)] * len(groups)
        nowhere = self._turned_rect((0.0, 0.0), (0.0, 0.0))
        rects: list[Rect] = [nowhere] * len(found.sizes)
        segments: list[Segment] = []
        labels: dict[int, Rect] = {}
        for port in groups[top].entries:
            spot = (0.0, found.ports[port])
            rects[self.nesting.source[port]] = self._turned_rect(spot, (0.0, 0.0))
        for number in range(top, len(groups)):
            x, y = origins[number]
            for item in groups[number].members:
                left, above = found.spots[item]
                spot = (x + left, y + above)
                rects[item] = self._turned_rect(spot, found.sizes[item])
                if item >= boxes:
                    origins[item - boxes] = spot
            for segment in found.segments[number]:
                points = self._turned(x, y, segment.points)
                segments.append(Segment(points, segment.arrows, segment.last))
                size = found.plan.labels.get(segment.arrows[0])
                if segment.last and size:
                    u, v = segment.points[-1]
                    spot = (x + u - TIP - size[0], y + v - CLEAR / 2 - size[1])
                    labels[segment.arrows[0]] = self._turned_rect(spot, size)
        whole = self._turned_rect((0.0, 0.0), self.size)
        frames = range(top + 1, len(groups))
        return Layout(
            whole.width,
            whole.height,
            tuple(rects[:boxes]),
            tuple(segments),
            {groups[number].path: rects[boxes + number] for number in frames},
            found.plan.crossings,
            labels,
        )

    def _turned(self, x: float, y: float, points: Sequence[Point]) -> tuple[Point, ...]:
        """Return points of a group that stands at x and y, as they are in the result."""
        if self.rankdir == "LR":
            return tuple([(x + u, y + v) for u, v in points])
        if self.rankdir == "TB":
            return tuple([(y + v, x + u) for u, v in points])
        x = self.size[0] - x
        if self.rankdir == "RL":
            return tuple([(x - u, y + v) for u, v in points])
        return tuple([(y + v, x - u) for u, v in points])

    def _turned_rect(self, spot: Point, size: tuple[float, float]) -> Rect:
        x, y = spot
        width, height = size
        if self.rankdir in ("RL", "BT"):
            x = self.size[0] - x - width
        if self.rankdir in ("LR", "RL"):
            return Rect(x, y, width, height)
        return Rect(y, x, height, width)
