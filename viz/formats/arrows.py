"""The arrows of a picture: their lines, and the local derivatives above them."""

from __future__ import annotations

import math
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from typing import Any

from dendrograd.viz.layout.layered import Layout, Point, Rect, Segment
from dendrograd.viz.markup import element, escape, rectangle, short, text_at
from dendrograd.viz.model.labels import EM, LINE, SMALL
from dendrograd.viz.model.picture import Arrow, Box, Picture
from dendrograd.viz.style import Theme
from dendrograd.viz.text import clip, columns

__all__ = [
    "arrow_labels",
    "arrow_paths",
    "line_kind",
    "listed",
    "path_data",
    "short_name",
    "stroke",
    "weights",
]

THIN, THICK = 0.9, 3.0  # pixels, of the smallest and the largest
DECADES = 4  # of contributions between them
LISTED, NAME = 30, 14  # lines of a list of labels, and columns of a name in it


def line_kind(contribution: float) -> str:
    """Return the class of an arrow: up, down, flat, or bad where it is not finite.

    >>> [line_kind(c) for c in (2.0, -1.0, 0.0, math.nan)]
    ['up', 'down', 'flat', 'bad']
    """
    if not math.isfinite(contribution):
        return "bad"
    return "flat" if contribution == 0 else "up" if contribution > 0 else "down"


def stroke(kind: str, theme: Theme) -> str:
    """Return the colour of an arrow of this class."""
    return {
        "up": theme.blue,
        "down": theme.orange,
        "flat": theme.line,
        "bad": theme.purple,
    }[kind]


def path_data(points: Sequence[Point]) -> str:
    """Return a chain of Bezier curves in the words of SVG.

    >>> path_data([(0, 0), (1, 0), (1, 2), (2, 2)])
    'M0 0C1 0 1 2 2 2'
    """
    x, y = points[0]
    rest = " ".join([f"{short(a)} {short(b)}" for a, b in points[1:]])
    return f"M{short(x)} {short(y)}C{rest}"


def weights(arrows: Iterable[Arrow]) -> Callable[[float], float]:
    """Return a function contribution -> width of a line."""
    sizes = [abs(a.contribution) for a in arrows if math.isfinite(a.contribution)]
    top = max(sizes, default=0.0)

    def width(contribution: float) -> float:
        if not contribution or not math.isfinite(contribution) or not top:
            return THIN
        share = 1 + (math.log10(abs(contribution)) - math.log10(top)) / DECADES
        return THIN + (THICK - THIN) * max(0.0, min(1.0, share))

    return width


def arrow_paths(
    picture: Picture,
    layout: Layout,
    theme: Theme,
    prefix: str,
    width: Callable[[float], float],
    grey: Collection[int] = (),
) -> Iterator[str]:
    """Yield the lines; the last piece of each arrow has its numbers.

    A trunk that several arrows share is drawn by what they contribute together; those
    from a box in `grey` look as if they contributed nothing.
    """
    for segment in layout.segments:
        some = [picture.arrows[i] for i in segment.arrows]
        plain = some[0].src in grey
        together = 0.0 if plain else sum(arrow.contribution for arrow in some)
        kind = line_kind(together)
        strong = any(arrow.strong for arrow in some)
        yield element(
            "path",
            _title(picture, some[0]) if segment.last else "",
            d=path_data(segment.points),
            class_=f"{'arrow' if segment.last else 'trunk'} {kind}{' strong' if strong else ''}",
            stroke=stroke(kind, theme),
            stroke_width=width(together) + (1.5 if strong else 0),
            stroke_dasharray="5 3" if kind == "down" else None,
            data_src=some[0].src,
            **(
                _numbers(segment, some[0], prefix)
                if segment.last
                else {"data_through": " ".join(map(str, segment.arrows))}
            ),
        ) + (_head(segment.points, kind, theme) if segment.last else "")


def said(picture: Picture, arrow: Arrow) -> str:
    """Return what an arrow says when it is pointed at; its number comes last.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> picture = draw(Value(3.0, label="x") * 2).picture
    >>> said(picture, picture.arrows[0])
    'd n1 / d x = 2.0'
    """
    tail, tip = picture.boxes[arrow.src].name, picture.boxes[arrow.dst].name
    if arrow.local is not None and _consumes(picture, arrow):
        return f"d {tip} / d {tail} = {arrow.local!r}"
    return f"{tip} adds to the gradient of {tail} = {arrow.contribution!r}"


def _title(picture: Picture, arrow: Arrow) -> str:
    rate = "rate" if arrow.local is not None and _consumes(picture, arrow) else None
    return element("title", escape(said(picture, arrow)), class_=rate)


def _consumes(picture: Picture, arrow: Arrow) -> bool:
    """Return whether an arrow ends at a box that computes, and not at a border."""
    return picture.boxes[arrow.dst].kind != "port"


def _numbers(segment: Segment, arrow: Arrow, prefix: str) -> dict[str, Any]:
    return {
        "id": f"{prefix}a{segment.arrows[0]}",
        "data_dst": arrow.dst,
        "data_local": None if arrow.local is None else repr(arrow.local),
        "data_contribution": repr(arrow.contribution),
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
    names = {i: short_name(picture.boxes[picture.arrows[i].src]) for i in order}
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


def short_name(box: Box) -> str:
    """Return what a list of labels calls a box."""
    return clip(" ".join(box.name.split()), NAME)


def _size(arrow: Arrow) -> float:
    return abs(arrow.contribution) if math.isfinite(arrow.contribution) else math.inf
