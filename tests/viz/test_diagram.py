"""A Diagram writes itself in every format, the same bytes each time, whole or not at all."""

import html
import json
import math
import os
import re
import shutil
from xml.etree import ElementTree

import hostile
import pytest
from graphs import roots
from hypothesis import given
from readers import read

from dendrograd import Value, primitive, scope
from dendrograd.viz import DotNotFound, draw
from dendrograd.viz import diagram as module
from dendrograd.viz.diagram import FORMATS

needs_dot = pytest.mark.skipif(
    not shutil.which("dot"), reason="Graphviz's dot is absent"
)


def tree():
    x = Value(2.0, label="x")
    with scope("f"):
        y = (x * 3).tanh()
    root = y * x
    root.backward()
    return root


OWN = {name: row for name, row in FORMATS.items() if not row.needs_dot}
each_format = pytest.mark.parametrize("name", OWN)
ENDINGS = [(ending, row.name) for row in OWN.values() for ending in row.endings]


@pytest.mark.parametrize(("ending", "name"), ENDINGS)
def test_the_ending_says_the_format_and_no_program_is_needed(ending, name, tmp_path):
    diagram = draw(tree())
    for end in (ending, ending.upper()):
        written = diagram.save(tmp_path / f"t{end}")
        assert written == str(tmp_path / f"t{end}")
        with open(written, "rb") as file:
            assert file.read() == diagram.pipe(name)


def test_an_ending_belongs_to_one_format():
    endings = [ending for row in FORMATS.values() for ending in row.endings]
    assert len(set(endings)) == len(endings)
    assert all(end.startswith(".") and end == end.lower() for end in endings)
    assert [name for name, row in FORMATS.items() if name != row.name] == []


def test_render_adds_the_format_to_the_name_as_graphviz_does(tmp_path):
    diagram = draw(tree())
    assert diagram.render("a", tmp_path).endswith("a.svg")
    assert diagram.render("a.v2", tmp_path, format="html").endswith("a.v2.html")
    assert diagram.render(tmp_path / "a.json").endswith("a.json")
    assert sorted(os.listdir(tmp_path)) == ["a.json", "a.svg", "a.v2.html"]


