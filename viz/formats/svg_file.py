"""What every SVG file has around its picture: who it is, in which colours, with notes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from dendrograd.viz.markup import element, escape, short, text_at
from dendrograd.viz.model.labels import EM, FONT, LINE, SMALL
from dendrograd.viz.model.own import told
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.style import MONO, Theme
from dendrograd.viz.text import columns, num

__all__ = ["description", "remarks", "svg_file", "wrapped"]


def svg_file(
    name: str,
    title: str,
    picture: Picture,
    style: str,
    inside: str,
    size: tuple[float, float],
    theme: Theme,
    *,
    scale: float = 1.0,
    grad: str = "true",
    **role: str,
) -> str:
    """Return the text of a file: title, description, style and background come first.

    `name` is its id, `size` its width and height in its own pixels, which the reader
    sees `scale` times as large.
    """
    width, height = size
    body = "".join(
        [
            element("title", escape(title), id=f"{name}-t"),
            element("desc", escape(description(picture, grad)), id=f"{name}-d"),
            element("style", style),
            element(
                "rect", class_="bg", width=width, height=height, fill=theme.background
            ),
            inside,
        ]
    )
    whole = element(
        "svg",
        body,
        xmlns="http://www.w3.org/2000/svg",
        id=name,
        class_="dendrograd",
        width=math.ceil(scale * width),
        height=math.ceil(scale * height),
        viewBox=f"0 0 {short(width)} {short(height)}",
        **role,
        aria_labelledby=f"{name}-t {name}-d",
        font_family=MONO,
        font_size=FONT,
    )
    return whole + "\n"


def description(picture: Picture, grad: str = "true") -> str:
    """Return the picture in words: the result, and the gradients of what has a label."""
    root = picture.boxes[picture.root]
    about = [f"{len(picture.boxes)} boxes and {len(picture.arrows)} arrows."]
    if root.data is not None:
        about.append(f"The result {root.spoken} is {num(root.data)}.")
    leaves = [
        b
        for b in picture.boxes
        if b.kind == "leaf" and b.label and b.adjoint is not None and told(b, grad)
    ]
    about += [
        f"d {root.term} / d {b.term} = {num(b.adjoint or 0.0)}." for b in leaves[:20]
    ]
    return " ".join(about)


def wrapped(notes: Iterable[str], width: float, size: float = SMALL) -> list[str]:
    """Return the notes in lines that are as wide as the picture, in print of a size."""
    most = max(40, int(width / (EM * size)))
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


def remarks(
    lines: Iterable[str], left: float, top: float, theme: Theme
) -> Iterator[str]:
    """Yield the lines of the notes, one below the other, in small print."""
    for i, line in enumerate(lines):
        yield text_at(
            left, top + LINE * i, line, "remark", font_size=SMALL, fill=theme.muted
        )
