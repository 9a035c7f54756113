"""The SVG of a picture: a file of its own, without a script, light and dark.

Whatever a test wants to know of a picture is in its data attributes, with every digit:
data-grad of a box and data-contribution of the arrows that leave it, which add up.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dendrograd.viz.layout.layered import Layout, Rect
from dendrograd.viz.markup import element, escape, short
from dendrograd.viz.model.labels import (
    EM,
    FONT,
    LINE,
    SMALL,
    Look,
    describe,
    heading,
    rows,
)
from dendrograd.viz.model.picture import Box, Picture
from dendrograd.viz.style import DARK, LIGHT, MONO, Theme, fill, shade
from dendrograd.viz.text import clip, columns, num

from .arrows import arrow_labels, arrow_paths, weights
from .drawn import Drawn
from .sheet import sheet

__all__ = ["Hosted", "alone", "description", "svg_body", "to_svg", "wrapped"]

MARGIN = 12.0
ROUND = {"leaf": 1, "op": 7, "sum": 7, "call": 5, "rest": 10}


def to_svg(drawn: Drawn) -> str:
    """Return the picture as the text of an SVG file."""
    picture, layout = drawn.picture, drawn.layout
    look, title = drawn.look, drawn.title
    theme = DARK if look.theme == "dark" else LIGHT
    notes = wrapped(picture.notes, layout.width)
    width = layout.width + 2 * MARGIN
    height = layout.height + 2 * MARGIN + LINE * len(notes)
    inside = svg_body(picture, layout, look)
    pinned = "" if look.theme == "auto" else look.theme  # its sheet goes by the id
    seed = escape(title) + inside + pinned
    uid = "g" + hashlib.sha256(seed.encode()).hexdigest()[:8]
    foot = "".join(
        element(
            "text",
            escape(line),
            class_="remark",
            x=MARGIN,
            y=layout.height + 2 * MARGIN + LINE * i + 4,
            font_size=SMALL,
            fill=theme.muted,
        )
        for i, line in enumerate(notes)
    )
    body = "".join(
        [
            element("title", escape(title), id=f"{uid}-t"),
            element("desc", escape(description(picture)), id=f"{uid}-d"),
            element("style", sheet(f"#{uid}", look.theme)),
            element(
                "rect", class_="bg", width=width, height=height, fill=theme.background
            ),
            element(
                "g", inside, transform=f"translate({short(MARGIN)} {short(MARGIN)})"
            ),
            foot,
        ]
    )
    return (
        element(
            "svg",
            body,
            xmlns="http://www.w3.org/2000/svg",
            id=uid,
            class_="dendrograd",
            width=math.ceil(width),
            height=math.ceil(height),
            viewBox=f"0 0 {short(width)} {short(height)}",
            role="graphics-document",
            aria_roledescription="computational tree",
            aria_labelledby=f"{uid}-t {uid}-d",
            font_family=MONO,
            font_size=FONT,
        )
        + "\n"
    )


@dataclass(frozen=True, slots=True)
class Hosted:
    """What a page that holds several pictures adds to one of them.

    prefix   begins the ids of boxes and arrows
    step     the tint of a gradient, and width that of an arrow, by the whole page
    inside   for each box that can be opened the markup that follows it, hidden at first
    remarks  for some boxes a further sentence of their description
    """

    prefix: str
    step: Callable[[float], str]
    width: Callable[[float], float]
    inside: Mapping[int, str]
    remarks: Mapping[int, str]


def alone(picture: Picture, prefix: str = "") -> Hosted:
    """Return what is added to a picture that stands alone."""
    tint = shade(box.adjoint for box in picture.boxes if box.adjoint is not None)
    return Hosted(prefix, tint, weights(picture.arrows), {}, {})


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
    theme = DARK if look.theme == "dark" else LIGHT
    host = host or alone(picture)
    prefix, step = host.prefix, host.step
    parts = [
        _frame(
            layout.frames[path],
            "".join((clip(" ".join(name.split()), 30), number)),
            theme,
        )
        for path, (name, number) in sorted(
            picture.titles.items(), key=lambda item: len(item[0])
        )
        if path in layout.frames
    ]
    lines = "".join(arrow_paths(picture, layout, theme, prefix, host.width))
    parts.append(element("g", lines, class_="arrows", fill="none", aria_hidden="true"))
    parts.append(over)
    if look.locals != "none":
        texts = "".join(
            arrow_labels(picture, layout, theme, look.locals == "all", prefix)
        )
        parts.append(
            element(
                "g",
                texts,
                class_="locals",
                aria_hidden="true",
                font_size=SMALL,
                text_anchor="middle",
            )
        )
    for box, rect in zip(picture.boxes, layout.boxes, strict=True):
        label = describe(box, picture.titles)
        if box.kind == "port":
            parts.append(_port(box, rect, theme, label, prefix))
            continue
        name = "zero" if box.adjoint is None else step(box.adjoint)
        root = box.id == picture.root
        if box.id in host.remarks:
            label += f". {host.remarks[box.id]}"
        opens = box.id in host.inside
        parts.append(_box(box, rect, look, theme, name, root, label, prefix, opens))
        parts.append(host.inside.get(box.id, ""))
    return "\n".join(filter(None, parts))


def _port(box: Box, rect: Rect, theme: Theme, label: str, prefix: str) -> str:
    """Return the point of a border that arrows cross."""
    return element(
        "g",
        element("title", escape(label))
        + element("circle", cx=rect.left, cy=rect.top, r=2.5, fill=theme.muted),
        id=f"{prefix}b{box.id}",
        class_="port",
        data_side=box.operation,
        data_id=box.id,
        data_data=exact(box.data),
        data_grad=exact(box.adjoint),
    )


def _box(
    box: Box,
    rect: Rect,
    look: Look,
    theme: Theme,
    name: str,
    root: bool,
    label: str,
    prefix: str,
    opens: bool,
) -> str:
    """Return one box: what is behind it, its rectangle, its texts and its tooltip."""
    x, y, w, h = rect.left, rect.top, rect.width, rect.height
    corner = ROUND[box.kind]
    faint = box.kind == "rest"
    parts = [element("title", escape(label))]
    if box.kind == "call":  # a second sheet behind
        parts.append(
            element(
                "rect",
                class_="back",
                x=x + 3,
                y=y + 3,
                width=w,
                height=h,
                rx=corner,
                fill=theme.zero,
                stroke=theme.line,
            )
        )
    if root:
        parts.append(
            element(
                "rect",
                class_="ring",
                x=x - 3,
                y=y - 3,
                width=w + 6,
                height=h + 6,
                rx=corner + 3,
                fill="none",
                stroke=theme.ink,
            )
        )
    parts.append(
        element(
            "rect",
            class_=f"box {name}",
            x=x,
            y=y,
            width=w,
            height=h,
            rx=corner,
            fill=fill(name, theme),
            stroke=theme.line if faint else theme.ink,
            stroke_width=1.6 if box.kind == "leaf" else None,
            stroke_dasharray="2 2" if faint else None,
        )
    )
    title, operation = heading(box)
    ink = theme.muted if faint else theme.ink
    if faint:
        parts.append(
            element(
                "text",
                escape(title),
                class_="faint",
                x=x + w / 2,
                y=y + 14,
                text_anchor="middle",
                fill=ink,
            )
        )
    else:
        parts.append(
            element(
                "text",
                escape(title),
                class_="label",
                x=x + 8,
                y=y + 15,
                font_weight=700,
                fill=ink,
            )
        )
    if operation:
        parts.append(
            element(
                "text",
                escape(operation),
                class_="operation",
                x=x + w - 8,
                y=y + 15,
                text_anchor="end",
                fill=ink,
            )
        )
    for i, row in enumerate(rows(box, look)):
        parts.append(
            element(
                "text",
                escape(row.text),
                class_=row.kind,
                x=x + 8,
                y=y + 16 + LINE * (i + 1),
                fill=ink,
            )
        )
    return element(
        "g",
        "".join(parts),
        id=f"{prefix}b{box.id}",
        class_=f"node {box.kind}{' root' if root else ''}{' opens' if opens else ''}",
        role="button" if opens else "graphics-symbol",
        aria_expanded="false" if opens else None,
        aria_label=label,
        tabindex=0,
        data_id=box.id,
        data_data=exact(box.data),
        data_grad=exact(box.adjoint),
    )


def exact(x: float | None) -> str | None:
    """Return a number with every digit, for a data attribute."""
    return None if x is None else repr(x)


def _frame(rect: Rect, title: str, theme: Theme) -> str:
    return element(
        "g",
        element(
            "rect",
            x=rect.left,
            y=rect.top,
            width=rect.width,
            height=rect.height,
            rx=8,
            fill=theme.frame,
            fill_opacity=0.6,
            stroke=theme.line,
            stroke_dasharray="3 3",
        )
        + element(
            "text",
            escape(title),
            x=rect.left + 8,
            y=rect.top + 12,
            font_size=SMALL,
            fill=theme.muted,
        ),
        class_="frame",
    )


def wrapped(notes: Iterable[str], width: float) -> list[str]:
    """Return the notes in lines that are as wide as the picture."""
    most = max(40, int(width / (EM * SMALL)))
    lines = []
    for note in notes:
        line = ""
        for word in note.split(" "):
            if line and columns(line) + 1 + columns(word) > most:
                lines.append(line)
                line = "  " + word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines


def description(picture: Picture) -> str:
    """Return the picture in words: the result, and the gradients of what has a label."""
    root = picture.boxes[picture.root]
    about = [f"{len(picture.boxes)} boxes and {len(picture.arrows)} arrows."]
    if root.data is not None:
        about.append(f"The result {root.name} is {num(root.data)}.")
    leaves = [
        b
        for b in picture.boxes
        if b.kind == "leaf" and b.label and b.adjoint is not None
    ]
    about += [
        f"d {root.name} / d {b.name} = {num(b.adjoint or 0.0)}." for b in leaves[:20]
    ]
    return " ".join(about)
