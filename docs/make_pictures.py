"""Draw the pictures of README and docs anew: `python docs/make_pictures.py`.

Those of the pages in `PAGES` come from the code on these. A comment in the file of each
drawing holds a digest of it, so that a test can tell whether the file is older than the
code. Charts are matplotlib's, of whichever version is installed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from contextlib import chdir
from functools import cache
from hashlib import sha256
from io import StringIO
from itertools import pairwise, product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from dendrograd import (
    Value,
    compile,
    gelu,
    relu,
    sigmoid,
    softplus,
    sqrt,
    tanh,
    value_and_grad,
)
from dendrograd.files import write_whole
from dendrograd.nn import MLP, SGD, Adam, bce_with_logits_loss, fit
from dendrograd.series import taylor_step
from dendrograd.viz import Diagram, decision_boundary, draw, loss_curve
from dendrograd.viz.formats.sheet import sheet
from dendrograd.viz.formats.svg import alone, svg_body
from dendrograd.viz.formats.svg_file import svg_file
from dendrograd.viz.layout.layered import Rect
from dendrograd.viz.markup import element, rectangle, text_at
from dendrograd.viz.model.statements import statements_in
from dendrograd.viz.style import CLASSES, HUES, LIGHT, MONO, fill, of_class

FOLDER = Path(__file__).parent / "pictures"
REPRODUCIBLE = {"svg.hashsalt": "dendrograd"}
PAGES = (
    "gallery.md",
    "data.md",
    "errorbars.md",
    "how-it-gets-fast.md",
    "implicit.md",
    "linalg.md",
)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d+\.\d+(?:e[-+]?\d+)?")


def shared() -> Diagram:
    """A product that is used twice: a graph, not a tree."""
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    c = a * b
    d = c + a
    e = c * d
    c.label, d.label, e.label = "c", "d", "e"
    e.backward()
    return draw(e)


def network() -> Diagram:
    """The graph of a network with one hidden layer, at one sample."""
    model = MLP(2, [2, 1], activation="tanh", seed=3)
    y = model([Value(1.0, label="x1"), Value(-2.0, label="x2")])
    y.label = "y"
    y.backward()
    return draw(y)


def chain() -> Diagram:
    """Three functions in a row."""
    x = Value(0.5, label="x")
    u = x * x
    v = u.exp()
    y = v.sin()
    u.label, v.label, y.label = "u = f(x)", "v = g(u)", "y = h(v)"
    y.backward()
    return draw(y)


def written(page: str) -> dict[str, str]:
    """Return what the code of a page writes, less its sessions, by the names of files."""
    text = (FOLDER.parent / page).read_text("utf-8")
    names: dict[str, Any] = {}
    with TemporaryDirectory() as folder, chdir(folder):
        Path("pictures").mkdir()
        for block in BLOCK.findall(text):
            if not block.startswith(">>> "):
                exec(block, names)  # noqa: S102  # our own page
        files = sorted(Path("pictures").iterdir())
        return {file.name: file.read_text("utf-8") for file in files}


def layers() -> str:
    """The layers of an MLP(3, [4, 4, 2]): every unit feeds every unit of the next."""
    columns = [(3, "input", "3 numbers"), (4, "hidden layer", "W 4×3, b 4")]
    columns += [(4, "hidden layer", "W 4×4, b 4"), (2, "output layer", "W 2×4, b 2")]
    lines, units = [], []
    for column, (size, *title) in enumerate(columns):
        for y, text in zip((24, 38), title, strict=True):
            units.append(element("text", text, x=x_of(column), y=y, fill=LIGHT.ink))
        look = {"class_": f"box {'positive1' if column else 'zero'}", "r": 15}
        look |= {"fill": fill("positive1" if column else "zero"), "stroke": LIGHT.ink}
        for i in range(size):
            at = {"cx": x_of(column), "cy": y_of(i, size)}
            units.append(element("circle", **at, **look))
    for column, ((left, *_), (right, *_)) in enumerate(pairwise(columns)):
        for i, j in product(range(left), range(right)):
            ends = (
                f"M{x_of(column)} {y_of(i, left)}L{x_of(column + 1)} {y_of(j, right)}"
            )
            lines.append(element("path", class_="flat", d=ends, stroke=LIGHT.line))
    size = {"width": 540, "height": 240}
    words = "An MLP(3, [4, 4, 2]): three inputs, two layers of four units, two outputs"
    inside = [
        element("title", words),
        element("style", sheet("#layers", "auto")),
        element("rect", **size, class_="bg", fill=LIGHT.background),
        *lines,
        element("g", "".join(units), text_anchor="middle"),
    ]
    font = {"font_family": MONO, "font_size": 11}
    space = "http://www.w3.org/2000/svg"
    view = {"viewBox": "0 0 540 240", "xmlns": space, "role": "img"}
    body = "\n".join(inside)
    return element(
        "svg", body, id="layers", class_="dendrograd", **view, **size, **font
    )


def rolled() -> str:
    """A layer as a tree whose nodes have the colours of statements, and these beside it."""

    def layer(w: Any, b: Any, a: Any) -> Any:
        h = [tanh(u * a[0] + v * a[1] + c) for (u, v), c in zip(w, b, strict=True)]
        return h[0] + h[1]

    fast = compile(layer, backend="rolled")
    by_both = value_and_grad(fast, argnums=(0, 1))
    by_both([[0.5, -1.0], [2.0, 0.3]], [0.1, -0.4], [1.0, 0.5])
    look: dict[str, Any] = {"values": False, "locals": "none", "rankdir": "TB"}
    drawn = draw(fast.graph, fold=None, **look).drawn
    inside = svg_body(drawn.picture, drawn.layout, drawn.look, alone(drawn))
    views = [line.strip() for line in fast.source.splitlines()]
    views = [line for line in views if re.match(r"x_\d = ", line)]
    right, width = drawn.layout.width + 40, drawn.layout.width + 320
    lines = beside(right, 12.0, "the inputs, in one array x", views)
    for path, frame in drawn.layout.frames.items():
        for each in statements_in(path):
            head = f"{each.name}: {each.operation}"
            nodes = (
                f"{each.nodes} node{'s' * (each.nodes > 1)}, an array of {each.size}"
            )
            shade = of_class(fast.statements.index(each))
            lines += beside(right, frame.top, head, [each.line, nodes], shade)
            y = frame.top + 12
            way = {"stroke": LIGHT.line, "stroke_dasharray": "1 4", "class_": "flat"}
            way["d"] = f"M{frame.right:g} {y:g}H{right - 6:g}"
            lines.append(element("path", fill="none", **way))
    return svg_file(
        "rolled",
        "the tree of a layer, and the statements that compute it",
        drawn.picture,
        sheet("#rolled", "auto", CLASSES),
        element("g", inside + "".join(lines), transform="translate(12 12)"),
        (width + 24, drawn.layout.height + 24),
        LIGHT,
        grad="zero",
        role="img",
    )


def beside(
    x: float, y: float, head: str, lines: Sequence[str], shade: str = ""
) -> list[str]:
    """Return a heading with a sign of its shade before it, and lines below."""
    sign = Rect(x, y + 4, 12, 12)
    look = {"fill": fill(shade or "zero"), "stroke": LIGHT.ink}
    found = [rectangle(sign, f"key {shade or 'zero'}", rx=2, **look)]
    left = x + 18
    found.append(text_at(left, y + 14, head, font_weight=700, fill=LIGHT.ink))
    rows = enumerate(lines, 1)
    return found + [
        text_at(left, y + 14 + 15 * i, one, fill=LIGHT.ink) for i, one in rows
    ]


def x_of(column: int) -> int:
    return 60 + 140 * column


def y_of(row: int, rows: int) -> int:
    return 140 + 46 * row - 23 * (rows - 1)


def activations() -> Figure:
    """Five activations, and beside them their derivatives."""
    curves: list[tuple[str, Callable[[Any], Any]]]
    curves = [("tanh", tanh), ("sigmoid", sigmoid), ("relu", relu)]
    curves += [("softplus", softplus), ("gelu", gelu)]
    xs = [k / 20 for k in range(-80, 81)]
    figure = Figure(figsize=(8.6, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    dashes = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)))
    for (name, f), hue, dash in zip(curves, HUES, dashes, strict=False):
        look = {"color": hue, "linestyle": dash, "label": name}
        left.plot(xs, [f(x) for x in xs], **look)
        right.plot(xs, [_slope(f, x) for x in xs], **look)
    left.set(xlabel="x", ylabel="f(x)", ylim=(-1.2, 4.0))
    right.set(xlabel="x", ylabel="f'(x)", ylim=(-0.2, 1.2))
    for ax in (left, right):
        ax.grid(visible=True, alpha=0.3)
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside upper center", ncols=5
    )
    return figure


def _slope(f: Callable[[Any], Any], x: float) -> float:
    leaf = Value(x)
    f(leaf).backward()
    return leaf.grad


def descent() -> Figure:
    """The loss of one parameter after each step, under three learning rates."""
    history: dict[str, list[float]] = {}
    for rate in (0.02, 0.3, 1.02):
        w = Value(-1.0)
        optimizer = SGD([w], lr=rate)
        losses = history.setdefault(f"rate {rate}", [])
        for _ in range(20):
            optimizer.zero_grad()
            ((w - 2.0) ** 2).backward()
            optimizer.step()
            losses.append((w.data - 2.0) ** 2)
    display = loss_curve(history, xlabel="step", ylabel="(w - 2)²")
    display.ax_.set_title("from w = -1")
    return display.figure_


def corners() -> tuple[list[list[float]], list[int]]:
    """Return points in the four quarters of a square; those across are of a kind."""
    rng = Random(0)
    rows = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(60)]
    return rows, [int(x * y > 0) for x, y in rows]


def boundary(hidden: Sequence[int]) -> Figure:
    """What a network with these hidden layers makes of the four quarters."""
    rows, kinds = corners()
    model = MLP(2, [*hidden, 1], activation="tanh", seed=1)
    optimizer = Adam(model.parameters(), lr=0.05)
    fit(model, rows, kinds, bce_with_logits_loss, optimizer, epochs=60, seed=0)
    display = decision_boundary(model, rows, kinds, class_names=("differ", "same"))
    display.ax_.set_title(
        f"hidden layers {list(hidden)}" if hidden else "no hidden layer"
    )
    return display.figure_


def orbit() -> Figure:
    """An orbit of eccentricity 0.9, and where one power series hands over to the next."""

    def kepler(y: Any) -> list[Any]:
        x, z, u, w = y
        r2 = x * x + z * z
        r3 = r2 * sqrt(r2)
        return [u, w, -x / r3, -z / r3]

    y, t, end = [0.1, 0.0, 0.0, 19**0.5], 0.0, 2 * math.pi
    path, ends = [], []
    while t < end:
        step = taylor_step(kepler, y, order=30)
        h = min(step.size, end - t)
        path += [step.at(h * k / 16)[:2] for k in range(17)]
        ends.append(y)
        y, t = step.at(h), t + h
    figure = Figure(figsize=(8.6, 4.2), layout="constrained")
    ax = figure.subplots()
    ax.plot(*zip(*path, strict=True), color=HUES[0], linewidth=1)
    ax.plot(
        [e[0] for e in ends], [e[1] for e in ends], "o", color=HUES[0], markersize=4
    )
    ax.plot([0.0], [0.0], "o", color=HUES[1], markersize=12)
    ax.set(aspect="equal", xlabel="x", ylabel="y")
    ax.grid(visible=True, alpha=0.3)
    return figure


@cache
def pictures() -> dict[str, str | Figure]:
    """Return each picture under the name of its file."""
    return {
        **{name: text for page in PAGES for name, text in written(page).items()},
        "activations.svg": activations(),
        "boundary.svg": boundary([8]),
        "chain.svg": chain().svg,
        "descent.svg": descent(),
        "layers.svg": layers(),
        "linear.svg": boundary([]),
        "network.svg": network().svg,
        "orbit.svg": orbit(),
        "rolled.svg": rolled(),
        "shared.svg": shared().svg,
    }


def digest(text: str) -> str:
    """Return a digest of a drawing.

    Numbers count to six digits: the last ones depend on the platform's `tanh`, and so
    does the id of the picture, which is a digest as well.
    """
    name = re.search(r' id="(\w+)" class="dendrograd"', text)
    same = text.replace(name[1], "picture") if name else text
    rounded = NUMBER.sub(lambda found: f"{float(found[0]):.6g}", same)
    return sha256(rounded.encode()).hexdigest()[:16]


def svg(picture: str | Figure) -> str:
    """Return the text of a picture's file; that of a drawing has its digest at the end."""
    if isinstance(picture, Figure):
        file = StringIO()
        with matplotlib.rc_context(REPRODUCIBLE):
            picture.savefig(file, format="svg", metadata={"Date": None})
        return re.sub(r" +$", "", file.getvalue(), flags=re.MULTILINE)
    return f"{picture.rstrip()}\n<!-- drawn from {digest(picture)} -->\n"


if __name__ == "__main__":
    for name, picture in pictures().items():
        write_whole(FOLDER / name, svg(picture))
        print(f"wrote {FOLDER / name}")
