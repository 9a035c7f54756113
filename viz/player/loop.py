"""The moving picture without a script: an SVG that plays back-propagation in a README.

Style sheets alone move it, so it plays inside `<img>`, where no script may run. What the
file shows without them is the complete picture: whoever asked for reduced motion, and
any viewer that knows no animation, sees the result.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator

from dendrograd.viz.formats.arrows import line_kind, path_data, stroke, weights
from dendrograd.viz.formats.sheet import sheet
from dendrograd.viz.formats.svg import alone, description, svg_body, wrapped
from dendrograd.viz.layout.layered import Layout, Point
from dendrograd.viz.markup import element, escape, short
from dendrograd.viz.model.labels import EM, FONT, LINE, SMALL, Look, rows
from dendrograd.viz.style import DARK, LIGHT, MONO, SHADES, Theme, fill
from dendrograd.viz.text import columns, num

from .motion import arrivals, motion, timed
from .steps import Steps

__all__ = ["to_loop"]

MARGIN, BAND = 14.0, 56.0  # around the picture; the height of the text below it
SCALE, PAGE = 1.5, 880  # how much it is enlarged, up to the width of a page
TEXT = 13  # pixels, of the arithmetic
FORWARD = "forward: each box computes its number"
BACKWARD = (
    "backward: each arrow hands back its local derivative × the gradient at its tip"
)
DONE = "d {root} / d each leaf, after one pass back"


def to_loop(
    steps: Steps, layout: Layout, look: Look, title: str, notes: Iterable[str] = ()
) -> str:
    """Return the text of an SVG file that plays the steps over and over.

    The notes stand below the arithmetic.
    """
    theme = DARK if look.theme == "dark" else LIGHT
    clock = timed(steps)
    seed = f"{title}{steps.steps!r}{look!r}"  # the sheets of two looks go by the id
    prefix = "L" + hashlib.sha256(seed.encode()).hexdigest()[:6]
    lines = [steps.text(step) for step in steps.steps]
    last = result(steps)
    wide = max(columns(line) for line in [*lines, last]) * EM * TEXT
    wide = max(wide, columns(BACKWARD) * EM * SMALL, layout.width)
    told = wrapped(notes, wide)
    band = BAND + LINE * len(told)
    width, height = wide + 2 * MARGIN, layout.height + 2 * MARGIN + band
    left = (width - layout.width) / 2
    inside = element(
        "g",
        svg_body(
            steps.picture,
            layout,
            look,
            alone(steps.picture, prefix),
            "".join(flows(steps, layout, theme)),
        )
        + "".join(rings(steps, layout, theme))
        + "".join(sums(steps, layout, look, theme)),
        transform=f"translate({short(left)} {short(MARGIN)})",
    )
    words = "".join(texts(steps, lines, last, theme, height - band))
    words += "".join(remarks(told, theme, height - band + BAND))
    style = sheet(f"#{prefix}", look.theme) + palette(prefix, look.theme)
    style += "@media (prefers-reduced-motion:no-preference){"
    style += "".join(motion(steps, layout, clock, prefix)) + "}"
    body = "".join(
        [
            element("title", escape(title), id=f"{prefix}-t"),
            element("desc", escape(description(steps.picture)), id=f"{prefix}-d"),
            element("style", style),
            element(
                "rect", class_="bg", width=width, height=height, fill=theme.background
            ),
            inside,
            words,
            element(
                "rect",
                class_="progress",
                y=height - 3,
                width=width,
                height=3,
                fill=theme.line,
                opacity=0,
            ),
        ]
    )
    scale = max(1.0, min(SCALE, PAGE / width))
    return (
        element(
            "svg",
            body,
            xmlns="http://www.w3.org/2000/svg",
            id=prefix,
            class_="dendrograd",
            width=math.ceil(scale * width),
            height=math.ceil(scale * height),
            viewBox=f"0 0 {short(width)} {short(height)}",
            role="img",
            aria_labelledby=f"{prefix}-t {prefix}-d",
            font_family=MONO,
            font_size=FONT,
        )
        + "\n"
    )


def result(steps: Steps) -> str:
    """Return what stands below the complete picture: the gradient of each leaf."""
    leaves = [
        f"{box.name}.grad = {num(box.adjoint)}"
        for box in steps.picture.boxes
        if box.kind == "leaf" and box.adjoint is not None
    ]
    more = ["…"] if len(leaves) > 6 else []
    return "   ".join(leaves[:6] + more)


def flows(steps: Steps, layout: Layout, theme: Theme) -> Iterator[str]:
    """Yield the gradients that run back along their arrows."""
    arrows = steps.picture.arrows
    width = weights(arrows)
    for k, step in enumerate(steps.steps):
        if step.arrow >= 0:
            term = arrows[step.arrow].contribution
            yield element(
                "path",
                d=path_data(route(layout, step.arrow)),
                pathLength=1,
                class_=f"flow {line_kind(term)} o{k}",
                fill="none",
                stroke=stroke(line_kind(term), theme),
                stroke_width=width(term) + 4,
                stroke_dasharray="1 1",
                opacity=0,
            )


def rings(steps: Steps, layout: Layout, theme: Theme) -> Iterator[str]:
    """Yield a ring around what each step computes."""
    for k, step in enumerate(steps.steps):
        shown = step.gains if step.phase == "backward" else step.box
        if shown >= 0:
            rect = layout.boxes[shown]
            yield element(
                "rect",
                class_=f"now w{k}",
                x=rect.left - 2.5,
                y=rect.top - 2.5,
                width=rect.width + 5,
                height=rect.height + 5,
                rx=5,
                fill="none",
                stroke=theme.ink,
                stroke_width=2.5,
                opacity=0,
            )


def sums(steps: Steps, layout: Layout, look: Look, theme: Theme) -> Iterator[str]:
    """Yield the partial sums, each in the place of the whole gradient of its box."""
    for box, when in arrivals(steps).items():
        kinds = [row.kind for row in rows(steps.picture.boxes[box], look)]
        if "grad" not in kinds:
            continue
        rect, line = layout.boxes[box], kinds.index("grad") + 1
        texts = [(f"p{box}", "·")]
        texts += [(f"q{k}", num(steps.total(steps.steps[k]))) for k in when[:-1]]
        for name, text in texts:
            yield element(
                "text",
                f"grad {text}",
                class_=name,
                x=rect.left + 8,
                y=rect.top + 16 + LINE * line,
                fill=theme.ink,
                opacity=0,
            )


def route(layout: Layout, arrow: int) -> list[Point]:
    """Return the whole line of an arrow, along the pieces that it shares with others."""
    pieces = {s.points[0]: s for s in layout.segments if arrow in s.arrows}
    ends = {s.points[-1] for s in pieces.values()}
    at = next((start for start in pieces if start not in ends), next(iter(pieces)))
    points = [at]
    while at in pieces:
        piece = pieces.pop(at)
        points += piece.points[1:]
        at = piece.points[-1]
    return points


def texts(
    steps: Steps, lines: Iterable[str], last: str, theme: Theme, top: float
) -> Iterator[str]:
    """Yield the lines below the picture: the phase, and the arithmetic of each step."""

    def line(text: str, name: str, y: float, size: int, hidden: bool) -> str:
        small = size == SMALL
        return element(
            "text",
            escape(text),
            class_=f"remark {name}" if small else name,
            x=MARGIN,
            y=y,
            font_size=size,
            fill=theme.muted if small else theme.ink,
            opacity=0 if hidden else None,
            xml_space="preserve",
        ).replace("xml-space", "xml:space")

    root = steps.picture.boxes[steps.picture.root].name
    yield line(FORWARD, "forward", top + 14, SMALL, True)
    yield line(BACKWARD, "backward", top + 14, SMALL, True)
    yield line(DONE.format(root=root), f"w{len(steps.steps)}", top + 14, SMALL, False)
    for k, text in enumerate(lines):
        yield line(text, f"w{k}", top + 34, TEXT, True)
    yield line(last, f"w{len(steps.steps)}", top + 34, TEXT, False)


def remarks(lines: Iterable[str], theme: Theme, top: float) -> Iterator[str]:
    """Yield the lines of the notes, which do not move."""
    for i, line in enumerate(lines):
        yield element(
            "text",
            escape(line),
            class_="remark",
            x=MARGIN,
            y=top + LINE * i,
            font_size=SMALL,
            fill=theme.muted,
        )


def palette(prefix: str, theme: str) -> str:
    """Return the colours that change in time, as variables of each theme."""

    def variables(theme: Theme) -> str:
        colours = {name: fill(name, theme) for name in SHADES}
        colours |= {k: stroke(k, theme) for k in ("up", "down", "flat", "bad")}
        return "".join(f"--{name}:{colour};" for name, colour in colours.items())

    own = variables(DARK if theme == "dark" else LIGHT)
    css = f"#{prefix}{{{own}}}#{prefix} .now{{stroke:{(DARK if theme == 'dark' else LIGHT).ink}}}"
    if theme != "auto":
        return css
    dark = f"#{prefix}{{{variables(DARK)}}}#{prefix} .now{{stroke:{DARK.ink}}}"
    return f"{css}@media (prefers-color-scheme:dark){{{dark}#{prefix} .progress{{fill:{DARK.line}}}}}"
