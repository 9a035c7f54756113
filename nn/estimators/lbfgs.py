"""The solver "lbfgs": a quasi-Newton method over all rows at once, that of SciPy.

Liu and Nocedal, On the limited memory BFGS method for large scale optimization,
Mathematical Programming 45 (1989).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from .net import Floats
from .objective import Objective
from .rows import Rows
from .training import Watch, overflow, say, warn_of_interrupt

STUCK = 2  # SciPy's status where no point along the line is lower


def train(model: Any, objective: Objective, rows: Rows) -> bool | None:
    """Fit `model.parameters_` to all rows; return if it is done, None where interrupted.

    Raises NonFiniteError where the loss is inf or nan.
    """
    model.validation_scores_ = model.best_validation_score_ = None
    model._watch, model.n_iter_ = Watch("lbfgs"), 0

    def value_and_grad(x: Floats) -> tuple[float, Floats]:
        with np.errstate(all="ignore"):
            loss, gradient = objective.value_and_grad(x, rows.X, rows.y, rows.weights)
        if not np.isfinite(loss):
            raise overflow(model, f"the loss is {loss}")
        return loss, gradient.copy()  # it is kept beside the next one

    def note(x: Floats) -> None:  # x is where the loss was asked for last
        model.parameters_[:] = x
        model.n_iter_ += 1
        model.loss_curve_.append(objective.reported)
        say(model, f"epoch {model.n_iter_}: loss {objective.reported:.8f}")

    limits = {"maxiter": model.max_iter, "maxfun": model.max_fun, "gtol": model.tol}
    settings = {"method": "L-BFGS-B", "jac": True, "callback": note, "options": limits}
    status = None
    try:
        status = minimize(value_and_grad, model.parameters_.copy(), **settings).status
    except KeyboardInterrupt:
        warn_of_interrupt(model)
    value_and_grad(model.parameters_)
    model.loss_ = objective.reported
    model.best_loss_ = min([model.loss_, *model.loss_curve_])
    if status == STUCK:
        _warn_of_no_way_down(model)
    return None if status is None else status in (0, STUCK)


def _warn_of_no_way_down(model: Any) -> None:
    warnings.warn(
        f"{type(model).__name__}: lbfgs found no lower loss along its line after "
        f"{model.n_iter_} epochs; for a loss with corners, as abs, take solver='adam'",
        ConvergenceWarning,
        stacklevel=5,
    )
