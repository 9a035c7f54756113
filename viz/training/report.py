"""The page of a training report: one HTML file without a script, light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dendrograd import Value
from dendrograd.viz.draw import draw
from dendrograd.viz.markup import element, escape
from dendrograd.viz.model.layers import Layer
from dendrograd.viz.page.document import document
from dendrograd.viz.style import DARK, LIGHT
from dendrograd.viz.text import num, one_line

from .curves import COLOURS, bands, key, lines, thinned

if TYPE_CHECKING:
    from .training import TrainingReport

__all__ = ["to_html"]

MOST = 12  # layers that are drawn: more curves no dash and hue tell apart
OTHERS = ("test_", "validation_")  # what `fit` calls figures of rows not trained on
FONT = "system-ui,-apple-system,Segoe UI,Roboto,DejaVu Sans,sans-serif"


def to_html(report: TrainingReport, losses: Sequence[Value], title: str) -> str:
    """Return the page; it loads nothing and runs nothing."""
    name = one_line(title, 100) or "Training report"
    sections = [
        _section("What stands out", _sentences(report.findings(losses))),
        *(_figures(report) if report.history else ()),
        *(_comparisons(report) if report.history else ()),
        *(_layers(report) if report.history else ()),
        *(_sample(losses[0]) if losses else ()),
    ]
    body = element(
        "main",
        element("h1", escape(name))
        + element("p", escape(_summary(report)), class_="about")
        + "".join(sections),
    )
    return document(name, _style(), body)


def _summary(report: TrainingReport) -> str:
    """Return what was watched, in a sentence."""
    size = f"{len(report.parameters):,} parameters in {len(report.layers)} layers"
    return f"{report.name}: {size}, {len(report.history):,} {report.axis[0]}s."


def _section(title: str, inside: str) -> str:
    return element("section", element("h2", escape(title)) + inside)


def _sentences(sentences: Sequence[str]) -> str:
    return element("ul", "".join(element("li", escape(text)) for text in sentences))


def _figures(report: TrainingReport) -> Iterator[str]:
    """Yield the charts of what was recorded, those of training and test rows in one."""
    axis, xs = report.axis
    for number, (title, group) in enumerate(_groups(report).items()):
        curves = [[record.get(n, np.nan) for record in report.history] for n in group]
        names = [one_line(name, 40) for name in group]
        ends = [f"{n} ends at {num(c[-1])}" for n, c in zip(names, curves, strict=True)]
        label = f"{one_line(title, 40)} by {axis}: {', '.join(ends)}"
        chart = lines(xs, curves, label, f"f{number}", axis)
        yield _section(_title(title), _chart(chart, key(names)))


def _comparisons(report: TrainingReport) -> Iterator[str]:
    """Yield a chart of the gradients of all layers, and one of their steps."""
    axis, xs = report.axis
    names = [one_line(layer.name, 40) for layer in report.layers[:MOST]]
    steps = (
        f"How far the weights of a layer moved since the {axis} before, by their size."
    )
    for title, attribute, about in (
        ("Gradients", "size", "Root mean square of the gradients of a layer."),
        ("Steps", "change", steps),
    ):
        curves = [
            [getattr(row[i], attribute) for row in report.snapshots]
            for i in range(len(names))
        ]
        chart = lines(xs, curves, f"{title} of layers by {axis}", attribute, axis)
        inside = element("p", escape(about)) + _chart(chart, key(names))
        yield _section(f"{title}, layer by layer", inside)


def _groups(report: TrainingReport) -> dict[str, list[str]]:
    """Return the names of figures by chart: "test_loss" is drawn beside "loss"."""
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys(n for record in report.history for n in record):
        if name != "epoch":
            start = next((o for o in OTHERS if name.startswith(o)), "")
            groups.setdefault(name.removeprefix(start), []).append(name)
    return groups


def _title(name: str) -> str:
    text = one_line(name.replace("_", " "), 40)
    return text[:1].upper() + text[1:] or "without a name"


def _chart(chart: str, names: str) -> str:
    return element("div", chart + names, class_="wide")


def _layers(report: TrainingReport) -> Iterator[str]:
    """Yield the distributions of gradients and weights over time, a row per layer."""
    axis, xs = report.axis
    rows = [
        _layer(report, i, layer, axis, xs)
        for i, layer in enumerate(report.layers[:MOST])
    ]
    about = [
        "The dark band holds the middle half of the values, the light one 90%, the palest "
        + "all; the line is the median."
    ]
    if len(rows) < len(report.layers):
        about.append(f"{len(report.layers) - len(rows)} more layers are not drawn.")
    if len(thinned(len(xs))) < len(xs):
        about.append(f"Some of the {len(xs):,} {axis}s are drawn.")
    yield _section(
        "Distributions over time", element("p", escape(" ".join(about))) + "".join(rows)
    )


def _layer(
    report: TrainingReport, i: int, layer: Layer, axis: str, xs: Sequence[float]
) -> str:
    """Return the two charts of a layer with its name."""
    charts = []
    for hue, attribute in enumerate(("gradients", "weights")):
        rows = np.array([getattr(row[i], attribute) for row in report.snapshots])
        name = one_line(layer.name, 40)
        median = num(float(rows[-1, rows.shape[1] // 2]))
        label = f"{attribute} of {name} by {axis}: the median ends at {median}"
        chart = bands(xs, rows, hue, label, f"l{i}{attribute[0]}", axis)
        caption = element("figcaption", attribute)
        charts.append(element("figure", caption + chart))
    about = f"{len(layer.parameters):,} parameters"
    kind = f"{one_line(layer.kind, 60)}, {about}" if layer.kind else about
    return (
        element("h3", escape(one_line(layer.name, 40) or "without a name"))
        + element("p", escape(kind), class_="about")
        + element("div", "".join(charts), class_="pair")
    )


def _sample(loss: Value) -> Iterator[str]:
    """Yield the folded tree of one sample."""
    diagram = draw(loss, grad="true")
    about = (
        "How one loss was computed. A box shows data and gradient; arrows carry local "
        "derivatives, blue where they add to a gradient and dashed where they take from it."
    )
    tree = element(
        "div",
        diagram.svg,
        class_="tree",
        tabindex=0,
        role="region",
        aria_label="computational tree of a sample",
    )
    yield _section("One sample", element("p", escape(about)) + tree)


def _style() -> str:
    """Return the CSS of the page; colours are variables, so the dark is one rule."""
    light, dark = (
        "".join(f"{name}:{pair[k]};" for name, pair in _colours().items())
        for k in (0, 1)
    )
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"body{{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 {FONT}}}"
        "main{max-width:860px;margin:0 auto;padding:24px 20px 48px}"
        "h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:32px 0 8px}"
        "h3{font-size:15px;margin:20px 0 0}p{margin:0 0 8px}li{margin:4px 0}"
        ".about{color:var(--muted)}.wide,.tree{overflow-x:auto}"
        ".tree{width:max-content;max-width:calc(100vw - 56px);position:relative;"
        "left:50%;transform:translateX(-50%)}"
        ".pair{display:flex;flex-wrap:wrap;gap:8px 24px}figure{margin:0}"
        "figcaption{color:var(--muted);font-size:13px}"
        ".chart{display:block;max-width:100%;height:auto;"
        "stroke-linejoin:round;stroke-linecap:butt}"
        ".key{display:flex;flex-wrap:wrap;gap:0 20px;list-style:none;margin:0;"
        "padding:0 0 0 58px;font-size:13px}"
        "@media print{:root{color-scheme:light}section{break-inside:avoid}}"
    )


def _colours() -> dict[str, tuple[str, str]]:
    page, muted = (LIGHT.background, DARK.background), (LIGHT.muted, DARK.muted)
    return {"--page": page, "--muted": muted, **COLOURS}
