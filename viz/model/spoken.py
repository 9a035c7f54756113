"""Boxes that know what prose calls them: details, descriptions and the ends of arrows."""

from __future__ import annotations

from dataclasses import replace

from .names import Names
from .picture import Picture
from .results import Calls
from .snapshot import Graph

__all__ = ["spoken"]


def spoken(picture: Picture, graph: Graph, calls: Calls | None = None) -> Picture:
    """Return a picture whose boxes know what prose calls them.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> x = Value(4.0, label="x")
    >>> [box.spoken for box in draw(2 * x.sqrt() + x).picture.boxes]
    ['x', 'sqrt(x)', '2 * sqrt(x)', '(2 * sqrt(x)) + x']
    """
    nodes = {b.id: b.node.id for b in picture.boxes if b.node and b.kind != "call"}
    names = Names(graph, nodes.values(), calls=calls)
    told = {box: names.name(node) for box, node in nodes.items()}
    boxes = [
        replace(box, said=told[box.id])
        if told.get(box.id, box.name) != box.name
        else box
        for box in picture.boxes
    ]
    return replace(picture, boxes=tuple(boxes))
