"""What a notebook shows of a Value and of a module, asked for by their repr methods.

A picture goes out as image/svg+xml: JupyterLab, VS Code, nbconvert and GitHub all show
it, most of them as an image that reaches nothing around it. A table goes out as HTML
that takes ink and background from the notebook, whose theme nobody here can know.
"""

from __future__ import annotations

import math
from typing import Any

from dendrograd import Value
from dendrograd.viz.formats.sheet import KNOWS, either, follows
from dendrograd.viz.model.layers import Layer, layers

from .draw import draw
from .markup import element, escape
from .style import DARK, LIGHT, MONO
from .text import columns, num, one_line

__all__ = ["model_table", "value_svg"]

BOXES = 40  # of a picture that nobody asked for by name
LIMIT = 10_000  # nodes, about a second of work
ROWS = 40  # layers of a table
NONE = "–"  # in a cell that has nothing to say


def value_svg(value: Value) -> str:
    """Return a small picture of the tree, or of words where the tree is very large.

    >>> x = Value(2.0, label="x")
    >>> value_svg(x * x).count('class="node')
    2
    """
    if reaches(value, LIMIT):
        return _words(
            [
                f"{one_line(repr(value), 72)}, more than {LIMIT:,} nodes",
                "dendrograd.viz.draw(value) draws them, folded",
            ]
        )
    return draw(value, max_nodes=BOXES).svg


def reaches(root: Value, limit: int) -> bool:
    """Return whether more than so many nodes lead to the root, and look no further.

    >>> x = Value(1.0)
    >>> reaches(x + x, 1), reaches(x + x, 2)
    (True, False)
    """
    seen = {id(root)}
    stack = [root]
    while stack and len(seen) <= limit:
        for parent in stack.pop().parents:
            if id(parent) not in seen:
                seen.add(id(parent))
                stack.append(parent)
    return len(seen) > limit


def _words(lines: list[str]) -> str:
    """Return a picture of a few lines of text, on a background of its own."""
    width, height = 16 + 7 * max(map(columns, lines)), 12 + 18 * len(lines)
    back, ink = (LIGHT.background, DARK.background), (LIGHT.ink, DARK.ink)
    style = (
        f"{KNOWS}{{{follows('.dg-words')}.dg-b{{fill:{either(*back)}}}"
        f".dg-w{{fill:{either(*ink)}}}}}"
    )
    texts = "".join(
        element("text", escape(line), class_="dg-w", x=8, y=20 + 18 * i, fill=ink[0])
        for i, line in enumerate(lines)
    )
    paper = element("rect", class_="dg-b", width=width, height=height, fill=back[0])
    return element(
        "svg",
        element("style", style) + paper + texts,
        class_="dg-words",
        xmlns="http://www.w3.org/2000/svg",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label="; ".join(lines),
        font_family=MONO,
        font_size=11,
    )


def model_table(model: Any) -> str:
    """Return the layers of a model as a table in HTML.

    >>> from types import SimpleNamespace
    >>> parts = {"0.w": Value(3.0), "0.b": Value(4.0)}
    >>> model = SimpleNamespace(named_parameters=parts.items)
    >>> table = model_table(model)
    >>> table.count("<tr>"), ">5</td>" in table
    (3, True)
    """
    all_layers = layers(model, "model_table")
    rows = [_row(layer.name, layer.kind, layer) for layer in all_layers[:ROWS]]
    rest = all_layers[ROWS:]
    if rest:
        rows.append(_row(f"{len(rest)} more", "", _together(rest)))
    rows.append(_row("all", type(model).__name__, _together(all_layers)))
    head = element(
        "tr",
        "".join(
            element("th", text, scope="col", style=f"text-align:{side}")
            for text, side in (
                ("layer", "left"),
                ("kind", "left"),
                ("parameters", "right"),
                ("norm of weights", "right"),
                ("norm of gradient", "right"),
            )
        ),
    )
    caption = one_line(repr(model).splitlines()[0], 90)
    return element(
        "table",
        element("caption", escape(caption), style="text-align:left")
        + element("thead", head)
        + element("tbody", "".join(rows)),
        class_="dendrograd",
    )


def _together(layers: list[Layer]) -> Layer:
    return Layer(
        "", "", {n: v for layer in layers for n, v in layer.parameters.items()}
    )


def _row(name: str, kind: str, layer: Layer) -> str:
    values = list(layer.parameters.values())
    norms = (math.hypot(*xs) for xs in (_data(values), _gradients(values)))
    figures = [f"{len(values):,}", *(num(x) if values else NONE for x in norms)]
    left, right = {"style": "text-align:left"}, {"style": "text-align:right"}
    return element(
        "tr",
        element("th", escape(one_line(name, 40)) or NONE, scope="row", **left)
        + element("td", escape(one_line(kind, 60)) or NONE, **left)
        + "".join(element("td", figure, **right) for figure in figures),
    )


def _data(values: list[Value]) -> list[float]:
    return [value.data for value in values]


def _gradients(values: list[Value]) -> list[float]:
    return [value.grad or 0.0 for value in values]
