"""The visual language, and nothing that draws.

In a tree, hue means one thing only: the sign of the gradient (blue positive,
orange-red negative, grey zero, purple no number), and depth of tint its size beside the
other gradients of the picture. In the tree of a rolled function it tells statements apart,
whose names stand in the boxes. In a
chart, hue tells series or classes apart, never alone: a dash, a mark or a label on the
spot says the same. The colours are those of Okabe and Ito, "Color Universal Design"
(2008), which readers with any colour vision tell apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = [
    "CLASSES",
    "DARK",
    "HUES",
    "LIGHT",
    "MONO",
    "SHADES",
    "Theme",
    "fill",
    "of_class",
    "shade",
    "theme_named",
]

STEPS = 5  # of a tint
NARROWEST = 0.5  # decades on each side of the median; nearly equal values look alike
SHADES = (  # what a box may have
    "zero",
    "broken",
    *(f"positive{i}" for i in range(STEPS)),
    *(f"negative{i}" for i in range(STEPS)),
)
MONO = "ui-monospace,DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace"
# Of charts. Each has a contrast of 3 on white (WCAG 2.1, 1.4.11), so the orange is
# darker than Okabe and Ito's; grey stands for their sky blue.
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#AA7A00", "#7F7F7F")
# Of boxes by what computes them: each hue but grey, first strong and then faint.
CLASSES = tuple([f"class{i}" for i in range(2 * len(HUES[:-1]))])
SHARES = 3, 1  # their steps on the ramp of a theme


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours on one background; `ramp` holds the five strengths of a tint.

    `blue` and `orange` are those of an arrow: a thin line needs more contrast than a
    tint behind text, on a dark page.
    """

    background: str
    ink: str
    muted: str
    line: str
    zero: str
    positive: str
    negative: str
    broken: str
    frame: str
    blue: str
    orange: str
    purple: str
    ramp: tuple[float, float, float, float, float]


LIGHT = Theme(
    background="#FFFFFF",
    ink="#1B1F24",
    muted="#57606A",
    line="#8C959F",
    zero="#F3F4F6",
    positive="#0072B2",
    negative="#D55E00",
    broken="#CC79A7",
    frame="#F6F8FA",
    blue="#0072B2",
    orange="#D55E00",
    purple="#CC79A7",
    ramp=(0.08, 0.18, 0.29, 0.41, 0.55),
)
DARK = Theme(
    background="#0D1117",
    ink="#F0F3F6",
    muted="#9DA7B1",
    line="#6E7781",
    zero="#21262D",
    positive="#0072B2",
    negative="#D55E00",
    broken="#8E3B6C",
    frame="#161B22",
    blue="#4FA8DB",
    orange="#F08A3C",
    purple="#D58FB8",
    ramp=(0.16, 0.28, 0.40, 0.52, 0.64),
)


def theme_named(name: str) -> Theme:
    """Return the colours of a file's own attributes: dark ones only for "dark".

    With "auto" a style sheet overrides the light ones where what is around is dark.
    """
    return DARK if name == "dark" else LIGHT


def shade(values: Iterable[float]) -> Callable[[float], str]:
    """Return a function value -> "zero", "broken", or "positive0" .. "negative4".

    The five steps share log |value| evenly, with the median in the middle of the third,
    and reach as far as nine of ten values do: most boxes of a tree would have the same
    tint on a scale that began at the largest, and one outlier would wash out the rest.

    >>> step = shade([100.0, 1.0, -0.01, 0.0])
    >>> step(100.0), step(1.0), step(-0.01), step(0.0)
    ('positive4', 'positive2', 'negative0', 'zero')
    """
    sizes = sorted(math.log10(abs(v)) for v in values if v and math.isfinite(v))
    middle = sizes[len(sizes) // 2] if sizes else 0.0
    away = sorted(abs(size - middle) for size in sizes)
    reach = max(away[(9 * len(away) - 1) // 10] if away else 0.0, NARROWEST)

    def name(value: float) -> str:
        if not math.isfinite(value):
            return "broken"
        if value == 0:
            return "zero"
        place = (math.log10(abs(value)) - middle) / reach  # -1 .. 1
        step = max(0, min(STEPS - 1, math.floor((place + 1) / 2 * STEPS)))
        return f"{'positive' if value > 0 else 'negative'}{step}"

    return name


def of_class(number: float) -> str:
    """Return the shade of a class of alike nodes; past so many they begin anew.

    >>> of_class(0), of_class(13)
    ('class0', 'class3')
    """
    return CLASSES[int(number) % len(CLASSES)]


def fill(name: str, theme: Theme = LIGHT) -> str:
    """Return the colour of a box whose value has this shade.

    >>> fill("positive0"), fill("zero")
    ('#EBF4F9', '#F3F4F6')
    """
    if name in ("zero", "broken"):
        return str(getattr(theme, name))
    if name in CLASSES:
        again, at = divmod(CLASSES.index(name), len(HUES) - 1)
        hue, share = HUES[at], theme.ramp[SHARES[again]]
    else:
        hue = theme.positive if name.startswith("positive") else theme.negative
        share = theme.ramp[int(name[-1])]
    pairs = (
        (int(theme.background[i : i + 2], 16), int(hue[i : i + 2], 16))
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02X}" for a, b in pairs)
