"""Two moons: a net learns to tell them apart, and why one point got its answer.

pip install '.[plot,sklearn]' && python examples/moons.py

Writes moons.png, the points over the probability that the net gives to every place of the
plane, and moons.svg, the tree of the score of the most doubtful point.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.model_selection import train_test_split

from dendrograd.nn import MLPClassifier


def learnt() -> tuple[MLPClassifier, np.ndarray, np.ndarray]:
    """Return a net, and the points and moons that it was not trained on."""
    X, y = make_moons(400, noise=0.15, random_state=0)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    start = perf_counter()
    net = MLPClassifier((8, 8), "tanh", batch_size=32, random_state=0)
    net.set_params(learning_rate_init=0.02, max_iter=1000)
    net.fit(X_train, y_train)
    seconds = perf_counter() - start
    print(
        f"{len(X_train)} points, {net.n_iter_} epochs, {seconds:.2f} s; right on "
        f"{net.score(X_test, y_test):.1%} of {len(X_test)} points not trained on"
    )
    return net, X_test, y_test


def picture(net: MLPClassifier, X: np.ndarray, y: np.ndarray, doubtful: int) -> Figure:
    """Draw the points over the net's probability of the second moon."""
    figure = Figure(figsize=(6.0, 4.0), layout="constrained")
    ax = figure.subplots()
    shown = DecisionBoundaryDisplay.from_estimator(
        net,
        X,
        response_method="predict_proba",
        ax=ax,
        levels=20,
        cmap="RdBu",
        alpha=0.7,
    )
    figure.colorbar(shown.surface_, label="probability of moon 1")
    for moon, color in enumerate(["#b2182b", "#2166ac"]):
        ax.scatter(*X[y == moon].T, c=color, edgecolors="white", label=f"moon {moon}")
    ax.scatter(
        *X[doubtful], s=160, facecolors="none", edgecolors="black", label="doubtful"
    )
    ax.legend(loc="upper right")
    return figure


def main(folder: Path) -> None:
    net, X, y = learnt()
    doubtful = int(np.abs(net.decision_function(X)).argmin())
    print(net.explain(X[doubtful]))
    picture(net, X, y, doubtful).savefig(folder / "moons.png")
    net.draw(X[doubtful], fold=3).save(folder / "moons.svg")
    print(f"wrote moons.png and moons.svg into {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
