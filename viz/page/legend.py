"""What a page shows of colours and of inf and nan: a choice, a legend, and data for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dendrograd.viz.formats.arrows import DASHES, WAYS
from dendrograd.viz.formats.drawn import Drawn
from dendrograd.viz.formats.legend import LEGENDS, LOSS, SIGNS, sign
from dendrograd.viz.formats.paint import Paint, painted
from dendrograd.viz.layout.layered import Rect
from dendrograd.viz.markup import element, escape
from dendrograd.viz.model.broken import SAYS, Marks
from dendrograd.viz.model.colours import COLORS, STATEMENT, along, amounts
from dendrograd.viz.model.labels import Look
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.style import CLASSES, SHADES, Theme, fill, theme_named
from dendrograd.viz.text import clip

from .live import strokes

__all__ = ["chooser", "marks_data", "page_legend", "painted_views", "painting"]


def painted_views(drawn: Drawn, pictures: Sequence[Picture]) -> list[Paint]:
    """Return how the views of a page are painted, with what its script cannot know."""
    look, graph = drawn.look, drawn.graph
    shown = [amounts(p, graph, look.color, look.grad) for p in pictures]
    paints = []
    for picture, paint in zip(pictures, painted(pictures, shown), strict=True):
        tails = [picture.boxes[arrow.src] for arrow in picture.arrows]
        tells = {
            i: (
                along(arrow, tail, graph, "data"),
                along(arrow, tail, graph, "contribution"),
            )
            for i, (arrow, tail) in enumerate(zip(picture.arrows, tails, strict=True))
            if tail.data is None
        }
        paints.append(replace(paint, tells=tells))
    return paints


def painting(look: Look) -> dict[str, Any]:
    """Return what the script paints with, and how it was asked for, for JSON."""
    colours = theme_named(look.theme)
    purple = {"stroke": colours.purple}
    names = "ink", "muted", "line", "zero", "frame", "background"
    return {
        "color": look.color,
        "values": look.values,
        "locals": look.locals,
        "legends": LEGENDS,
        "theme": {name: getattr(colours, name) for name in names},
        "classes": len(CLASSES),
        "fills": {name: fill(name, colours) for name in (*SHADES, *CLASSES)},
        "strokes": strokes(look.theme),
        "says": SAYS,
        "ways": {
            kind: purple | {k.replace("_", "-"): v for k, v in how.items()}
            for kind, how in WAYS.items()
        },
        "rings": {
            kind: purple | ({"stroke-dasharray": dash} if dash else {})
            for kind, dash in DASHES.items()
        },
    }


def marks_data(marks: Marks) -> dict[str, Any]:
    """Return the marks of a view, for JSON: by the ids of boxes and the numbers of arrows."""
    arrows: dict[int, list[str]] = {}
    for kind, some in marks.arrows.items():
        for i in sorted(some):
            arrows.setdefault(i, []).append(kind)
    boxes = {box: list(says) for box, says in sorted(marks.says.items())}
    return {"first": dict(marks.first), "boxes": boxes, "arrows": arrows}


def chooser(color: str, rolled: bool) -> str:
    """Return where it is chosen what the colours show; statements of what is rolled too."""
    options = "".join(
        element("option", name, value=name, selected="" if name == color else None)
        for name in (*COLORS, *[STATEMENT] * rolled)
    )
    return f'<label>Colour <select id="color">{options}</select></label>'


def page_legend(drawn: Drawn) -> str:
    """Return the legend: all that it may say, and what it does not say now is hidden."""
    theme, marks = theme_named(drawn.look.theme), drawn.marks
    tints = [drawn.paint.tint(box.id) for box in drawn.picture.boxes]
    color = drawn.look.color
    root = clip(drawn.picture.boxes[drawn.picture.root].spoken, 18)
    of = element("span", LEGENDS[color], id="of")
    parts = [of]
    parts += [
        element(
            "span",
            _sign(s, theme) + escape(text),
            class_="sign",
            hidden="" if color == STATEMENT else None,
        )
        for s, text in SIGNS
    ]
    broken = _sign("broken", theme) + "not finite"
    parts.append(_entry(broken, "broken", "broken" in tints))
    parts.append(_entry(escape(LOSS.format(root)), "loss", color == "contribution"))
    for kind, says in SAYS.items():
        signs = _sign(f"ring {kind}", theme) + _sign(f"way {kind}", theme)
        parts.append(_entry(signs + says[0], f"key-{kind}", kind in marks.first))
    return f'<p id="legend">{" ".join(parts)}</p>'


def _entry(inside: str, name: str, shown: bool) -> str:
    return element("span", inside, id=name, hidden=None if shown else "")


def _sign(name: str, theme: Theme) -> str:
    """Return a sign of the legend in a line of text."""
    return element(
        "svg",
        sign(name, Rect(2.0, 2.0, 16.0, 10.0), theme),
        class_="dendrograd",
        width=20,
        height=14,
        aria_hidden="true",
    )
