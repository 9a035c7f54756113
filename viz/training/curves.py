"""The charts of a report: matplotlib's, as SVG inside a page, light and dark.

Each is a piece of SVG that shares a page with others: ids have a prefix of their own,
and colours are CSS variables, which the page sets for either theme. No text of a user
is drawn by matplotlib; names stand in the page, as `key` makes them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.errors import MissingToolError
from dendrograd.viz.markup import element, escape
from dendrograd.viz.style import DARK, HUES, LIGHT
from dendrograd.viz.text import num

from .charts import DASHES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["COLOURS", "bands", "key", "lines", "thinned"]

DARK_HUES = ("#4FA8DB", "#F08A3C", "#2DBE8D", "#D58FB8", "#D9A520", "#A0A7AF")
COLOURS = {  # CSS variable: (the colour in light, in the dark)
    "--ink": (LIGHT.ink, DARK.ink),
    "--line": (LIGHT.line, DARK.line),
    **{f"--hue{i}": pair for i, pair in enumerate(zip(HUES, DARK_HUES, strict=True))},
}
NAMED = {light.lower(): name for name, (light, _) in COLOURS.items()}
SHARES = (0.14, 0.26, 0.40)  # of ink in a band, the widest first
POINTS = 200  # of a curve: more do not show
DECADES = 1.5  # from which on an axis is logarithmic
STYLE = {
    "svg.hashsalt": "dendrograd",  # ids that do not change from run to run
    "svg.fonttype": "none",  # text stays text, for eyes and for screen readers
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.color": LIGHT.ink,
    "axes.labelcolor": LIGHT.ink,
    "axes.edgecolor": LIGHT.line,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": LIGHT.line,
    "ytick.color": LIGHT.line,
    "xtick.labelcolor": LIGHT.ink,
    "ytick.labelcolor": LIGHT.ink,
    "grid.color": LIGHT.line,
    "grid.alpha": 0.3,
    "axes.grid": True,
}
Array = NDArray[np.float64]


def lines(
    xs: Sequence[float],
    curves: Sequence[Sequence[float]],
    label: str,
    prefix: str,
    xlabel: str,
) -> str:
    """Return a chart with a curve for each row, a gap where one is not finite."""
    kept = thinned(len(xs))

    def draw(ax: Axes) -> None:
        for kind, ys in enumerate(curves):
            ax.plot(
                np.asarray(xs, dtype=float)[kept],
                _finite(np.asarray(ys, dtype=float)[kept]),
                color=HUES[kind % len(HUES)],
                linestyle=DASHES[kind % len(DASHES)],
                marker="o" if len(kept) <= 2 or not np.isfinite(ys).all() else "",
                markersize=3,
            )
        if _spread(np.asarray(curves, dtype=float)) > DECADES:
            ax.set_yscale("log")

    return _svg(draw, (8.4, 2.5), label, prefix, xlabel)


def bands(
    xs: Sequence[float],
    quantiles: Array,
    hue: int,
    label: str,
    prefix: str,
    xlabel: str,
) -> str:
    """Return a chart of a distribution over time.

    A row of `quantiles` is an odd number of them, ascending; the outer ones bound a faint
    band, the next a stronger one, and the middle one is a line.
    """
    kept = thinned(len(xs))
    rows = _finite(quantiles[kept])
    where, middle = np.asarray(xs, dtype=float)[kept], quantiles.shape[1] // 2

    def draw(ax: Axes) -> None:
        for i, share in zip(range(middle), SHARES, strict=True):
            low, high = rows[:, i], rows[:, -1 - i]
            ax.fill_between(where, low, high, color=HUES[hue], alpha=share, lw=0)
        mark = "o" if len(kept) <= 2 else ""
        ax.plot(where, rows[:, middle], color=HUES[hue], marker=mark, markersize=3)

    return _svg(draw, (4.1, 1.7), label, prefix, xlabel)


def key(names: Sequence[str]) -> str:
    """Return the names of curves, each behind a piece of its line, as HTML.

    >>> key(["a", "<b>"]).count("&lt;b&gt;")
    1
    """
    dashes = {"-": None, "--": "6 3", ":": "1.5 3", "-.": "7 3 1.5 3"}
    entries = []
    for kind, name in enumerate(names):
        line = element(
            "path",
            d="M0 5H26",
            fill="none",
            stroke_width=2,
            style=f"stroke:var(--hue{kind % len(HUES)})",
            stroke_dasharray=dashes[DASHES[kind % len(DASHES)]],
        )
        sample = element("svg", line, width=26, height=10, aria_hidden="true")
        entries.append(element("li", f"{sample} {escape(name)}"))
    return element("ul", "".join(entries), class_="key")


def thinned(count: int) -> list[int]:
    """Return which of so many points are drawn: the last, and others evenly.

    >>> thinned(3), len(thinned(1000)), thinned(1000)[-1]
    ([0, 1, 2], 200, 999)
    """
    if count <= POINTS:
        return list(range(count))
    return [round(i * (count - 1) / (POINTS - 1)) for i in range(POINTS)]


def _finite(ys: Array) -> Array:
    return np.where(np.isfinite(ys), ys, np.nan)


def _spread(ys: Array) -> float:
    """Return how many decades numbers span, 0 if one of them is not positive."""
    sizes = ys[np.isfinite(ys)]
    if not sizes.size or sizes.min() <= 0.0:
        return 0.0
    return math.log10(sizes.max() / sizes.min())


def _svg(
    draw: Callable[[Axes], None],
    size: tuple[float, float],
    label: str,
    prefix: str,
    xlabel: str,
) -> str:
    """Return the SVG element of a chart; MissingToolError where matplotlib is missing."""
    try:
        module = import_module("matplotlib.figure")
        style: Any = import_module("matplotlib.style")
        ticker: Any = import_module("matplotlib.ticker")
    except ImportError:
        raise MissingToolError(
            "TrainingReport needs matplotlib, which is not installed; "
            "in a clone, pip install '.[plot]'"
        ) from None
    context: AbstractContextManager[None] = style.context(["default", STYLE])
    with context:  # whatever style the user has chosen
        figure = module.Figure(figsize=size)
        margins = {"left": 0.62 / size[0], "right": 1 - 0.1 / size[0]}
        figure.subplots_adjust(**margins, bottom=0.45 / size[1], top=1 - 0.1 / size[1])
        ax = figure.subplots()
        draw(ax)
        ax.set_xlabel(xlabel)
        ax.locator_params(axis="x", integer=True, nbins=6)
        ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: num(y)))
        ax.yaxis.set_minor_formatter(ticker.NullFormatter())
        figure.patch.set_visible(False)
        ax.patch.set_visible(False)
        file = StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return _fitted(file.getvalue(), label, prefix)


def _fitted(text: str, label: str, prefix: str) -> str:
    """Return a chart as an element that gets along with others in one page."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'((?: id="|"#|url\(#))', rf"\g<1>{prefix}-", text)
    text = re.sub(r"#[0-9a-f]{6}\b", _variable, text)
    head_tag = re.match(r"<svg\b[^>]*>", text)
    box = (
        re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', head_tag[0]) if head_tag else None
    )
    if head_tag is None or box is None:
        raise ValueError("matplotlib wrote an SVG without a view box")
    names: Mapping[str, object] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "xmlns:xlink": "http://www.w3.org/1999/xlink",
        "viewBox": f"0 0 {box[1]} {box[2]}",
        "width": f"{float(box[1]) * 4 / 3:.0f}",
        "class": "chart",
        "role": "img",
        "aria-label": label,
    }
    head = "<svg" + "".join(f' {k}="{escape(v)}"' for k, v in names.items()) + ">"
    return head + re.sub(r"\s*\n\s*", " ", text[head_tag.end() :]).strip()


def _variable(colour: re.Match[str]) -> str:
    """Return a colour as the page's variable, so that the dark theme can change it."""
    name = NAMED.get(colour[0])
    return f"var({name},{colour[0]})" if name else colour[0]
