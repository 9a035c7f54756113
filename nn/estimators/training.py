"""Mini-batches, epochs, and when to stop: the training of an estimator's parameters."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np
from sklearn.utils import shuffle

from dendrograd.errors import NonFiniteError

from .net import Floats
from .objective import Objective
from .rows import Rows
from .steps import SGD, Adam

BATCH = 200  # rows of a batch by default, or all where there are fewer


@dataclass
class Watch:
    """Whether training still gets better, and the best parameters where that is asked.

    judge     what measures it, since numbers of other measures do not compare
    tol       what counts as better
    patience  epochs in a row without it, after which training stops
    """

    judge: Any
    tol: float = 0.0
    patience: float = np.inf
    best: float = -np.inf
    stalled: int = 0
    kept: Floats | None = field(default=None, repr=False)

    def sees(self, score: float, parameters: Floats | None = None) -> bool:
        """Note the score of an epoch, larger is better; return whether it is the best.

        Then its parameters are kept.
        """
        self.stalled = 0 if score >= self.best + self.tol else self.stalled + 1
        if not score > self.best:  # as a nan
            return False
        self.best = score
        if parameters is not None:
            self.kept = parameters.copy()
        return True

    @property
    def is_over(self) -> bool:
        return self.stalled > self.patience


def optimiser(model: Any, size: int) -> Adam | SGD:
    """Return a new optimiser with the settings of an estimator."""
    rate = float(model.learning_rate_init)
    if model.solver == "adam":
        return Adam(size, rate, model.beta_1, model.beta_2, model.epsilon)
    schedule, power = model.learning_rate, model.power_t
    return SGD(size, rate, schedule, power, model.momentum, model.nesterovs_momentum)


def batches(order: Any, batch_size: int | str) -> Iterator[Any]:
    """Yield the places of the rows of each batch of an epoch."""
    size = BATCH if batch_size == "auto" else int(batch_size)
    for start in range(0, len(order), size):
        yield order[start : start + size]


def train(
    model: Any,
    objective: Objective,
    rows: Rows,
    held: Rows | None,
    rng: Any,
    epochs: int,
) -> bool | None:
    """Fit `model.parameters_` to the rows, in so many epochs at most.

    Return whether it is done, None where it was interrupted.

    `held` are rows kept out of it: with them, training stops where the model's score on
    them no longer grows, and the parameters of the best epoch are kept.
    """
    watch = model._watch
    done: bool | None = False
    if held is not None and watch.best > -np.inf:  # what an earlier fit has found
        watch.kept = model.parameters_.copy()
    model.n_iter_, order = 0, np.arange(len(rows))
    try:
        while model.n_iter_ < epochs and not done:
            if model.shuffle:  # what was shuffled before, as scikit-learn does
                order = shuffle(order, random_state=rng)
            loss = _epoch(model, objective, rows, order)
            model.n_iter_ += 1
            model.t_ += len(rows)
            _note(model, loss, held)
            model._optimiser.end_epoch(model.t_)
            done = watch.is_over and not _slowed_down(model)
    except KeyboardInterrupt:
        done = None
        warn_of_interrupt(model)
    if watch.kept is not None:
        model.parameters_[:], watch.kept = watch.kept, None
    return done


def warn_of_interrupt(model: Any) -> None:
    """Tell whoever called `fit` that Ctrl-C has ended it."""
    warnings.warn(
        f"{type(model).__name__}: interrupted in epoch {model.n_iter_ + 1}; the model "
        "has what it had learnt by then",
        stacklevel=5,
    )


def _slowed_down(model: Any) -> bool:
    """Return whether training that stalls goes on at a lower rate."""
    patience = model._watch.patience
    if model._optimiser.slow_down():
        model._watch.stalled = 0
        say(model, f"learning rate is now {model._optimiser.rate:g}")
        return True
    say(model, f"stops: no better by {model.tol:g} for {patience} epochs")
    return False


def _epoch(model: Any, objective: Objective, rows: Rows, order: Any) -> float:
    """Take a step for every batch; return the mean loss as it went."""
    parameters, total = model.parameters_, 0.0
    for places in batches(order, model.batch_size):
        batch = rows.at(places)
        with np.errstate(all="ignore"):  # what is not finite is told below
            loss, gradient = objective.value_and_grad(
                parameters, batch.X, batch.y, batch.weights
            )
            if isfinite(loss):
                model._optimiser.step(parameters, gradient)
        if not isfinite(loss):
            raise overflow(model, f"the loss is {loss}")
        total += objective.reported * len(batch)
    if not np.isfinite(parameters).all():
        raise overflow(model, "a step made parameters inf or nan")
    return total / len(rows)


def overflow(model: Any, what: str) -> NonFiniteError:
    """Return the error of a training that left the numbers, with the way out."""
    return NonFiniteError(
        f"{type(model).__name__}: epoch {model.n_iter_ + 1}: {what}; scale the columns of "
        "X (StandardScaler), or lower learning_rate_init"
    )


def _note(model: Any, loss: float, held: Rows | None) -> None:
    """Write an epoch into the model's records."""
    model.loss_ = loss
    model.loss_curve_.append(loss)
    told = f"loss {loss:.8f}"
    if held is None:
        model._watch.sees(-loss)
        model.best_loss_ = -model._watch.best
    else:
        score, merit = model._judged(held)
        model.validation_scores_.append(score)
        if model._watch.sees(merit, model.parameters_):
            model.best_validation_score_ = score
        told += f", validation score {score:.6f}"
    say(model, f"epoch {model.n_iter_}: {told}")


def say(model: Any, line: str) -> None:
    """Print a line where the model is verbose."""
    if model.verbose:
        print(f"{type(model).__name__}: {line}")
