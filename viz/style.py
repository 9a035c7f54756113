"""The visual language, and nothing that draws.

In a tree, hue means one thing only: the sign of the gradient (blue positive,
vermillion negative, grey zero, purple no number), and depth of tint its size. In a
chart, hue tells series or classes apart, never alone: a dash, a mark or a label on the
spot says the same. The colours are those of Okabe and Ito, "Color Universal Design"
(2008), which readers with any colour vision tell apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["DARK", "HUES", "LIGHT", "MONO", "Theme", "fill", "shade"]

MONO = "ui-monospace,DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace"
# Of charts. Each has a contrast of 3 on white (WCAG 2.1, 1.4.11), so the orange is
# darker than Okabe and Ito's; grey stands for their sky blue.
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#AA7A00", "#7F7F7F")


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours on one background; `ramp` holds the four strengths of a tint."""

    background: str
    ink: str
    muted: str
    line: str
    zero: str
    positive: str
    negative: str
    broken: str
    ramp: tuple[float, float, float, float]


LIGHT = Theme(
    background="#FFFFFF",
    ink="#1B1F24",
    muted="#57606A",
    line="#8C959F",
    zero="#F3F4F6",
    positive="#0072B2",
    negative="#D55E00",
    broken="#CC79A7",
    ramp=(0.10, 0.22, 0.36, 0.52),
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
    ramp=(0.18, 0.30, 0.45, 0.60),
)


def shade(values: Iterable[float]) -> Callable[[float], str]:
    """Return a function value -> "zero", "broken", or "positive0" .. "negative3".

    The four steps share log |value| from max/1e4 to max, so one outlier does not wash
    out the rest.

    >>> step = shade([100.0, -0.1, 0.0])
    >>> step(100.0), step(-0.1), step(0.0)
    ('positive3', 'negative1', 'zero')
    """
    top = max((abs(v) for v in values if math.isfinite(v)), default=0.0)

    def name(value: float) -> str:
        if not math.isfinite(value):
            return "broken"
        if value == 0:
            return "zero"
        decades = math.log10(top) - math.log10(abs(value))
        step = max(0, min(3, int(4 - decades)))
        return f"{'positive' if value > 0 else 'negative'}{step}"

    return name


def fill(name: str, theme: Theme = LIGHT) -> str:
    """Return the colour of a box whose value has this shade.

    >>> fill("positive0"), fill("zero")
    ('#E6F1F7', '#F3F4F6')
    """
    if name in ("zero", "broken"):
        return str(getattr(theme, name))
    hue = theme.positive if name.startswith("positive") else theme.negative
    share = theme.ramp[int(name[-1])]
    pairs = (
        (int(theme.background[i : i + 2], 16), int(hue[i : i + 2], 16))
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02X}" for a, b in pairs)
