"""`dendrograd demo`: train on real data, draw what came of it, prove the gradients.

The data are `penguins.csv`, the Palmer penguins of Horst, Hill and Gorman (2020), in
the public domain (CC0); `PENGUINS.md` beside it names source, licence and changes.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from dendrograd import Value
from dendrograd.nn import cross_entropy
from dendrograd.viz import DotNotFound, draw_dot

from .console import output
from .draw import INSTALL
from .output import filling
from .proof import prove
from .table import read_table
from .task import find_task, targets
from .train import described, tell_score, tell_written, write
from .training import Run, Settings, train_model

__all__ = ["learn", "run"]

DATA = Path(__file__).with_name("penguins.csv")
TARGET = "species"
HIDDEN = "8"


def run(out: Path, epochs: int, seed: int) -> None:
    """Train on the penguins, tell what happens, and write model and pictures."""
    console = output()
    with filling(out) as folder:
        done = learn(epochs, seed, console)
        console.print(repr(done.model.net))
        tell_score(done, console)
        tell_proof(done, console)
        written = write(done, folder)
        tree, hint = write_tree(done, folder)
    tell_written(out, written | tree, console)
    if hint:
        console.print(hint)


def learn(epochs: int, seed: int, console: Console) -> Run:
    """Return the training of a network on the penguins, told epoch by epoch."""
    table = read_table(DATA)
    task = find_task(table, TARGET)
    rows, goals = table.numbers(task.features), targets(table, task)
    console.print("Palmer penguins (Horst, Hill and Gorman 2020, CC0)")
    console.print(described(task, len(rows)))
    settings = Settings(HIDDEN, epochs=epochs, seed=seed)
    return train_model(task, rows, goals, settings, console)


def one_sample(done: Run) -> tuple[list[float], int]:
    """Return the first test row, scaled, and its class."""
    rows, goals = done.model.scaled(done.test[0][:1], done.test[1][:1])
    return rows[0], goals[0]


def tell_proof(done: Run, console: Console) -> None:
    """Print how far reverse mode is from forward mode and from differences."""
    found = prove(done.model.net, *one_sample(done))
    forward = max(abs(one.modes["rev"] - one.modes["fwd"]) for one in found.values())
    differences = max(
        abs(one.ours - one.figures.differences.slope) for one in found.values()
    )
    largest = max(abs(one.ours) for one in found.values())
    agree = sum(one.good for one in found.values())
    console.print(
        f"gradient of one loss, {largest:.1e} at most: {agree} of {len(found)} "
        f"parameters agree; largest disagreement {forward:.1e} with forward mode, "
        f"{differences:.1e} with finite differences"
    )


def write_tree(done: Run, folder: Path) -> tuple[dict[str, str], str]:
    """Write the tree of one loss; return the files, and how to get `dot` if missing."""
    row, goal = one_sample(done)
    names = done.model.task.features
    inputs = [Value(x, label=name) for name, x in zip(names, row, strict=True)]
    loss = cross_entropy(done.model.net(inputs), goal)
    loss.label = "loss"
    done.model.net.zero_grad()
    loss.backward()
    drawing = draw_dot(loss)
    (folder / "tree.dot").write_text(drawing.source, encoding="utf-8")
    written = {"tree.dot": "the computational tree of one penguin's loss"}
    try:
        (folder / "tree.svg").write_bytes(drawing.pipe(format="svg"))
    except DotNotFound:
        return written, f"for tree.svg install the Graphviz program dot: {INSTALL}"
    return written | {"tree.svg": "the same as a picture"}, ""
