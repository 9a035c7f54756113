"""A Diagram writes itself in every format, the same bytes each time, whole or not at all."""

import json
import os
import shutil
from xml.etree import ElementTree

import hostile
import pytest
from dot_language import read
from graphs import roots
from hypothesis import given

from dendrograd import Value, scope
from dendrograd.viz import DotNotFound, draw
from dendrograd.viz import diagram as module

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


@pytest.mark.parametrize(
    "name", ["t.svg", "t.html", "t.dot", "t.gv", "t.mmd", "t.txt", "t.json"]
)
def test_the_ending_says_the_format_and_no_program_is_needed(name, tmp_path):
    diagram = draw(tree())
    written = diagram.save(tmp_path / "new" / name)
    assert written == str(tmp_path / "new" / name)
    starts = {
        "svg": b"<svg",
        "html": b"<!doctype",
        "dot": b"digraph",
        "gv": b"digraph",
        "mmd": b"flowchart",
        "txt": b"x ",
        "json": b"{",
    }
    with open(written, "rb") as file:
        assert file.read().startswith(starts[name.split(".")[1]])


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
    with pytest.raises(ValueError, match="unknown format ''"):
        diagram.save(tmp_path / "plain")
    assert not os.listdir(tmp_path)


def test_png_without_graphviz_says_how_to_get_it(tmp_path):
    for format in ("png", "pdf"):
        with pytest.raises(DotNotFound, match="apt install graphviz"):
            draw(tree()).save(tmp_path / f"a.{format}")
    assert not os.listdir(tmp_path)


@pytest.mark.dot
@needs_dot
def test_graphviz_draws_png_and_pdf(tmp_path):
    diagram = draw(tree(), fold=1)
    assert diagram.pipe("png").startswith(b"\x89PNG")
    assert diagram.pipe("pdf").startswith(b"%PDF")


@given(roots())
def test_json_holds_every_box_and_every_arrow(root):
    picture = draw(root, max_nodes=None).picture
    data = json.loads(draw(root, max_nodes=None).pipe("json"))
    assert [float(b["grad"]) for b in data["boxes"]] == [
        b.adjoint for b in picture.boxes
    ]
    assert [(a["from"], a["to"]) for a in data["arrows"]] == [
        (a.src, a.dst) for a in picture.arrows
    ]


@given(roots(poles=True))
def test_every_format_is_well_formed_whatever_the_numbers_are(root):
    diagram = draw(root)
    ElementTree.fromstring(diagram.svg)
    json.loads(diagram.pipe("json"))
    read(diagram.source)


@pytest.mark.parametrize("label", hostile.LABELS)
def test_hostile_labels_in_mermaid_and_text_keep_to_their_lines(label):
    x = Value(2.0, label=label)
    diagram = draw(x * 3, max_nodes=None)
    lines = diagram.pipe("mermaid", encoding="utf-8").splitlines()
    assert len(lines) == 4
    assert lines[1].startswith('  n0["')
    assert lines[1].endswith('"]')
    assert lines[1].count('"') == 2
    text = diagram.pipe("txt").decode()
    assert len(text.splitlines()) == 2 + len(diagram.notes)


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
