"""`dendrograd demo`: train on real data, draw what came of it, prove the gradients.

The data are `penguins.csv`, the Palmer penguins of Horst, Hill and Gorman (2020), in
the public domain (CC0); `PENGUINS.md` beside it names source, licence and changes.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from dendrograd.nn import cross_entropy
from dendrograd.viz import DotNotFound, draw_dot

from .compare import Comparison
from .console import output
from .model import FILE
from .output import filling
from .pictures import boundary, curves, matrix
from .proof import prove
from .table import read_table
from .task import find_task, targets
from .train import described, tell_score
from .training import Run, Settings, train_model

__all__ = ["run"]

DATA = Path(__file__).with_name("penguins.csv")
TARGET, PLANE = "species", ("bill_length_mm", "bill_depth_mm")
HIDDEN = "8"


def run(out: Path, epochs: int, seed: int) -> None:
    """Train on the penguins, tell what happens, and write model and pictures."""
    table, console = read_table(DATA), output()
    task = find_task(table, TARGET)
    rows, goals = table.numbers(task.features), targets(table, task)
    settings = Settings(HIDDEN, epochs=epochs, seed=seed)
    with filling(out) as folder:
        console.print("Palmer penguins (Horst, Hill and Gorman 2020, CC0)")
        console.print(described(task, len(rows)))
        done = train_model(task, rows, goals, settings, console)
        console.print(repr(done.model.net))
        tell_score(done, console)
        tell_proof(done, console)
        written, hint = write(done, folder)
    console.print(f"wrote into {out}:")
    for name, what in written.items():
        console.print(f"  {name:<18} {what}")
    if hint:
        console.print(hint)


def one_sample(done: Run) -> tuple[list[float], int]:
    """Return the first test row, scaled, and its class."""
    rows, goals = done.model.scaled(done.test[0][:1], done.test[1][:1])
    return rows[0], goals[0]


def tell_proof(done: Run, console: Console) -> None:
    """Print how far reverse mode is from forward mode and from differences."""
    found = prove(done.model.net, *one_sample(done))
    forward = max(abs(one.reverse - one.forward) for one in found.values())
    worst = max(found.values(), key=_off)
    agree = sum(one.good for one in found.values())
    console.print(
        f"gradient of one loss: {agree} of {len(found)} parameters agree; largest "
        f"disagreement {forward:.1e} with forward mode, {_off(worst):.1e} with finite "
        f"differences (their own error there: {worst.differences.error:.1e})"
    )


def _off(one: Comparison) -> float:
    return abs(one.reverse - one.differences.slope)


def write(done: Run, folder: Path) -> tuple[dict[str, str], str]:
    """Write all files; return what each is, and how to get what could not be drawn."""
    done.model.save(folder / FILE)
    charts = {
        "loss.svg": (curves(done), "the loss by epoch"),
        "confusion.svg": (matrix(done), "which species was taken for which"),
        "boundary.svg": (boundary(done, PLANE), "where the network draws its lines"),
    }
    for name, (svg, _) in charts.items():
        (folder / name).write_text(svg, encoding="utf-8")
    written = {FILE: "the trained weights, for `dendrograd predict`"}
    written |= {name: what for name, (_, what) in charts.items()}
    hint = write_tree(done, folder)
    written["tree.dot"] = "the computational tree of one penguin's loss"
    if not hint:
        written["tree.svg"] = "the same as a picture"
    return written, hint


def write_tree(done: Run, folder: Path) -> str:
    """Write the tree of one loss; return how to get `dot` if it is missing, else ""."""
    row, goal = one_sample(done)
    done.model.net.zero_grad()
    loss = cross_entropy(done.model.net(row), goal)
    loss.label = "loss"
    loss.backward()
    drawing = draw_dot(loss)
    (folder / "tree.dot").write_text(drawing.source, encoding="utf-8")
    try:
        (folder / "tree.svg").write_bytes(drawing.pipe(format="svg"))
    except DotNotFound:
        return (
            "no tree.svg, because the Graphviz program dot is missing: sudo apt install "
            "graphviz, brew install graphviz or winget install Graphviz.Graphviz; then "
            "dot -Tsvg tree.dot -o tree.svg"
        )
    return ""
