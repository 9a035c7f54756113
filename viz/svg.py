"""Charts as SVG text that stands alone: no script, no link, no font to fetch.

The standard library's ElementTree does the escaping. Attributes hold the light colours,
so viewers without CSS are right; a style sheet sets the dark ones where the reader's
system is dark. The background is opaque: a page may be darker than the ink.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from dendrograd.files import write_whole

from .style import DARK, HUES, HUES_ON_DARK, LIGHT, MONO
from .text import clean, clip, columns, one_line

__all__ = ["Canvas", "Chart", "hue", "text_width"]

EM = 0.62  # widest advance of a digit or a letter among the fonts of MONO, in em
DASHES = ("none", "7 3", "2 3", "9 3 2 3", "4 2", "1 2")
PAINTS = {  # class: (attribute, light, dark)
    "background": ("fill", LIGHT.background, DARK.background),
    "ink": ("fill", LIGHT.ink, DARK.ink),
    "muted": ("fill", LIGHT.muted, DARK.muted),
    "zero": ("fill", LIGHT.zero, DARK.zero),
    "axis": ("stroke", LIGHT.line, DARK.line),
    "grid": ("stroke", "#E4E7EB", DARK.zero),
    "edge": ("stroke", LIGHT.background, DARK.background),
    "ring": ("stroke", LIGHT.ink, DARK.ink),
    **{
        f"{attribute}{k}": (attribute, light, dark)
        for k, (light, dark) in enumerate(zip(HUES, HUES_ON_DARK, strict=True))
        for attribute in ("fill", "stroke")
    },
}


@dataclass(frozen=True, slots=True, repr=False)
class Chart:
    """A finished picture: `svg` is the whole file, `description` what it says in words.

    A notebook shows it.

    >>> from dendrograd.viz import loss_curve
    >>> chart = loss_curve({"train": [1.0, 0.5]})
    >>> chart.svg.startswith("<svg")
    True
    """

    svg: str
    title: str
    description: str

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the SVG file, whole or not at all, and return its path."""
        return write_whole(path, self.svg)

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Chart {self.title}: {self.description}>"


class Canvas:
    """An SVG drawing in the making; coordinates are pixels from the top left."""

    def __init__(self, width: float, height: float, title: str, description: str):
        self.title, self.description = one_line(title, 200), clean(description)
        self.width = width
        self.root = ElementTree.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {width:g} {height:g}",
                "width": f"{width:g}",
                "height": f"{height:g}",
                "role": "img",
                "aria-label": f"{self.title}. {self.description}",
                "font-family": MONO,
            },
        )
        ElementTree.SubElement(self.root, "title").text = self.title
        ElementTree.SubElement(self.root, "desc").text = self.description
        ElementTree.SubElement(self.root, "style").text = _dark_rules()
        self.add("rect", "background", width=width, height=height)

    def add(
        self, shape: str, paint: str, **attributes: str | float
    ) -> ElementTree.Element:
        """Draw a shape; `paint` names classes, and what they do not fill is empty."""
        given = {"fill": "none"}
        for name in paint.split():
            attribute, light, _ = PAINTS[name]
            given[attribute] = light
        given["class"] = " ".join(f"dg-{name}" for name in paint.split())
        for key, value in attributes.items():
            text = value if isinstance(value, str) else _short(value)
            given[key.replace("_", "-")] = text
        return ElementTree.SubElement(self.root, shape, given)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        paint: str = "ink",
        size: float = 11,
        anchor: str = "start",
        most: int = 80,
        **attributes: str | float,
    ) -> None:
        """Write one line of at most `most` columns with its baseline at y."""
        line = self.add(
            "text",
            paint,
            x=x,
            y=y,
            font_size=size,
            text_anchor=anchor,
            **attributes,
        )
        line.text = clip(" ".join(clean(text).split()), most)

    def heading(self, summary: str = "") -> None:
        """Write the title, and a line of summary below it."""
        room = self.width - 16
        most = int(room / text_width("0", 13))
        self.text(8, 22, self.title, size=13, most=most, font_weight="bold")
        if summary:
            most = int(room / text_width("0"))
            self.text(8, 42, summary, paint="muted", most=most)

    def line(self, kind: int, points: Sequence[tuple[float, float]]) -> None:
        """Draw the line of a series: its dash tells it without colour."""
        dash = DASHES[kind % len(DASHES)]
        self.add(
            "path",
            hue("stroke", kind),
            d="M" + "L".join([f"{x:.2f} {y:.2f}" for x, y in points]),
            stroke_width=2,
            stroke_linejoin="round",
            stroke_dasharray=dash,
        )

    def cross(self, kind: int, x: float, y: float) -> None:
        """Draw where a point of a series has no place."""
        d = f"M{x - 4:.2f} {y - 4:.2f}l8 8m0 -8l-8 8"
        self.add("path", hue("stroke", kind), d=d, stroke_width=2)

    def mark(self, kind: int, x: float, y: float, size: float = 3.5) -> None:
        """Draw the mark of a series or a class: its shape tells it without colour."""
        d = f"M{_short(x)} {_short(y)}{_outline(kind, size)}"
        self.add("path", f"{hue('fill', kind)} edge", d=d)

    def chart(self) -> Chart:
        """Return the finished picture."""
        ElementTree.indent(self.root, " ")
        svg = ElementTree.tostring(self.root, encoding="unicode") + "\n"
        return Chart(svg, self.title, self.description)


def hue(attribute: str, kind: int) -> str:
    """Return the paint of a series or a class: its hue as "fill" or "stroke"."""
    return f"{attribute}{kind % len(HUES)}"


def text_width(text: str, size: float = 11) -> float:
    """Return an upper bound of a line's width in pixels."""
    return columns(text) * EM * size


def _short(x: float) -> str:
    return f"{x:.2f}".rstrip("0").removesuffix(".")


def _dark_rules() -> str:
    rules = "".join(
        f".dg-{name}{{{attribute}:{dark}}}"
        for name, (attribute, _, dark) in PAINTS.items()
    )
    return f"@media (prefers-color-scheme:dark){{{rules}}}"


def _outline(kind: int, r: float) -> str:
    """Return the path of a mark around the current point: five shapes in turn."""
    d, low, high = 1.4 * r, 1.3 * r, 2.2 * r
    return (
        f"m{-r:g} 0a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0z",
        f"m{-r:g} {-r:g}h{2 * r:g}v{2 * r:g}h{-2 * r:g}z",
        f"m0 {-low:g}l{low:g} {high:g}h{-2 * low:g}z",
        f"m0 {-d:g}l{d:g} {d:g}l{-d:g} {d:g}l{-d:g} {-d:g}z",
        f"m0 {low:g}l{low:g} {-high:g}h{-2 * low:g}z",
    )[kind % 5]
