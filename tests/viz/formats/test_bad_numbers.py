"""Where inf and nan begin is seen at a glance, and data is told from gradients by shape."""

import json
import math
import re
from xml.etree import ElementTree

import dot_language
import pytest

from dendrograd import Value
from dendrograd.viz import animate, draw, draw_dot, tree

SVG = "{http://www.w3.org/2000/svg}"


def sick():
    """A tree with data that is nan from `first` on, and gradients from `third` back."""
    a, b = Value(-1.0, label="a"), Value(2.0, label="b")
    first = a.log()
    third = first * b
    y = third.tanh() * b
    first.label, third.label, y.label = "first", "third", "y"
    y.backward()
    return y


def boxes(svg):
    found = re.findall(r'<g id="b\d+".*?</g>', svg, re.DOTALL)
    return {re.search(r'class="label"[^>]*>([^<]*)<', box)[1]: box for box in found}


def ringed(svg, kind):
    return [n for n, box in boxes(svg).items() if f'class="bad {kind}"' in box]


def ways(svg, kind):
    """Return the lines of a kind of way, and those of arrows by their ends."""
    paths = list(ElementTree.fromstring(svg).iter(f"{SVG}path"))
    lines = {p.get("d"): (p.get("data-src"), p.get("data-dst")) for p in paths}
    return {lines[p.get("d")] for p in paths if p.get("class") == f"way {kind}"}


def test_the_first_bad_value_is_ringed_and_all_bad_data_is_bold():
    svg = draw(sick()).svg
    found = boxes(svg)
    assert ringed(svg, "data") == ["first"]
    bold = re.compile(r'class="data"[^>]*font-weight="700"')
    assert {n for n in found if bold.search(found[n])} == found.keys() - {"a", "b"}
    broken = {n for n in found if "box broken" in found[n]}
    assert broken == {"a", "b", "first", "third"}


def test_the_first_bad_gradient_has_a_ring_of_dashes():
    svg = draw(sick()).svg
    assert ringed(svg, "grad") == ["third"]
    assert "stroke-dasharray" in re.search(r"<rect class=.bad grad.*?>", svg)[0]
    assert "stroke-dasharray" not in re.search(r"<rect class=.bad data.*?>", svg)[0]


def test_a_band_leads_from_the_first_bad_data_to_the_root_and_dots_to_the_leaves():
    y = sick()
    diagram = draw(y)
    number = {box.name: str(box.id) for box in diagram.picture.boxes}
    first, third, root = (number[name] for name in ("first", "third", "y"))
    tanh = next(str(b.id) for b in diagram.picture.boxes if b.operation == "tanh")
    band = {(first, third), (third, tanh), (tanh, root)}
    assert ways(diagram.svg, "data") - {(None, None)} == band
    dots = {(number["a"], first), (first, third), (number["b"], third), (third, tanh)}
    assert {pair for pair in ways(diagram.svg, "grad") if pair[1]} == dots
    widths = dict(re.findall(r'"way (\w+)".*?stroke-width="(\d)', diagram.svg))
    assert widths["data"] > widths["grad"]


def test_finite_data_has_no_ring_where_only_a_gradient_is_bad():
    x = Value(0.0, label="x")
    y = Value(1.0, (x,), (math.nan,))
    y.backward()
    svg = draw(y).svg
    assert "box broken" in svg
    assert ringed(svg, "data") == []
    assert ringed(svg, "grad") == ["x"]
    assert not re.search(r'class="data"[^>]*font-weight="700"', svg)


def test_a_folded_box_that_holds_the_first_bad_value_is_ringed():
    from dendrograd import scope

    a = Value(-1.0, label="a")
    with scope("part"):
        y = a.log() * 2.0
    root = y + 1.0
    root.backward()
    assert ringed(draw(root, fold=1).svg, "data") == ["part"]


def test_nothing_tells_of_a_bad_gradient_before_backward_has_begun():
    y = sick()
    for node in (y, *y.parents):
        node.grad = 0.0
    y = Value(2.0, label="z") * Value(1.0, (Value(0.0),), (math.nan,))
    for text in (draw(y).svg, draw(y).source, draw(y).pipe("txt", "utf-8"), tree(y)):
        assert "gradient not finite" not in text
    assert "gradient not finite" in draw(y, grad="true").svg


def test_words_tell_which_is_which_in_every_format():
    y = sick()
    said = {
        "first": ["data not finite from here on", "gradient not finite, from third"],
        "third": ["data not finite, from first", "gradient not finite from here back"],
        "a": ["gradient not finite, from third"],
        "y": ["data not finite, from first"],
    }
    diagram = draw(y)
    svg, table = boxes(diagram.svg), diagram.pipe("txt", "utf-8").splitlines()
    entries = {b["label"]: b["bad"] for b in json.loads(diagram.pipe("json"))["boxes"]}
    lines = tree(y).splitlines()
    for name, words in said.items():
        text = ", ".join(words)
        assert f'{text}"' in svg[name]
        assert entries[name] == words
        assert next(line for line in table if line.split()[0] == name).endswith(text)
        (line,) = (x for x in lines if re.search(rf"{name}( =.*)?: data", x))
        assert line.endswith(text)


@pytest.mark.parametrize(
    "draw_it", [lambda y: draw(y).source, lambda y: draw_dot(y).source]
)
def test_graphviz_has_marks_of_its_own(draw_it):
    found = dot_language.read(draw_it(sick()))
    tips = {n: a["tooltip"] for n, a in found.nodes.items()}
    (first,) = (
        n
        for n, a in found.nodes.items()
        if "data\\ not" in a["label"] and "log" in a["label"]
    )
    (third,) = (n for n, a in found.nodes.items() if "dashed" in a["style"])
    assert "data not finite from here on" in tips[first]
    assert "gradient not finite from here back" in tips[third]
    source = draw_it(sick())
    assert source.count("arrowtail=odot") == 4
    assert len(re.findall(r'color="#\w+:#\w+:#\w+"', source)) == 3


def test_mermaid_has_marks_of_its_own():
    text = draw(sick()).pipe("mermaid", "utf-8")
    assert re.search(r"classDef data .*stroke-width:5px\n  class n1 data", text)
    assert re.search(r"classDef grad .*stroke-dasharray", text)
    assert text.count("linkStyle") == 5
    assert "data not finite from here on" in re.search(r"  n1\(.*", text)[0]


def test_a_loop_rings_the_first_bad_value_in_its_step():
    svg = animate(sick()).svg
    assert svg.count('class="bad data"') == 1
    assert 'class="way' not in svg
