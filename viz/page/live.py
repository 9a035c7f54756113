"""Leaves that can be changed in a page: the recorded graph in words that it recomputes.

The page's arithmetic is `dendrograd.languages.javascript`: operations and derivatives
printed from the table, and the engine's reverse sweep. `live.js` runs it and repaints the
picture. A program is recomputed as it was recorded: a branch that Python took stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dendrograd.languages.javascript import (
    knows,
    operations,
    recorded,
    sweep,
    text_of,
    used,
)
from dendrograd.viz.formats.paint import stroke
from dendrograd.viz.model.names import Names
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.model.snapshot import Graph
from dendrograd.viz.style import DARK, LIGHT, SHADES, fill
from dendrograd.viz.text import one_line

from .document import source

__all__ = [
    "MOST",
    "live_code",
    "live_data",
    "live_picture",
    "obstacle",
    "strokes",
]

MOST = 2_000  # nodes that a page recomputes while a leaf is dragged


def obstacle(graph: Graph) -> str:
    """Return why the leaves of a graph cannot be changed in a page, "" if they can.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> obstacle(trace(Value(2.0).tanh()))
    ''
    >>> obstacle(trace(Value(4.0, (Value(2.0),), (2.0,))))
    'Leaves cannot be changed here: the page has no rule for by_hand, which made ?(2).'
    """
    why = "Leaves cannot be changed here: "
    if len(graph.nodes) > MOST:
        return f"{why}{len(graph.nodes):,} nodes are more than the {MOST:,} that a page recomputes."
    for node in graph.nodes:
        if node.op is not None and not knows(node.op):
            what = one_line(node.op.name, 40)
            return f"{why}the page has no rule for {what}, which made {Names(graph, ()).name(node.id)}."
    return ""


def live_code(graph: Graph) -> str:
    """Return `OPERATIONS` of this graph, `sweep` and `live`, which follow words.js."""
    return f"const OPERATIONS = {operations(used(graph.flat))};\n{sweep()}\n{source('live.js')}"


def live_data(
    graph: Graph, pictures: Mapping[str, Mapping[str, Any]], theme: str
) -> dict[str, Any]:
    """Return the data that `live(data)` takes, for JSON.

    `pictures` holds what `live_picture` returns, by the prefix of the ids of each.
    """
    colours = DARK if theme == "dark" else LIGHT
    return {
        "nodes": recorded(graph.flat),
        "root": graph.root.id,
        "drawn": _numbers(graph) if graph.moved else None,
        "pictures": dict(pictures),
        "fills": {name: fill(name, colours) for name in SHADES},
        "strokes": strokes(theme),
    }


def strokes(theme: str) -> dict[str, str]:
    """Return the colour of each class of lines, as attributes have it."""
    colours = DARK if theme == "dark" else LIGHT
    return {kind: stroke(kind, colours) for kind in ("up", "down", "flat", "bad")}


def _numbers(graph: Graph) -> dict[str, list[Any]]:
    """Return the numbers that are drawn, where computing them again gives others."""
    partials: list[list[Any]] = [[0] * len(node.operands) for node in graph.nodes]
    for edge in graph.edges:
        partials[edge.dst][edge.slot] = text_of(edge.local)
    return {
        "data": [text_of(node.data) for node in graph.nodes],
        "partials": partials,
        "adjoints": [text_of(node.adjoint) for node in graph.nodes],
    }


def live_picture(
    graph: Graph, picture: Picture, nodes: Sequence[int] | None = None
) -> dict[str, Any]:
    """Return which nodes and operands the boxes and arrows of a picture stand for.

    The picture may be one of a part of the graph: then `nodes` are the numbers of the
    nodes that `picture.places` tells the boxes of.
    """
    members: list[list[int]] = [[] for _ in picture.boxes]
    for node, place in zip(
        nodes or range(len(graph.nodes)), picture.places, strict=True
    ):
        if place >= 0:
            members[place].append(node)
    boxes = [
        [box.node.id if box.node else -1, *some] if len(some) > 1 else some
        for box, some in zip(picture.boxes, members, strict=True)
    ]
    arrows = [
        [x for i in arrow.edges for x in (graph.edges[i].dst, graph.edges[i].slot)]
        for arrow in picture.arrows
    ]
    return {"boxes": boxes, "arrows": arrows}
