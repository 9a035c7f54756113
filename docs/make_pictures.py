"""Draw the pictures of README and docs anew: `python docs/make_pictures.py`.

Those of a graph that stand still need the program `dot`; a comment in each of their
files holds a digest of what it was drawn from, so that a test can tell, without `dot`,
whether it is older than the code. Charts are matplotlib's, of whichever version is
installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from io import StringIO
from itertools import pairwise, product
from pathlib import Path
from random import Random
from typing import Any

import graphviz
import matplotlib
from matplotlib.figure import Figure

from dendrograd import Value, gelu, relu, scope, sigmoid, softplus, tanh
from dendrograd.files import write_whole
from dendrograd.nn import MLP, SGD, Adam, Neuron, bce_with_logits_loss, fit
from dendrograd.viz import (
    Animation,
    Drawing,
    animate,
    decision_boundary,
    draw_dot,
    loss_curve,
)
from dendrograd.viz.style import HUES, LIGHT, MONO

FOLDER = Path(__file__).parent / "pictures"
TITLE = {"shape": "plain", "style": "", "fontsize": "10", "fixedsize": "false"}
REPRODUCIBLE = {"svg.hashsalt": "dendrograd"}
NUMBER = re.compile(r"\d+\.\d+(?:e[-+]?\d+)?")


def backprop() -> Animation:
    """Back-propagation step by step: `a` is used twice, so two terms add up."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    d = a * b
    e = d + c
    L = e * a
    d.label, e.label, L.label = "d", "e", "L"
    L.backward()
    return animate(L, title="back-propagation of L = (a * b + c) * a")


def neuron() -> Drawing:
    """One neuron and its loss, as in the README's tour."""
    unit = Neuron(2, activation="tanh")
    unit.load_state_dict({"weight": [1.5, -0.5], "bias": 0.25})
    x1, x2 = Value(1.0, label="x1"), Value(2.0, label="x2")
    loss = (unit([x1, x2]) - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    return draw_dot(loss)


def shared() -> Drawing:
    """A product that is used twice: a graph, not a tree."""
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    c = a * b
    d = c + a
    e = c * d
    c.label, d.label, e.label = "c", "d", "e"
    e.backward()
    return draw_dot(e)


def network() -> Drawing:
    """The graph of a network with one hidden layer, at one sample."""
    model = MLP(2, [2, 1], activation="tanh", seed=3)
    y = model([1.0, -2.0])
    y.label = "y"
    y.backward()
    return draw_dot(y)


def chain() -> Drawing:
    """Three functions in a row."""
    x = Value(0.5, label="x")
    with scope("f"):
        u = x * x
    with scope("g"):
        v = u.exp()
    with scope("h"):
        y = v.sin()
    u.label, v.label, y.label = "u", "v", "y"
    y.backward()
    return draw_dot(y)


def layers() -> graphviz.Digraph:
    """The layers of an MLP(3, [4, 4, 2]): every unit feeds every unit of the next."""
    picture = graphviz.Digraph(
        "layers",
        engine="neato",
        graph_attr={"splines": "line", "bgcolor": LIGHT.background, "pad": "0.15"},
        node_attr={
            "shape": "circle",
            "width": "0.42",
            "fixedsize": "true",
            "style": "filled",
            "color": LIGHT.line,
            "fontname": MONO,
            "fontsize": "11",
            "fontcolor": LIGHT.ink,
        },
        edge_attr={"arrowhead": "none", "color": LIGHT.line, "penwidth": "0.7"},
    )
    columns = [("x", 3, "input\n3 numbers"), ("h", 4, "hidden layer\nW 4×3, b 4")]
    columns += [
        ("k", 4, "hidden layer\nW 4×4, b 4"),
        ("y", 2, "output layer\nW 2×4, b 2"),
    ]
    for depth, (name, size, title) in enumerate(columns):
        at, fill = 1.9 * depth, "#CCE3F0" if depth else LIGHT.zero
        picture.node(name, title, pos=f"{at},1.6!", **TITLE)
        for i in range(size):
            height = 0.6 * (size - 1) / 2 - 0.6 * i
            place = f"{at},{height:.2f}!"
            picture.node(f"{name}{i + 1}", pos=place, fillcolor=fill)
    for (left, count, _), (right, size, _) in pairwise(columns):
        for i, j in product(range(count), range(size)):
            picture.edge(f"{left}{i + 1}", f"{right}{j + 1}")
    return picture


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
    """The loss of one parameter under three learning rates."""
    history: dict[str, list[float]] = {}
    for rate in (0.02, 0.3, 1.02):
        w = Value(-1.0)
        optimizer = SGD([w], lr=rate)
        losses = history.setdefault(f"rate {rate}", [])
        for _ in range(20):
            loss = (w - 2.0) ** 2
            losses.append(loss.data)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
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


def pictures() -> dict[str, graphviz.Digraph | Figure | Animation]:
    """Return each picture under the name of its file."""
    return {
        "activations.svg": activations(),
        "backprop.svg": backprop(),
        "boundary.svg": boundary([8]),
        "chain.svg": chain(),
        "descent.svg": descent(),
        "layers.svg": layers(),
        "linear.svg": boundary([]),
        "network.svg": network(),
        "neuron.svg": neuron(),
        "shared.svg": shared(),
    }


def digest(picture: graphviz.Digraph | Animation) -> str:
    """Return a digest of what a tree is drawn from.

    Numbers count to six digits: the last ones depend on the platform's `tanh`.
    """
    text = picture.svg if isinstance(picture, Animation) else picture.source
    rounded = NUMBER.sub(lambda found: f"{float(found[0]):.6g}", text)
    return sha256(rounded.encode()).hexdigest()[:16]


def svg(picture: graphviz.Digraph | Figure | Animation) -> str:
    """Return the text of a picture's file; that of a tree has its digest at the end."""
    if isinstance(picture, Figure):
        file = StringIO()
        with matplotlib.rc_context(REPRODUCIBLE):
            picture.savefig(file, format="svg", metadata={"Date": None})
        return re.sub(r" +$", "", file.getvalue(), flags=re.MULTILINE)
    if isinstance(picture, Animation):
        text = picture.svg
    else:
        text = picture.pipe(format="svg", encoding="utf-8")
        text = text[text.index("<svg") :]  # not the version of dot
    return f"{text}<!-- drawn from {digest(picture)} -->\n"


if __name__ == "__main__":
    for name, picture in pictures().items():
        write_whole(FOLDER / name, svg(picture))
        print(f"wrote {FOLDER / name}")
