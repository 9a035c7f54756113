"""Print the demo's test accuracy and scikit-learn's on the same split, seed by seed.

    python tests/cli/compare_sklearn.py [SEEDS]

scikit-learn's MLPClassifier has its own defaults (100 hidden units, 200 epochs), here
with three random states of its own for every split. The rows are standardised alike,
by the training rows. Needs scikit-learn, which nothing else here does.
"""

from __future__ import annotations

import sys
import warnings
from io import StringIO

from rich.console import Console
from sklearn.neural_network import MLPClassifier

from dendrograd.cli.demo import learn


def compare(seed: int) -> tuple[float, list[float]]:
    """Return the accuracy of the demo and those of three MLPClassifiers."""
    done = learn(epochs=30, seed=seed, console=Console(file=StringIO()))
    train, test = done.model.scaled(*done.train), done.model.scaled(*done.test)
    theirs = []
    for state in range(3):
        classifier = MLPClassifier(random_state=state)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # not converged after 200 epochs
            classifier.fit(*train)
        theirs.append(classifier.score(*test))
    return done.history[-1]["test_accuracy"], theirs


def main() -> None:
    """Print a line for each seed, and the means."""
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
    ours: list[float] = []
    theirs: list[float] = []
    for seed in seeds:
        accuracy, others = compare(seed)
        shown = "  ".join(f"{other:.4f}" for other in others)
        print(f"seed {seed}: dendrograd {accuracy:.4f}   scikit-learn {shown}")
        ours.append(accuracy)
        theirs += others
    means = sum(ours) / len(ours), sum(theirs) / len(theirs)
    print(f"mean: dendrograd {means[0]:.4f}   scikit-learn {means[1]:.4f}")


if __name__ == "__main__":
    main()
