"""Training a network on rows: shared by the commands train and demo."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TimeRemainingColumn,
)

from dendrograd.errors import NonFiniteError
from dendrograd.nn import (
    MLP,
    Adam,
    Standardizer,
    accuracy,
    cross_entropy,
    fit,
    mse_loss,
    train_test_split,
)

from .errors import CommandError, shown
from .model import Model
from .task import Task

__all__ = ["Run", "Settings", "train_model"]

LINES = 50  # of output at most, and the last epoch
FEWEST = 4  # rows
LARGEST = 1_000_000  # parameters


@dataclass(frozen=True)
class Settings:
    """How to train: `hidden` lists the sizes of the hidden layers, as "16,16"."""

    hidden: str = "16,16"
    activation: str = "tanh"
    epochs: int = 50
    learning_rate: float = 0.01
    batch_size: int = 16
    test_fraction: float = 0.25
    seed: int = 0

    @property
    def sizes(self) -> list[int]:
        """The sizes of the hidden layers, or CommandError for what is no such list."""
        if self.hidden.strip().lower() == "none":
            return []
        parts = [part.strip() for part in self.hidden.split(",")]
        if not all(part.isdecimal() and 0 < int(part) <= 10_000 for part in parts):
            raise CommandError(
                f"--hidden {shown(self.hidden)}: list the sizes of the hidden layers, "
                "as 16,16, or write none"
            )
        return [int(part) for part in parts]


@dataclass(frozen=True)
class Run:
    """A trained model, its history, and the rows it was trained and tested on.

    Rows and goals are in the units of the table; `test` is empty without a split.
    """

    model: Model
    history: list[dict[str, float]]
    train: tuple[list[Any], list[Any]]
    test: tuple[list[Any], list[Any]]


def train_model(
    task: Task,
    rows: list[list[float]],
    goals: list[Any],
    settings: Settings,
    console: Console,
) -> Run:
    """Return the model fitted to a part of the rows, telling loss and score per epoch.

    The scales are those of the training rows alone. Raises CommandError for too few
    rows and for a loss that becomes inf or nan.
    """
    train, test = _split(task, rows, goals, settings)
    model = _new_model(task, train, settings)
    name, score = ("accuracy", accuracy) if task.classes else ("r2", r2)
    optimizer = Adam(model.net.parameters(), lr=_rate(settings))
    try:
        with telling(console, settings.epochs) as tell:
            history = fit(
                model.net,
                *model.scaled(*train),
                _loss(task),
                optimizer,
                epochs=settings.epochs,
                batch_size=settings.batch_size,
                seed=settings.seed,
                test=model.scaled(*test) if test[0] else None,
                metrics={name: score},
                on_epoch=tell,
            )
    except NonFiniteError as error:
        raise CommandError(f"{error}; try --learning-rate") from None
    return Run(model, history, train, test)


def _rate(settings: Settings) -> float:
    if not (math.isfinite(settings.learning_rate) and settings.learning_rate > 0.0):
        raise CommandError(f"--learning-rate {settings.learning_rate} must be above 0")
    return settings.learning_rate


def _split(
    task: Task, rows: list[Any], goals: list[Any], settings: Settings
) -> tuple[tuple[list[Any], list[Any]], tuple[list[Any], list[Any]]]:
    """Return (rows, goals) to train on, and those to test on."""
    if len(rows) < FEWEST:
        raise CommandError(f"{len(rows)} rows are too few; give {FEWEST} at least")
    if settings.test_fraction == 0.0:
        return (rows, goals), ([], [])
    x_train, x_test, y_train, y_test = train_test_split(
        rows,
        goals,
        test_size=settings.test_fraction,
        seed=settings.seed,
        stratify=goals if task.classes else None,
    )
    return (x_train, y_train), (x_test, y_test)


def _new_model(task: Task, train: tuple[list[Any], list[Any]], how: Settings) -> Model:
    sizes = [*how.sizes, task.outputs]
    count = sum((a + 1) * b for a, b in pairwise([len(task.features), *sizes]))
    if count > LARGEST:
        raise CommandError(
            f"--hidden {how.hidden} makes a network of {count} parameters; a scalar "
            f"engine is for {LARGEST} at most"
        )
    net = MLP(len(task.features), sizes, activation=how.activation, seed=how.seed)
    scale = None if task.classes else Standardizer().fit(train[1])
    return Model(net, task, how.activation, Standardizer().fit(train[0]), scale)


def _loss(task: Task) -> Callable[[Any, Any], Any]:
    return cross_entropy if task.classes else mse_loss


def r2(outputs: Any, targets: Any) -> float:
    """Return the coefficient of determination: 1 is perfect, 0 is the mean's own.

    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.7857142857142857
    """
    centre = sum(targets) / len(targets)
    spread = sum((t - centre) ** 2 for t in targets)
    missed = sum((float(x) - t) ** 2 for x, t in zip(outputs, targets, strict=True))
    return 1.0 - missed / spread if spread else math.nan


@contextmanager
def telling(
    console: Console, epochs: int
) -> Iterator[Callable[[dict[str, float]], None]]:
    """Give what prints a line for an epoch, or of very many for some; show a bar."""
    every = -(-epochs // LINES)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task("epochs", total=epochs)

        def tell(record: dict[str, float]) -> None:
            epoch = int(record["epoch"])
            if epoch % every == 0 or epoch in (1, epochs):
                console.print(f"epoch {epoch:{len(str(epochs))}}  {figures(record)}")
            bar.update(task, advance=1)

        yield tell


def figures(record: Mapping[str, float]) -> str:
    """Return the figures of an epoch, those of the test rows beside each.

    >>> figures({"epoch": 3, "loss": 0.5, "r2": 0.875, "test_loss": 0.75, "test_r2": 0})
    'loss 0.5000 (test 0.7500)  r2 0.8750 (test 0.0000)'
    """
    parts = []
    for name, number in record.items():
        if name != "epoch" and not name.startswith("test_"):
            after = record.get(f"test_{name}")
            beside = "" if after is None else f" (test {after:.4f})"
            parts.append(f"{name} {number:.4f}{beside}")
    return "  ".join(parts)
