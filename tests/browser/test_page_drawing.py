"""What a page draws when a box opens is, element by element, what Python draws of it."""

from __future__ import annotations

import itertools
import json
import math
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from typing import Any

from dendrograd import Value, compile, dot, logsumexp, scope, tanh, toposort
from dendrograd.nn import MLP
from dendrograd.viz import Diagram, draw
from dendrograd.viz.formats.drawn import Drawn
from dendrograd.viz.formats.svg import Hosted, svg_body
from dendrograd.viz.layout.assembly import assembled
from dendrograd.viz.layout.layered import Layout
from dendrograd.viz.model.broken import marked, shown_ways
from dendrograd.viz.model.colours import COLORS
from dendrograd.viz.page.drawing import cleaned, page_data
from dendrograd.viz.page.legend import painted_views
from dendrograd.viz.page.page import ROOM
from dendrograd.viz.page.views import View, views

MARGIN = "const MARGIN = 12;"
NEEDED = "words", "marks", "amounts", "rule", "route", "placed", "drawing"
PARTS = "\n".join(
    files("dendrograd.viz.page").joinpath(f"{name}.js").read_text("utf-8")
    for name in NEEDED
)
DRAWN = f"""(cases) => JSON.parse(cases).map(([markup, data]) => {{
  const svg = new DOMParser().parseFromString(markup, "text/html").querySelector("#tree");
  const tree = null; {MARGIN} {PARTS}
  return data.views.map((view, k) => {{
    if (!view) return null;
    const group = drawnView(k, "0"), inside = group.querySelector(".inside") ?? group;
    return new XMLSerializer().serializeToString(inside);
  }});
}})"""
LABELS = "", "", "w", "a < b & 'c'", "重み行列の係数と重み", "x\u202ey\x07", "long " * 9


def program(seed: int) -> Value:
    """A random program of nested calls with labels of all kinds."""
    dice = random.Random(seed)

    def leaf() -> Value:
        return Value(
            dice.choice([0.0, 1.0, dice.gauss(0, 2)]), label=dice.choice(LABELS)
        )

    nodes = [leaf(), leaf()]
    crowd = [leaf() for _ in range(dice.choice([0, 0, 0, 9, 33]))]

    def grow(depth: int) -> None:
        for _ in range(dice.randint(1, 4)):
            turn, a, b = dice.random(), dice.choice(nodes), dice.choice(nodes)
            if turn < 0.35 and depth < 3:
                with scope(dice.choice(["f", "g", "名前", "<i>"])):
                    grow(depth + 1)
            elif turn < 0.4 and crowd:
                nodes.append(sum(c * a for c in crowd))
            elif turn < 0.6:
                nodes.append(a.tanh() if dice.random() < 0.5 else (a * 0.3).exp())
            else:
                nodes.append(a * b + dice.choice([0.5, leaf()]))
            nodes[-1].label = dice.choice(LABELS)

    grow(0)
    root = sum(nodes[2:]) * 1.0
    root.label = dice.choice(LABELS)
    root.backward()
    return root


def rolled() -> Value:
    """The tree of a function that runs as array statements."""

    def f(w: Any, x: Any) -> Any:
        h = [tanh(dot(row, x)) for row in w]
        return logsumexp(h) * sum(a * b for a, b in zip(h, x, strict=False))

    fast = compile(f, backend="rolled")
    fast([[0.1 * i - 0.2 * k for i in range(3)] for k in range(4)], [0.5, -1.0, 2.0])
    tree: Value = fast.graph
    return tree


def drawings() -> Iterator[Diagram]:
    """Pictures of 100 random programs, drawn in all ways, and some of special numbers."""
    ways = [
        {},
        {},
        {"rankdir": "TB"},
        {"rankdir": "RL"},
        {"rankdir": "BT"},
        {"locals": "all"},
        {"locals": "none", "theme": "dark"},
        {"values": False},
        {"names": True, "color": "data"},
        {"sums": True, "color": "contribution"},
    ]
    for seed in range(100):
        yield draw(program(seed), fold=1, **ways[seed % len(ways)])
    for color in ("auto", "grad", "data"):
        yield draw(rolled(), color=color)
    net = MLP(12, [6, 1], seed=0)([Value(float(i), label=f"x{i}") for i in range(12)])
    yield draw(net, fold=1)
    yield draw(net, focus=next(v for v in toposort(net) if not v.parents), k=1)
    for x, color in itertools.product((math.inf, math.nan, 0.0), COLORS):
        with scope("bad"):
            y = Value(x, label="x") * 2.0 - Value(1.0)
        yield draw(y * 0.0 + 1.0, fold=1, color=color)


def told(drawn: Drawn) -> tuple[list[str], Any]:
    """Return what Python draws of each view, the first one before all, and the page's data."""
    some, look = views(drawn.picture, drawn.graph, drawn.look), drawn.look
    ways = shown_ways(drawn.graph, look.grad)
    marks = [marked(view.picture, ways, view.nodes) for view in some]
    paints = painted_views(drawn, [view.picture for view in some])
    pictures = [
        svg_body(
            view.picture,
            inside(view) if view.parent else assembled(view.found),
            look,
            Hosted(view.prefix, paint, view.buttons, view.closed, bad),
        )
        for view, paint, bad in zip(some, paints, marks, strict=True)
    ]
    return pictures, cleaned(page_data(some, drawn, paints, marks))


def inside(view: View) -> Layout:
    """Return the layout of a view, with its ports on the borders."""
    picture, whole = view.picture, assembled(view.found, 1)
    ports = {b.id for b in picture.boxes if b.kind == "port" and b.operation == "out"}
    leaving = tuple(k for k, arrow in enumerate(picture.arrows) if arrow.dst in ports)
    out = (len(picture.arrows),)
    return replace(
        whole,
        boxes=whole.boxes[: len(picture.boxes)],
        segments=tuple(
            replace(one, arrows=leaving) if one.arrows == out else one
            for one in whole.segments
        ),
        frames={path[1:]: rect for path, rect in whole.frames.items()},
    )


def plain(one: ET.Element) -> Any:
    """Return an element as what can be compared: no name space, no space between."""
    name = re.sub(r"^\{.*\}", "", one.tag)
    text = (one.text or "") if name in ("text", "title") else ""
    return name, dict(one.attrib), text, [plain(inner) for inner in one]


def parsed(text: str) -> list[Any]:
    return [plain(one) for one in ET.fromstring(text)]


def first_difference(one: Any, other: Any) -> Any:
    """Return the first two parts that differ, which are shorter than the whole."""
    if one[:3] != other[:3] or len(one[3]) != len(other[3]):
        return one, other
    pairs = zip(one[3], other[3], strict=True)
    return next((found for a, b in pairs if (found := first_difference(a, b))), None)


def test_a_page_draws_what_python_draws(browser: Any) -> None:
    asked, known = [], []
    for diagram in drawings():
        (first, *wanted), data = told(diagram.drawn.with_derivatives().with_room(ROOM))
        tree = f'<svg id="tree"><g id="v0">{first}</g></svg>'
        asked.append([tree, data])
        known += wanted
    page = browser.new_page()
    drawn = [
        one for views in page.evaluate(DRAWN, json.dumps(asked)) for one in views[1:]
    ]
    page.close()
    for mine, python in zip(drawn, known, strict=True):
        one, other = parsed(mine), parsed(f"<g>{python}</g>")
        assert first_difference(("", {}, "", one), ("", {}, "", other)) is None
    assert len(drawn) > 250
