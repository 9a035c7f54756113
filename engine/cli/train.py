"""`dendrograd train`: a network fitted to a person's own CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from .console import output
from .errors import shown
from .model import FILE
from .output import filling
from .pictures import pictures
from .table import read_table
from .task import Task, find_task, targets
from .training import Run, Settings, train_model

__all__ = ["described", "run", "tell_score", "tell_written", "write"]


def run(
    file: Path,
    target: str,
    out: Path | None,
    kind: str,
    ignored: Sequence[str],
    settings: Settings,
) -> None:
    """Train on a CSV file and write the model and pictures of it into a folder."""
    table = read_table(file)
    task = find_task(table, target, kind, ignored)
    rows, goals = table.numbers(task.features), targets(table, task)
    console = output()
    place = out or Path(f"{file.stem}-model")
    with filling(place) as folder:
        console.print(described(task, len(rows)))
        done = train_model(task, rows, goals, settings, console)
        tell_score(done, console)
        written = write(done, folder)
    tell_written(place, written, console)
    console.print(f"use it: dendrograd predict {place} FILE.csv")


def tell_written(folder: Path, written: dict[str, str], console: Console) -> None:
    """Print which files were written into a folder, and what each is."""
    console.print(f"wrote into {folder}:")
    for name, what in written.items():
        console.print(f"  {name:<{max(map(len, written))}}  {what}")


def described(task: Task, rows: int) -> str:
    """Return what is learnt from what, and why it is a classification or not.

    >>> described(Task(("a", "b"), "y", ("no", "yes"), "it holds text"), 9)
    "classification of 'y' (it holds text): 2 classes, no, yes; 9 rows of 2 columns"
    """
    what = ""
    if task.classes:
        names = ", ".join(task.classes[:5]) + ", ..." * (len(task.classes) > 5)
        what = f" {len(task.classes)} classes, {names};"
    return (
        f"{task.kind} of {shown(task.target)} ({task.reason}):{what} {rows} rows of "
        f"{len(task.features)} columns"
    )


def tell_score(done: Run, console: Console) -> None:
    """Print how well the model does on the rows that it has not seen."""
    if not done.test[0]:
        return
    last, count = done.history[-1], len(done.test[0])
    if done.model.task.classes:
        right = round(last["test_accuracy"] * count)
        score = f"accuracy {last['test_accuracy']:.4f}: {right} of {count} rows right"
    else:
        pairs = zip(done.model.predict(done.test[0]), done.test[1], strict=True)
        error = (sum((a - b) ** 2 for a, b in pairs) / count) ** 0.5
        score = f"r2 {last['test_r2']:.4f}, root mean square error {error:.6g}"
    console.print(f"on rows not trained on, {score}")


def write(done: Run, folder: Path) -> dict[str, str]:
    """Write the model and its pictures; return {file name: what it is}."""
    done.model.save(folder / FILE)
    drawn = pictures(done)
    for name, (svg, _) in drawn.items():
        (folder / name).write_text(svg, encoding="utf-8")
    return {FILE: "the trained weights, scales and columns"} | {
        name: what for name, (_, what) in drawn.items()
    }
