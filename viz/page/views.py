"""The pictures that a page holds: the first one, and the inside of each box that opens.

A page has no layout of its own, so Python draws the inside of every folded box: a view,
whose inner calls are boxes in turn. That would be as large as the graph, and the data
stays small in three ways. A view is made from the nodes of its own part alone. It has
few boxes: others are in blocks, or stubs stand for them. And views are made from outside
to inside, those with the largest gradients first, until a page holds `SIZE` boxes and
arrows or `WORK` nodes were looked at; a box beyond that does not open, and says what shows it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from dendrograd.viz.formats.arrange import planned_for
from dendrograd.viz.layout.layered import Layout
from dendrograd.viz.layout.rule import Coordinates
from dendrograd.viz.model.frames import Block, Frames
from dendrograd.viz.model.labels import Look, frame_width
from dendrograd.viz.model.parts import Part, opened, parts
from dendrograd.viz.model.picture import Box, Picture
from dendrograd.viz.model.results import Calls
from dendrograd.viz.model.snapshot import Graph
from dendrograd.viz.model.spoken import spoken

from .plans import layout_inside, planned_inside

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
    """

    number: int
    picture: Picture
    layout: Layout
    found: Coordinates
    nodes: Sequence[int]
    title: str
    parent: tuple[int, int] | None = None
    opens: dict[int, int] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """What the ids of its elements begin with."""
        return f"v{self.number}-"


def views(
    picture: Picture,
    layout: Layout,
    graph: Graph,
    look: Look,
    size: int = SIZE,
    work: int = WORK,
) -> list[View]:
    """Return the views of a page, the given picture first.

    `size` is how many boxes and arrows all others have together at most, and `work` how
    many nodes are looked at.
    """
    folded = any(box.kind == "call" for box in picture.boxes)
    calls = Calls(graph)
    scopes = calls.frames if folded else Frames((), {})
    made = [
        View(
            0, picture, layout, planned_for(picture, look), range(len(graph.nodes)), ""
        )
    ]
    waiting = _closed(made[0], 0, range(len(graph.edges)), graph)
    heapq.heapify(waiting)
    while waiting:
        depth, _, outer, number, part = heapq.heappop(waiting)
        box = made[outer].picture.boxes[number]
        work -= len(part.nodes)
        inner = opened(graph, scopes, part) if size > 0 and work > 0 else None
        if inner and not look.names:
            inner = spoken(inner, graph, calls)
        cost = len(inner.boxes) + len(inner.arrows) if inner else 0
        if inner is None or cost > size:
            made[outer].closed[number] = _call(box, scopes, part)
            continue
        size -= cost
        inside = planned_inside(inner, look, frame_width((box.label, "")) + 20)
        drawn = layout_inside(inner, inside)
        around = outer, number
        view = View(len(made), inner, drawn, inside, part.nodes, box.label, around)
        made[outer].opens[number] = view.number
        made.append(view)
        if part.within:
            for item in _closed(view, depth + 1, part.within, graph):
                heapq.heappush(waiting, item)
    return made


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
