"""What the colours of a picture show, and the marks of inf and nan, in signs and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dendrograd.viz.layout.layered import Rect
from dendrograd.viz.markup import element, rectangle, text_at
from dendrograd.viz.model.broken import SAYS, Marks
from dendrograd.viz.model.colours import STATEMENT
from dendrograd.viz.model.labels import EM, SMALL
from dendrograd.viz.style import Theme, fill
from dendrograd.viz.text import clip, columns

from .arrows import WAYS, rings

__all__ = [
    "LEGENDS",
    "LOSS",
    "PITCH",
    "SIGNS",
    "drawn_legend",
    "legend",
    "legend_rows",
    "legend_words",
    "sign",
    "wide",
]

LEGENDS = {
    "grad": "colour: grad",
    "data": "colour: data",
    "contribution": "colour: contribution, data × grad",
    STATEMENT: "colour: the statement that computes it",
}
NONE = "no colour: every grad is 0"
LOSS = "to first order, what {} loses where a box becomes 0"
SIGNS = ("negative3", "< 0"), ("zero", "0"), ("positive3", "> 0")
PITCH, SIGN, GAP = 17, 16.0, 6.0  # pixels: of rows, of a sign, and after it
APART = 16.0  # pixels between entries

# Signs with a text after each; a sign is a tint, or a ring or a band of data or gradients.
Entry = tuple[tuple[str, str], ...]


def legend(
    color: str, root: str, marks: Marks, *, known: bool, broken: bool
) -> list[Entry]:
    """Return the entries of a legend.

    `known` is whether there is any colour, and `broken` whether a box has that of a number
    that is not finite.
    """
    entries: list[Entry] = [(("", NONE),)]
    if color == STATEMENT:
        entries = [(("", LEGENDS[color]),)]
    elif known or color == "data":
        last = (("broken", "not finite"),) if broken else ()
        entries = [(("", LEGENDS[color]), *SIGNS, *last)]
    if color == "contribution" and known:
        entries.append((("", LOSS.format(clip(root, 18))),))
    for kind, first in marks.first.items():
        if first >= 0 or marks.arrows[kind]:
            entries.append(((f"ring {kind}", ""), (f"way {kind}", SAYS[kind][0])))
    return entries


def legend_words(
    entries: Sequence[Entry], signs: str, marks: Mapping[str, str]
) -> list[str]:
    """Return a legend in words alone: `signs` and `marks` say what is there instead."""
    lines = []
    for entry in entries:
        (name, text), *more = entry
        kind = name.removeprefix("ring ")
        if kind != name:
            lines.append(f"{marks[kind]}: {SAYS[kind][0]}")
        else:
            lines.append(f"{text}, {signs}" if more else text)
    return lines


def wide(entry: Entry) -> float:
    """Return the width of an entry."""
    signs = sum(SIGN + GAP for name, _ in entry if name)
    return signs + sum(columns(f"{text} ") * EM * SMALL for _, text in entry if text)


def legend_rows(entries: Sequence[Entry], width: float) -> list[list[Entry]]:
    """Return the entries in rows that are as wide as the picture, where one fits at all."""
    rows: list[list[Entry]] = []
    used = 0.0
    for entry in entries:
        if not rows or used + wide(entry) > width:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += wide(entry) + APART
    return rows


def drawn_legend(
    rows: Sequence[Sequence[Entry]], left: float, top: float, theme: Theme
) -> str:
    """Return the legend as markup of SVG; `top` is where its first row begins."""
    parts: list[str] = []
    for i, row in enumerate(rows):
        x, y = left, top + PITCH * i
        for entry in row:
            parts += _entry(entry, x, y, theme)
            x += wide(entry) + APART
    return element("g", "".join(parts), class_="legend", font_size=SMALL)


def _entry(entry: Entry, x: float, y: float, theme: Theme) -> Iterator[str]:
    for name, text in entry:
        if name:
            yield sign(name, Rect(x, y + 3, SIGN, 10), theme)
            x += SIGN + GAP
        if text:
            yield text_at(x, y + 12, text, "remark", fill=theme.muted)
            x += columns(f"{text} ") * EM * SMALL


def sign(name: str, rect: Rect, theme: Theme) -> str:
    """Return the mark of a tint, a ring or a way, in a rectangle."""
    kind, _, which = name.partition(" ")
    if kind == "ring":
        inner = Rect(rect.left + 7, rect.top + 6, rect.width - 14, rect.height - 12)
        return "".join(rings(inner, -2, [which], theme))
    if kind == "way":
        y = rect.top + rect.height / 2
        path = f"M{rect.left:g} {y:g}H{rect.right:g}"
        return element(
            "path", d=path, class_=name, fill="none", stroke=theme.purple, **WAYS[which]
        )
    face = {"fill": fill(name, theme), "stroke": theme.ink}
    return rectangle(rect, f"key {name}", rx=2, **face)
