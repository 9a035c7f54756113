"""The notes of a page in pieces, so that each name in them leads to its box.

A box may lie in others that are folded: then the way there is the row of boxes to open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dendrograd.viz.model.snapshot import Graph

from .views import View

__all__ = ["linked", "route"]


def linked(notes: Sequence[str], graph: Graph, held: Sequence[View]) -> list[list[Any]]:
    """Return each note as texts and, for a name, a list of it and the way to its box.

    A name of a node that no box of the page shows is text like any other.
    """
    pieces = [graph.named.get(note, (note,)) for note in notes]
    return [
        [piece if isinstance(piece, str) else _link(*piece, held) for piece in some]
        for some in pieces
    ]


def _link(name: str, node: int, held: Sequence[View]) -> Any:
    way = route(node, held)
    return [name, way] if way else name


def route(node: int, held: Sequence[View]) -> list[int]:
    """Return the boxes that lead to a node: those to open, and the one that holds it."""
    way: list[int] = []
    view = held[0]
    while node in view.nodes:
        box = view.picture.places[view.nodes.index(node)]
        if box < 0:
            break
        way.append(box)
        if box not in view.opens:
            break
        view = held[view.opens[box]]
    return way
