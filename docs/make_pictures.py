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
from itertools import count, pairwise, product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from dendrograd import Value, gelu, relu, sigmoid, softplus, sqrt, tanh
from dendrograd.backprop import toposort
from dendrograd.compiler.code import from_flat
from dendrograd.compiler.rolled.colours import Colouring
from dendrograd.compiler.rolled.layout import Layout
from dendrograd.compiler.rolled.levels import coloured
from dendrograd.compiler.rolled.source import printed
from dendrograd.files import write_whole
from dendrograd.flat import flat
from dendrograd.nn import MLP, SGD, Adam, bce_with_logits_loss, fit
from dendrograd.series import taylor_step
from dendrograd.viz import Diagram, decision_boundary, draw, loss_curve
from dendrograd.viz.formats.sheet import sheet
from dendrograd.viz.markup import element
from dendrograd.viz.style import HUES, LIGHT, MONO, fill

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
    """A layer as a tree, the colour of each box, and the statements that fill these."""
    names = [*[f"w{i}{j}" for i in range(2) for j in range(3)], "x0", "x1"]
    leaves = [Value(0.3 * i - 0.8, label=name) for i, name in enumerate(names)]
    w, x = [leaves[0:3], leaves[3:6]], leaves[6:]
    h = [tanh(a * x[0] + b * x[1] + c) for a, b, c in w]
    y = h[0] + h[1]
    y.backward()
    code, _ = from_flat(flat([y], leaves))
    active = [True] * 6 + [False] * 2
    found = coloured(code, [False] * 8, active)
    layout = Layout(found)
    made, nodes = count(code.inputs), toposort(y)
    slots = [next(made) if node.parents else leaves.index(node) for node in nodes]
    blocks = [block_of(layout, found, slot) for slot in slots]
    for node, block, slot in zip(nodes, blocks, slots, strict=True):
        if found.places[slot] >= 0 and node.parents:
            node.label = f"v{block}[{layout.place(int(found.places[slot]))[1]}]"
    tree = draw(y, values=False, sums=False, locals="none").svg
    page = printed(found, code.outputs.tolist(), int(code.outputs[0])).text
    return beside(tree, blocks, page)


def block_of(layout: Layout, found: Colouring, slot: int) -> int:
    """Return the array of a slot; of one that a sum has absorbed that of its products."""
    code, absorbed = layout.code, found.places[slot] < 0
    while found.places[slot] < 0:
        at = int(np.flatnonzero(code.operands == slot)[0])
        slot = code.inputs + int(np.searchsorted(code.starts, at, "right")) - 1
    block = int(found.colour[found.places[slot]])
    told = set(found.colour[found.places[found.places >= 0]].tolist())
    below = [o.block for s in layout.statements for o in s.operands if s.block == block]
    return next((b for b in below if absorbed and b not in told), block)


def beside(tree: str, blocks: list[int], page: str) -> str:
    """Return a tree with a bar of its array's hue in each box, and the lines beside it."""

    def barred(box: re.Match[str]) -> str:
        x, y, height = (float(box[i]) for i in (2, 3, 4))
        hue = hue_of(blocks[int(box[1])])
        bar = {"x": x + 1, "y": y + 1, "width": 5, "height": height - 2}
        return box[0] + element("rect", **bar, fill=hue)

    node = r'<g id="b(\d+)".*?<rect class="box[^>]*? x="([^"]*)" y="([^"]*)" width="[^"]*" height="([^"]*)"[^>]*/>'
    tree = re.sub(node, barred, tree, flags=re.DOTALL)
    width, height = (
        int(re.search(rf' {part}="(\d+)"', tree)[1]) for part in ("width", "height")
    )  # type: ignore[index]
    lines = [line.strip() for line in page.partition("def run")[2].splitlines()[1:-2]]
    shown = [line for line in lines if line and not line.startswith("#")]
    tall, wide = max(height, 17 * len(shown) + 30), width + 320
    texts = []
    for i, line in enumerate(shown):
        y = 26 + 17 * i
        into = re.search(r"(?:out=|copyto\(|^)[vd](\d+|x_)", line)
        if into and " = " not in line.partition("(")[0].removesuffix("1.0"):
            hue = hue_of(0 if into[1] == "x_" else int(into[1]))
            bar = {"x": width + 8, "y": y - 10, "width": 5, "height": 14}
            texts.append(element("rect", **bar, fill=hue))
        texts.append(element("text", escape(line), x=width + 20, y=y, fill=LIGHT.ink))
    size = f'width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}"'
    tree = re.sub(r'width="\d+" height="\d+" viewBox="[^"]*"', size, tree, count=1)
    tree = re.sub(
        r'(class="bg" )width="\d+" height="\d+"',
        rf'\1width="{wide}" height="{tall}"',
        tree,
    )
    return tree.replace("</svg>", "".join(texts) + "</svg>")


def hue_of(block: int) -> str:
    return HUES[block % len(HUES)]


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
