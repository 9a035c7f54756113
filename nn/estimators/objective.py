"""What training asks for: the loss of a batch, and its gradient by all parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from dendrograd.nn.errors import DataError

from .elementwise import ArrayForm
from .losses import RowLoss
from .net import Floats, count, matrices


class Objective(Protocol):
    """The mean loss of rows and targets, as a function of flat parameters."""

    reported: float

    def value_and_grad(
        self, parameters: Floats, X: Any, y: Floats, weights: Floats | None
    ) -> tuple[float, Floats]:
        """Return the loss, weighted by rows where weights are given, and its gradient.

        The gradient is valid until the next call. `reported` is then the loss in the
        units that a person compares. Raises DataError for weights whose sum is not > 0.
        """
        ...


class LayeredObjective:
    """A net of layers: products of matrices between functions of single numbers.

    The loss is the mean over the rows, and ½ alpha w² of every weight w, divided by the
    number of rows (by the sum of their weights), as in scikit-learn. The gradient is
    what reverse mode gives on the scalars, gathered layer by layer: with inputs A,
    outputs Z = A W + b and D = d loss / d Z,

        d loss / d W = Aᵀ D,   d loss / d b = the column sums of D,   d loss / d A = D Wᵀ.

    What is reported has only a `share` of the rows' loss: that of one output, where a
    loss is summed over outputs and reported as their mean.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: ArrayForm,
        loss: RowLoss,
        alpha: float = 0.0,
        share: float = 1.0,
    ) -> None:
        self.sizes, self.activation, self.loss, self.alpha = (
            sizes,
            activation,
            loss,
            alpha,
        )
        self.share, self.reported = share, 0.0
        self._gradient = np.empty(count(sizes))
        self._parts = matrices(self._gradient, sizes)
        self._weights = sum(w.size for w in self._parts.weights)

    def outputs(self, parameters: Floats, X: Any) -> Floats:
        """Return the net's outputs, one row for each of X."""
        return self._forward(parameters, X)[0]

    def _forward(
        self, parameters: Floats, X: Any
    ) -> tuple[Floats, list[Any], list[Any]]:
        """Return the outputs, the inputs of each layer, and what activations kept."""
        *hidden, last = zip(*matrices(parameters, self.sizes), strict=True)
        A, inputs, kept = X, [], []
        for w, b in hidden:
            inputs.append(A)
            A, keep = self.activation.forward(_affine(A, w, b))
            kept.append(keep)
        inputs.append(A)
        return _affine(A, *last), inputs, kept

    def value_and_grad(
        self, parameters: Floats, X: Any, y: Floats, weights: Floats | None
    ) -> tuple[float, Floats]:
        """Return the loss of a batch and its gradient, as Objective says."""
        Z, inputs, kept = self._forward(parameters, X)
        losses, D = self.loss(Z, y)
        if weights is None:
            total = float(len(y))
            value = losses.sum() / total
            D /= total
        else:
            total = _positive(weights.sum())
            value = weights @ losses / total
            D *= (weights / total)[:, np.newaxis]
        self._backward(parameters, D, inputs, kept)
        penalised = parameters[: self._weights]
        self._gradient[: self._weights] += (self.alpha / total) * penalised
        penalty = 0.5 * self.alpha / total * (penalised @ penalised)
        self.reported = float(self.share * value + penalty)
        return float(value + penalty), self._gradient

    def _backward(
        self, parameters: Floats, D: Floats, inputs: list[Any], kept: list[Any]
    ) -> None:
        """Write the gradient of the data's loss, from the last layer to the first."""
        ws = matrices(parameters, self.sizes).weights
        for i in reversed(range(len(ws))):
            A = inputs[i]
            if isinstance(A, np.ndarray):
                np.matmul(A.T, D, out=self._parts.weights[i])
            else:  # a sparse matrix
                self._parts.weights[i][:] = A.T @ D
            np.sum(D, axis=0, out=self._parts.biases[i])
            if i:
                D = self.activation.pull(kept[i - 1], D @ ws[i].T)


def _positive(total: Any) -> Any:
    """Return a sum of weights, or raise DataError where nothing can be divided by it."""
    if not total > 0.0:
        raise DataError(
            f"the sample weights of a batch sum to {total:g}, and must sum to more than "
            "0; raise batch_size, or leave rows of negative weight out"
        )
    return total


def _affine(A: Any, w: Floats, b: Floats) -> Floats:
    Z: Floats = A @ w
    Z += b
    return Z
