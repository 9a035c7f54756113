"""Handwritten digits: a net that is right 97 times in 100, and why it was not elsewhere.

pip install '.[plot,sklearn]' && python examples/digits.py

Writes digits.png: rows that the net got wrong, and which pixels spoke for the digit that
it took them for (blue) and which against it (red).
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from dendrograd.nn import MLPClassifier
from dendrograd.nn.estimators.answer import Answer

SHOWN = 4  # wrong answers in the picture


def learnt() -> tuple[MLPClassifier, np.ndarray, np.ndarray]:
    """Return a net, and the rows and digits that it was not trained on."""
    X, y = load_digits(return_X_y=True)  # 1,797 pictures of 8 x 8 pixels, from 0 to 16
    X_train, X_test, y_train, y_test = train_test_split(
        X / 16.0, y, random_state=0, stratify=y
    )
    start = perf_counter()
    net = MLPClassifier(random_state=0).fit(X_train, y_train)
    seconds = perf_counter() - start
    print(
        f"{len(X_train)} rows, {net.n_iter_} epochs, {seconds:.1f} s; right on "
        f"{net.score(X_test, y_test):.1%} of {len(X_test)} rows not trained on"
    )
    return net, X_test, y_test


def picture(rows: list[np.ndarray], answers: list[Answer], truths: list[int]) -> Figure:
    """Draw each row above the effect of every pixel on its answer."""
    figure = Figure(figsize=(2.4 * len(rows), 5.4), layout="constrained")
    axes = figure.subplots(2, len(rows), squeeze=False)
    for above, below, row, answer, truth in zip(
        *axes, rows, answers, truths, strict=True
    ):
        effects = np.array([answer.effects[f"x{i}"] for i in range(64)])
        largest = abs(effects).max()
        above.imshow(row.reshape(8, 8), cmap="gray_r")
        above.set_title(f"a {truth}, taken for\n" + answer.text.replace(", ", ",\n"))
        below.imshow(effects.reshape(8, 8), cmap="RdBu", vmin=-largest, vmax=largest)
        below.set_title(f"score {answer.score.data:.2f}")
    for ax in axes.flat:
        ax.set_axis_off()
    return figure


def main(folder: Path) -> None:
    net, X, y = learnt()
    wrong = np.flatnonzero(net.predict(X) != y)[:SHOWN]
    answers = [net.explain(row) for row in X[wrong]]
    print(answers[0])
    picture(list(X[wrong]), answers, y[wrong].tolist()).savefig(folder / "digits.png")
    print(f"wrote {folder / 'digits.png'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
