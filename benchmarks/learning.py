"""Estimators beside scikit-learn's: the time of a fit, and scores on rows kept out.

python benchmarks/learning.py

Both have the same net, batches and epochs, on the same splits, in turns and on one
thread. A second table compares their defaults, where training ends when it will.
"""

from __future__ import annotations

import os
import platform
import warnings
from collections.abc import Callable
from statistics import mean, median
from time import process_time
from typing import Any

for _pool in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_pool}_NUM_THREADS", "1")

import numpy as np
import sklearn
import sklearn.neural_network as sk
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import dendrograd as dg
from dendrograd import nn
from dendrograd.nn import MLPClassifier

SPLITS, EPOCHS = 10, 50
DATA: dict[str, Callable[..., Any]] = {
    "digits": load_digits,
    "breast_cancer": load_breast_cancer,
}
SAME = {
    "max_iter": EPOCHS,
    "tol": 0.0,
    "n_iter_no_change": EPOCHS,
    "early_stopping": False,
}
NETS: dict[str, dict[str, Any]] = {
    "(100,) relu, adam": {},
    "(100,) logistic, adam": {"activation": "logistic"},
    "(64, 64) tanh, adam": {"hidden_layer_sizes": (64, 64), "activation": "tanh"},
    "(100,) relu, sgd": {"solver": "sgd", "learning_rate_init": 0.01},
}


def cross_entropy(logits: list[Any], one_hot: list[float]) -> Any:
    return dg.logsumexp(logits) - dg.dot(logits, one_hot)


def split(load: Callable[..., Any], seed: int) -> list[Any]:
    """Return rows to learn from and to test with, then their classes, scaled."""
    X, y = load(return_X_y=True)
    used, out, *classes = train_test_split(X, y, random_state=seed, stratify=y)
    scaler = StandardScaler().fit(used)
    return [scaler.transform(used), scaler.transform(out), *classes]


def run(model: Any, rows: list[Any]) -> tuple[float, float, Any]:
    """Return the seconds of a fit, the score on the other rows, and the model."""
    used, out, y_used, y_out = rows
    start = process_time()
    model.fit(used, y_used)
    seconds = process_time() - start
    return seconds, model.score(out, y_out), model


def compare(name: str, title: str, settings: dict[str, Any]) -> None:
    """Print a row: times, their ratio, scores, and how far the nets are apart."""
    ours, theirs, apart = [], [], 0.0
    for seed in range(SPLITS):
        rows = split(DATA[name], seed)
        pair = {}
        for kind in (MLPClassifier, sk.MLPClassifier)[:: 1 if seed % 2 else -1]:
            pair[kind] = run(kind(random_state=seed, **settings), rows)
        ours.append(pair[MLPClassifier])
        theirs.append(pair[sk.MLPClassifier])
        if settings:
            weights = [model.coefs_[0] for _, _, model in pair.values()]
            apart = max(apart, float(np.abs(weights[0] - weights[1]).max()))
    ratios = sorted(a[0] / b[0] for a, b in zip(ours, theirs, strict=True))
    print(
        f"| {name}, {title} | {median(a[0] for a in ours) * 1e3:.0f} "
        f"| {median(b[0] for b in theirs) * 1e3:.0f} "
        f"| {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) "
        f"| {mean(a[1] for a in ours):.4f} | {mean(b[1] for b in theirs):.4f} "
        f"| {f'{apart:.0e}' if settings else '-'} |"
    )


def formula() -> None:
    """Print what an epoch costs where the loss is a formula of one's own."""
    rows = split(load_digits, 0)
    for loss in ("log_loss", cross_entropy):
        model = MLPClassifier(
            loss=loss, max_iter=2, early_stopping=False, random_state=0
        )
        seconds, _, _ = run(model, rows)
        told = loss if isinstance(loss, str) else "the same, written as a formula"
        print(f"digits, {told}: {seconds / 2 * 1e3:.0f} ms an epoch")


def an_epoch(epochs: int, fit: Callable[[int], object]) -> float:
    """Return the seconds that one more epoch takes, beyond the second one."""
    times = []
    for count in (2, 2 + epochs):
        start = process_time()
        fit(count)
        times.append(process_time() - start)
    return (times[1] - times[0]) / epochs


def modules(batch_size: int) -> None:
    """Print what an epoch of `nn.fit` costs on a plain module, and in scikit-learn."""
    X, _, y, _ = split(load_digits, 0)
    goals = y.tolist()

    def ours(compiled: bool) -> Callable[[int], object]:
        def run(epochs: int) -> object:
            net = nn.MLP(64, [100, 10], seed=0)
            return nn.fit(
                net, X, goals, nn.cross_entropy, nn.Adam(net.parameters(), lr=1e-3),
                epochs=epochs, batch_size=batch_size, seed=0, compiled=compiled,
            )  # fmt: skip

        return run

    def theirs(epochs: int) -> object:
        same = SAME | {"max_iter": epochs, "batch_size": batch_size, "alpha": 0.0}
        return sk.MLPClassifier(random_state=0, **same).fit(X, y)

    times = [an_epoch(20, ours(True)), an_epoch(1, ours(False)), an_epoch(20, theirs)]
    code, graph, other = [seconds * 1e3 for seconds in times]
    print(
        f"| digits, batches of {batch_size} | {code:.1f} | {graph:.0f} | {other:.1f} "
        f"| {graph / code:.0f} | {code / other:.2f} |"
    )


def main() -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(
        f"{platform.platform()}, Python {platform.python_version()}, scikit-learn "
        f"{sklearn.__version__}, NumPy {np.__version__}, {dg.implementation} class; one "
        f"thread, {SPLITS} splits, {EPOCHS} epochs, CPU milliseconds of a fit\n"
    )
    head = "| | dendrograd | scikit-learn | ratio | score | theirs | weights apart |"
    print(head + "\n" + "|---" * 7 + "|")
    for name in DATA:
        for title, settings in NETS.items():
            compare(name, title, {**SAME, **settings})
    for name in DATA:
        compare(name, "defaults", {})
    print()
    formula()
    print("\nMLP(64, [100, 10]) by nn.fit, ms an epoch\n")
    print("| | compiled | a graph of every batch | scikit-learn | gain | beside it |")
    print("|---" * 6 + "|")
    for batch_size in (32, 200):
        modules(batch_size)


if __name__ == "__main__":
    main()
