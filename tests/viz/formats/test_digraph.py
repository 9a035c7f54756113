"""Rendering with the program `dot`, and what is left without it."""

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import graphviz
import hostile
import pytest

from dendrograd import Value, scope
from dendrograd.errors import DendrogradError, MissingToolError
from dendrograd.viz import draw_dot

pytestmark = pytest.mark.dot
needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None,
    reason="the Graphviz program `dot` is not installed: apt install graphviz",
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def without_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def drawing():
    x = Value(3.0, label="x")
    y = (x * 2).tanh()
    y.backward()
    return draw_dot(y)


@pytest.mark.parametrize(
    "render",
    [
        lambda d: d.pipe(),
        lambda d: d.pipe(format="png"),
        lambda d: d.render("tree"),
        lambda d: d.render(outfile="tree.svg"),
        lambda d: d.view(),
        lambda d: d.unflatten(stagger=3),
        lambda d: d.copy().pipe(),
    ],
)
def test_rendering_without_dot_says_how_to_get_it(without_dot, drawing, render):
    with pytest.raises(MissingToolError) as caught:
        render(drawing)
    for way in (
        "apt install graphviz",
        "brew install graphviz",
        "winget install Graphviz.Graphviz",
        ".save('tree.dot')",
    ):
        assert way in str(caught.value)
    for kind in (DendrogradError, ImportError, graphviz.ExecutableNotFound):
        assert isinstance(caught.value, kind)


def test_source_and_saving_need_no_dot(without_dot, drawing, tmp_path):
    path = drawing.save("tree.dot")
    assert path == "tree.dot"
    assert (tmp_path / path).read_text(encoding="utf-8") == drawing.source
    assert drawing.source.startswith("digraph dendrograd {")


def test_a_notebook_without_dot_shows_the_hint_and_the_source(without_dot, drawing):
    bundle = drawing._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert "brew install graphviz" in bundle["text/plain"]
    assert bundle["text/plain"].endswith(drawing.source)


def test_saving_writes_whole_or_not_at_all(drawing, tmp_path, monkeypatch):
    old = tmp_path / "tree.dot"
    old.write_text("old")

    def full_disk(*_):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full_disk)
        with pytest.raises(OSError, match="no space"):
            drawing.save(old)
    assert [path.name for path in tmp_path.iterdir()] == ["tree.dot"]
    assert old.read_text() == "old"
    drawing.save(old, skip_existing=True)
    assert old.read_text() == "old"
    drawing.save("tree.dot", directory=tmp_path / "made" / "for it")
    assert (tmp_path / "made/for it/tree.dot").read_text("utf-8") == drawing.source


def run_dot(source, kind):
    run = subprocess.run(
        ["dot", f"-T{kind}"], input=source.encode(), capture_output=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, b"")
    return run.stdout


def hostile_tree():
    leaves = []
    for label in hostile.LABELS:
        with scope(label):
            leaves.append(Value(2.0, label=label))
    root = sum(leaves)
    root.label = "sum</svg>"
    root.backward()
    return root


@needs_dot
@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_dot_shows_every_label_literally(rankdir):
    drawing = draw_dot(hostile_tree(), rankdir=rankdir)
    svg = ET.fromstring(run_dot(drawing.source, "svg"))
    boxes, frames = [], []
    for group in svg.iter(f"{SVG}g"):
        lines = [t.text.replace("\xa0", " ") for t in group.findall(f".//{SVG}text")]
        if "leaf" in group.get("class", "").split():
            assert lines[-2:] == ["data 2", "grad 1"]
            boxes.append(lines[:-2])
        elif group.get("class") == "cluster":
            frames.append(lines)
    wanted = [hostile.LONG.get(x, hostile.seen(x)) for x in hostile.LABELS]
    assert sorted(boxes) == sorted(drawn_lines(x or "leaf") for x in wanted)
    assert sorted(frames) == sorted(drawn_lines(x) for x in wanted)
    assert not any("href" in name for e in svg.iter() for name in e.attrib)
    assert not list(svg.iter(f"{SVG}script"))


def drawn_lines(text):
    """Return the lines with anything on them: dot writes no element for the others."""
    return [line for line in text.split("\n") if line]


@needs_dot
@pytest.mark.parametrize("label", hostile.TOO_LONG.values(), ids=hostile.TOO_LONG)
def test_dot_draws_a_tree_whose_labels_are_too_long_for_it(label):
    x = Value(2.0, label=label)
    with scope(label), scope(label):
        root = x * x
    root.label = label
    svg = ET.fromstring(run_dot(draw_dot(root).source, "svg"))
    assert len(svg.findall(f".//{SVG}g[@class='cluster']")) == 2
    assert any("…" in (text.text or "") for text in svg.iter(f"{SVG}text"))


@needs_dot
def test_dot_reads_the_tree_that_was_drawn():
    source = draw_dot(hostile_tree()).source
    read = json.loads(run_dot(source, "json"), strict=False)
    names = [thing["name"] for thing in read["objects"]]
    count = len(hostile.LABELS)
    assert sum(name.startswith("cluster") for name in names) == count
    assert sum(re.fullmatch(r"n\d+", name) is not None for name in names) == 2 * count
    assert len(read["edges"]) == 2 * count - 1


