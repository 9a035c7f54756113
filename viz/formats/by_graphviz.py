"""The files of Graphviz: a picture in its language, and what its program renders of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dendrograd.viz.model.own import gradients

from .dot import digraph_of
from .drawn import Drawn
from .legend import legend_words

if TYPE_CHECKING:
    from .digraph import Drawing

__all__ = ["digraph", "to_dot", "to_pdf", "to_png"]
# What a legend says where no sign can stand.
SIGNS = "blue above 0, orange-red below, purple not finite, the deeper the larger"
MARKS = {
    "data": "heavy border, then triple lines",
    "grad": "dashed border, then hollow dots",
}


def digraph(drawn: Drawn) -> Drawing:
    """Return the picture as a `graphviz.Digraph` whose boxes show what those of its SVG do."""
    look = drawn.look
    return digraph_of(
        drawn.picture,
        "svg",
        look.rankdir,
        lambda box: gradients(box, look.grad)[0],
        drawn.paint.amounts,
        drawn.marks,
        legend_words(drawn.legend, SIGNS, MARKS),
    )


def to_dot(drawn: Drawn) -> str:
    """Return the picture in the DOT language, which needs no program."""
    return str(digraph(drawn).source)


def to_png(drawn: Drawn) -> bytes:
    """Return the picture as PNG; DotNotFound where Graphviz is missing."""
    return bytes(digraph(drawn).pipe(format="png"))


def to_pdf(drawn: Drawn) -> bytes:
    """Return the picture as PDF; DotNotFound where Graphviz is missing."""
    return bytes(digraph(drawn).pipe(format="pdf"))
