"""The moving picture without a script: an SVG that plays back-propagation in a README.

Style sheets alone move it, so it plays inside `<img>`, where no script may run. What the
file shows without them is the complete picture: whoever asked for reduced motion, and
any viewer that knows no animation, sees the result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dendrograd.viz.formats.arrows import path_data
from dendrograd.viz.formats.drawn import Drawn
from dendrograd.viz.formats.paint import line_kind, stroke, weights
from dendrograd.viz.formats.sheet import KNOWS, either, sheet
from dendrograd.viz.formats.svg import Hosted, svg_body
from dendrograd.viz.formats.svg_file import remarks, svg_file, wrapped
from dendrograd.viz.layout.layered import Layout, Point
from dendrograd.viz.markup import element, rectangle, short, text_at
from dendrograd.viz.model.broken import Marks
from dendrograd.viz.model.labels import EM, LINE, SMALL, Look, rows
from dendrograd.viz.style import DARK, LIGHT, SHADES, Theme, fill, theme_named
from dendrograd.viz.text import columns, num

from .motion import arrivals, motion, timed
from .steps import Steps

__all__ = ["to_loop"]

MARGIN, BAND = 14.0, 56.0  # around the picture; the height of the text below it
SCALE, PAGE = 1.5, 880  # how much it is enlarged, up to the width of a page
TEXT, HIGH = 13, 18  # pixels, of a sentence and of a line of it
FORWARD = "forward: each box computes its number"
BACKWARD = (
    "backward: each arrow hands back its local derivative × the gradient at its tip"
)
DONE = "d {root} / d each leaf, after one pass back"


def to_loop(steps: Steps, drawn: Drawn, title: str, notes: Iterable[str] = ()) -> str:
    """Return the text of an SVG file that plays the steps over and over.

    The notes stand below the arithmetic.
    """
    layout, look = drawn.layout, drawn.look
    theme = theme_named(look.theme)
    seed = f"{title}{steps.steps!r}{look!r}"  # the sheets of two looks go by the id
    prefix = "L" + hashlib.sha256(seed.encode()).hexdigest()[:6]
    wide = max(columns(BACKWARD) * EM * SMALL, layout.width)
    texts = [*(steps.text(step) for step in steps.steps), result(steps)]
    lines = [wrapped([text], wide, TEXT) for text in texts]
    below = wrapped(notes, wide)
    width, top = wide + 2 * MARGIN, layout.height + 2 * MARGIN
    band = BAND + HIGH * (max(map(len, lines)) - 1)
    height = top + band + LINE * len(below)
    parts = [
        moving(steps, drawn, prefix, (width - layout.width) / 2),
        *captions(steps, lines, theme, top),
        *remarks(below, MARGIN, top + band, theme),
        progress(width, height, theme),
    ]
    return svg_file(
        prefix,
        title,
        steps.picture,
        style(steps, layout, look, prefix),
        "".join(parts),
        (width, height),
        theme,
        scale=max(1.0, min(SCALE, PAGE / width)),
        role="img",
    )


def moving(steps: Steps, drawn: Drawn, prefix: str, left: float) -> str:
    """Return the picture with all that appears in it at some step.

    The first inf or nan of its data is ringed.
    """
    layout, look = drawn.layout, drawn.look
    theme, first = theme_named(look.theme), drawn.marks.first
    marks = Marks({kind: box for kind, box in first.items() if kind == "data"})
    host = Hosted(prefix, drawn.paint, {}, {}, marks)
    over = "".join(flows(steps, layout, theme))
    parts = [
        svg_body(steps.picture, layout, look, host, over),
        *rings(steps, layout, theme),
        *sums(steps, layout, look, theme),
    ]
    shift = f"translate({short(left)} {short(MARGIN)})"
    return element("g", "".join(parts), transform=shift)


def style(steps: Steps, layout: Layout, look: Look, prefix: str) -> str:
    """Return the style sheet; nothing moves where the reader wants no motion."""
    course = "".join(motion(steps, layout, timed(steps), prefix))
    return (
        sheet(f"#{prefix}", look.theme)
        + palette(prefix, look.theme)
        + f"@media (prefers-reduced-motion:no-preference){{{course}}}"
    )


def progress(width: float, height: float, theme: Theme) -> str:
    """Return the bar at the lower edge that grows as time goes by."""
    return element(
        "rect",
        class_="progress",
        y=height - 3,
        width=width,
        height=3,
        fill=theme.line,
        opacity=0,
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
            yield rectangle(
                layout.boxes[shown].grown(2.5),
                f"now w{k}",
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
        x, y = rect.left + 8, rect.top + 16 + LINE * line
        hidden = {"fill": theme.ink, "opacity": 0}
        yield text_at(x, y, "grad ·", f"p{box}", **hidden)
        for k in when[:-1]:
            text = f"grad {num(steps.total(steps.steps[k]))}"
            yield text_at(x, y, text, f"q{k}", **hidden)


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


def captions(
    steps: Steps, lines: Sequence[Sequence[str]], theme: Theme, top: float
) -> Iterator[str]:
    """Yield the lines below the picture: the phase, and the sentence of each step.

    The last is that of the complete picture, which is seen where nothing moves.
    """
    root = steps.picture.boxes[steps.picture.root].name
    last = len(lines) - 1
    phases = [
        (FORWARD, "forward", 0),
        (BACKWARD, "backward", 0),
        (DONE.format(root=root), f"w{last}", None),
    ]
    small = {"font_size": SMALL, "fill": theme.muted}
    for text, name, opacity in phases:
        yield spaced(text, f"remark {name}", top + 14, **small, opacity=opacity)
    large = {"font_size": TEXT, "fill": theme.ink}
    for k, sentence in enumerate(lines):
        for i, line in enumerate(sentence):
            seen = 0 if k < last else None
            yield spaced(line, f"w{k}", top + 34 + HIGH * i, **large, opacity=seen)


def spaced(text: str, kind: str, y: float, **look: Any) -> str:
    """Return a text in which spaces beside each other are kept."""
    made = text_at(MARGIN, y, text, kind, **look, xml_space="preserve")
    return made.replace("xml-space", "xml:space")


def palette(prefix: str, theme: str) -> str:
    """Return the colours that change in time, as variables of each theme."""

    def variables(theme: Theme) -> dict[str, str]:
        colours = {name: fill(name, theme) for name in SHADES}
        return colours | {k: stroke(k, theme) for k in ("up", "down", "flat", "bad")}

    def rules(colours: dict[str, str], ink: str) -> str:
        css = "".join(f"--{name}:{colour};" for name, colour in colours.items())
        return f"#{prefix}{{{css}}}#{prefix} .now{{stroke:{ink}}}"

    own = theme_named(theme)
    css = rules(variables(own), own.ink)
    if theme != "auto":
        return css
    dark = variables(DARK)
    both = {k: either(light, dark[k]) for k, light in variables(LIGHT).items()}
    line = either(LIGHT.line, DARK.line)
    return (
        f"{css}{KNOWS}{{{rules(both, either(LIGHT.ink, DARK.ink))}"
        f"#{prefix} .progress{{fill:{line}}}}}"
    )
