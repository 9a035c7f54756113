"""`dendrograd demo`: real data, files that are what they say, gradients proven."""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from commands import Command, Told
from rich.console import Console

from dendrograd.__main__ import main
from dendrograd.cli.demo import DATA, Learnt, learn
from dendrograd.cli.pictures import charts, write_tree
from dendrograd.cli.proof import prove
from dendrograd.nn import MLP, Predictor
from dendrograd.viz import decision_boundary

pytestmark = pytest.mark.long

CHARTS = {"loss.png", "confusion.png", "boundary.png"}
TREES = {"tree.svg", "tree.html", "tree.dot", "backprop.html"}
PLOTTED = CHARTS | {"report.html"}  # by matplotlib
FILES = {"model.safetensors"} | TREES | PLOTTED


@pytest.fixture(scope="module", autouse=True)
def coarse() -> Iterator[None]:
    """Ask the network at 400 points of the plane: README's demo asks at all 10,000."""
    with pytest.MonkeyPatch.context() as patch:
        few = partial(decision_boundary, grid_resolution=20)
        patch.setattr("dendrograd.cli.pictures.decision_boundary", few)
        yield


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    """Return a network that has seen the penguins twelve times."""
    return learn(epochs=12, seed=0, console=Console(file=StringIO()))


@pytest.fixture(scope="module")
def drawn(learnt: Learnt) -> dict[str, Any]:
    """Return its charts by name."""
    return {name: display for name, (display, _) in charts(learnt).items()}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Told, Path]:
    """Run the demo; return what it told, and the folder that it wrote.

    Two seconds, once for the module: training, a proof, and a dozen pictures.
    """
    place = tmp_path_factory.mktemp("demo")
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("COLUMNS", "100")
        with redirect_stdout(out), redirect_stderr(err):
            status = main(["demo", "--epochs", "12", "-o", "out"])
    return Told(status, out.getvalue(), err.getvalue()), place / "out"


