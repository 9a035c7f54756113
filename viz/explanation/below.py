"""An explanation below its picture: each path as the names of its nodes, in their order.

A page makes a link of each name, which leads to its box.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dendrograd.viz.model.notes import Named, Note
from dendrograd.viz.model.picture import Picture

from .paths import Path
from .prose import ENDS, heading, headline

if TYPE_CHECKING:
    from .explain import Explanation

__all__ = ["below"]


def below(explanation: Explanation, picture: Picture) -> Iterator[Note]:
    """Yield the derivative as a sum, and each path that is listed.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import explain
    >>> x = Value(3.0, label="x")
    >>> y = (x * 2).tanh() - 5 * x
    >>> y.label = "y"
    >>> explanation = explain(y, x, k=1)
    >>> for note in below(explanation, explanation.draw().picture):
    ...     print(note.text)
    d y / d x = −5 = −5 + 4.915e−5
    path 1: −5, 100% of the derivative: x → 5 * x → y
    """
    yield Note((headline(explanation),))
    for number, path in enumerate(explanation.paths, 1):
        if path.edges:
            start = f"{heading(explanation, number, path)}: "
            yield Note((start, *_chain(explanation, path, picture)))


def _chain(
    explanation: Explanation, path: Path, picture: Picture
) -> Iterator[str | Named]:
    """Yield the nodes of a path, of a long one those at its ends."""
    nodes = [path.edges[0].src, *(edge.dst for edge in path.edges)]
    more = len(nodes) - 2 * ENDS
    for k, node in enumerate(nodes):
        if k < ENDS or k >= len(nodes) - ENDS:
            yield " → " if k else ""
            yield Named(_name(explanation, node, picture), node)
        elif k == ENDS:
            yield f" → … {more:,} more …"


def _name(explanation: Explanation, node: int, picture: Picture) -> str:
    """Return the name of a node, as its box has it where it has a box of its own."""
    place = picture.places[node]
    box = picture.boxes[place] if place >= 0 else None
    if box and box.kind != "call" and box.node and box.node.id == node:
        return box.spoken
    return explanation.names.name(node)
