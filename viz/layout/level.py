"""What stands side by side in one frame: the input of a layered drawing.

A frame is drawn by itself and then stands in the frame around it as one large item. So
each frame is a small flat graph, a `Level`: boxes, the frames right inside it, and one
port on its border for each source whose arrows cross it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["MIDDLE", "Head", "Level", "Net"]

MIDDLE = -1.0  # the height at which an arrow enters a box, as long as it is open


@dataclass(slots=True)
class Head:
    """One end of a net.

    item    where it ends
    into    how far below the top of the item; MIDDLE for a box
    arrows  the arrows that end here, or pass through a port here
    last    it ends at the box that consumes, and so has one arrow
    label   the size of the text that stands above its end, along the line and across
    """

    item: int
    into: float
    arrows: tuple[int, ...]
    last: bool
    label: tuple[float, float] = (0.0, 0.0)


@dataclass(slots=True)
class Net:
    """All that leaves one point of an item: a line that forks towards its heads."""

    tail: int
    out: float  # how far below the top of the item
    heads: list[Head] = field(default_factory=list)


@dataclass(slots=True)
class Level:
    """The items of one frame, in the order of the input, and the nets between them.

    The first `entries` items are ports on the left border, the last `exits` items
    ports on the right one; ports have no size.
    """

    widths: list[float]
    heights: list[float]
    entries: int
    exits: int
    nets: list[Net]
    first: set[int]
    last: set[int]
    frames: set[int]
    name: Callable[[int], str]  # what an error message calls an item

    @property
    def members(self) -> range:
        """The items that are not ports."""
        return range(self.entries, len(self.widths) - self.exits)
