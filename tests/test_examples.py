"""The notebooks in examples/ show a picture in every cell, and the GPT is a GPT."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.long

FOLDER = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PICTURES = {"image/svg+xml", "text/html"}
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def code_cells(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@each_notebook
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    for cell in code_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@each_notebook
def test_every_cell_of_a_notebook_shows_a_picture_and_no_error(
    path: Path, tmp_path: Path
) -> None:
    # Ten seconds: a kernel of its own starts, and nbconvert, and a network is trained.
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook"]
    done = subprocess.run(
        [*command, "--output-dir", str(tmp_path), str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for cell in code_cells(tmp_path / path.name):
        source, outputs = "".join(cell["source"]), cell["outputs"]
        assert [one["output_type"] for one in outputs] == ["execute_result"], source
        shown = outputs[0]["data"]
        assert shown.keys() & PICTURES, source
        assert "text/plain" in shown, source


# The GPT -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gpt() -> Any:
    """Return the module examples/microgpt.py, which is not part of a package."""
    spec = importlib.util.spec_from_file_location("microgpt", FOLDER / "microgpt.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def small(gpt: Any) -> Any:
    return gpt.GPT(width=8, heads=2, layers=2, rng=Random(1))


def test_the_names_are_what_their_description_says(gpt: Any) -> None:
    lines = gpt.NAMES.read_text("utf-8").splitlines()
    assert len(lines) == len(set(lines)) == 2000
    assert set().union(*lines) == set(string.ascii_lowercase)
    assert all(0 < len(name) < gpt.LONGEST for name in lines)
    assert "names.txt" in (FOLDER / "README.md").read_text("utf-8")
    assert gpt.encode("ada") == [0, 1, 4, 1, 0]


def test_the_loss_is_that_of_matrices_under_a_causal_mask(gpt: Any, small: Any) -> None:
    w = small.state_dict()
    tokens = np.array(gpt.encode("dendro"))
    n, heads, size = len(tokens) - 1, 2, 4

    def normed(x: Any) -> Any:
        return x / np.sqrt((x * x).mean(1, keepdims=True) + 1e-5)

    def shares(x: Any) -> Any:
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    x = normed(w["token"][tokens[:-1]] + w["place"][:n])
    for block in ("blocks.0", "blocks.1"):
        q, k, v = (
            (normed(x) @ w[f"{block}.attention.{name}.weight"].T)
            .reshape(n, heads, size)
            .swapaxes(0, 1)
            for name in ("query", "key", "value")
        )
        later = np.triu(np.full((n, n), -np.inf), 1)
        found = shares(q @ k.swapaxes(1, 2) / math.sqrt(size) + later) @ v
        x = (
            x
            + found.swapaxes(0, 1).reshape(n, -1) @ w[f"{block}.attention.mix.weight"].T
        )
        wide = np.maximum(normed(x) @ w[f"{block}.perceptron.parts.0.weight"].T, 0.0)
        x = x + wide @ w[f"{block}.perceptron.parts.2.weight"].T
    p = shares(x @ w["logits.weight"].T)[range(n), tokens[1:]]
    loss = gpt.loss_of(small, ["dendro"]).data
    assert loss == pytest.approx(-np.log(p).mean(), rel=1e-12)


def test_the_loss_falls_below_that_of_letters_alone(gpt: Any) -> None:
    rng, names = Random(0), ["ana", "nan", "an", "na"]
    losses = list(gpt.train(gpt.GPT(8, 2, 1, rng), names, 25, rng))
    counted = gpt.loss_of_counts(names * 100, names, 0)
    assert losses[0] == pytest.approx(math.log(27), abs=0.2)  # it knows nothing yet
    assert sum(losses[-5:]) / 5 < counted


def test_counts_give_the_entropy_of_what_they_have_counted(gpt: Any) -> None:
    names = ["ab"] * 100_000
    assert gpt.loss_of_counts(names, ["ab"], 0) == pytest.approx(math.log(3), rel=1e-3)
    assert gpt.loss_of_counts(names, ["ab"], 1) == pytest.approx(0.0, abs=1e-3)
    assert gpt.loss_of_counts([], ["ab"], 2) == pytest.approx(math.log(27))


def test_the_same_seed_invents_the_same_names(gpt: Any, small: Any) -> None:
    names = [[gpt.invent(small, Random(seed)) for _ in range(2)] for seed in range(5)]
    assert all(first == second for first, second in names)
    assert len({first for first, _ in names}) > 1


TRAINING = """
import microgpt
from random import Random
rng = Random(3)
model = microgpt.GPT(8, 2, 1, rng)
losses = list(microgpt.train(model, ["ada", "grace"] * 2, 3, rng))
print([loss.hex() for loss in losses], [p.data.hex() for p in model.parameters()])
print([microgpt.invent(model, rng) for _ in range(3)])
"""


def test_both_implementations_train_to_the_same_bits() -> None:
    # Three seconds: two processes of their own. Without the twin, both are Python's.
    told = set()
    for number, pure in enumerate(("0", "1")):
        changed = {"DENDROGRAD_PURE": pure, "PYTHONHASHSEED": str(number)}
        done = subprocess.run(
            [sys.executable, "-c", TRAINING],
            cwd=FOLDER,
            env={**os.environ, **changed, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        told.add(done.stdout)
    assert len(told) == 1


def test_the_program_prints_twenty_names_and_writes_a_tree(
    gpt: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = tmp_path / "names.txt"
    names.write_text("ada\n" * 20, "utf-8")
    monkeypatch.setattr(gpt, "NAMES", names)
    told = []
    for _ in range(2):
        gpt.main(steps=1, width=2, heads=1, tree=tmp_path / "tree.html")
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    assert len(told[0].partition("invents")[2].splitlines()[1:]) == 20
    assert ". then a" in (tmp_path / "tree.html").read_text("utf-8")
    with pytest.raises(gpt.typer.BadParameter, match="3 does not divide --width 8"):
        gpt.main(width=8, heads=3)


# microgpt's own step, as benchmarks/ measures it -------------------------------------


def test_microgpts_training_gives_its_bits_with_its_power_and_quotient(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # All else, the order of the sweep included, rounds as it does in microgpt's Value.
    monkeypatch.syspath_prepend(str(FOLDER.parent / "benchmarks"))
    import engines
    import gpt as published

    from dendrograd import Value

    def steps(engine: engines.Engine) -> list[tuple[float, float]]:
        training = published.training(engine)
        return [next(training) for _ in range(2)]

    def power(x: Value, k: float) -> Value:
        return Value(x.data**k, (x,), (k * x.data ** (k - 1),))

    def softmax(logits: list[Value], most: Callable[[Any], float]) -> list[Value]:
        top = most(logits)
        exps = [(x - top).exp() for x in logits]
        total = sum(exps, Value(0.0))
        return [e * power(total, -1) for e in exps]

    def normed(x: list[Value]) -> list[Value]:
        scale = power(sum(a * a for a in x) / len(x) + 1e-5, -0.5)
        return [a * scale for a in x]

    theirs, ours = steps(engines.microgpt()), steps(engines.dendrograd())
    assert np.allclose(ours, theirs, rtol=1e-13)
    monkeypatch.setattr(published, "softmax", softmax)
    monkeypatch.setattr(published, "normed", normed)
    assert steps(engines.dendrograd()) == theirs
