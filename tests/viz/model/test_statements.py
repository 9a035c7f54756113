"""The tree of a rolled function: a box for each statement, in the colours of statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import dendrograd as dg
from dendrograd import Value, scope
from dendrograd.nn import MLP
from dendrograd.viz import draw
from dendrograd.viz.style import CLASSES, DARK, HUES, LIGHT, fill


def layer(w: Any, b: Any, x: Any) -> Any:
    h = [dg.tanh(u * x[0] + v * x[1] + c) for (u, v), c in zip(w, b, strict=True)]
    return h[0] + h[1]


@pytest.fixture(scope="module")
def fast() -> Any:
    made = dg.compile(layer, backend="rolled")
    dg.value_and_grad(made)([[0.5, -1.0], [2.0, 0.3]], [0.1, -0.4], [1.0, 0.5])
    return made


def rows(text: str) -> Iterator[list[str]]:
    for box in re.findall(r'<g id="b\d+".*?</g>', text, re.DOTALL):
        yield re.findall(r"<text[^>]*>([^<]*)</text>", box)


def test_each_statement_is_a_box_with_its_line_its_shape_and_its_nodes(
    fast: Any,
) -> None:
    diagram = draw(fast.graph)
    found = {row[0]: row[1:] for row in rows(diagram.svg)}
    assert list(found) == ["w", "x", "v2", "b", "v3", "v4", "v5"]
    for each in fast.statements:
        more = ["data 1.041", "grad 0"] * (each.name == "v5")
        count = f"{each.nodes} node{'s' * (each.nodes > 1)}"
        told = [each.operation, each.line, f"shape {each.size}", count, *more]
        assert found[each.name] == told
    assert found["w"][:2] == ["w_0_0, w_0_1, w_1_0, w_1_1", "4 leaves"]
    assert "draw(root, fold=None) draws the 19 nodes" in diagram.notes[-1]


def test_boxes_are_connected_as_statements_read(fast: Any) -> None:
    picture = draw(fast.graph).picture
    name = [box.label for box in picture.boxes]
    arrows = {(name[a.src], name[a.dst]) for a in picture.arrows}
    inner = {(a, b) for a, b in arrows if a.startswith("v")}
    read = {(a, each.name) for each in fast.statements for a in each.reads}
    assert inner == {(a, b) for a, b in read if a.startswith("v")}
    assert arrows - inner == {("w", "v2"), ("x", "v2"), ("b", "v3")}


def test_nodes_have_the_colour_of_their_statement_and_its_frame(fast: Any) -> None:
    svg = draw(fast.graph, fold=None).svg
    tints = re.findall(r'data-array="(\d)">.*?class="box (\w+)"', svg)
    assert sorted(tints) == sorted(
        (str(i), f"class{i}")
        for i, each in enumerate(fast.statements)
        for _ in range(each.nodes)
    )
    assert all(f">{each.name}</text>" in svg for each in fast.statements)
    assert svg.count('class="box zero"') == 8  # leaves
    assert "colour: the statement that computes it" in svg


def test_the_colours_may_be_those_of_gradients_too(fast: Any) -> None:
    tree = fast.graph
    tree.backward()
    assert 'class="box class' not in draw(tree, color="grad").svg
    assert "rect.class0" not in draw(tree, color="grad").svg
    assert draw(tree, color="statement").svg == draw(tree).svg


def test_a_tree_without_statements_is_drawn_as_ever() -> None:
    y = Value(2.0, label="x") * 3
    assert draw(y).svg == draw(y, color="grad").svg
    with pytest.raises(ValueError, match="color='statement' is for the graph of a"):
        draw(y, color="statement")
    with pytest.raises(ValueError, match="color='hue'; use one of"):
        draw(y, color="hue")


def test_statements_that_make_one_node_together_share_its_box() -> None:
    fast = dg.compile(
        lambda xs: dg.logsumexp([dg.exp(x) for x in xs]), backend="rolled"
    )
    fast([0.1, 0.2, 0.3, 0.4])
    *_, box = draw(fast.graph).picture.boxes
    *_, row = rows(draw(fast.graph).svg)
    assert row[1] == f"{len(fast.statements) - 1} statements"
    assert row[2].startswith("v2 maxima of 4, v3 ")
    assert box.nodes == 1
    few = dg.compile(lambda w, x, b: dg.dot(w, x, b).tanh(), backend="rolled")
    few([0.5, 1.0], [1.0, 2.0], 0.5)
    lines = [each.line for each in few.statements]
    assert (
        lines[:2]
        == next(r for r in rows(draw(few.graph).svg) if "2 statements" in r)[2:4]
    )


def test_parameters_that_were_found_stand_beside_what_reads_them() -> None:
    model = MLP(2, [3, 1], activation="tanh", seed=1)
    fast = dg.compile(lambda x: model(x), backend="rolled")
    fast([0.5, -1.0])
    picture = draw(fast.graph).picture
    sizes = [box.nodes for box in picture.boxes if box.parameters == box.nodes]
    assert sum(sizes) == len(model.parameters()) + 2
    assert {box.kind for box in picture.boxes} == {"call"}
    assert picture.titles == {}


def test_more_statements_than_boxes_are_folded_further(fast: Any) -> None:
    few = draw(fast.graph, max_nodes=4)
    assert len(few.picture.boxes) <= 4
    assert len(draw(fast.graph, max_nodes=None).picture.boxes) == 7


def test_long_lines_and_lanes_are_told_in_every_format() -> None:
    def norm(w: Any, x: Any) -> Any:
        return dg.sqrt(sum((a - b) ** 2 for a, b in zip(w, x, strict=True)))

    fast = dg.compile(norm, in_axes=(None, 0), reduce="sum", backend="rolled")
    dg.value_and_grad(fast)([1.0, 2.0, 3.0, 4.0], np.ones((5, 4)))
    diagram = draw(fast.graph)
    shapes = {row[-2] for row in rows(diagram.svg) if "shape" in row[-2]}
    assert shapes <= {"shape lanes", "shape 4 × lanes"}
    for kind in ("txt", "json", "mermaid", "dot", "html"):
        text = diagram.pipe(kind, encoding="utf-8")
        assert fast.statements[0].line.splitlines()[0][:20] in re.sub(r"#(\d+);", lambda c: chr(int(c[1])), text)  # fmt: skip


def test_each_class_is_told_apart_in_light_and_dark() -> None:
    for theme in (LIGHT, DARK):
        assert len({fill(name, theme) for name in CLASSES}) == len(CLASSES)
        assert all(contrast(fill(name, theme), theme.ink) >= 4.5 for name in CLASSES)
    assert len(CLASSES) == 2 * (len(HUES) - 1)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.1, 1.4.3)."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_scope_of_the_user_is_no_statement() -> None:
    with scope("v2"):
        y = Value(2.0) * 3.0
    assert ">v2</text>" in draw(y).svg
    assert "data-array" not in draw(y).svg


def test_a_long_row_of_statements_goes_on_below() -> None:
    def deep(x: Any) -> Any:
        for _ in range(45):
            x = [dg.sin(dg.exp(a)) for a in x]
        return dg.sum(x)

    fast = dg.compile(deep, backend="rolled")
    fast([0.1, 0.2, 0.3, 0.4])
    diagram = draw(fast.graph)
    assert len(diagram.picture.boxes) == 92
    assert diagram.layout.width < 2_000 < 4 * diagram.layout.height
