"""The arrows of a picture: their lines, and the local derivatives above them."""

from __future__ import annotations

import math
from collections.abc import (
    Iterator,
    Mapping,
    Sequence,
)
from typing import Any

from dendrograd.viz.layout.layered import Layout, Point, Rect, Segment
from dendrograd.viz.markup import element, escape, rectangle, short, text_at
from dendrograd.viz.model.broken import Marks
from dendrograd.viz.model.labels import EM, LINE, SMALL
from dendrograd.viz.model.picture import Arrow, Box, Picture
from dendrograd.viz.style import Theme
from dendrograd.viz.text import clip, columns

from .paint import Paint, line_kind, stroke

__all__ = [
    "DASHES",
    "WAYS",
    "arrow_labels",
    "arrow_paths",
    "arrow_ways",
    "listed",
    "path_data",
    "rings",
]

DASHES = {"data": None, "grad": "7 4"}  # of a ring
WAYS: dict[str, dict[str, Any]] = {  # of what lies below a line
    "data": {"stroke_width": 7, "stroke_opacity": 0.45},
    "grad": {"stroke_width": 5, "stroke_dasharray": "0 9", "stroke_linecap": "round"},
}
LISTED, NAME = 30, 14  # lines of a list of labels, and columns of a name in it


def path_data(points: Sequence[Point]) -> str:
    """Return a chain of Bezier curves in the words of SVG.

    >>> path_data([(0, 0), (1, 0), (1, 2), (2, 2)])
    'M0 0C1 0 1 2 2 2'
    """
    x, y = points[0]
    rest = " ".join([f"{short(a)} {short(b)}" for a, b in points[1:]])
    return f"M{short(x)} {short(y)}C{rest}"


def arrow_paths(
    picture: Picture, layout: Layout, theme: Theme, prefix: str, paint: Paint
) -> Iterator[str]:
    """Yield the lines; the last piece of each arrow has its numbers.

    A trunk that several arrows share is drawn by what they come to together.
    """
    for segment in layout.segments:
        some = [picture.arrows[i] for i in segment.arrows]
        together = paint.amounts.together(segment.arrows)
        kind = line_kind(together)
        strong = any(arrow.strong for arrow in some)
        yield element(
            "path",
            _title(picture, some[0]) if segment.last else "",
            d=path_data(segment.points),
            class_=f"{'arrow' if segment.last else 'trunk'} {kind}{' strong' if strong else ''}",
            stroke=stroke(kind, theme),
            stroke_width=paint.width(together) + (1.5 if strong else 0),
            stroke_dasharray="5 3" if kind == "down" else None,
            data_src=some[0].src,
            **(
                _numbers(segment, some[0], prefix, paint)
                if segment.last
                else {"data_through": " ".join(map(str, segment.arrows))}
            ),
        ) + (_head(segment.points, kind, theme) if segment.last else "")


def arrow_ways(
    picture: Picture, layout: Layout, theme: Theme, marks: Marks
) -> Iterator[str]:
    """Yield a band below each line along which inf or nan goes; of gradients it is dotted."""
    for segment in layout.segments:
        for kind in marks.along(segment.arrows):
            yield element(
                "path",
                d=path_data(segment.points),
                class_=f"way {kind}",
                stroke=theme.purple,
                **WAYS[kind],
            )


def rings(rect: Rect, corner: int, kinds: Sequence[str], theme: Theme) -> Iterator[str]:
    """Yield a ring for each kind that begins in a box; of gradients it is dashed."""
    for i, kind in enumerate(kinds):
        far = 6 + 5 * i
        yield rectangle(
            rect.grown(far),
            f"bad {kind}",
            rx=corner + far,
            fill="none",
            stroke=theme.purple,
            stroke_width=3,
            stroke_dasharray=DASHES[kind],
        )


def said(picture: Picture, arrow: Arrow) -> str:
    """Return what an arrow says when it is pointed at; its number comes last.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> picture = draw(Value(3.0, label="x") * 2).picture
    >>> said(picture, picture.arrows[0])
    'd (x * 2) / d x = 2.0'
    """
    tail, tip = picture.boxes[arrow.src].term, picture.boxes[arrow.dst].term
    if arrow.local is not None and _consumes(picture, arrow):
        return f"d {tip} / d {tail} = {arrow.local!r}"
    return f"{tip} adds to the gradient of {tail} = {arrow.contribution!r}"