def test_view_opens_the_page_in_the_browser(monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(module.webbrowser, "open", opened.append)
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    path = draw(tree()).view()
    assert path.endswith(".html")
    assert opened == [(tmp_path / os.path.basename(path)).as_uri()]


def test_a_format_that_does_not_exist_is_refused(tmp_path):
    diagram = draw(tree())
    with pytest.raises(ValueError, match="unknown format 'tiff'; use one of svg, html"):
        diagram.pipe("tiff")
    with pytest.raises(ValueError, match="plain' has no ending"):
        diagram.save(tmp_path / "plain")
    assert not os.listdir(tmp_path)


RENDERED = [name for name, row in FORMATS.items() if row.needs_dot]


@pytest.mark.parametrize("name", RENDERED)
def test_what_graphviz_draws_says_how_to_get_it(name, tmp_path):
    with pytest.raises(DotNotFound, match="apt install graphviz"):
        draw(tree()).save(tmp_path / f"a{FORMATS[name].endings[0]}")
    assert not os.listdir(tmp_path)


@pytest.mark.dot
@needs_dot
@pytest.mark.parametrize("name", RENDERED)
def test_graphviz_draws_the_others(name):
    begins = {"png": b"\x89PNG", "pdf": b"%PDF"}.get(name, b"")
    made = draw(tree(), fold=1).pipe(name)
    assert made
    assert made.startswith(begins)


@given(roots())
def test_json_holds_every_box_and_every_arrow(root):
    picture = draw(root, max_nodes=None).picture
    data = json.loads(draw(root, max_nodes=None).pipe("json"))
    assert [float(b["derivative"]) for b in data["boxes"]] == [
        b.adjoint for b in picture.boxes
    ]
    assert [(a["from"], a["to"]) for a in data["arrows"]] == [
        (a.src, a.dst) for a in picture.arrows
    ]


@given(roots(poles=True))
def test_every_format_is_well_formed_whatever_the_numbers_are(root):
    diagram = draw(root)
    for name in OWN:
        read(name, diagram.pipe(name, encoding="utf-8"))


def labelled(labels):
    """Return the root of a tree with some labels on leaves, operations and frames."""
    leaves = []
    for label in labels:
        with scope(label):
            pole = primitive(lambda y, x: (3.0,), symbol=label)(lambda x: math.inf)
            leaves.append(pole(Value(2.0, label=label)))
    root = sum(leaves)
    root.label = labels[0]
    root.backward()
    leaves[0].parents[0].data = 5.0  # which a note tells, as it tells of the pole
    return root


@each_format
def test_hostile_labels_are_text_in_every_format(name):
    hostiles = ["%%{init:\n{}}%%", *hostile.LABELS]
    plain = [f"x{i}" for i in range(len(hostiles))]
    made, harmless = (
        draw(labelled(labels), fold=None, max_nodes=None).pipe(name, encoding="utf-8")
        for labels in (hostiles, plain)
    )
    assert unseen(made) == unseen(harmless)
    assert read(name, made) == read(name, harmless)


def unseen(text):
    return {char for char in text if not hostile.visible(char)}


def letters(text):
    """Return the letters and digits of a text, whatever a format puts around them."""
    bare = html.unescape(re.sub(r"<[^>]*>|\\u[0-9a-f]{4}", "", text))
    return re.sub(r"[^a-zA-Z0-9]", "", bare)


@each_format
def test_no_format_loses_a_note(name):
    x = Value(2.0, label="x")
    root = sum([(x * i).tanh() for i in range(40)]) / 0.0
    x.data = 3.0
    diagram = draw(root, max_nodes=20, grad="true")
    assert len(diagram.notes) > 3
    said = letters(diagram.pipe(name, encoding="utf-8"))
    assert [note for note in diagram.notes if letters(note) not in said] == []


def test_a_notebook_shows_the_picture_with_text_beside_it():
    bundle = draw(tree())._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    assert bundle["text/plain"].splitlines()[0].split() == [
        "x",
        "leaf",
        "data",
        "2",
        "grad",
        "1",
    ]


@pytest.mark.dot
@needs_dot
@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
def test_graphviz_can_give_the_positions(rankdir):
    root = tree()
    ours, theirs = (draw(root, engine=e, rankdir=rankdir) for e in ("auto", "dot"))
    assert ours.picture == theirs.picture
    for rect, other in zip(ours.layout.boxes, theirs.layout.boxes, strict=True):
        assert rect.width == pytest.approx(other.width, abs=0.1)
        assert rect.height == pytest.approx(other.height, abs=0.1)
    ends = [segment.arrows for segment in theirs.layout.segments]
    assert ends == [(i,) for i in range(len(theirs.picture.arrows))]
    frame = theirs.layout.frames[next(iter(theirs.picture.titles))]
    inside = [
        r
        for b, r in zip(theirs.picture.boxes, theirs.layout.boxes, strict=True)
        if b.path
    ]
    assert all(frame.left <= r.left and r.right <= frame.right for r in inside)
    ElementTree.fromstring(theirs.svg)


def test_positions_by_graphviz_without_it_say_how_to_get_it():
    with pytest.raises(DotNotFound, match="engine='dot'"):
        draw(tree(), engine="dot").svg  # noqa: B018  # drawn when it is read


@pytest.mark.dot
@needs_dot
def test_a_graphviz_that_takes_too_long_gives_way_to_our_layout(monkeypatch):
    from dendrograd.viz.formats import positions

    monkeypatch.setattr(positions, "SECONDS", 1e-6)
    root = tree()
    diagram = draw(root, engine="dot")
    assert diagram.notes[-1].startswith("Graphviz took more than")
    assert diagram.layout == draw(root).layout
    assert "this is the layout of dendrograd" in diagram.svg
