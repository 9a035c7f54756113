"""What a training looks like: the loss curve, the confusion, the decision boundary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dendrograd.viz import confusion, decision_boundary, loss_curve

from .training import Run

__all__ = ["boundary", "curves", "matrix"]


def curves(run: Run) -> str:
    """Return the SVG of the loss by epoch, of training rows and of test rows."""
    found = {"train": [record["loss"] for record in run.history]}
    if run.test[0]:
        found["test"] = [record["test_loss"] for record in run.history]
    unit = "cross-entropy" if run.model.task.classes else "squared error / variance"
    return loss_curve(found, ylabel=unit).svg


def matrix(run: Run) -> str:
    """Return the SVG of which test rows of each class were taken for which."""
    names = [name for name, _ in run.model.predict(run.test[0])]
    task = run.model.task
    index = {name: i for i, name in enumerate(task.classes)}
    guesses = [index[name] for name in names]
    title = f"{task.target} of {len(guesses)} rows not trained on"
    return confusion(run.test[1], guesses, list(task.classes), title=title).svg


def boundary(run: Run, names: Sequence[str]) -> str:
    """Return the SVG of the classes predicted on the plane of two features.

    The other features follow the two: at every point of the plane they have the values
    that a least-squares line through the training rows gives them there.
    """
    task = run.model.task
    places = [task.features.index(name) for name in names]
    line = _others(np.asarray(run.train[0]), places)
    index = {name: i for i, name in enumerate(task.classes)}

    def predict(points: list[list[float]]) -> list[int]:
        rows = np.column_stack([np.ones(len(points)), points]) @ line
        return [index[name] for name, _ in run.model.predict(rows)]

    samples = [[row[place] for place in places] for row in run.test[0]]
    return decision_boundary(
        predict,
        samples,
        run.test[1],
        feature_names=list(names),
        class_names=task.classes,
        title="Decision boundary, other columns by regression",
    ).svg


def _others(rows: NDArray[np.float64], places: list[int]) -> NDArray[np.float64]:
    """Return the matrix from (1, a, b) to all features, the two given ones exactly."""
    known = np.column_stack([np.ones(len(rows)), rows[:, places]])
    line: NDArray[np.float64] = np.linalg.lstsq(known, rows, rcond=None)[0]
    for k, place in enumerate(places, start=1):
        line[:, place] = np.eye(3)[k]
    return line