def test_the_penguins_are_those_of_the_source() -> None:
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = Counter(row["species"] for row in rows)
    assert kinds == {"Adelie": 151, "Gentoo": 123, "Chinstrap": 68}
    assert sum(int(row["body_mass_g"]) for row in rows) == 1_437_000
    digest = hashlib.sha256(DATA.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    assert digest.startswith("34a4b37a01ca6251")
    notice = DATA.with_name("PENGUINS.md").read_text(encoding="utf-8")
    assert "CC0 1.0" in notice
    assert "Gorman" in notice


def test_the_demo_tells_what_it_does_and_writes_what_it_says(
    ran: tuple[Told, Path],
) -> None:
    told, folder = ran
    assert told.status == 0, told
    found = re.search(r"accuracy ([\d.]+): (\d+) of 86 rows right", told.out)
    assert found
    assert float(found[1]) > 0.95
    assert "67 of 67 parameters agree" in told.out
    off = re.search(r"([\d.e-]+) with forward mode, ([\d.e-]+) with finite", told.out)
    assert off
    assert float(off[1]) < 1e-13
    assert float(off[2]) < 1e-9
    written = {file.name for file in folder.iterdir()}
    assert written == FILES
    assert all(name in told.out for name in written)
    for name in CHARTS:
        assert (folder / name).read_bytes().startswith(b"\x89PNG\r\n")
    for file in folder.glob("*.svg"):
        ElementTree.parse(file)


def test_the_saved_model_is_all_that_a_prediction_takes(
    ran: tuple[Told, Path],
) -> None:
    predictor = Predictor.load(ran[1] / "model.safetensors")
    with DATA.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert predictor.columns is not None
    rows = [[float(row[name]) for name in predictor.columns] for row in table]
    guesses = predictor.predict(rows).tolist()
    right = sum(g == row["species"] for g, row in zip(guesses, table, strict=True))
    assert right > 0.95 * len(table)


def test_the_charts_show_the_run_itself(learnt: Learnt, drawn: dict[str, Any]) -> None:
    assert drawn.keys() == CHARTS
    assert drawn["loss.png"].curves == {
        name: [record[key] for record in learnt.history]
        for name, key in (("train", "loss"), ("validation", "validation_loss"))
    }
    counts = drawn["confusion.png"].confusion_matrix
    assert counts.trace() / counts.sum() == learnt.accuracy
    assert counts.sum(axis=1).tolist() == [
        learnt.test[1].count(kind) for kind in range(len(learnt.classes))
    ]


def test_few_penguins_lie_on_another_side_of_the_plane_than_they_are(
    learnt: Learnt, drawn: dict[str, Any]
) -> None:
    *_, last = drawn["boundary.png"].ax_.collections
    rings = len(last.get_offsets()) if last.get_label() == "wrong" else 0
    assert rings <= 0.05 * len(learnt.test[1])


def test_without_matplotlib_the_demo_does_all_but_the_charts(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    told = command("demo", "--epochs", "1")
    assert told.status == 0
    assert "in a clone, pip install '.[plot]'" in told.out
    assert "67 of 67 parameters agree" in told.out
    written = {file.name for file in (tmp_path / "dendrograd-demo").iterdir()}
    assert written == FILES - PLOTTED


def test_the_trees_are_those_of_one_penguin(ran: tuple[Told, Path]) -> None:
    for name in TREES:  # all without Graphviz, which is hidden from the tests
        text = (ran[1] / name).read_text(encoding="utf-8")
        assert "bill_length_mm" in text
        assert "loss" in text


def test_the_report_tells_of_the_run_and_looks_at_every_test_row(
    ran: tuple[Told, Path],
) -> None:
    page = (ran[1] / "report.html").read_text(encoding="utf-8")
    assert "12 epochs" in page
    assert re.search(r"units (is|are) dead|None of 11 units .* for 86 inputs", page)
    assert page.count('class="chart"') == 4 + 2 * 2


def test_the_same_seed_gives_the_same_files(
    command: Command, tmp_path: Path, ran: tuple[Told, Path]
) -> None:
    first, folder = ran
    # Two seconds: only a whole second demo shows that it repeats the first.
    again = command("demo", "--epochs", "12", "--seed", "0", "-o", "out")
    assert timeless(again.out) == timeless(first.out)
    assert (again.status, again.err) == (first.status, first.err)
    names = {file.name for file in folder.iterdir()}
    assert names == {file.name for file in (tmp_path / "out").iterdir()} == FILES
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def timeless(told: str) -> str:
    """Return what the demo tells, without the times that it took."""
    return re.sub(r"((?<=take )|(?<=and )|(?<=took ))[\d.]+ s", "", told)


def test_both_times_are_told_and_the_whole_is_under_a_minute(
    ran: tuple[Told, Path],
) -> None:
    line = r"12 epochs take ([\d.]+) s compiled, and ([\d.]+) s with a graph of every"
    found = re.search(line, ran[0].out)
    whole = re.search(r"all of this took ([\d.]+) s\n$", ran[0].out)
    assert found
    assert whole
    assert float(found[1]) + float(found[2]) < float(whole[1]) < 60.0


def test_the_three_lines_of_an_estimator_run_as_they_are_told(
    ran: tuple[Told, Path], learnt: Learnt, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    *_, first, second, third, _ = ran[0].out.splitlines()
    lines = "\n".join(line.strip() for line in (first, second, third))
    X, goals = learnt.train
    known: dict[str, Any] = {"X": X, "y": [learnt.classes[goal] for goal in goals]}
    exec(lines, known)  # noqa: S102  # lines of the demo itself
    assert known["net"].score(X, known["y"]) > 0.95
    assert capsys.readouterr().out.startswith(f"class {known['y'][0]}, ahead of class ")


def test_it_trains_until_it_gets_no_better_and_says_how_long_that_took(
    learnt: Learnt,
) -> None:
    console = Console(file=StringIO(), width=100)
    done = learn(epochs=200, seed=0, console=console)
    assert isinstance(console.file, StringIO)
    told = console.file.getvalue()
    assert len(learnt.history) == 12 < len(done.history) < 100
    assert done.history[:12] == learnt.history
    assert f"{len(done.history)} epochs take " in told
    assert re.search(r"no loss better by 0.001 in 5 epochs; the model has the", told)


def test_a_terminal_gets_a_progress_bar_and_a_pipe_none() -> None:
    screen = Console(file=StringIO(), force_terminal=True, width=100)
    pipe = Console(file=StringIO())
    for console in (screen, pipe):
        learn(epochs=1, seed=0, console=console)
    assert isinstance(screen.file, StringIO)
    assert isinstance(pipe.file, StringIO)
    assert "━" in screen.file.getvalue()
    assert "━" not in pipe.file.getvalue()


def test_of_many_epochs_the_first_the_last_and_some_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dendrograd.cli.demo.LINES", 2)
    console = Console(file=StringIO())
    learn(epochs=5, seed=0, console=console)
    assert isinstance(console.file, StringIO)
    told = re.findall(r"^epoch (\d+)", console.file.getvalue(), re.MULTILINE)
    assert told == ["1", "3", "5"]


def test_the_tree_holds_the_gradient_of_one_loss_alone(
    learnt: Learnt, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_tree(learnt, tmp_path / name)
    first, again = ((tmp_path / name / "tree.dot").read_text() for name in ("a", "b"))
    assert first == again


def test_a_place_that_cannot_be_written_is_told_before_training(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    told = command("demo", "-o", "file")
    assert "file: is a file; name a folder" in told.refusal
    assert told.out == ""


def test_the_proof_fails_for_a_network_whose_gradient_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = MLP(2, [3, 2], activation="tanh", seed=0)
    assert all(one.good for one in prove(net, [0.5, -1.0], 1).values())
    spoilt = net.layers[0].neurons[0]
    right = spoilt.forward
    monkeypatch.setattr(spoilt, "forward", lambda x: right(x) + 1e-3)
    wrong = [name for name, one in prove(net, [0.5, -1.0], 1).items() if not one.good]
    assert wrong
