"""What a training looks like: the loss curve, the confusion, the decision boundary."""

from __future__ import annotations

from dendrograd.viz import confusion, decision_boundary, loss_curve

from .plane import Plane
from .training import Run

__all__ = ["pictures"]


def pictures(run: Run) -> dict[str, tuple[str, str]]:
    """Return {file name: (SVG, what it shows)} for all that can be drawn of a run."""
    found = {"loss.svg": (_curves(run), "the loss by epoch")}
    task = run.model.task
    if task.classes and run.test[0]:
        found["confusion.svg"] = (_matrix(run), "which class was taken for which")
        if len(task.features) > 1:
            what = "where the network draws its lines"
            found["boundary.svg"] = (_boundary(run), what)
    return found


def _curves(run: Run) -> str:
    """Return the SVG of the loss by epoch, of training rows and of test rows."""
    found = {"train": [record["loss"] for record in run.history]}
    if run.test[0]:
        found["test"] = [record["test_loss"] for record in run.history]
    unit = "cross-entropy" if run.model.task.classes else "squared error / variance"
    return loss_curve(found, ylabel=unit).svg


def _guesses(run: Run, rows: object) -> list[int]:
    index = {name: i for i, name in enumerate(run.model.task.classes)}
    return [index[name] for name, _ in run.model.predict(rows)]


def _matrix(run: Run) -> str:
    """Return the SVG of which test rows of each class were taken for which."""
    rows, goals = run.test
    task = run.model.task
    title = f"{task.target}: {len(rows)} rows not trained on"
    return confusion(goals, _guesses(run, rows), task.classes, title=title).svg


def _boundary(run: Run) -> str:
    """Return the SVG of the classes predicted all over the plane that parts them."""
    task = run.model.task
    plane = Plane(run.model, *run.train)
    where = "" if plane.names == task.features else " on Fisher's plane"
    return decision_boundary(
        lambda points: _guesses(run, plane.rows(points)),
        plane.points(run.test[0]),
        run.test[1],
        feature_names=plane.names,
        class_names=task.classes,
        title=f"{task.target}: decision boundary{where}",
    ).svg
