"""`dendrograd demo`: real data, files that are what they say, gradients proven."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from collections import Counter
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import Command
from rich.console import Console

from dendrograd.cli.demo import DATA, learn, write_tree
from dendrograd.cli.model import Model
from dendrograd.cli.proof import prove
from dendrograd.nn import MLP

FILES = {"model.safetensors", "loss.svg", "confusion.svg", "boundary.svg", "tree.dot"}


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
    command: Command, tmp_path: Path
) -> None:
    told = command("demo", "--epochs", "12", "-o", "out")
    assert told.status == 0, told
    found = re.search(r"accuracy ([\d.]+): (\d+) of 86 rows right", told.out)
    assert found
    assert float(found[1]) > 0.95
    assert "67 of 67 parameters agree" in told.out
    off = re.search(r"([\d.e-]+) with forward mode, ([\d.e-]+) with finite", told.out)
    assert off
    assert float(off[1]) < 1e-13
    assert float(off[2]) < 1e-9
    written = {file.name for file in (tmp_path / "out").iterdir()}
    assert written == FILES | ({"tree.svg"} if shutil.which("dot") else set())
    for name in written:
        assert name in told.out
        if name.endswith(".svg"):
            ElementTree.parse(tmp_path / "out" / name)
    model = Model.load(tmp_path / "out")
    assert model.predict([[39.1, 18.7, 181.0, 3750.0]])[0][0] == "Adelie"


def test_without_dot_the_demo_says_how_to_get_it(
    command: Command, tmp_path: Path, no_dot: None
) -> None:
    told = command("demo", "--epochs", "1")
    assert told.status == 0
    assert "apt install graphviz" in told.out
    assert {file.name for file in (tmp_path / "dendrograd-demo").iterdir()} == FILES
    tree = (tmp_path / "dendrograd-demo" / "tree.dot").read_text(encoding="utf-8")
    assert "bill_length_mm" in tree
    assert "loss" in tree


def test_the_same_seed_gives_the_same_files(
    command: Command, tmp_path: Path, no_dot: None
) -> None:
    outs = [
        command("demo", "--epochs", "2", "--seed", "4", "-o", name)
        for name in ("a", "b")
    ]
    assert outs[0].out.replace("into a:", "") == outs[1].out.replace("into b:", "")
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (
            tmp_path / "b" / name
        ).read_bytes()


def test_the_tree_holds_the_gradient_of_one_loss_alone(
    tmp_path: Path, no_dot: None
) -> None:
    done = learn(epochs=1, seed=0, console=Console(file=StringIO()))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_tree(done, tmp_path / name)
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
