"""The computational tree in the DOT language, drawn by Graphviz.

Ids are positions in topological order and every text passes `quote`, so the same
program gives the same bytes in every run, and a label can hold anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import graphviz

from dendrograd import Value

from .drawing import Drawing
from .frames import Path, Title, frames
from .snapshot import Edge, Graph, Node, trace
from .style import LIGHT, MONO, fill, shade
from .text import clean, clip, num

__all__ = ["draw_dot"]

DIRECTIONS = ("LR", "RL", "TB", "BT")
WIDEST, TALLEST = 48, 4  # columns and lines of a label; the tooltip has all of it
LONGEST = 16  # plain numbers that a tooltip lists
# dot refuses a text of more than 16,384 bytes between quotes ("missing endquote?"). A
# record holds four fields at most; a tooltip must keep room for what follows a label.
TEXT_BYTES, FIELD_BYTES, LABEL_BYTES = 16_000, 3_000, 12_000
ESCAPES = {ord("\\"): r"\\", ord("&"): "&amp;", ord("\n"): r"\n"}
FIELD_ESCAPES = ESCAPES | {ord(char): f"\\{char}" for char in "|{}<> "}
HUE = {
    "positive": LIGHT.positive,
    "negative": LIGHT.negative,
    "zero": LIGHT.line,
    "broken": LIGHT.broken,
}


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Drawing:
    """Return the tree below root as a `graphviz.Digraph`, with micrograd's arguments.

    A box shows label, operation, data and grad, tinted by the sign and the size of
    grad; square corners are leaves, a heavy border is the root. An edge shows the
    local derivative d consumer / d operand where it is not 1, and is blue or, dashed,
    vermillion by the sign of what it adds to its operand's gradient. A dashed frame is
    a call of a module, numbered if there are more, or the parameters that they share.
    Tooltips hold every digit; a line below says if a grad is stale.

    `format` is what `.render()` and `.pipe()` write; `rankdir` is LR, RL, TB or BT.
    Raises OperandError if root is not a Value, ValueError for other directions and
    formats. Rendering needs the program `dot` and raises DotNotFound, which says how to
    get it; `.source` and `.save("tree.dot")` do not need it.

    >>> x = Value(3.0, label="x")
    >>> y = x * 2
    >>> y.backward()
    >>> edge = draw_dot(y).source.splitlines()[-2]
    >>> print(edge.strip().partition(" color")[0])
    n0 -> n1 [label=" ×2 "
    """
    if rankdir not in DIRECTIONS:
        raise ValueError(
            f"draw_dot: rankdir {rankdir!r} is not a direction; "
            f"use one of {', '.join(DIRECTIONS)}"
        )
    graph = trace(root)
    drawing = Drawing(
        "dendrograd",
        format=format,
        graph_attr=_of_graph(graph, rankdir),
        node_attr={
            "shape": "record",
            "margin": "0.08,0.04",
            "color": LIGHT.line,
            **_font("10", LIGHT.ink),
        },
        edge_attr={"arrowsize": "0.6", **_font("9", LIGHT.ink)},
    )
    _add_nodes(drawing, graph, stacked=rankdir in ("LR", "RL"))
    strength = shade(edge.contribution for edge in graph.edges)
    for edge in graph.edges:
        drawing.edge(f"n{edge.src}", f"n{edge.dst}", **_of_edge(edge, graph, strength))
    return drawing


def quote(text: object, field: bool = False) -> str:
    r"""Return text that Graphviz shows as it is, in an attribute or a record field.

    Graphviz decodes entities everywhere and gives \N, \G, \l a meaning in labels; in
    a record | { } < > are syntax and spaces collapse (graphviz.org/doc/info/shapes,
    "Record-based Nodes"). `nohtml` keeps the library from reading <...> as HTML. A text
    that `dot` would refuse for its length ends in an ellipsis.

    >>> print(quote("<b> & \\N"))
    <b> &amp; \\N
    >>> print(quote("<b> & \\N", field=True))
    \<b\>\ &amp;\ \\N
    """
    escapes, most = (FIELD_ESCAPES, FIELD_BYTES) if field else (ESCAPES, TEXT_BYTES)
    escaped = fitting(clean(text), most, escapes).translate(escapes)
    if escaped.startswith("\\ "):  # dot drops a space that opens a field
        escaped = "&nbsp;" + escaped[2:]
    literal: str = graphviz.nohtml(escaped)
    return literal


def fitting(text: str, most: int, escapes: dict[int, str] = ESCAPES) -> str:
    """Return the longest beginning of at most `most` bytes once escaped and quoted.

    It ends in an ellipsis if it was cut.

    >>> fitting("a & b & c", 17), fitting("a & b & c", 16)
    ('a & b & c', 'a & b …')
    """
    if len(text) * len("&amp;") <= most:  # no character takes more bytes than that
        return text
    used, cut = 0, 0
    for at, char in enumerate(text):
        # the library writes a backslash before a quotation mark
        used += len(char.translate(escapes).encode()) + (char == '"')
        if used > most:
            return text[:cut] + "…"
        if used <= most - len("…".encode()):
            cut = at + 1  # as far as this there is room for the ellipsis
    return text


def _font(size: str, color: str) -> dict[str, str]:
    return {"fontname": MONO, "fontsize": size, "fontcolor": color}


def _of_graph(graph: Graph, rankdir: str) -> dict[str, str]:
    """Return the attributes of the picture; the notes stand below it."""
    notes = quote("\n".join(graph.notes))
    return {
        "rankdir": rankdir,
        "bgcolor": LIGHT.background,  # opaque: a page may be darker than the ink
        "nodesep": "0.16",
        "ranksep": "0.4",
        "tooltip": quote(f"computational tree of {graph.root.name}"),
        **({"label": notes, "labelloc": "b"} if notes else {}),
        **_font("9", LIGHT.muted),
    }


def _add_nodes(drawing: Drawing, graph: Graph, stacked: bool) -> None:
    """Add each node to its frame, and each frame to the one around it."""
    strength = shade(node.grad for node in graph.nodes)
    found = frames(graph)
    drawn: dict[Path, graphviz.Digraph] = {(): drawing}
    for path in found.titles:
        drawn[path] = _frame(found.around(path), f"cluster{len(drawn) - 1}")
    for node, path in zip(graph.nodes, found.paths, strict=True):
        attributes = _of_node(node, strength(node.grad), stacked)
        if node is graph.root:
            attributes |= {"color": LIGHT.ink, "penwidth": "2"}
        drawn[path].node(f"n{node.id}", **attributes)
    for path in sorted(found.titles, key=len, reverse=True):  # inner ones first
        drawn[path[:-1]].subgraph(drawn[path])


def _frame(titles: Sequence[Title], cluster: str) -> graphviz.Digraph:
    """Return an empty dashed frame; the last of the titles is its own."""
    name, number = titles[-1]
    attributes = {
        "label": quote(_shown(name) + number),
        "labeljust": "l",
        "style": "rounded,dashed",
        "color": LIGHT.line,
        "tooltip": quote("/".join(map("".join, titles))),
    }
    return graphviz.Digraph(cluster, graph_attr=attributes)


def _of_node(node: Node, strength: str, stacked: bool) -> dict[str, str]:
    """Return the attributes of a box: a record of three rows.

    Top-level fields stack across the direction of the graph; braces turn them.
    """
    op = operation(node)
    head = [_shown(node.label), op] if node.label else [op or "leaf"]
    values = [f"data {num(node.data)}", f"grad {num(node.grad)}"]
    top = "|".join([quote(text, field=True) for text in head if text])
    rows = "|".join([f"{{{top}}}", *[quote(text, field=True) for text in values]])
    return {
        "label": graphviz.nohtml(rows if stacked else f"{{{rows}}}"),
        "style": "filled" if node.is_leaf else "rounded,filled",
        "fillcolor": fill(strength),
        "class": f"{'leaf' if node.is_leaf else 'op'} {strength}",
        "tooltip": quote(_tooltip(node)),
        **({"penwidth": "1.6"} if node.is_leaf else {}),
    }


def _shown(text: str) -> str:
    """Return as much of a label as a box holds."""
    lines = clean(text).split("\n")
    more = ["…"] if len(lines) > TALLEST else []
    return "\n".join([clip(line, WIDEST) for line in lines[:TALLEST]] + more)


def operation(node: Node) -> str:
    """Return the operation with the plain numbers among its operands in their places.

    Empty for a leaf. A dot stands for an operand that an edge brings.

    >>> x = Value(3.0)
    >>> [operation(trace(y).root) for y in (x * 2, 2 - x, x + x, x.tanh(), x)]
    ['* 2', '2 -', '+', 'tanh', '']
    """
    if node.op is None:
        return ""
    symbol = node.op.symbol
    if all(x is None for x in node.operands):
        return symbol
    shown = ["·" if x is None else num(x) for x in node.operands]
    if node.op.infix:
        left, right = ("" if text == "·" else text for text in shown)
        return f"{left} {symbol} {right}".strip()
    return clip(f"{symbol}({', '.join(shown)})", WIDEST)


def _tooltip(node: Node) -> str:
    """Return every digit, and the whole label unless dot would refuse it."""
    numbers = [repr(x) for x in node.operands if x is not None]
    more = [f"and {len(numbers) - LONGEST} more"] if len(numbers) > LONGEST else []
    label = fitting(clean(node.label), LABEL_BYTES)
    lines = [label] if node.label else []
    lines += [f"op {node.op.symbol}" if node.op else "leaf"]
    lines += [f"with {', '.join(numbers[:LONGEST] + more)}"] if numbers else []
    lines += [f"data {node.data!r}", f"grad {node.grad!r}"]
    lines += [f"d root / d node {node.adjoint!r}"] if node.adjoint != node.grad else []
    lines += [f"made at {node.source}"] if node.source else []
    return "\n".join(lines)


def _of_edge(
    edge: Edge, graph: Graph, strength: Callable[[float], str]
) -> dict[str, str]:
    """Return the attributes of an arrow from an operand to its consumer."""
    src, dst, root = graph.nodes[edge.src].name, graph.nodes[edge.dst].name, graph.root
    step = strength(edge.contribution)
    tip = quote(
        f"d {dst} / d {src} = {edge.local!r}\n"
        f"adds {edge.contribution!r} to d {root.name} / d {src}"
    )
    return {
        "color": HUE[step.rstrip("0123")],
        "penwidth": f"{0.8 + 0.6 * int(step[-1]):.1f}" if step[-1].isdigit() else "0.8",
        "tooltip": tip,
        **({"style": "dashed"} if edge.contribution < 0 else {}),
        **(
            {"label": quote(f" ×{num(edge.local)} "), "labeltooltip": tip}
            if edge.local != 1
            else {}
        ),
    }
