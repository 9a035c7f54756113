"""`dendrograd demo`: train on real data, draw what came of it, prove the gradients.

The data are `penguins.csv`, the Palmer penguins of Horst, Hill and Gorman (2020), in
the public domain (CC0); `PENGUINS.md` beside it names source, licence and changes.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from dendrograd.native import say
from dendrograd.nn import (
    MLP,
    Adam,
    Predictor,
    Standardizer,
    cross_entropy,
    evaluate,
    fit,
    train_test_split,
)
from dendrograd.nn.history import History
from dendrograd.viz import TrainingReport

from .console import output
from .files import filling
from .pictures import write_charts, write_tree
from .proof import prove

__all__ = ["DATA", "Learnt", "learn", "run"]

DATA = Path(__file__).with_name("penguins.csv")
TARGET = "species"
LINES = 50  # of output for the epochs at most
ESTIMATOR = """\
from dendrograd.nn import MLPClassifier
net = MLPClassifier((8,), learning_rate_init=0.01, random_state=0).fit(X, y)
print(net.explain(X[0]))"""
PATIENCE, TOL = 5, 1e-3  # epochs without a loss that is lower by so much

Samples = tuple[list[list[float]], list[int]]  # rows, and the class of each


@dataclass(frozen=True)
class Learnt:
    """A trained network, its history, and its standardized rows with their classes."""

    net: MLP
    features: list[str]
    classes: list[str]
    scale: Standardizer
    history: list[dict[str, float]]
    report: TrainingReport
    train: Samples
    test: Samples
    accuracy: float  # on the rows to test with


def run(out: Path, epochs: int, seed: int) -> None:
    """Train on the penguins, tell what happens, and write model and pictures."""
    console, began = output(), time.perf_counter()
    with filling(out) as folder:
        done = learn(epochs, seed, console)
        _tell_score(done, console)
        _tell_proof(done, console)
        written = _write_model(done, folder)
        written |= write_tree(done, folder)
        drawn, hint = write_charts(done, folder)
    console.print(f"wrote into {out}:")
    for name, what in (written | drawn).items():
        console.print(f"  {name:<{max(map(len, written | drawn))}}  {what}")
    if hint:
        console.print(hint)
    _tell_estimator(console)
    console.print(f"all of this took {time.perf_counter() - began:.1f} s")


def _tell_estimator(console: Console) -> None:
    """Print what to try next: a net for a table of one's own, by scikit-learn's verbs."""
    console.print("next, on rows X and classes y of yours (pip install '.[sklearn]'):")
    for line in ESTIMATOR.splitlines():
        console.print(f"  {line}", soft_wrap=True)


def _read() -> tuple[list[str], list[list[float]], list[str]]:
    """Return the names of the features, their rows, and the species of each row.

    >>> features, rows, species = _read()
    >>> features[0], rows[0], species[0]
    ('bill_length_mm', [39.1, 18.7, 181.0, 3750.0], 'Adelie')
    """
    with DATA.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    features = [name for name in table[0] if name != TARGET]
    rows = [[float(row[name]) for name in features] for row in table]
    return features, rows, [row[TARGET] for row in table]


def learn(epochs: int, seed: int, console: Console) -> Learnt:
    """Return a network trained on three quarters of the penguins, told by epoch."""
    features, rows, species = _read()
    classes = sorted(set(species))
    say(console.print, again=True)
    console.print("Palmer penguins (Horst, Hill and Gorman 2020, CC0)")
    console.print(
        f"{TARGET} ({', '.join(classes)}) from {', '.join(features)}; {len(rows)} rows"
    )
    goals = [classes.index(name) for name in species]
    scale, train, test = _scaled(rows, goals, seed)
    net = _net(len(features), len(classes), seed)
    console.print(repr(net))
    report = TrainingReport(net)
    history = _fitted(
        net, train, epochs, seed,
        metrics=["accuracy"],
        progress=console if console.is_terminal else False,
        callbacks=[report, _teller(console, epochs)],
    )  # fmt: skip
    if history.interrupted:
        raise KeyboardInterrupt  # which ends the demo too
    if history.stopped:
        console.print(history.stopped)
    _tell_times(train, len(history), len(classes), seed, console)
    share = evaluate(net, *test, cross_entropy, metrics=["accuracy"])["accuracy"]
    return Learnt(net, features, classes, scale, history, report, train, test, share)


def _net(features: int, classes: int, seed: int) -> MLP:
    return MLP(features, [8, classes], activation="tanh", seed=seed)


def _fitted(net: MLP, train: Samples, epochs: int, seed: int, **more: Any) -> History:
    """Train a network, with whatever else `fit` is to be told."""
    return fit(
        net, *train, cross_entropy, Adam(net.parameters(), lr=0.01), epochs=epochs,
        seed=seed, validation_fraction=0.2, patience=PATIENCE, tol=TOL, **more,
    )  # fmt: skip


def _tell_times(
    train: Samples, epochs: int, classes: int, seed: int, console: Console
) -> None:
    """Train the same network twice more, bare, and print what compiling saves."""
    times = []
    for compiled in (None, False):
        net, began = _net(len(train[0][0]), classes, seed), time.perf_counter()
        _fitted(net, train, epochs, seed, compiled=compiled)
        times.append(time.perf_counter() - began)
    console.print(
        f"{epochs} epochs take {times[0]:.2f} s compiled, and {times[1]:.2f} s with a "
        "graph of every batch"
    )


def _scaled(
    rows: list[list[float]], goals: list[int], seed: int
) -> tuple[Standardizer, Samples, Samples]:
    """Return rows to learn from and rows to test with, in the scale of the former."""
    x_train, x_test, y_train, y_test = train_test_split(
        rows, goals, seed=seed, stratify=goals
    )
    scale = Standardizer().fit(x_train)
    train = scale.transform(x_train).tolist(), y_train
    test = scale.transform(x_test).tolist(), y_test
    return scale, train, test


def _teller(console: Console, epochs: int) -> Callable[[dict[str, float]], None]:
    """Return what prints a line for an epoch, or of very many for some."""
    every = -(-epochs // LINES)

    def tell(record: dict[str, float]) -> None:
        epoch = int(record["epoch"])
        if epoch % every == 0 or epoch in (1, epochs):
            console.print(
                f"epoch {epoch:{len(str(epochs))}}  "
                f"loss {record['loss']:.4f} "
                f"(validation {record['validation_loss']:.4f})  "
                f"accuracy {record['accuracy']:.4f} "
                f"(validation {record['validation_accuracy']:.4f})"
            )

    return tell


def _tell_score(done: Learnt, console: Console) -> None:
    """Print how well the network does on the rows that it has not seen."""
    share, count = done.accuracy, len(done.test[1])
    console.print(
        f"on rows not trained on, accuracy {share:.4f}: {round(share * count)} of "
        f"{count} rows right"
    )


def _tell_proof(done: Learnt, console: Console) -> None:
    """Print how far reverse mode is from forward mode and from differences."""
    comparisons = prove(done.net, done.test[0][0], done.test[1][0])
    forward = max(
        abs(one.modes["rev"] - one.modes["fwd"]) for one in comparisons.values()
    )
    differences = max(
        abs(one.ours - one.figures.differences.slope) for one in comparisons.values()
    )
    largest = max(abs(one.ours) for one in comparisons.values())
    agree = sum(one.good for one in comparisons.values())
    console.print(
        f"gradient of one loss, {largest:.1e} at most: {agree} of {len(comparisons)} "
        f"parameters agree; largest disagreement {forward:.1e} with forward mode, "
        f"{differences:.1e} with finite differences"
    )


def _write_model(done: Learnt, folder: Path) -> dict[str, str]:
    """Write the network, with the scales, columns and classes that using it takes."""
    name = "model.safetensors"
    Predictor(
        done.net,
        scale=done.scale,
        columns=done.features,
        classes=done.classes,
        loss=cross_entropy,
    ).save(folder / name)
    return {name: "the trained network, for dendrograd.nn.Predictor.load"}
