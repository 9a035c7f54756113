"""The losses of a batch, row by row, with their slopes by the net's outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from scipy.special import expit, logit, softmax, xlogy

from dendrograd.errors import NonFiniteError

from .lanes import over_lanes, told_as
from .net import Floats

RowLoss: TypeAlias = Callable[[Floats, Floats], tuple[Floats, Floats]]


class Loss(NamedTuple):
    """A loss, and what the net's outputs mean under it.

    rows    (outputs, targets) -> (the loss of each row, its slopes by the outputs)
    answer  outputs -> what is predicted: probabilities, rates, or the outputs themselves
    share   what part of a row's loss is reported: scikit-learn reports the mean of the
            squared errors of several outputs, and learns from their sum
    link    a mean target -> the outputs that answer it, where a formula is known
    """

    rows: RowLoss
    answer: Callable[[Floats], Floats]
    share: Callable[[int], float] = lambda outputs: 1.0
    link: Callable[[Floats], Floats] | None = None


def _log_loss(Z: Floats, y: Floats) -> tuple[Floats, Floats]:
    """-log softmax(z) at the class of the one-hot row; its slopes are softmax(z) - y."""
    shifted = Z - Z.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    losses = np.log(sums[:, 0]) - np.einsum("ij,ij->i", shifted, y)
    powers /= sums
    powers -= y
    return losses, powers


def _logistic_loss(Z: Floats, y: Floats) -> tuple[Floats, Floats]:
    """-log of the probability of each label, 0 or 1: softplus(-z) for 1, softplus(z) for 0."""
    losses = np.logaddexp(0.0, (1.0 - 2.0 * y) * Z)
    return losses.sum(axis=1), expit(Z) - y


def _squared_error(Z: Floats, y: Floats) -> tuple[Floats, Floats]:
    """½ (z - y)², summed over the outputs."""
    slopes = Z - y
    return 0.5 * np.einsum("ij,ij->i", slopes, slopes), slopes


def _poisson(Z: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Half the deviance of counts with the rate e^z: e^z - y z, and a term of y alone."""
    rates = np.exp(Z)
    losses = rates - y * Z + (xlogy(y, y) - y)
    return losses.sum(axis=1), rates - y


def _same(Z: Floats) -> Floats:
    return Z


def _softmax(Z: Floats) -> Floats:
    shares: Floats = softmax(Z, axis=1)
    return shares


def _inside(p: Floats) -> Floats:
    """Return probabilities that are not 0 or 1, whose logits are finite."""
    return np.clip(p, 1e-300, 1.0 - 1e-16)


LOG_LOSS = Loss(_log_loss, _softmax, link=lambda p: np.log(_inside(p)))
LOGISTIC = Loss(_logistic_loss, expit, link=lambda p: logit(_inside(p)))
OF_NUMBERS = {
    "poisson": Loss(_poisson, np.exp, link=lambda y: np.log(np.maximum(y, 1e-300))),
    "squared_error": Loss(_squared_error, _same, lambda outputs: 1.0 / outputs, _same),
}


def written(formula: Any, answer: Callable[[Floats], Floats]) -> Loss:
    """Return the loss that a person wrote as a scalar formula (prediction, target).

    Where the net has one output, both are numbers, and lists otherwise.
    """
    lanes = over_lanes(formula)

    def rows(Z: Floats, y: Floats) -> tuple[Floats, Floats]:
        several = Z.shape[1] > 1
        pair = (Z, y) if several else (Z[:, 0], y[:, 0])
        with told_as("loss", formula):
            losses, slopes = lanes(*pair)
            _require_finite(losses, *pair)
        return losses, slopes if several else slopes[:, np.newaxis]

    return Loss(rows, answer)


def _require_finite(losses: Floats, Z: Floats, y: Floats) -> None:
    """Raise NonFiniteError for a loss that is inf or nan where the prediction is not."""
    bad = np.flatnonzero(
        ~np.isfinite(losses) & np.isfinite(Z).reshape(len(Z), -1).all(axis=1)
    )
    if len(bad):
        i = bad[0]
        raise NonFiniteError(
            f"the loss is {losses[i]} where the prediction is {Z[i].tolist()} and the "
            f"target {y[i].tolist()}; a loss must be a number for every prediction"
        )
