"""The pictures that a page holds: the first one, and the inside of each box that opens.

A page has no layout of its own, so Python plans the inside of every folded box: a view,
whose inner calls are boxes in turn. That would be as large as the graph, and the data
stays small in three ways. A view is made from the nodes of its own part alone. It has
few boxes: others are in blocks, or stubs stand for them. And views are made from outside
to inside, those with the largest gradients first, until a page holds `SIZE` boxes and
arrows or `WORK` nodes were looked at; a box beyond that does not open, and says what shows it.
The strongest box of each view goes before others of its level, so that of a very large graph,
too, some boxes open down to single nodes.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from dendrograd.viz.formats.arrange import planned_for
from dendrograd.viz.layout.rule import Coordinates
from dendrograd.viz.model.frames import Block, Frames
from dendrograd.viz.model.labels import Look, frame_width
from dendrograd.viz.model.parts import Part, everything, opened, parts
from dendrograd.viz.model.picture import Box, Picture
from dendrograd.viz.model.results import Calls
from dendrograd.viz.model.snapshot import Graph
from dendrograd.viz.model.spoken import spoken

from .plans import planned_inside

__all__ = ["SIZE", "View", "views"]

SIZE = 5_000  # boxes and arrows of all views together; half a kilobyte each
WORK = 1_200_000  # nodes that all parts have together: one of many levels is looked at often
LATE = 2  # levels that boxes of mere leaves wait: one leaf is like another


# Levels from outside, minus the gradient's size, view, box, and the part in the box.
Waiting = tuple[int, float, int, int, Part]


@dataclass(slots=True)
class View:
    """One picture of a page.

    found   where everything stands within its own frame, and by which plan
    nodes   for each entry of `picture.places` the node of the graph
    parent  the number of the view and the box that it is the inside of
    opens   for each box that can be opened the number of its view
    closed  for each box that cannot the Python call that shows its inside
    whole   where something was cut off, the number of the view in which it is drawn
    """

    number: int
    picture: Picture
    found: Coordinates
    nodes: Sequence[int]
    title: str
    parent: tuple[int, int] | None = None
    opens: dict[int, int] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)
    whole: int | None = None

    @property
    def stubs(self) -> list[int]:
        """The boxes that stand for what was cut off."""
        return [box.id for box in self.picture.boxes if box.kind == "rest"]

    @property
    def buttons(self) -> list[int]:
        """The boxes that open: calls, and stubs where the whole is drawn in their stead."""
        return [*self.opens, *(self.stubs if self.whole is not None else ())]

    @property
    def prefix(self) -> str:
        """What the ids of its elements begin with."""
        return f"v{self.number}-"


def views(
    picture: Picture,
    graph: Graph,
    look: Look,
    size: int = SIZE,
    work: int = WORK,
) -> list[View]:
    """Return the views of a page, the given picture first.

    `size` is how many boxes and arrows all others have together at most, and `work` how
    many nodes are looked at.
    """
    first = View(0, picture, planned_for(picture, look), range(len(graph.nodes)), "")
    made = _Views(graph, look, size, work)
    made.add(first, everything(graph))
    while made.waiting:
        made.open()
    return made.held


class _Views:
    """The views of a page so far, and the boxes that may be opened next."""

    def __init__(self, graph: Graph, look: Look, size: int, work: int) -> None:
        self.graph, self.calls, self.look = graph, Calls(graph), look
        self.size, self.work = size, work
        self.held: list[View] = []
        self.waiting: list[Waiting] = []

    def open(self) -> None:
        """Open the box that waits first, or say what shows its inside."""
        depth, _, outer, number, part = heapq.heappop(self.waiting)
        around = self.held[outer]
        box = around.picture.boxes[number]
        inner = self._picture(part)
        if inner is None:
            around.closed[number] = _call(box, self.calls.frames, part)
            return
        parent = outer, number
        view = self._view(inner, part, box.label, parent)
        around.opens[number] = view.number
        self.add(view, part, depth + 1)

    def add(self, view: View, part: Part, depth: int = 0) -> None:
        """Add a view, and the whole of what was cut off in it."""
        self.held.append(view)
        if part.within:
            inner = sorted(_closed(view, depth, part.within, self.graph))
            for item in inner[1:]:
                heapq.heappush(self.waiting, item)
            for _, size, number, box, held in inner[:1]:  # the strongest is early
                heapq.heappush(self.waiting, (depth - 1, size, number, box, held))
        if view.stubs and (uncut := self._picture(part, whole=True)):
            whole = self._view(uncut, part, view.title, view.parent)
            view.whole = whole.number
            self.add(whole, part, depth)

    def _picture(self, part: Part, whole: bool = False) -> Picture | None:
        """Return the picture of a part, None where the page would become too large."""
        self.work -= len(part.nodes)
        if self.size <= 0 or self.work <= 0:
            return None
        inner = opened(self.graph, self.calls.frames, part, whole)
        cost = len(inner.boxes) + len(inner.arrows)
        if cost > self.size:
            self.size = 0  # others would be made in vain
            return None
        self.size -= cost
        return inner if self.look.names else spoken(inner, self.graph, self.calls)

    def _view(
        self, inner: Picture, part: Part, title: str, parent: tuple[int, int] | None
    ) -> View:
        if parent:
            least = frame_width((title, "")) + 20
            found = planned_inside(inner, self.look, least)
        else:
            found = planned_for(inner, self.look)
        return View(len(self.held), inner, found, part.nodes, title, parent)


def _closed(
    view: View, depth: int, edges: Sequence[int], graph: Graph
) -> list[Waiting]:
    """Return the folded boxes of a view in the order in which they are opened."""
    inner = parts(view.picture, view.nodes, edges, graph)
    return [
        (
            depth + (0 if part.within else LATE),
            -_strength(view.picture.boxes[number], view.picture),
            view.number,
            number,
            part,
        )
        for number, part in inner.items()
    ]


def _strength(box: Box, picture: Picture) -> float:
    """Return the size of the gradient of a box; of several outputs, what all add up to."""
    if box.adjoint is not None:
        size = abs(box.adjoint)
    else:
        size = math.hypot(*(a.contribution for a in picture.arrows if a.src == box.id))
    return size if size < math.inf else math.inf if size > 0 else 0.0


def _call(box: Box, scopes: Frames, part: Part) -> str:
    """Return the Python call that draws what is inside a box."""
    if isinstance(box.frame[-1], Block):
        return "draw(root, focus=leaf) draws the paths of one of its leaves"
    names = "/".join(
        "".join(scopes.titles[box.frame[:d]]) for d in range(1, len(box.frame) + 1)
    )
    return f"draw(root, expand=[{names!r}]) draws its inside"
