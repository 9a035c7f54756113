"""The arrows of a picture: their lines, and the local derivatives that stand on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from dendrograd.viz.layout.layered import Layout, Point, Rect, Segment
from dendrograd.viz.markup import element, escape, short
from dendrograd.viz.model.labels import EM, SMALL
from dendrograd.viz.model.picture import Arrow, Picture
from dendrograd.viz.style import Theme
from dendrograd.viz.text import columns, num

__all__ = ["arrow_labels", "arrow_paths", "line_kind", "path_data", "stroke", "weights"]

THIN, THICK = 0.9, 3.0  # pixels, of the smallest and the largest
DECADES = 4  # of contributions between them
SPOTS = (0.55, 0.7, 0.4, 0.82, 0.28)  # where a label may stand on its curve


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
    picture: Picture, layout: Layout, theme: Theme, every: bool, prefix: str
) -> Iterator[str]:
    """Yield the local derivatives, those of the largest arrows first.

    A label that would cover a box or another label is left out, unless all were asked
    for; the tooltip of a box keeps every digit.
    """
    taken = Taken(layout.boxes)
    last = {s.arrows[0]: s.points for s in layout.segments if s.last}
    for i, local in _with_label(picture, every):
        text = f"×{num(local, 3)}"
        half = columns(text) * EM * SMALL / 2 + 1
        for spot in SPOTS:
            x, y = on_curve(last[i], spot)
            rect = Rect(x - half, y - 6, 2 * half, 12)
            if every or taken.free(rect):
                taken.add(rect)
                yield element(
                    "text",
                    escape(text),
                    id=f"{prefix}l{i}",
                    class_="local",
                    data_spot=spot,
                    x=x,
                    y=y + 3.5,
                    fill=theme.muted,
                    stroke=theme.background,
                    stroke_width=6,  # hides the line around a decimal point as well
                    stroke_linejoin="round",
                    paint_order="stroke",
                )
                break


def _with_label(picture: Picture, every: bool) -> Iterator[tuple[int, float]]:
    """Yield the arrows that say their local derivative, the largest first."""
    order = sorted(
        enumerate(picture.arrows),
        key=lambda pair: (not pair[1].strong, -_size(pair[1]), pair[0]),
    )
    for i, arrow in order:
        stub = "rest" in (picture.boxes[arrow.src].kind, picture.boxes[arrow.dst].kind)
        dull = arrow.local in (0, 1) and not every  # a grey line says 0 as well
        if arrow.local is not None and not stub and not dull:
            yield i, arrow.local


def _size(arrow: Arrow) -> float:
    return abs(arrow.contribution) if math.isfinite(arrow.contribution) else math.inf


def on_curve(points: Sequence[Point], t: float) -> Point:
    """Return a point on the last of some Bezier curves, t = 0 .. 1 along it.

    >>> on_curve([(0, 0), (0, 0), (2, 2), (2, 2)], 0.5)
    (1.0, 1.0)
    """
    u, (p, q, r, s) = 1 - t, points[-4:]
    weight = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
    x, y = (
        sum(w * c for w, c in zip(weight, axis, strict=True))
        for axis in zip(p, q, r, s, strict=True)
    )
    return x, y


class Taken:
    """Which places of a sheet are taken, by cells of a grid, so that asking is quick."""

    CELL = 64.0

    def __init__(self, rects: Iterable[Rect]) -> None:
        self._cells: dict[tuple[int, int], list[Rect]] = {}
        for rect in rects:
            self.add(rect)

    def _around(self, rect: Rect) -> Iterator[tuple[int, int]]:
        for i in range(int(rect.left // self.CELL), int(rect.right // self.CELL) + 1):
            for j in range(
                int(rect.top // self.CELL), int(rect.bottom // self.CELL) + 1
            ):
                yield i, j

    def add(self, rect: Rect) -> None:
        """Take the place of a rectangle."""
        for cell in self._around(rect):
            self._cells.setdefault(cell, []).append(rect)

    def free(self, rect: Rect) -> bool:
        """Return whether a rectangle touches nothing that was taken."""
        return not any(
            rect.left < other.right
            and other.left < rect.right
            and rect.top < other.bottom
            and other.top < rect.bottom
            for cell in self._around(rect)
            for other in self._cells.get(cell, ())
        )