@needs_dot
def test_a_notebook_with_dot_shows_the_picture(drawing):
    bundle = drawing._repr_mimebundle_()
    assert list(bundle) == ["image/svg+xml"]
    assert "data 0.9999" in bundle["image/svg+xml"].replace("&#160;", " ")
    assert drawing._repr_mimebundle_(exclude=["image/svg+xml"]) == {}


FAILING = """#!/bin/sh
while [ $# -gt 1 ]; do
  case $1 in -o) out=$2 ;; -T*) kinds=${1#-T} ;; esac
  shift
done
source=$1 ending=
IFS=:  # dot's -O puts svg:cairo:gd into source.gd.cairo.svg
for kind in $kinds; do ending=.$kind$ending; done
echo half >"${out:-$source$ending}"
exit 3
"""
RENDERINGS = {
    "by its own name": lambda d, at: d.render(directory=at),
    "by a name": lambda d, at: d.render(at / "tree.gv"),
    "by a renderer": lambda d, at: d.render(at / "t", renderer="cairo", formatter="gd"),
    "into a picture": lambda d, at: d.render(outfile=at / "tree.svg"),
    "of two names": lambda d, at: d.render("s.gv", at, outfile=at / "tree.svg"),
    "into new folders": lambda d, at: d.render(at / "new" / "er" / "tree.gv"),
    "to view": lambda d, at: d.view(at / "tree.gv"),
}


@pytest.fixture(params=["absent", "failing"])
def no_good_dot(request, tmp_path_factory, monkeypatch):
    """A PATH without `dot`, and one whose `dot` fails with half a picture written."""
    if os.name == "nt":
        pytest.skip("a shell script stands for dot here")
    folder = tmp_path_factory.mktemp("bin")
    if request.param == "failing":
        (folder / "dot").write_text(FAILING)
        (folder / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def contents(folder):
    return {
        str(path.relative_to(folder)): path.is_file() and path.read_bytes()
        for path in folder.rglob("*")
    }


@pytest.mark.filterwarnings("ignore:Signature of .*render:PendingDeprecationWarning")
@pytest.mark.parametrize("how", RENDERINGS)
def test_a_failed_rendering_leaves_no_file(no_good_dot, drawing, tmp_path, how):
    with pytest.raises((MissingToolError, graphviz.CalledProcessError)):
        RENDERINGS[how](drawing, tmp_path)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("how", RENDERINGS)
def test_a_failed_rendering_leaves_what_was_there(no_good_dot, drawing, tmp_path, how):
    names = ["tree.gv", "tree.svg", "tree.gv.svg", "t", "s.gv", "dendrograd.gv"]
    for name in [*names, "dendrograd.gv.svg"]:
        (tmp_path / name).write_text(f"the old {name}")
    (tmp_path / "new").mkdir()
    before = contents(tmp_path)
    with pytest.raises((MissingToolError, graphviz.CalledProcessError)):
        RENDERINGS[how](drawing, tmp_path)
    assert contents(tmp_path) == before


def test_a_failed_rendering_through_a_link_leaves_the_link(
    no_good_dot, drawing, tmp_path
):
    (tmp_path / "tree.gv").symlink_to("dangling")
    with pytest.raises((MissingToolError, graphviz.CalledProcessError)):
        drawing.render(tmp_path / "tree.gv")
    assert [path.name for path in tmp_path.iterdir()] == ["tree.gv"]
    assert not (tmp_path / "tree.gv").exists()


@needs_dot
def test_a_viewer_that_fails_leaves_the_picture(drawing, tmp_path, monkeypatch):
    def no_viewer(path, quiet):
        raise RuntimeError(f"no viewer for {path}, quiet={quiet}")

    monkeypatch.setattr(graphviz, "view", no_viewer)
    with pytest.raises(RuntimeError, match=r"tree\.gv\.svg, quiet=True"):
        drawing.view(tmp_path / "tree.gv", quiet_view=True)
    assert sorted(contents(tmp_path)) == ["tree.gv", "tree.gv.svg"]


@needs_dot
def test_an_unknown_format_leaves_no_file(drawing, tmp_path):
    for wrong in ({"format": "tiff9"}, {"format": "svg", "renderer": "gd"}):
        with pytest.raises((ValueError, graphviz.CalledProcessError)):
            drawing.render(tmp_path / "tree.gv", **wrong)
        assert contents(tmp_path) == {}


@needs_dot
def test_rendering_writes_the_picture(drawing, tmp_path):
    path = drawing.render(tmp_path / "tree.dot", format="png", cleanup=True)
    assert (tmp_path / "tree.dot.png").read_bytes().startswith(b"\x89PNG")
    assert path == str(tmp_path / "tree.dot.png")
    assert [p.name for p in tmp_path.iterdir()] == ["tree.dot.png"]
