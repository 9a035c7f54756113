"""A step of a training: value and gradient of a mini-batch, and the optimiser's move.

Parameters and gradients are arrays here. They are written to the Values when somebody
is going to look at these, and read again when somebody may have changed them.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from dendrograd import Value
from dendrograd.errors import NonFiniteError
from dendrograd.leaves import gather_slopes, look, scatter

from .clip import clipping
from .evaluating import Loss, numbers
from .fitting import not_a_loss, require_path
from .module import Module
from .optim import Array, Optimizer


class Weights:
    """The parameters of an optimiser, x, and their gradients, g, as arrays."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.values = optimizer.params
        self.read()

    def read(self) -> None:
        """Take the numbers of the Values."""
        self.x, self.g = np.empty((2, len(self.values)))
        look(self.values, self.x)
        gather_slopes(self.values, self.g)
        self.written = True

    def set(self, x: Array) -> None:
        """Take these parameters, and give them to the Values."""
        self.x, self.written = x.astype(np.float64), False
        self.write()

    def write(self) -> None:
        """Give the Values these numbers, where they do not have them."""
        if self.written:
            return
        scatter(self.values, self.x, self.g)
        self.written = True


class Gradient(Protocol):
    """Where value and gradient of a mini-batch come from."""

    def __call__(
        self, weights: Weights, rows: Any, targets: Any, where: str
    ) -> tuple[float, list[Any]]:
        """Leave the gradient in `weights.g`; return the loss, and each row's output."""
        ...


class Recorded:
    """Records the loss of a mini-batch as a graph, and sweeps back through it."""

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer) -> None:
        self.model, self.loss, self.optimizer = model, loss, optimizer

    def __call__(
        self, weights: Weights, rows: Any, targets: Any, where: str
    ) -> tuple[float, list[Any]]:
        weights.write()
        outputs = [self.model(row) for row in rows]
        error = self.loss(outputs, targets)
        if not isinstance(error, Value):
            raise not_a_loss(where, self.loss, error)
        require_finite_loss(error.data, where)
        if not error.parents:
            require_path(where, error, self.model, self.optimizer)
        self.optimizer.zero_grad()
        error.backward()
        weights.read()
        if not weights.g.any():  # all are 0: was one reached?
            require_path(where, error, self.model, self.optimizer)
        return error.data, [numbers(output) for output in outputs]


def require_finite_loss(loss: float, where: str) -> None:
    """Raise NonFiniteError for a loss after which a step would spoil the weights."""
    if not math.isfinite(loss):
        raise NonFiniteError(
            f"{where}: the loss is {loss}; the weights are those of the "
            "step before. Lower the learning rate, standardise the inputs or clip "
            "with max_norm; dendrograd.first_nonfinite(loss) finds the cause"
        )


def gradient_of(model: Module, loss: Loss, optimizer: Optimizer) -> Gradient:
    """Return where `fit` takes value and gradient of each mini-batch from.

    This is the one place that decides it, once for a training.
    """
    return Recorded(model, loss, optimizer)


def move(weights: Weights, optimizer: Optimizer, max_norm: float | None) -> None:
    """Clip the gradient, if asked, and move the parameters by the optimiser's formula."""
    if max_norm is not None:
        weights.g = weights.g * clipping(weights.g.tolist(), max_norm)[1]
    if type(optimizer).step is Optimizer.step:
        weights.x = optimizer.moved(weights.x, weights.g)
        weights.written = False
    else:  # one that has a step of its own, of Values
        weights.written = False
        weights.write()
        optimizer.step()
        weights.read()
