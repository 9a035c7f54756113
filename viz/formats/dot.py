"""The computational tree in the DOT language, drawn by Graphviz.

Ids are positions in topological order and every text passes `quote`, so the same
program gives the same bytes in every run, and a label can hold anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dendrograd.viz.model.broken import NOWHERE, Marks
from dendrograd.viz.model.colours import STATEMENT, Amounts
from dendrograd.viz.model.frames import Path, Title
from dendrograd.viz.model.labels import Look, describe, size
from dendrograd.viz.model.picture import Arrow, Box, Picture
from dendrograd.viz.style import LIGHT, MONO, fill, of_class, shade
from dendrograd.viz.text import clean, clip, num

from .quoting import LABEL_BYTES, fitting, library, quote

if TYPE_CHECKING:
    import graphviz

    from .digraph import Drawing

__all__ = ["MOST", "digraph_of", "require_direction"]

DIRECTIONS = ("LR", "RL", "TB", "BT")
MOST = 300  # boxes of a picture, unless more were asked for
WIDEST, TALLEST = 48, 4  # columns and lines of a label; the tooltip has all of it
LONGEST = 16  # plain numbers that a tooltip lists
# Where inf and nan begin and go: of data a heavy border and three lines side by side, of
# gradients a dashed border and a hollow dot at the tail.
BEGINS: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "data": lambda a: {"color": LIGHT.ink, "penwidth": "3"},
    "grad": lambda a: {
        "color": LIGHT.ink,
        "penwidth": "3",
        "style": f"{a['style']},dashed",
    },
}
ALONG: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "data": lambda a: {"color": f"{LIGHT.purple}:{a['color']}:{LIGHT.purple}"},
    "grad": lambda a: {"dir": "both", "arrowtail": "odot"},
}
HUE = {
    "positive": LIGHT.positive,
    "negative": LIGHT.negative,
    "zero": LIGHT.line,
    "broken": LIGHT.broken,
}


def require_direction(what: str, rankdir: str) -> None:
    """Raise ValueError where a direction of the data is none."""
    if rankdir not in DIRECTIONS:
        raise ValueError(
            f"{what}: rankdir {rankdir!r} is not a direction; "
            f"use one of {', '.join(DIRECTIONS)}"
        )


def digraph_of(
    picture: Picture,
    format: str,
    rankdir: str,
    grad: Callable[[Box], float | None],
    colours: Amounts,
    marks: Marks = NOWHERE,
    legend: Sequence[str] = (),
) -> Drawing:
    """Return a picture as a graphviz.Digraph; `grad` is which gradient a box shows.

    Where `colours` are those of gradients, boxes have the colour of the one that they
    show. `marks` tell of inf and nan, and the legend stands below, before the notes.
    """
    from .digraph import Drawing  # with the library graphviz, only where needed

    drawing = Drawing(
        "dendrograd",
        format=format,
        graph_attr=_of_graph(picture, rankdir, legend),
        node_attr={
            "shape": "record",
            "margin": "0.08,0.04",
            "color": LIGHT.line,
            **_font("10", LIGHT.ink),
        },
        edge_attr={"arrowsize": "0.6", **_font("9", LIGHT.ink)},
    )
    _add_boxes(drawing, picture, rankdir in ("LR", "RL"), grad, colours, marks)
    strength = shade(colours.arrows)
    for i, arrow in enumerate(picture.arrows):
        known = arrow.src not in colours.secret
        amount = colours.together([i])
        attributes = _of_arrow(arrow, picture, strength, amount, known)
        for kind in marks.along([i]):
            attributes |= ALONG[kind](attributes)
        drawing.edge(f"n{arrow.src}", f"n{arrow.dst}", **attributes)
    return drawing


def _font(size: str, color: str) -> dict[str, str]:
    return {"fontname": MONO, "fontsize": size, "fontcolor": color}


def _of_graph(picture: Picture, rankdir: str, legend: Sequence[str]) -> dict[str, str]:
    """Return the attributes of the picture; legend and notes stand below it."""
    notes = quote("\n".join([*legend, *picture.notes]))
    return {
        "rankdir": rankdir,
        "bgcolor": LIGHT.background,  # opaque: a page may be darker than the ink
        "nodesep": "0.16",
        "ranksep": "0.4",
        "tooltip": quote(f"computational tree of {picture.boxes[picture.root].spoken}"),
        **({"label": notes, "labelloc": "b"} if notes else {}),
        **_font("9", LIGHT.muted),
    }


def _add_boxes(
    drawing: Drawing,
    picture: Picture,
    stacked: bool,
    grad: Callable[[Box], float | None],
    colours: Amounts,
    marks: Marks,
) -> None:
    """Add each box to its frame, and each frame to the one around it."""
    shown = {box.id: grad(box) for box in picture.boxes}
    tints = shown if colours.color == "grad" else dict(enumerate(colours.boxes))
    strength = shade(value for value in tints.values() if value is not None)
    strength = of_class if colours.color == STATEMENT else strength
    drawn: dict[Path, graphviz.Digraph] = {(): drawing}
    for path in picture.titles:
        around = [picture.titles[path[:d]] for d in range(1, len(path) + 1)]
        drawn[path] = _frame(around, f"cluster{len(drawn) - 1}")
    for box in picture.boxes:
        value = shown[box.id]
        tint = None if box.id in colours.hidden else tints[box.id]
        step = "zero" if tint is None else strength(tint)
        known = box.id not in colours.secret
        kinds, said = marks.begins(box.id), marks.says.get(box.id, ())
        words = said if kinds else ()
        attributes = _of_box(box, value, step, stacked, picture, known, words)
        if box.id == picture.root:
            attributes |= {"color": LIGHT.ink, "penwidth": "2"}
        if said:
            attributes["tooltip"] += quote("\n" + "\n".join(said))
        for kind in kinds:
            attributes |= BEGINS[kind](attributes)
        drawn[box.path].node(f"n{box.id}", **attributes)
    for path in sorted(picture.titles, key=len, reverse=True):  # inner ones first
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
    return library().Digraph(cluster, graph_attr=attributes)


def _of_box(
    box: Box,
    grad: float | None,
    strength: str,
    stacked: bool,
    picture: Picture,
    known: bool,
    words: Sequence[str] = (),
) -> dict[str, str]:
    """Return the attributes of a box: a record of its rows, `words` last.

    Top-level fields stack across the direction of the graph; braces turn them.
    """
    if box.kind == "rest":
        plain = {"label": quote(box.label), "tooltip": quote(box.operation)}
        return {**plain, "shape": "box", "style": "rounded,dashed", "class": "rest"}
    folded, leaf = box.kind == "call", box.kind == "leaf"
    head = (
        [_shown(box.label), box.operation] if box.label else [box.operation or "leaf"]
    )
    values = [size(box)] if folded else []
    if box.data is not None and grad is not None:
        values += [f"data {num(box.data)}", f"grad {num(grad)}"]
    if folded:
        values, head = [*([head[1]] if head[1:] else []), *values], head[:1]
    top = "|".join([quote(text, field=True) for text in head if text])
    rows = "|".join(
        [f"{{{top}}}", *[quote(text, field=True) for text in (*values, *words) if text]]
    )
    look = Look(grad="true" if known else "zero")
    tip = describe(box, picture.titles, look) if folded else _tooltip(box, known)
    return {
        "label": library().nohtml(rows if stacked else f"{{{rows}}}"),
        "style": "filled" if leaf else "rounded,filled",
        "fillcolor": fill(strength),
        "class": f"{box.kind} {strength}",
        "tooltip": quote(tip),
        **({"penwidth": "1.6"} if leaf else {}),
        **({"peripheries": "2"} if folded else {}),
    }


def _shown(text: str) -> str:
    """Return as much of a label as a box holds."""
    lines = clean(text).split("\n")
    more = ["…"] if len(lines) > TALLEST else []
    return "\n".join([clip(line, WIDEST) for line in lines[:TALLEST]] + more)


def _tooltip(box: Box, known: bool) -> str:
    """Return every digit, and the whole label unless dot would refuse it."""
    node = box.node
    assert node is not None  # only a folded call has several outputs
    numbers = [repr(x) for x in node.operands if x is not None]
    more = [f"and {len(numbers) - LONGEST} more"] if len(numbers) > LONGEST else []
    label = fitting(clean(node.label), LABEL_BYTES)
    lines = [label] if node.label else []
    lines += [f"op {node.op.symbol}" if node.op else "leaf"]
    lines += [f"a sum of {box.nodes} nodes"] if box.kind == "sum" else []
    lines += [f"with {', '.join(numbers[:LONGEST] + more)}"] if numbers else []
    lines += [f"data {node.data!r}", f"grad {node.grad!r}"]
    differs = known and node.adjoint != node.grad
    lines += [f"d root / d node {node.adjoint!r}"] if differs else []
    lines += [f"made at {node.source}"] if node.source else []
    return "\n".join(lines)


def _of_arrow(
    arrow: Arrow,
    picture: Picture,
    strength: Callable[[float], str],
    amount: float,
    known: bool,
) -> dict[str, str]:
    """Return the attributes of an arrow from an operand to its consumer.

    `amount` is what colours it, and `known` whether its gradient may be told.
    """
    boxes = picture.boxes
    src, dst = boxes[arrow.src].term, boxes[arrow.dst].term
    step = strength(amount)
    lines = [f"d {dst} / d {src} = {arrow.local!r}"] if arrow.local is not None else []
    if known:
        root = boxes[picture.root].term
        lines.append(f"adds {arrow.contribution!r} to d {root} / d {src}")
    tip = quote("\n".join(lines))
    return {
        "color": HUE[step.rstrip("01234")],
        "penwidth": f"{0.8 + 0.45 * int(step[-1]):.2g}"
        if step[-1].isdigit()
        else "0.8",
        "tooltip": tip,
        **({"style": "dashed"} if amount < 0 else {}),
        **(
            {"label": quote(f" ×{num(arrow.local)} "), "labeltooltip": tip}
            if arrow.local not in (None, 1)
            else {}
        ),
    }
