"""An explanation below its picture: the paths in words, each name of which has a box."""

import json

from graphs import roots
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrograd import Value
from dendrograd.backprop import toposort
from dendrograd.viz import explain
from dendrograd.viz.explanation.below import below
from dendrograd.viz.explanation.prose import ENDS


@given(roots(steps=6), st.integers(1, 4), st.data())
@settings(max_examples=40, deadline=None)
def test_each_path_is_told_by_the_nodes_that_it_leads_over(root, k, data):
    leaf = data.draw(st.sampled_from(toposort(root)))
    explanation = explain(root, leaf, k)
    picture = explanation.draw().picture
    first, *told = below(explanation, picture)
    assert str(explanation).startswith(first.text)
    paths = [path for path in explanation.paths if path.edges]
    assert len(told) == len(paths)
    for note, path in zip(told, paths, strict=True):
        assert note.text in picture.notes
        nodes = [path.edges[0].src, *(edge.dst for edge in path.edges)]
        assert [x.node for x in note.pieces if not isinstance(x, str)] == nodes


def test_names_are_those_of_the_boxes_and_lead_there():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    y = (a * b).tanh() * a + (a * b).tanh()
    y.label = "y"
    diagram = explain(y, b).draw()
    page = diagram.html.split('id="data">')[1].split("</script>")[0]
    links = [
        x
        for note in json.loads(page)["notes"]
        for x in note
        if x and x[1:2] and not isinstance(x, str)
    ]
    assert links
    for name, way in links:
        assert diagram.picture.boxes[way[-1]].spoken == name
    assert "tanh(a * b) #2" in {name for name, _ in links}


def test_a_long_path_is_told_by_its_ends():
    x = y = Value(0.5, label="x")
    for _ in range(100):
        y = y * 0.9
    explanation = explain(y, x)
    _, note = below(explanation, explanation.draw().picture)
    assert f" → … {101 - 2 * ENDS} more … → " in note.text
    assert len(note.pieces) == 1 + 4 * ENDS + 1


def test_a_picture_of_an_explanation_is_written_with_its_words(tmp_path):
    x = Value(0.5, label="x")
    explanation = explain((x * 2).tanh(), x, names=True)
    explanation.draw(tmp_path / "why.svg")
    text = (tmp_path / "why.svg").read_text("utf-8")
    assert "path 1: 0.8399: x → n1 → n2" in text
    assert explanation.draw(names=False).notes[-1].endswith("x → x * 2 → tanh(x * 2)")
