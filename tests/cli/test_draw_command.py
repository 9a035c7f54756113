"""`dendrograd draw`: value, gradient, and the tree as a file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from commands import Command

from dendrograd import Value, tanh
from dendrograd.cli.draw import draw as tree
from dendrograd.cli.errors import CommandError
from dendrograd.viz import draw, draw_dot, explain
from dendrograd.viz.diagram import FORMATS, Format

NEURON = ("tanh(w*x + b)", "w=2", "x=-1", "b=0.5")
pytestmark = pytest.mark.dot
needs_dot = pytest.mark.skipif(
    not shutil.which("dot"), reason="Graphviz's dot is absent"
)


def test_value_and_gradient_are_those_of_the_same_python(command: Command) -> None:
    w, x, b = Value(2.0), Value(-1.0), Value(0.5)
    y = tanh(w * x + b)
    y.backward()
    lines = command("draw", *NEURON).out.splitlines()
    assert lines[0] == f"value {y.data!r}"
    assert [line.split() for line in lines[2:]] == [
        ["w", "2.0", repr(w.grad)],
        ["x", "-1.0", repr(x.grad)],
        ["b", "0.5", repr(b.grad)],
    ]


def test_the_dot_file_is_the_tree_that_draw_dot_draws(
    command: Command, tmp_path: Path, no_dot: None
) -> None:
    told = command("draw", *NEURON, "-o", "tree.dot")
    assert told.status == 0
    assert told.out.endswith("wrote tree.dot\n")
    w, x, b = (
        Value(data, label=label) for data, label in ((2, "w"), (-1, "x"), (0.5, "b"))
    )
    y = tanh(w * x + b)
    y.backward()
    assert (tmp_path / "tree.dot").read_text() == draw_dot(y).source


OWN, RENDERED = (
    [
        (end, row)
        for row in FORMATS.values()
        if row.needs_dot is dot
        for end in row.endings
    ]
    for dot in (False, True)
)


@pytest.mark.parametrize(("ending", "row"), OWN)
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_the_ending_chooses_the_format_without_dot(
    command: Command, tmp_path: Path, no_dot: None, case: Any, ending: str, row: Format
) -> None:
    assert command("draw", *NEURON, "-o", f"tree{case(ending)}").status == 0
    root, _ = tree(NEURON[0], NEURON[1:])
    wanted = draw_dot(root).source if row.name == "dot" else draw(root).pipe(row.name)
    written = (tmp_path / f"tree{case(ending)}").read_bytes()
    assert written == (wanted.encode() if isinstance(wanted, str) else wanted)


@needs_dot
@pytest.mark.parametrize(("ending", "row"), RENDERED)
def test_dot_draws_the_other_endings(
    command: Command, tmp_path: Path, ending: str, row: Format
) -> None:
    assert command("draw", *NEURON, "-o", f"tree{ending}").status == 0
    start = {"png": b"\x89PNG", "pdf": b"%PDF"}.get(row.name, b"")
    assert (tmp_path / f"tree{ending}").read_bytes().startswith(start)


def test_the_help_names_what_needs_dot(command: Command) -> None:
    named = " and ".join(ending for ending, _ in RENDERED)
    told = " ".join(command("draw", "--help").out.split())
    assert f"only {named} need another program, dot" in told


def test_without_dot_the_figures_are_told_and_the_way_out(
    command: Command, tmp_path: Path, no_dot: None
) -> None:
    told = command("draw", *NEURON, "-o", "tree.png")
    assert told.out.startswith("value ")
    for hint in ("apt install graphviz", "brew", "winget", "-o tree.svg"):
        assert hint in told.refusal
    assert list(tmp_path.iterdir()) == []


def test_a_large_tree_is_folded_to_fit_a_page(
    command: Command, tmp_path: Path, no_dot: None
) -> None:
    text = "+".join(["x * y"] * 600)
    assert command("draw", text, "x=1", "y=2", "-o", "tree.svg").status == 0
    told = (tmp_path / "tree.svg").read_text("utf-8")
    assert "1,201 nodes are too many for one page" in told
    assert told.count('class="node') < 100


@pytest.mark.parametrize(
    ("ending", "start"), [(".svg", "<svg"), (".html", "<!doctype")]
)
def test_play_makes_the_picture_move(
    command: Command, tmp_path: Path, no_dot: None, ending: str, start: str
) -> None:
    assert command("draw", *NEURON, "-o", f"tree{ending}", "--play").status == 0
    still = command("draw", *NEURON, "-o", f"still{ending}")
    assert still.status == 0
    moving = (tmp_path / f"tree{ending}").read_text("utf-8")
    assert moving.startswith(start)
    assert moving != (tmp_path / f"still{ending}").read_text("utf-8")
    assert ("@keyframes" in moving) == (ending == ".svg")


def test_explain_tells_the_paths_and_the_picture_shows_them(
    command: Command, tmp_path: Path, no_dot: None
) -> None:
    told = command("draw", "x*x - 5*x", "x=3", "--explain", "x", "-o", "why.svg")
    w = Value(3.0, label="x")
    y = w * w - 5 * w
    assert str(explain(y, w)) in told.out
    assert "strong" in (tmp_path / "why.svg").read_text("utf-8")


def test_a_dot_that_fails_is_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.name == "nt":
        pytest.skip("a shell script stands for dot here")
    fake = tmp_path / "bin" / "dot"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent))
    told = command("draw", "x", "x=1", "-o", "tree.png")
    assert "tree.png: dot failed (" in told.refusal
    assert not (tmp_path / "tree.png").exists()


def test_a_tree_goes_where_a_link_leads_and_not_onto_a_folder(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "tree.dot").symlink_to("real.dot")
    assert command("draw", "x", "x=1", "-o", "tree.dot").status == 0
    assert (tmp_path / "tree.dot").is_symlink()
    assert (tmp_path / "real.dot").read_text("utf-8").startswith("digraph")
    (tmp_path / "folder.dot").mkdir()
    told = command("draw", "x", "x=1", "-o", "folder.dot")
    assert "folder.dot is a directory, not a regular file" in told.refusal


def test_a_minus_sign_comes_first_without_ado(command: Command) -> None:
    assert command("draw", "-x + 1", "x=-3").out.startswith("value 4.0\n")
    assert command("draw", "x=-3", "x=-3").status == 2
    assert command("draw", "-(x)", "x=-3", "-o", "tree.dot").status == 0


def test_values_may_be_arithmetic_of_constants(command: Command) -> None:
    assert command("draw", "sin(x)", "x=pi/2").out.startswith("value 1.0\n")


def test_an_expression_without_names_has_a_value_and_a_drawing(
    command: Command,
) -> None:
    told = command("draw", "2 + 3", "-o", "tree.dot")
    assert told.out == "value 5.0\nwrote tree.dot\n"


def test_brackets_are_no_colours_and_colons_no_emoji(command: Command) -> None:
    told = command("draw", "x + sum([red])", "x=1", "red=2")
    assert "red" in told.out
    assert "\x1b" not in told.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument"),
        (("x.real", "x=2"), "an expression cannot hold an attribute: 'x.real'"),
        (("x + y", "x=2"), "y has no value; add y=NUMBER"),
        (("x + y",), "x, y have no values; add x=NUMBER y=NUMBER"),
        (("x", "x=2", "z=2"), "z is given, but the expression has no z"),
        (("x", "x=2", "x=3"), "x is given twice"),
        (("x", "x=two"), "x=two: the value is not a number: two has no value"),
        (("x", "x=1e999"), "x=1e999: the value is not a number: the number is too"),
        (("x", "x=[1]"), "x=[1]: the value is not a number"),
        (("x", "x"), "'x': an argument is NAME=VALUE"),
        (("x", "x=1", "-o", "tree.gif"), "tree.gif: unknown ending '.gif'"),
        (("x", "x=1", "-o", "tree"), "tree: unknown ending ''"),
        (("x", "x=1", "-o", "no/tree.dot"), "no/tree.dot: cannot be written"),
        (("x", "x=1", "--out"), "requires an argument"),
        (("x", "x=1", "--play"), "--play needs a file to write"),
        (
            ("x", "x=1", "--play", "-o", "a.png"),
            "unknown ending '.png' of a moving picture",
        ),
        (("x*y", "x=1", "y=2", "--explain", "z"), "no such name; there are x, y"),
        (("--x", "x=1"), "No such option"),
    ],
)
def test_wrong_use_is_told_in_one_line(
    command: Command, arguments: list[str], message: str
) -> None:
    assert message in command("draw", *arguments).refusal


@pytest.mark.parametrize("text", ["L = a * b", "L=a*b", "  L  = a*b"])
def test_a_name_before_the_expression_is_the_roots(text: str) -> None:
    root, names = tree(text, ["a=2", "b=3"])
    assert (root.label, root.data, [x.label for x in names]) == ("L", 6.0, ["a", "b"])
    assert [x.grad for x in names] == [3.0, 2.0]


def test_a_named_leaf_keeps_its_own_name() -> None:
    root, (a,) = tree("L = a", ["a=2"])
    assert (root.label, a.label, a.grad) == ("L", "a", 1.0)


def test_a_comparison_is_no_name() -> None:
    with pytest.raises(CommandError, match="comparison"):
        tree("L == a", ["a=2"])
