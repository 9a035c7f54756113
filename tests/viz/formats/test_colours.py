"""A colour shows one number, the legend says which, and nothing else depends on it."""

import re
from xml.etree import ElementTree

import pytest
from graphs import programs
from hypothesis import given, settings

from dendrograd import Value
from dendrograd.viz import draw, draw_dot, trace
from dendrograd.viz.formats.paint import line_kind
from dendrograd.viz.model.colours import COLORS, amounts
from dendrograd.viz.style import shade

SVG = "{http://www.w3.org/2000/svg}"
PAINT = {"fill", "stroke", "stroke-width", "stroke-dasharray"}
TINTS = re.compile(
    r"\b(zero|broken|positive\d|negative\d|up|down|flat|bad|g[0-9a-f]{8}\S*)\b"
)


def bare(svg):
    """Return all elements of a picture but for colours, legend, size and style sheet."""
    root = ElementTree.fromstring(svg)
    for g in root.findall(f"{SVG}g[@class='legend']"):
        root.remove(g)
    for style in root.findall(f"{SVG}style"):
        root.remove(style)
    inside = root.find(f"{SVG}g")
    found = []
    for e in inside.iter():
        kept = {k: TINTS.sub("", v) for k, v in e.attrib.items() if k not in PAINT}
        found.append((e.tag, e.text, kept))
    return found


def tree():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = (a * b + 10.0) * a
    y.label = "y"
    return y


@settings(max_examples=25)
@given(programs())
def test_a_mode_changes_colours_alone(root):
    root.backward()
    for fold in (None, 1):
        pictures = [draw(root, color=color, fold=fold) for color in COLORS]
        first, *others = pictures
        assert all(bare(other.svg) == bare(first.svg) for other in others)
        assert all(other.layout == first.layout for other in others)
        assert len({d.pipe("txt") for d in pictures}) == 1
        assert len({d.pipe("json") for d in pictures}) == 1
        assert len({d.pipe("mermaid") for d in pictures}) == 1


@settings(max_examples=25)
@given(programs())
def test_boxes_and_lines_have_the_colour_of_their_number(root):
    root.backward()
    graph = trace(root)
    for fold in (None, 1):
        picture = draw(root, fold=fold, max_nodes=None).picture
        made = {c: amounts(picture, graph, c, "own") for c in COLORS}
        for box in picture.boxes:
            out = [i for i, a in enumerate(picture.arrows) if a.src == box.id]
            if box.data is None or box.adjoint is None:
                continue
            term = box.data * box.adjoint
            assert made["data"].boxes[box.id] == box.data
            assert made["contribution"].boxes[box.id] == term
            assert all(made["data"].arrows[i] == box.data for i in out)
            whole = sum(made["contribution"].arrows[i] for i in out)
            assert box.id == picture.root or whole == pytest.approx(term, abs=1e-9)
        for color in COLORS:
            svg = draw(root, fold=fold, max_nodes=None, color=color).svg
            step = shade(x for x in made[color].boxes if x is not None)
            tints = re.findall(r'<rect class="box (\w+)"', svg)
            wanted = ["zero" if x is None else step(x) for x in made[color].boxes]
            assert tints == wanted
            lines = re.findall(
                r'<path id="a(\d+)" class="arrow (\w+)|class="arrow (\w+)[^>]*id="a(\d+)"',
                svg,
            )
            for a, kind, other, b in lines:
                assert (kind or other) == line_kind(made[color].arrows[int(a or b)])


def test_a_contribution_is_what_a_linear_root_loses_where_the_leaf_becomes_0():
    def root(a, b):
        return (a * 3.0 - b / 4.0) * 2.0 + a, [a, b]

    y, leaves = root(Value(2.5), Value(-1.5))
    picture = draw(y).picture
    made = amounts(picture, trace(y), "contribution", "true")
    for i, box in enumerate(b for b in picture.boxes if b.kind == "leaf"):
        numbers = [0.0 if k == i else leaf.data for k, leaf in enumerate(leaves)]
        lost = y.data - root(*map(Value, numbers))[0].data
        assert made.boxes[box.id] == pytest.approx(lost, rel=1e-12)


def test_a_line_that_hands_on_nan_is_not_one_that_hands_on_nothing():
    x = Value(-1.0, label="x")
    y = x.log() * 2.0 + x
    y.backward()
    found = re.findall(r'class="arrow (\w+)', draw(y, color="data").svg)
    assert sorted(found) == ["bad", "bad", "down", "down"]


def kinds(svg):
    return {
        *re.findall(r'class="box (\w+)"', svg),
        *re.findall(r'class="(?:arrow|trunk) (\w+)', svg),
    }


def test_until_backward_has_begun_only_data_has_colours():
    y = tree()
    for color in ("grad", "contribution"):
        svg = draw(y, color=color).svg
        assert kinds(svg) == {"zero", "flat"}
        assert len(set(re.findall(r'stroke-width="([\d.]+)" data-src', svg))) == 1
        assert "no colour: every grad is 0" in svg
        dot = draw(y, color=color).source
        assert set(re.findall(r'class="\w+ (\w+)"', dot)) == {"zero"}
        assert "no colour: every grad is 0" in dot
    assert kinds(draw(y, color="data").svg) > {"up", "down"}
    assert "positive" not in draw(y).svg.partition("</style>")[2]


@pytest.mark.parametrize("color", COLORS)
def test_the_legend_says_what_the_colours_are_of(color):
    y = tree()
    y.backward()
    diagram = draw(y, color=color)
    for text in (diagram.svg, diagram.source):
        said = re.findall(r"colour: ([a-z]+)", text)
        assert said == [color]
    assert ("what y loses where a box becomes 0" in diagram.svg) == (
        color == "contribution"
    )
    assert "not finite" not in diagram.svg


def test_the_legend_tells_marks_by_their_shape():
    x = Value(-1.0, label="x")
    y = x.log().tanh() * 2.0
    y.backward()
    (legend,) = re.findall(r'<g class="legend".*?</g>', draw(y).svg)
    for sign in ("key broken", "bad data", "way data", "bad grad", "way grad"):
        assert f'class="{sign}"' in legend
    assert "data not finite from here on" in legend
    assert "gradient not finite from here back" in legend
    words = draw(y).source
    assert "heavy border, then triple lines: data not finite from here on" in words
    assert "dashed border, then hollow dots: gradient not finite" in words


def test_no_line_below_a_small_picture_is_cut_off():
    a = Value(1.0)
    svg = ElementTree.fromstring(draw(a * 2.0, color="data").svg)
    wide = float(svg.get("viewBox").split()[2])
    texts = [t for t in svg.iter(f"{SVG}text") if t.get("class") == "remark"]
    assert len(texts) > 3
    for text in texts:
        assert float(text.get("x")) + 0.62 * 10 * len(text.text) <= wide


def test_graphviz_tints_by_the_number_that_was_asked_for():
    y = tree()
    y.backward()
    picture = draw(y).picture
    for color in COLORS:
        made = amounts(picture, trace(y), color, "own")
        step = shade(made.boxes)
        found = dict(
            re.findall(r'n(\d+) \[.*?class="\w+ (\w+)"', draw(y, color=color).source)
        )
        assert found == {str(i): step(x) for i, x in enumerate(made.boxes)}
    assert re.findall(r'class="(\w+ \w+)"', draw_dot(y).source) == re.findall(
        r'class="(\w+ \w+)"', draw(y).source
    )
