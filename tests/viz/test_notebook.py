"""What a notebook shows of a Value and of a module: small, safe, right and soon."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from html.parser import HTMLParser
from xml.etree import ElementTree

import hostile
import pytest
from IPython.core.formatters import DisplayFormatter

from dendrograd import Value
from dendrograd.errors import OperandError
from dendrograd.nn import MLP, Dropout, Layer, Module, Sequential, mse_loss
from dendrograd.viz import draw
from dendrograd.viz.model.layers import layers
from dendrograd.viz.notebook import BOXES, LIMIT, ROWS, model_table, reaches, value_svg

SVG = "{http://www.w3.org/2000/svg}"


class Cells(HTMLParser):
    """Reads a table: its rows of texts, and every tag in it."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows, self.caption, self.open = [], [], "", []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] == "caption":
            self.caption += data
        else:
            self.rows[-1][-1] += data


def boxes(svg):
    return [
        g
        for g in ElementTree.fromstring(svg).iter(f"{SVG}g")
        if "node" in g.get("class", "").split()
    ]


def chain(length):
    x = Value(1.0)
    for _ in range(length):
        x = x * 1.0
    return x


def test_ipython_finds_the_picture_and_the_repr():
    x = Value(2.0, label="x")
    shown, _ = DisplayFormatter().format(x * x)
    assert shown["text/plain"] == repr(x * x)
    assert len(boxes(shown["image/svg+xml"])) == 2
    shown, _ = DisplayFormatter().format(MLP(2, [1], seed=0))
    assert shown["text/plain"] == "MLP(2 -> 1, 3 parameters)"
    assert Cells(shown["text/html"]).rows
    shown, _ = DisplayFormatter().format(draw(x * x))
    assert shown.keys() >= {"image/svg+xml", "text/plain"}


def test_a_terminal_draws_no_picture(monkeypatch):
    monkeypatch.setattr("dendrograd.viz.notebook.value_svg", pytest.fail)
    monkeypatch.setattr("dendrograd.viz.notebook.model_table", pytest.fail)
    formatter = DisplayFormatter(active_types=["text/plain"])  # as IPython's is
    for thing in (Value(2.0), MLP(2, [1], seed=0)):
        shown, _ = formatter.format(thing)
        assert shown == {"text/plain": repr(thing)}


def test_the_picture_has_few_boxes_and_fits_the_page():
    model = MLP(3, [8, 8, 1], seed=0)
    loss = mse_loss(model([[1.0, 2.0, 3.0]] * 3), [1.0, 2.0, 3.0])
    loss.backward()
    for value in (model([1.0, 2.0, 3.0]), loss, chain(500)):
        picture = value_svg(value)
        root = ElementTree.fromstring(picture)
        assert 1 < len(boxes(picture)) <= BOXES
        assert 0.8 * int(root.get("width")) <= 1600
        assert 0.8 * int(root.get("height")) <= 1000


def test_the_background_is_opaque_in_light_and_dark():
    for picture in (value_svg(Value(1.0)), value_svg(chain(LIMIT))):
        rects = ElementTree.fromstring(picture).iter(f"{SVG}rect")
        back = next(rects)
        assert back.get("fill") == "#FFFFFF"
        assert back.get("fill-opacity") is None
        assert "color-scheme:light dark" in picture
        assert "light-dark(#FFFFFF,#0D1117)" in picture


def test_a_huge_tree_is_a_line_of_text_at_once():
    value = chain(200_000)
    before = time.perf_counter()
    picture = value_svg(value)
    assert time.perf_counter() - before < 0.5  # it looks at LIMIT nodes and no more
    text = "".join(ElementTree.fromstring(picture).itertext())
    assert "viz.draw(value)" in text
    assert not boxes(picture)


@pytest.mark.parametrize("count", [0, 1, 5, 30])
def test_reaching_is_counting(count):
    value = chain(count)
    assert not reaches(value, count + 1)
    assert reaches(value, count)


def test_a_table_adds_up():
    model = Sequential(Layer(2, 3, seed=0), Dropout(0.2), Layer(3, 1, seed=1))
    mse_loss([model([1.0, 2.0])], [1.0]).backward()
    head, first, second, third, total = Cells(model_table(model)).rows
    assert head == [
        "layer",
        "kind",
        "parameters",
        "norm of weights",
        "norm of gradient",
    ]
    assert [row[0] for row in (first, second, third)] == [
        "parts.0",
        "parts.1",
        "parts.2",
    ]
    assert first[1] == "Layer(2 -> 3 relu)"
    assert second[1:] == ["Dropout(p=0.2)", "0", "–", "–"]
    assert [int(row[2]) for row in (first, third, total)] == [9, 4, 13]
    for column in (3, 4):
        parts = [float(row[column]) for row in (first, third)]
        assert float(total[column]) == pytest.approx(math.hypot(*parts), rel=1e-3)


def test_every_parameter_is_in_one_layer():
    class Tied(Module):
        def __init__(self):
            self.head = Layer(2, 2, seed=0)
            self.body = Sequential(self.head, Layer(2, 1, seed=1))
            self.scale = Value(1.0)

    model = Tied()
    found = layers(model)
    names = [name for layer in found for name in layer.parameters]
    assert sorted(names) == sorted(name for name, _ in model.named_parameters())
    assert [layer.name for layer in found] == [
        "head",
        "body.parts.0",
        "body.parts.1",
        "its own",
    ]
    assert len(found[1].parameters) == 0  # the head's, which are told above
    assert model._repr_html_().count("<tr>") == 6


def test_a_long_model_ends_in_a_row_for_the_rest():
    model = Sequential(*[Layer(1, 1, seed=0) for _ in range(ROWS + 7)])
    rows = Cells(model_table(model)).rows
    assert len(rows) == ROWS + 3
    assert rows[-2][:3] == ["7 more", "–", "14"]
    assert rows[-1][2] == str(2 * (ROWS + 7))


@pytest.mark.parametrize("label", hostile.LABELS, ids=ascii)
def test_a_hostile_name_is_text_in_the_table(label):
    class Named(Module):
        def __init__(self):
            self.parts = {label: Layer(1, 1, seed=0)}
            self.extra = label

        def extra_repr(self):
            return self.extra

    table = model_table(Named())
    table.encode()  # a lone surrogate could not go out
    assert set(Cells(table).tags) == {
        *("table", "caption", "thead", "tbody", "tr", "th", "td")
    }


@pytest.mark.parametrize("label", hostile.LABELS, ids=ascii)
def test_a_hostile_label_is_text_in_the_picture(label):
    value = Value(1.0, label=label)
    for picture in (value_svg(value), value_svg(chain(LIMIT) + value)):
        tree = ElementTree.fromstring(picture.encode())
        assert not [e for e in tree.iter() if e.tag in (f"{SVG}script", f"{SVG}image")]


def test_what_is_no_model_is_refused_with_the_way_out():
    with pytest.raises(OperandError, match=r"give an nn\.Module"):
        model_table(3)


def test_neither_engine_nor_nn_loads_viz_before_a_notebook_asks():
    code = """
import sys
import dendrograd, dendrograd.nn
x, model = dendrograd.Value(1.0), dendrograd.nn.MLP(1, [1], seed=0)
repr(x), repr(model)
assert "dendrograd.viz" not in sys.modules
assert x._repr_svg_() and model._repr_html_()
assert "dendrograd.viz" in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
