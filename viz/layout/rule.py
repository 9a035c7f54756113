"""The one rule from sizes to coordinates, for a plan in which all order is decided.

It goes through the frames from inside to outside. `viz/page/rule.js` is the same rule for
a page: it calculates in the same order and so comes to the same bits, which a test holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .grid import fit, grid
from .level import MIDDLE, Level
from .ordering import reduce_crossings
from .placing import place, spread
from .plan import FramePlan, Pinned, Plan, framed
from .ranking import columns
from .routing import Point, Segment, measure, route

__all__ = ["Coordinates", "Door", "coordinates", "decided"]

PAD, TITLE = 10.0, 18.0  # inside the border of a frame, and the strip of its title


@dataclass(frozen=True, slots=True)
class Door:
    """How far below the top of an opened box its lines end and start.

    into  by arrow, in the order of the arrows that lead to the box
    out   of all that leaves it; None for the middle
    """

    into: Mapping[int, float]
    out: float | None = None


def decided(plan: Plan, sizes: Sequence[Point], pinned: Pinned) -> Coordinates:
    """Decide all of a plan by these sizes, and return its coordinates."""
    found = Coordinates(plan, sizes, {})
    for number in reversed(range(len(plan.nesting.groups))):
        items, level = framed(plan, number, pinned)
        found.resize(number, items, level)
        made = grid(level, columns(level))
        plan.crossings += reduce_crossings(made)
        plan.frames[number] = FramePlan(items, level, made)
        found.place(number)
    return found


def coordinates(
    plan: Plan, sizes: Sequence[Point], doors: Mapping[int, Door]
) -> Coordinates:
    """Return where all of a plan stands for other sizes; an opened box has a door."""
    found = Coordinates(plan, sizes, doors)
    for number in reversed(range(len(plan.nesting.groups))):
        frame = plan.frames[number]
        found.resize(number, frame.items, frame.level)
        fit(frame.grid, frame.level)
        found.place(number)
    return found


class Coordinates:
    """Where everything stands, within its own frame; arrows go to the right."""

    def __init__(
        self, plan: Plan, sizes: Sequence[Point], doors: Mapping[int, Door]
    ) -> None:
        self.plan, self.doors = plan, doors
        groups = plan.nesting.groups
        turned = plan.rankdir in ("TB", "BT")
        self.sizes = [(h, w) if turned else (w, h) for w, h in sizes]
        self.sizes += [(0.0, 0.0)] * len(groups)
        self.spots: list[Point] = [(0.0, 0.0)] * len(self.sizes)
        self.ports: dict[int, float] = {}  # how far below the top of the frame
        self.segments: list[list[Segment]] = [[] for _ in groups]

    def resize(self, number: int, items: list[int], level: Level) -> None:
        """Give the items of a level their sizes, and its lines the heights of their ends."""
        sizes = [self.sizes[i] if i < len(self.sizes) else (0.0, 0.0) for i in items]
        level.widths[:] = [width for width, _ in sizes]
        level.heights[:] = [height for _, height in sizes]
        nets = self.plan.nesting.groups[number].nets
        for net, (tail, hops) in zip(level.nets, nets.items(), strict=True):
            out = self._end(number, tail, None)
            net.out = level.heights[net.tail] / 2 if out < 0 else out
            for head, (end, arrow) in zip(net.heads, hops, strict=True):
                head.into = self._end(number, end, arrow)

    def _end(self, number: int, terminal: int, arrow: int | None) -> float:
        """Return how far below the top of its item a line ends; without an arrow, starts."""
        nesting = self.plan.nesting
        if terminal >= nesting.boxes:
            return 0.0 if nesting.group[terminal] == number else self.ports[terminal]
        door = self.doors.get(terminal)
        if door is None:
            return MIDDLE
        if arrow is None:
            return MIDDLE if door.out is None else door.out
        return door.into.get(arrow, MIDDLE)

    def place(self, number: int) -> None:
        """Place the items of one group, in which each frame has been laid out before."""
        frame = self.plan.frames[number]
        items, level, made = frame.items, frame.level, frame.grid
        spread(made)
        opened = {k for k, item in enumerate(items) if item in self.doors}
        tops = place(made, level.frames | opened)
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
        self.sizes[self.plan.nesting.boxes + number] = size

    def _room(self, number: int) -> tuple[Point, Point, Point]:
        """Return what a group keeps free: above and below, left and right; its least size.

        The strip of the title is on top of a frame once the drawing is turned.
        """
        if not number:
            return (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)
        across, along = (PAD, PAD), (PAD, PAD)
        title = self.plan.titles.get(self.plan.nesting.groups[number].path, 0.0)
        strip = TITLE + PAD / 2
        match self.plan.rankdir:
            case "TB":
                return across, (strip, PAD), (title, 0.0)
            case "BT":
                return across, (PAD, strip), (title, 0.0)
            case _:
                return (strip, PAD), along, (0.0, title)
