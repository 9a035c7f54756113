"""A logistic regression with standard errors, from the Hessian of the scalar likelihood.

pip install '.[plot,sklearn]' pandas && python examples/logistic.py

Which penguins are Chinstraps, by three measures? `MLPClassifier` without a hidden layer
and without a penalty is the logistic regression of the textbooks. Its standard errors are
the roots of the diagonal of the inverse Hessian, as in statsmodels. Writes logistic.png.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import dendrograd as dg
from dendrograd.nn import MLPClassifier

COLUMNS = ["bill_length_mm", "flipper_length_mm", "body_mass_g"]


def table() -> tuple[pd.DataFrame, pd.Series]:
    """Return the measures, in standard deviations from their means, and the answers."""
    penguins = pd.read_csv(files("dendrograd.cli") / "penguins.csv")
    X = penguins[COLUMNS].astype(float)
    return (X - X.mean()) / X.std(), (penguins["species"] == "Chinstrap").astype(int)


def estimate(X: pd.DataFrame, y: pd.Series) -> np.ndarray:
    """Return the constant and the slopes of the largest likelihood."""
    model = MLPClassifier((), alpha=0.0, solver="lbfgs", tol=1e-9, random_state=0)
    model.fit(X, y)
    return np.concatenate([model.intercepts_[0], model.coefs_[0][:, 0]])


def standard_errors(X: pd.DataFrame, y: pd.Series, found: np.ndarray) -> np.ndarray:
    """Return the standard errors of the estimate."""
    rows, answers = X.to_numpy().tolist(), y.tolist()

    def minus_log_likelihood(p):
        logits = [dg.dot(p[1:], row, p[0]) for row in rows]
        return dg.sum(
            [dg.softplus(z) - t * z for z, t in zip(logits, answers, strict=True)]
        )

    H = np.array(dg.hessian(minus_log_likelihood)(found.tolist()))
    return np.sqrt(np.diag(np.linalg.inv(H)))


def main(folder: Path) -> pd.DataFrame:
    X, y = table()
    found = estimate(X, y)
    result = pd.DataFrame(
        {"estimate": found, "error": standard_errors(X, y, found)},
        index=["constant", *COLUMNS],
    )
    print(result.round(4))
    figure = Figure(figsize=(6.0, 2.6), layout="constrained")
    ax = figure.subplots()
    ax.errorbar(found, result.index, xerr=1.96 * result["error"], fmt="o", capsize=4)
    ax.axvline(0.0, color="gray", linewidth=1.0)
    ax.set(xlabel="change of the logit for one standard deviation", ylim=(3.5, -0.5))
    figure.savefig(folder / "logistic.png")
    print(f"wrote {folder / 'logistic.png'}")
    return result


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