def _title(picture: Picture, arrow: Arrow) -> str:
    rate = "rate" if arrow.local is not None and _consumes(picture, arrow) else None
    return element("title", escape(said(picture, arrow)), class_=rate)


def _consumes(picture: Picture, arrow: Arrow) -> bool:
    """Return whether an arrow ends at a box that computes, and not at a border."""
    return picture.boxes[arrow.dst].kind != "port"


def _numbers(
    segment: Segment, arrow: Arrow, prefix: str, paint: Paint
) -> dict[str, Any]:
    number = segment.arrows[0]
    told = map(repr, paint.tells.get(number, ()))
    return {
        "id": f"{prefix}a{number}",
        "data_dst": arrow.dst,
        "data_local": None if arrow.local is None else repr(arrow.local),
        "data_contribution": repr(arrow.contribution),
        **dict(zip(("data_hands", "data_effect"), told, strict=False)),
    }


def _head(points: Sequence[Point], kind: str, theme: Theme) -> str:
    """Return the tip of an arrow, along the direction in which its curve ends."""
    (x, y), (a, b) = points[-1], points[-2]
    length = math.hypot(x - a, y - b) or 1.0
    u, v = (x - a) / length, (y - b) / length
    left, right = (
        (x - 6 * u - 3 * v, y - 6 * v + 3 * u),
        (x - 6 * u + 3 * v, y - 6 * v - 3 * u),
    )
    corners = " ".join(f"{short(p)},{short(q)}" for p, q in ((x, y), left, right))
    return element(
        "polygon", points=corners, class_=f"tip {kind}", fill=stroke(kind, theme)
    )


def arrow_labels(
    texts: Mapping[int, str],
    layout: Layout,
    theme: Theme,
    rankdir: str,
    prefix: str,
) -> Iterator[str]:
    """Yield the local derivatives that have a place, each above the end of its line."""
    for i, rect in sorted(layout.labels.items()):
        x, anchor = (rect.left, "start") if rankdir == "RL" else (rect.right, None)
        yield element(
            "text",
            escape(texts[i]),
            id=f"{prefix}l{i}",
            class_="local",
            x=x,
            y=rect.bottom,
            text_anchor=anchor,
            fill=theme.muted,
        )


def listed(
    picture: Picture,
    texts: Mapping[int, str],
    arrows: Sequence[int],
    rect: Rect,
    theme: Theme,
    prefix: str,
) -> str:
    """Return the labels of a box that has too many, as a list beside it.

    It is hidden until the box has the focus, and then lies over what is left of it.
    """
    order = sorted(arrows, key=lambda i: (-_size(picture.arrows[i]), i))[:LISTED]
    names = {i: _short(picture.boxes[picture.arrows[i].src]) for i in order}
    rows = [(names[i], texts[i], f"{prefix}l{i}") for i in sorted(order)]
    if len(arrows) > len(rows):
        rows.append((f"{len(arrows) - len(rows):,} more", "", ""))
    wide = max(columns(name) + columns(text) for name, text, _ in rows) + 2
    width, height = wide * EM * SMALL + 12, LINE * len(rows) + 8
    x = max(rect.left - 10 - width, 0.0)
    y = max(rect.top + (rect.height - height) / 2, 0.0)
    sheet = Rect(x, y, width, height)
    look = {"fill": theme.background, "stroke": theme.line}
    parts = [rectangle(sheet, "sheet", rx=4, **look)]
    for k, (name, text, number) in enumerate(rows, 1):
        line = y + LINE * k
        parts.append(text_at(x + 6, line, name, "faint", fill=theme.muted))
        if text:
            end = {"text_anchor": "end", "id": number, "fill": theme.ink}
            parts.append(text_at(sheet.right - 6, line, text, "local", **end))
    return element(
        "g",
        "".join(parts),
        class_="entries",
        visibility="hidden",
        aria_hidden="true",
        font_size=SMALL,
    )


def _short(box: Box) -> str:
    return clip(" ".join(box.spoken.split()), NAME)


def _size(arrow: Arrow) -> float:
    return abs(arrow.contribution) if math.isfinite(arrow.contribution) else math.inf
