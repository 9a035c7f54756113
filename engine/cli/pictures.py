"""What the demo draws of its network: charts and a report, where matplotlib is, a tree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value
from dendrograd.errors import MissingToolError
from dendrograd.nn import cross_entropy, predicted_class
from dendrograd.viz import (
    DecisionBoundaryDisplay,
    animate,
    confusion,
    decision_boundary,
    draw,
    draw_dot,
    loss_curve,
)

if TYPE_CHECKING:
    from .demo import Learnt

__all__ = ["charts", "write_charts", "write_tree"]

Array = NDArray[np.float64]
Written = tuple[dict[str, str], str]  # {file name: what it shows}, what to install


def write_charts(done: Learnt, folder: Path) -> Written:
    """Write charts and report; return the files, and how to get matplotlib if missing."""
    try:
        drawn = charts(done)
    except MissingToolError:
        return {}, "for charts install matplotlib: in a clone, pip install '.[plot]'"
    for name, (display, _) in drawn.items():
        display.figure_.savefig(folder / name, dpi=150)
    title, losses = "How the penguins were learnt", _losses(done, len(done.test[0]))
    done.report.save(folder / "report.html", sample=losses, title=title)
    written = {name: what for name, (_, what) in drawn.items()}
    return written | {"report.html": "how weights and gradients changed"}, ""


def charts(done: Learnt) -> dict[str, tuple[Any, str]]:
    """Return {file name: (chart, what it shows)}; MissingToolError if no matplotlib."""
    losses = {
        "train": [record["loss"] for record in done.history],
        "validation": [record["validation_loss"] for record in done.history],
    }
    rows, goals = done.test
    guesses = [predicted_class(logits) for logits in done.net(rows)]
    matrix = confusion(goals, guesses, done.classes)
    return {
        "loss.png": (loss_curve(losses, ylabel="cross-entropy"), "the loss by epoch"),
        "confusion.png": (matrix, "which species was taken for which"),
        "boundary.png": (_boundary(done), "where the network draws its lines"),
    }


def _boundary(done: Learnt) -> DecisionBoundaryDisplay:
    """Draw the classes on Fisher's plane.

    A point of it stands for the row that a least-squares fit through the training rows
    puts there, so a few penguins off the plane may be on another side than they are.
    """
    seen = np.array(done.train[0])
    plane = _fisher_plane(seen, np.array(done.train[1]))
    back = np.linalg.lstsq(seen @ plane, seen, rcond=None)[0]
    return decision_boundary(
        lambda points: done.net((np.array(points) @ back).tolist()),
        (np.array(done.test[0]) @ plane).tolist(),
        done.test[1],
        class_names=done.classes,
        xlabel="discriminant 1",
        ylabel="discriminant 2",
    )


def _fisher_plane(rows: Array, goals: NDArray[Any]) -> Array:
    """Return two orthonormal columns, along which classes are furthest for their width.

    R. A. Fisher, "The use of multiple measurements in taxonomic problems", 1936. They
    span W⁺ M: M has the class means (the rows have mean 0), W the scatter within.
    """
    groups = [rows[goals == label] for label in np.unique(goals)]
    means = np.array([group.mean(axis=0) for group in groups])
    off = np.concatenate([group - group.mean(axis=0) for group in groups])
    plane: Array = np.linalg.svd(np.linalg.pinv(off.T @ off) @ means.T)[0][:, :2]
    largest = np.abs(plane).argmax(axis=0)
    return plane * np.sign(plane[largest, [0, 1]])  # svd leaves the signs open


def write_tree(done: Learnt, folder: Path) -> dict[str, str]:
    """Write the tree of one loss in several formats, and moving; return the files."""
    loss = _losses(done, 1)[0]
    diagram = draw(loss)
    diagram.save(folder / "tree.svg")
    diagram.save(folder / "tree.html")
    animate(loss).save(folder / "backprop.html")
    (folder / "tree.dot").write_text(draw_dot(loss).source, encoding="utf-8")
    return {
        "tree.svg": "the computational tree of one penguin's loss",
        "tree.html": "the same as a page",
        "backprop.html": "how its gradients come about, step by step",
        "tree.dot": "the tree for Graphviz",
    }


def _losses(done: Learnt, count: int) -> list[Value]:
    """Return the losses of the first test rows, with the gradients of the first one."""
    losses = []
    for row, goal in zip(done.test[0][:count], done.test[1], strict=False):
        inputs = [Value(x, label=n) for n, x in zip(done.features, row, strict=True)]
        loss = cross_entropy(done.net(inputs), goal)
        loss.label = "loss"
        losses.append(loss)
    done.net.zero_grad()
    losses[0].backward()
    return losses
