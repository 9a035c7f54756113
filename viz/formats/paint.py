"""The tint of each box of a picture and the width of each line, by the numbers that colour it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dendrograd.viz.model.colours import STATEMENT, Amounts
from dendrograd.viz.model.picture import Arrow, Picture
from dendrograd.viz.style import Theme, of_class, shade

__all__ = ["Paint", "line_kind", "painted", "stroke", "weights", "widths"]

THIN, THICK = 0.9, 3.0  # pixels, of the smallest and the largest
DECADES = 4  # between them


def line_kind(amount: float) -> str:
    """Return the class of a line: up, down, flat, or bad where it is not finite.

    >>> [line_kind(c) for c in (2.0, -1.0, 0.0, math.nan)]
    ['up', 'down', 'flat', 'bad']
    """
    if not math.isfinite(amount):
        return "bad"
    return "flat" if amount == 0 else "up" if amount > 0 else "down"


def stroke(kind: str, theme: Theme) -> str:
    """Return the colour of a line of this class."""
    return {
        "up": theme.blue,
        "down": theme.orange,
        "flat": theme.line,
        "bad": theme.purple,
    }[kind]


def widths(amounts: Iterable[float]) -> Callable[[float], float]:
    """Return a function amount -> width of a line."""
    top = max([abs(x) for x in amounts if math.isfinite(x)], default=0.0)

    def width(amount: float) -> float:
        if not amount or not math.isfinite(amount) or not top:
            return THIN
        share = 1 + (math.log10(abs(amount)) - math.log10(top)) / DECADES
        return THIN + (THICK - THIN) * max(0.0, min(1.0, share))

    return width


def weights(arrows: Iterable[Arrow]) -> Callable[[float], float]:
    """Return a function contribution -> width of a line."""
    return widths([arrow.contribution for arrow in arrows])


@dataclass(frozen=True, slots=True)
class Paint:
    """How the boxes and the lines of a picture are painted.

    step   the tint of a number, and width that of a line, which pictures of one page share
    tells  for some arrows what they hand on and data times what they contribute, where a page
           cannot know it from the box that they leave
    """

    amounts: Amounts
    step: Callable[[float], str]
    width: Callable[[float], float]
    tells: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    def tint(self, box: int) -> str:
        """Return the tint of a box."""
        amount = self.amounts.of_box(box)
        return "zero" if amount is None else self.step(amount)


def painted(pictures: Sequence[Picture], amounts: Sequence[Amounts]) -> list[Paint]:
    """Return how some pictures are painted, on one scale."""
    shown = [
        x
        for picture, some in zip(pictures, amounts, strict=True)
        for box, x in zip(picture.boxes, some.boxes, strict=True)
        if x is not None and box.kind != "port"
    ]
    by_class = bool(amounts) and amounts[0].color == STATEMENT
    step = of_class if by_class else shade(shown)
    width = widths([x for some in amounts for x in some.arrows])
    return [Paint(some, step, width) for some in amounts]
