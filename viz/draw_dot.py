"""`draw_dot`: the computational tree for Graphviz, with micrograd's name and arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dendrograd import Value
from dendrograd.viz.formats.dot import MOST, digraph_of, require_direction
from dendrograd.viz.model.auto import automatic
from dendrograd.viz.model.broken import marked, ways
from dendrograd.viz.model.colours import amounts
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.picture import pictured
from dendrograd.viz.model.snapshot import trace
from dendrograd.viz.model.spoken import spoken

from .settings import require_count

if TYPE_CHECKING:
    from dendrograd.viz.formats.digraph import Drawing

__all__ = ["draw_dot"]


def draw_dot(
    root: Value,
    format: str = "svg",
    rankdir: str = "LR",
    *,
    max_nodes: int | None = MOST,
) -> Drawing:
    """Return the tree below root as a `graphviz.Digraph`, with micrograd's arguments.

    A box shows label, operation, data and grad, tinted by the sign and the size of
    grad; square corners are leaves, a heavy border is the root. An edge shows the
    local derivative d consumer / d operand where it is not 1, and is blue or, dashed,
    orange-red by the sign of what it adds to its operand's gradient. A dashed frame is
    a call of a module, numbered if there are more, or the parameters that they share.
    Tooltips hold every digit; a line below says if a grad is stale. A tree of more than
    `max_nodes` is folded as `draw` does it, and that line says how; None draws it all.

    `format` is what `.render()` and `.pipe()` write; `rankdir` is LR, RL, TB or BT.
    Raises OperandError if root is not a Value, ValueError for other directions,
    formats and numbers of boxes. Rendering needs the program `dot` and raises DotNotFound, which says how to
    get it; `.source` and `.save("tree.dot")` do not need it.

    >>> x = Value(3.0, label="x")
    >>> y = x * 2
    >>> y.backward()
    >>> edge = draw_dot(y).source.splitlines()[-2]
    >>> print(edge.strip().partition(" color")[0])
    n0 -> n1 [label=" ×2 "
    """
    require_direction("draw_dot", rankdir)
    if type(format) is not str:
        raise ValueError(f"draw_dot: format={format!r}; use a name such as 'svg'")
    if max_nodes is not None:
        require_count("draw_dot", "max_nodes", max_nodes, "the most boxes", " or None")
    graph = trace(root)
    if max_nodes is None or len(graph.nodes) <= max_nodes:
        picture = pictured(graph, frames(graph))
    else:
        picture = automatic(graph, "auto", 4, max_nodes, lambda _: True, "draw_dot")
    told = spoken(picture, graph)
    colours = amounts(told, graph, "grad", "true")
    marks = marked(told, ways(graph))
    return digraph_of(told, format, rankdir, lambda box: box.grad, colours, marks)
