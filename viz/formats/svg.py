"""The SVG of a picture: a file of its own, without a script, light and dark.

Whatever a test wants to know of a picture is in its data attributes, with every digit:
data-grad of a box and data-contribution of the arrows that leave it, which add up.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dendrograd.viz.layout.layered import Layout, Rect
from dendrograd.viz.markup import element, escape, rectangle, short, text_at
from dendrograd.viz.model.labels import LINE, SMALL, Look, describe, heading, rows
from dendrograd.viz.model.own import told, untold
from dendrograd.viz.model.picture import Box, Picture
from dendrograd.viz.style import Theme, fill, shade, theme_named
from dendrograd.viz.text import clip

from .arrange import local_texts, on_focus
from .arrows import arrow_labels, arrow_paths, listed, weights
from .drawn import Drawn
from .sheet import sheet
from .svg_file import remarks, svg_file, wrapped

__all__ = ["Hosted", "alone", "svg_body", "to_svg"]

MARGIN = 12.0
ROUND = {"leaf": 1, "op": 7, "sum": 7, "call": 5, "rest": 10}


def to_svg(drawn: Drawn) -> str:
    """Return the picture as the text of an SVG file."""
    picture, layout, look = drawn.picture, drawn.layout, drawn.look
    notes = wrapped(picture.notes, layout.width)
    inside = svg_body(picture, layout, look)
    pinned = "" if look.theme == "auto" else look.theme  # its sheet goes by the id
    seed = escape(drawn.title) + inside + pinned
    name = "g" + hashlib.sha256(seed.encode()).hexdigest()[:8]
    theme = theme_named(look.theme)
    shift = f"translate({short(MARGIN)} {short(MARGIN)})"
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    return svg_file(
        name,
        drawn.title,
        picture,
        sheet(f"#{name}", look.theme),
        element("g", inside, transform=shift)
        + "".join(remarks(notes, MARGIN, height + 4, theme)),
        (width, height + LINE * len(notes)),
        theme,
        grad=look.grad,
        role="graphics-document",
        aria_roledescription="computational tree",
    )


@dataclass(frozen=True, slots=True)
class Hosted:
    """What a page that holds several pictures adds to one of them.

    prefix   begins the ids of boxes and arrows
    step     the tint of a gradient, and width that of an arrow, by the whole page
    opens    the boxes that can be opened
    remarks  for some boxes a further sentence of their description
    bad      the box where the first inf or nan of the data arose, which is ringed
    """

    prefix: str
    step: Callable[[float], str]
    width: Callable[[float], float]
    opens: Collection[int]
    remarks: Mapping[int, str]
    bad: int = -1


def alone(picture: Picture, prefix: str = "") -> Hosted:
    """Return what is added to a picture that stands alone."""
    tint = shade(box.adjoint for box in picture.boxes if box.adjoint is not None)
    bad = next((box.id for box in picture.boxes if _bad(box)), -1)
    return Hosted(prefix, tint, weights(picture.arrows), (), {}, bad)


def svg_body(
    picture: Picture,
    layout: Layout,
    look: Look,
    host: Hosted | None = None,
    over: str = "",
) -> str:
    """Return frames, arrows and boxes as markup, without a file around them.

    `over` is markup that comes over the lines and below all text.
    """
    theme = theme_named(look.theme)
    host = host or alone(picture)
    texts = local_texts(picture, look)
    grey = untold(picture.boxes, look.grad)
    lines = "".join(arrow_paths(picture, layout, theme, host.prefix, host.width, grey))
    parts = [
        *_frames(picture, layout, theme),
        element("g", lines, class_="arrows", fill="none", aria_hidden="true"),
        over,
        _locals(texts, layout, look, host.prefix),
    ]
    crowded = on_focus(picture, look)
    for box, rect in zip(picture.boxes, layout.boxes, strict=True):
        label = describe(box, picture.titles, look)
        if box.kind == "port":
            parts.append(_port(box, rect, theme, label, host.prefix))
            continue
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
    return {"data_id": box.id, "data_data": data, "data_grad": grad}


def _box(
    box: Box, rect: Rect, look: Look, host: Hosted, label: str, root: bool, more: str
) -> str:
    """Return one box: its tooltip, what is behind it, its rectangle and its texts.

    `more` is markup that is shown while it has the focus.
    """
    theme = theme_named(look.theme)
    opens = box.id in host.opens
    known = box.adjoint is not None and told(box, look.grad)
    tint = host.step(box.adjoint or 0.0) if known else "zero"
    parts = [
        element("title", escape(label)),
        *_behind(box, rect, theme, root, box.id == host.bad),
        _face(box, rect, theme, tint),
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


def _behind(box: Box, rect: Rect, theme: Theme, root: bool, bad: bool) -> Iterator[str]:
    """Yield the second sheet of a call, and the rings around the root and bad data."""
    corner = ROUND[box.kind]
    if box.kind == "call":
        back = {"fill": theme.zero, "stroke": theme.line}
        yield rectangle(rect.moved(3), "back", rx=corner, **back)
    if root:
        ring = {"fill": "none", "stroke": theme.ink}
        yield rectangle(rect.grown(3), "ring", rx=corner + 3, **ring)
    if bad:
        ring = {"fill": "none", "stroke": theme.purple}
        yield rectangle(rect.grown(6), "bad", rx=corner + 6, stroke_width=3, **ring)


def _face(box: Box, rect: Rect, theme: Theme, tint: str) -> str:
    """Return the rectangle of a box in the tint of its gradient."""
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
