"""Leaves that can be changed in a page: the recorded graph in words that it recomputes.

The page's arithmetic is `dendrograd.languages.javascript`: operations and derivatives
printed from the table, and the engine's reverse sweep. `live.js` runs it and repaints the
picture. A program is recomputed as it was recorded: a branch that Python took stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby, pairwise
from typing import Any

from dendrograd.languages.javascript import (
    forward,
    knows,
    numeral,
    recorded,
    sweep,
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

MOST = 150_000  # nodes that a page recomputes within a frame while a leaf is dragged


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
    table = graph.flat.table
    strange = {code for code, op in enumerate(table) if not knows(op)}
    for i, code in enumerate(graph.flat.codes):
        if code in strange:
            what = one_line(table[code].name, 40)
            name = Names(graph, ()).name(i)
            return f"{why}the page has no rule for {what}, which made {name}."
    return ""


def live_code(graph: Graph) -> str:
    """Return `FORWARD` of this graph, `sweep` and `live`, which follow words.js."""
    return (
        f"const FORWARD = {forward(used(graph.flat))};\n{sweep()}\n{source('live.js')}"
    )


def live_data(
    graph: Graph, pictures: Mapping[str, Mapping[str, Any]], theme: str
) -> dict[str, Any]:
    """Return the data that `live(data)` takes, for JSON.

    `pictures` holds what `live_picture` returns, by the prefix of the ids of each.
    """
    colours = DARK if theme == "dark" else LIGHT
    return {
        "nodes": recorded(graph.flat),
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
    flat = graph.flat
    return {
        "data": list(map(numeral, flat.data)),
        "partials": list(map(numeral, flat.partials or ())),
        "adjoints": list(map(numeral, graph.nodes.adjoints)),
    }


def live_picture(
    graph: Graph, picture: Picture, around: tuple[str, int] | None = None
) -> dict[str, Any]:
    """Return which nodes and operands the boxes and arrows of a picture stand for.

    outputs  for each box the node that holds its output, -1 for none or several
    places   the box of each node, -1 for none, in runs: a box, how many, and so on
    arrows   for each arrow its operands by their places among all, each but the first as
             the distance from the one before
    around   where the picture is one of a part of the graph: the picture and the box whose
             nodes `picture.places` tells the boxes of, in their order
    """
    at = graph.edges.places
    arrows = []
    for arrow in picture.arrows:
        some = [at[i] for i in arrow.edges]
        arrows.append([*some[:1], *[b - a for a, b in pairwise(some)]])
    return {
        "outputs": [box.node.id if box.node else -1 for box in picture.boxes],
        "places": [
            x for box, run in groupby(picture.places) for x in (box, len(list(run)))
        ],
        "arrows": arrows,
        "around": around,
    }
