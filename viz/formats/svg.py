"""The SVG of a picture: a file of its own, without a script, light and dark.

Whatever a test wants to know of a picture is in its data attributes, with every digit:
data-grad of a box and data-contribution of the arrows that leave it, which add up.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dendrograd.viz.layout.layered import Layout, Rect
from dendrograd.viz.markup import element, escape, rectangle, short, text_at
from dendrograd.viz.model.broken import NOWHERE, Marks
from dendrograd.viz.model.colours import STATEMENT
from dendrograd.viz.model.labels import EM, LINE, SMALL, Look, describe, heading, rows
from dendrograd.viz.model.picture import Box, Picture
from dendrograd.viz.model.statements import array_of
from dendrograd.viz.style import CLASSES, Theme, fill, theme_named
from dendrograd.viz.text import clip, columns

from .arrange import local_texts, on_focus
from .arrows import arrow_labels, arrow_paths, arrow_ways, listed, rings
from .drawn import Drawn
from .legend import PITCH, drawn_legend, legend_rows, wide
from .paint import Paint
from .sheet import sheet
from .svg_file import remarks, svg_file, wrapped

__all__ = ["Hosted", "alone", "svg_body", "to_svg"]

MARGIN = 12.0
ROUND = {"leaf": 1, "op": 7, "sum": 7, "call": 5, "rest": 10}


def to_svg(drawn: Drawn, prefix: str = "") -> str:
    """Return the picture as the text of an SVG file; a prefix begins the ids in it."""
    picture, layout, look = drawn.picture, drawn.layout, drawn.look
    notes, key = (
        wrapped(picture.notes, layout.width),
        legend_rows(drawn.legend, layout.width),
    )
    lines = [columns(line) * EM * SMALL for line in notes]
    inside = svg_body(picture, layout, look, alone(drawn, prefix))
    pinned = "" if look.theme == "auto" else look.theme  # its sheet goes by the id
    seed = escape(drawn.title) + inside + pinned
    name = "g" + hashlib.sha256(seed.encode()).hexdigest()[:8]
    theme = theme_named(look.theme)
    shift = f"translate({short(MARGIN)} {short(MARGIN)})"
    entries = [wide(entry) for row in key for entry in row]
    width = max(layout.width, *lines, *entries) + 2 * MARGIN
    height = layout.height + 2 * MARGIN
    below = height + PITCH * len(key)
    return svg_file(
        name,
        drawn.title,
        picture,
        sheet(f"#{name}", look.theme, CLASSES if look.color == STATEMENT else ()),
        element("g", inside, transform=shift)
        + drawn_legend(key, MARGIN, height - 4, theme)
        + "".join(remarks(notes, MARGIN, below + 8, theme)),
        (width, below + 4 + LINE * len(notes)),
        theme,
        grad=look.grad,
        role="graphics-document",
        aria_roledescription="computational tree",
    )


@dataclass(frozen=True, slots=True)
class Hosted:
    """What a page that holds several pictures adds to one of them.

    prefix   begins the ids of boxes and arrows
    paint    the tints of boxes and the widths of lines
    opens    the boxes that can be opened
    remarks  for some boxes a further sentence of their description
    marks    where inf and nan begin, and what they go through
    """

    prefix: str
    paint: Paint
    opens: Collection[int]
    remarks: Mapping[int, str]
    marks: Marks = NOWHERE


def alone(drawn: Drawn, prefix: str = "") -> Hosted:
    """Return what is added to a picture that stands alone."""
    return Hosted(prefix, drawn.paint, (), {}, drawn.marks)


def svg_body(
    picture: Picture, layout: Layout, look: Look, host: Hosted, over: str = ""
) -> str:
    """Return frames, arrows and boxes as markup, without a file around them.

    `over` is markup that comes over the lines and below all text.
    """
    theme = theme_named(look.theme)
    texts = local_texts(picture, look)
    lines = "".join(arrow_paths(picture, layout, theme, host.prefix, host.paint))
    lit = "".join(arrow_ways(picture, layout, theme, host.marks))
    hidden = {"fill": "none", "aria_hidden": "true"}
    parts = [
        *_frames(picture, layout, theme),
        element("g", lit, class_="ways", **hidden) if lit else "",
        element("g", lines, class_="arrows", **hidden),
        over,
        _locals(texts, layout, look, host.prefix),
    ]
    crowded = on_focus(picture, look)
    for box, rect in zip(picture.boxes, layout.boxes, strict=True):
        label = describe(box, picture.titles, look)
        if box.kind == "port":
            parts.append(_port(box, rect, theme, label, host.prefix))
            continue
        label = ", ".join([label, *host.marks.says.get(box.id, ())])
        if box.id in host.remarks:
            label += f". {host.remarks[box.id]}"
        more = ""
        if box.id in crowded:
            more = listed(picture, texts, crowded[box.id], rect, theme, host.prefix)
        parts.append(_box(box, rect, look, host, label, box.id == picture.root, more))
    return "\n".join(filter(None, parts))


def _frames(picture: Picture, layout: Layout, theme: Theme) -> Iterator[str]:
    """Yield the frames and their titles, the outermost first."""
    titles = sorted(picture.titles.items(), key=lambda item: len(item[0]))
    for path, (name, number) in titles:
        if path in layout.frames:
            rect = layout.frames[path]
            title = clip(" ".join(name.split()), 30) + number
            border = rectangle(
                rect,
                rx=8,
                fill=theme.frame,
                fill_opacity=0.6,
                stroke=theme.line,
                stroke_dasharray="3 3",
            )
            x, y = rect.left + 8, rect.top + 12
            text = text_at(x, y, title, font_size=SMALL, fill=theme.muted)
            yield element("g", border + text, class_="frame")


def _locals(texts: Mapping[int, str], layout: Layout, look: Look, prefix: str) -> str:
    """Return the local derivatives above the arrows."""
    theme = theme_named(look.theme)
    labels = "".join(arrow_labels(texts, layout, theme, look.rankdir, prefix))
    if not labels:
        return ""
    return element(
        "g",
        labels,
        class_="locals",
        aria_hidden="true",
        font_size=SMALL,
        text_anchor="end",
    )


def _port(box: Box, rect: Rect, theme: Theme, label: str, prefix: str) -> str:
    """Return the point of a border that arrows cross."""
    return element(
        "g",
        element("title", escape(label))
        + element("circle", cx=rect.left, cy=rect.top, r=2.5, fill=theme.muted),
        id=f"{prefix}b{box.id}",
        class_="port",
        data_side=box.operation,
        **_numbers(box),
    )


def _numbers(box: Box) -> dict[str, Any]:
    """Return what a test or a script reads of a box, with every digit."""
    data = None if box.data is None else repr(box.data)
    grad = None if box.adjoint is None else repr(box.adjoint)
    array = array_of(box)
    number = None if array is None else array.number
    return {
        "data_id": box.id,
        "data_data": data,
        "data_grad": grad,
        "data_array": number,
    }


def _box(
    box: Box, rect: Rect, look: Look, host: Hosted, label: str, root: bool, more: str
) -> str:
    """Return one box: its tooltip, what is behind it, its rectangle and its texts.

    `more` is markup that is shown while it has the focus.
    """
    theme = theme_named(look.theme)
    opens = box.id in host.opens
    parts = [
        element("title", escape(label)),
        *_behind(box, rect, theme, root),
        *rings(rect, ROUND[box.kind], host.marks.begins(box.id), theme),
        _face(box, rect, theme, host.paint.tint(box.id)),
        *_texts(box, rect, look, theme),
        more,
    ]
    return element(
        "g",
        "".join(parts),
        id=f"{host.prefix}b{box.id}",
        class_=f"node {box.kind}{' root' if root else ''}{' opens' if opens else ''}",
        role="button" if opens else "graphics-symbol",
        aria_expanded="false" if opens else None,
        aria_label=label,
        tabindex=0,
        **_numbers(box),
    )


def _bad(box: Box) -> bool:
    return box.data is not None and not math.isfinite(box.data)


def _behind(box: Box, rect: Rect, theme: Theme, root: bool) -> Iterator[str]:
    """Yield the second sheet of a call, and the ring around the root."""
    corner = ROUND[box.kind]
    if box.kind == "call":
        back = {"fill": theme.zero, "stroke": theme.line}
        yield rectangle(rect.moved(3), "back", rx=corner, **back)
    if root:
        ring = {"fill": "none", "stroke": theme.ink}
        yield rectangle(rect.grown(3), "ring", rx=corner + 3, **ring)


def _face(box: Box, rect: Rect, theme: Theme, tint: str) -> str:
    """Return the rectangle of a box in its tint."""
    faint = box.kind == "rest"
    return rectangle(
        rect,
        f"box {tint}",
        rx=ROUND[box.kind],
        fill=fill(tint, theme),
        stroke=theme.line if faint else theme.ink,
        stroke_width=1.6 if box.kind == "leaf" else None,
        stroke_dasharray="2 2" if faint else None,
    )


def _texts(box: Box, rect: Rect, look: Look, theme: Theme) -> Iterator[str]:
    """Yield the label of a box, its operation, and the rows below them."""
    x, y = rect.left, rect.top
    title, operation = heading(box, look.names)
    if box.kind == "rest":
        middle = {"text_anchor": "middle", "fill": theme.muted}
        yield text_at(x + rect.width / 2, y + 14, title, "faint", **middle)
    else:
        bold = {"font_weight": 700, "fill": theme.ink}
        yield text_at(x + 8, y + 15, title, "label", **bold)
    ink = theme.muted if box.kind == "rest" else theme.ink
    if operation:
        end = {"text_anchor": "end", "fill": ink}
        yield text_at(x + rect.width - 8, y + 15, operation, "operation", **end)
    for i, row in enumerate(rows(box, look), 1):
        weight = 700 if row.kind == "data" and _bad(box) else None
        place = x + 8, y + 16 + LINE * i
        yield text_at(*place, row.text, row.kind, fill=ink, font_weight=weight)
