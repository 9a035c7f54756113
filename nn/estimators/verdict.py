"""What `fit` warns of: that it is still learning, or has learnt nothing, and the way out."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .losses import Loss
from .net import Floats
from .rows import Rows

NEAR_1 = 0.1, 10.0  # standard deviations from which a net learns well
NOTHING = 1e-9  # a loss that need not get better, as of one class
CALLER = 4  # frames from here to whoever called fit


def tell(model: Any, rows: Rows, done: bool) -> None:
    """Warn where a fit has not settled, or is no better than the best constant answer."""
    told = [] if done else [_unsettled(model)]
    least = constant_loss(model._loss(), rows)
    if least is not None and model.loss_ >= least > NOTHING:
        ways = _scales(model, rows)
        if done and not ways:
            ways = ["try another learning_rate_init, a smaller tol, or solver='lbfgs'"]
        if ways:
            told.append(
                f"no better than a constant answer (loss {model.loss_:.4g}, of the best "
                f"constant {least:.4g}): {'; '.join(ways)}"
            )
    if told:
        who = type(model).__name__
        warnings.warn(f"{who}: {'. It is '.join(told)}", ConvergenceWarning, CALLER)


def _unsettled(model: Any) -> str:
    more = "max_iter, max_fun," if model.solver == "lbfgs" else "max_iter,"
    return f"still learning after max_iter={model.max_iter} epochs; raise {more} or tol"


def constant_loss(loss: Loss, rows: Rows) -> float | None:
    """Return the loss of the best answer that is the same for all rows, if it is known."""
    if loss.link is None:
        return None
    outputs = loss.link(np.average(rows.y, axis=0, weights=rows.weights))
    losses, _ = loss.rows(np.tile(outputs, (len(rows), 1)), rows.y)
    share = loss.share(rows.y.shape[1])
    return float(share * np.average(losses, weights=rows.weights))


def _scales(model: Any, rows: Rows) -> list[str]:
    """Return which scales keep a net from learning, and what to do about them."""
    ways = []
    if isinstance(rows.X, np.ndarray):
        deviations = rows.X.std(axis=0)
        found = deviations[deviations > 0.0]
        if found.size and not NEAR_1[0] < found.min() <= found.max() < NEAR_1[1]:
            ways.append(
                f"columns of X have standard deviations from {found.min():.2g} to "
                f"{found.max():.2g}, so put a StandardScaler in front"
            )
    if model.loss == "squared_error" and _is_far(rows.y):
        ways.append(
            f"y has mean {rows.y.mean():.3g} and standard deviation {rows.y.std():.3g}, "
            "so put the estimator into a TransformedTargetRegressor with "
            "transformer=StandardScaler()"
        )
    return ways


def _is_far(y: Floats) -> bool:
    """Return whether a net, which starts near 0 and 1, has far to go to these targets."""
    return bool(y.std() > NEAR_1[1] or abs(y.mean()) > NEAR_1[1] * max(1.0, y.std()))
