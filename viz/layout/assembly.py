"""Frame by frame: each is laid out from inside to outside, and placed the other way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from .grid import grid
from .level import MIDDLE, Head, Level, Net
from .nesting import Nesting, Path
from .ordering import reduce_crossings
from .placing import CLEAR, place, spread
from .ranking import columns
from .routing import TIP, Point, Segment, measure, route

__all__ = ["Layout", "LayoutBuilder", "Rect"]

PAD, TITLE = 10.0, 18.0  # inside the border of a frame, and the strip of its title


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
    """

    width: float
    height: float
    boxes: tuple[Rect, ...]
    segments: tuple[Segment, ...]
    frames: dict[Path, Rect]
    crossings: int
    labels: Mapping[int, Rect] = field(default_factory=dict)


class LayoutBuilder:
    """Lays out a drawing, group by group; arrows go right until `result` turns it.

    Boxes, frames and ports have the numbers that `Nesting` gives them.
    """

    def __init__(
        self,
        sizes: Sequence[tuple[float, float]],
        nesting: Nesting,
        titles: Mapping[Path, float],
        rankdir: str,
        pinned: tuple[Collection[int], Collection[int]],
        labels: Mapping[int, tuple[float, float]],
    ) -> None:
        self.nesting = nesting
        self.titles = titles
        self.rankdir = rankdir
        self.pinned = tuple([frozenset(boxes) for boxes in pinned])
        turned = rankdir in ("TB", "BT")
        self.sizes = [(h, w) if turned else (w, h) for w, h in sizes]
        self.labels = {
            arrow: (h, w) if turned else (w, h) for arrow, (w, h) in labels.items()
        }
        self.sizes += [(0.0, 0.0)] * len(nesting.groups)
        self.spots: list[Point] = [(0.0, 0.0)] * len(self.sizes)  # within the group
        self.ports: dict[int, float] = {}  # how far below the top of the frame
        self.segments: list[list[Segment]] = [[] for _ in nesting.groups]
        self.crossings = 0

    def lay_out(self, number: int) -> None:
        """Lay out one group, in which each frame has been laid out before."""
        items, level = self._level(number)
        made = grid(level, columns(level))
        self.crossings += reduce_crossings(made)
        spread(made)
        tops = place(made, level.frames)
        (top, bottom), insets, (least_height, least_width) = self._room(number)
        ends = [y + h for y, h in zip(tops, made.heights, strict=True)]
        height = max(ends, default=0.0)
        spare = max(0.0, least_height - height - top - bottom)
        top += spare / 2
        tops = [y + top for y in tops]
        at = measure(level, made, tops, insets, least_width)
        self.segments[number] = route(made, tops, at, top)
        for item, x, y in zip(items, at.lefts, tops, strict=False):
            if item < len(self.sizes):
                self.spots[item] = (x, y)
            else:
                self.ports[item] = y
        size = (at.width, height + spare / 2 + top + bottom)
        self.sizes[self.nesting.boxes + number] = size

    def _level(self, number: int) -> tuple[list[int], Level]:
        """Return the items of a group, and the level that they make."""
        nesting = self.nesting
        group = nesting.groups[number]
        entries = sorted(group.entries, key=nesting.source.__getitem__)
        exits = sorted(group.exits, key=nesting.source.__getitem__)
        items = [*entries, *group.members, *exits]
        index = {item: k for k, item in enumerate(items)}
        sizes = [
            self.sizes[item] if item < len(self.sizes) else (0.0, 0.0) for item in items
        ]
        nets = []
        for tail, hops in group.nets.items():
            item, out = self._end(number, tail)
            net = Net(index[item], self.sizes[item][1] / 2 if out < 0 else out)
            for end, arrow in hops:
                item, into = self._end(number, end)
                through = nesting.through.get(end, (arrow,))
                head = Head(index[item], into, tuple(through), arrow >= 0)
                head.label = self.labels.get(arrow, head.label)
                net.heads.append(head)
            nets.append(net)
        first, last = self.pinned
        return items, Level(
            [width for width, _ in sizes],
            [height for _, height in sizes],
            len(entries),
            len(exits),
            nets,
            {index[item] for item in group.members if item in first},
            {index[item] for item in group.members if item in last},
            {index[item] for item in group.members if item >= nesting.boxes},
            lambda k: self._name(items[k]),
        )

    def _end(self, number: int, terminal: int) -> tuple[int, float]:
        """Return the item in a group that a box or port belongs to, and how far down."""
        if terminal < self.nesting.boxes:
            return terminal, MIDDLE
        group = self.nesting.group[terminal]
        if group == number:
            return terminal, 0.0
        return self.nesting.boxes + group, self.ports[terminal]

    def _name(self, item: int) -> str:
        if item < self.nesting.boxes:
            return f"box {item}"
        return f"frame {self.nesting.groups[item - self.nesting.boxes].path[-1]!r}"

    def _room(self, number: int) -> tuple[Point, Point, Point]:
        """Return what a group keeps free: above and below, left and right; its least size.

        The strip of the title is on top of a frame once the drawing is turned.
        """
        if not number:
            return (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)
        across, along = (PAD, PAD), (PAD, PAD)
        title = self.titles.get(self.nesting.groups[number].path, 0.0)
        strip = TITLE + PAD / 2
        match self.rankdir:
            case "TB":
                return across, (strip, PAD), (title, 0.0)
            case "BT":
                return across, (PAD, strip), (title, 0.0)
            case _:
                return (strip, PAD), along, (0.0, title)

    def result(self) -> Layout:
        """Return the finished drawing."""
        boxes, groups = self.nesting.boxes, self.nesting.groups
        origins: list[Point] = [(0.0, 0.0)] * len(groups)
        rects: list[Rect] = [self._turned_rect((0.0, 0.0), (0.0, 0.0))] * len(
            self.sizes
        )
        segments: list[Segment] = []
        labels: dict[int, Rect] = {}
        for number, group in enumerate(groups):
            x, y = origins[number]
            for item in group.members:
                left, top = self.spots[item]
                spot = (x + left, y + top)
                rects[item] = self._turned_rect(spot, self.sizes[item])
                if item >= boxes:
                    origins[item - boxes] = spot
            for segment in self.segments[number]:
                points = self._turned(x, y, segment.points)
                segments.append(Segment(points, segment.arrows, segment.last))
                if segment.last and segment.arrows[0] in self.labels:
                    (u, v), size = segment.points[-1], self.labels[segment.arrows[0]]
                    spot = (x + u - TIP - size[0], y + v - CLEAR / 2 - size[1])
                    labels[segment.arrows[0]] = self._turned_rect(spot, size)
        whole = self._turned_rect((0.0, 0.0), self.sizes[boxes])
        return Layout(
            whole.width,
            whole.height,
            tuple(rects[:boxes]),
            tuple(segments),
            {
                group.path: rects[boxes + number]
                for number, group in enumerate(groups)
                if number
            },
            self.crossings,
            labels,
        )

    def _turned(self, x: float, y: float, points: Sequence[Point]) -> tuple[Point, ...]:
        """Return points of a group that stands at x and y, as they are in the result."""
        if self.rankdir == "LR":
            return tuple([(x + u, y + v) for u, v in points])
        if self.rankdir == "TB":
            return tuple([(y + v, x + u) for u, v in points])
        x = self.sizes[self.nesting.boxes][0] - x
        if self.rankdir == "RL":
            return tuple([(x - u, y + v) for u, v in points])
        return tuple([(y + v, x - u) for u, v in points])

    def _turned_rect(self, spot: Point, size: tuple[float, float]) -> Rect:
        x, y = spot
        width, height = size
        if self.rankdir in ("RL", "BT"):
            x = self.sizes[self.nesting.boxes][0] - x - width
        if self.rankdir in ("LR", "RL"):
            return Rect(x, y, width, height)
        return Rect(y, x, height, width)
