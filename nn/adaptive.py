"""Optimisers with a step of its own for every parameter: Adam, AdamW and RMSprop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from dendrograd import Value

from .optim import Array, Optimizer
from .settings import is_real


class Adam(Optimizer):
    """Adam: steps of about lr, scaled by running means of the gradient and its square.

    m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g²; both divided by
    1 - beta^t; x <- x - lr m / (sqrt(v) + eps). With `amsgrad`, v is its largest so
    far. Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    algorithm 1; Reddi, Kale and Kumar, ICLR 2018, for `amsgrad`.

    >>> from dendrograd import Value
    >>> x = Value(3.0)
    >>> optimizer = Adam([x], lr=0.5)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    2.5
    """

    buffers = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
    settings = ("lr", "betas", "eps", "weight_decay", "amsgrad", "maximize")
    exp_avg: Array
    exp_avg_sq: Array
    max_exp_avg_sq: Array

    def __init__(
        self,
        params: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, weight_decay, maximize)
        self.betas, self.eps, self.amsgrad = betas, eps, amsgrad
        self._require("betas", are_betas(betas), "two numbers in [0, 1)")
        self._at_least_0("eps")

    def _decayed(self, x: Array, g: Array) -> tuple[Array, Array]:
        """Add the penalty ½ weight_decay x² to the loss."""
        return x, g + self.weight_decay * x if self.weight_decay else g

    def _update(self, x: Array, g: Array) -> Array:
        x, g = self._decayed(x, g)
        beta1, beta2 = self.betas
        self.exp_avg = self.exp_avg + (1.0 - beta1) * (g - self.exp_avg)
        self.exp_avg_sq = beta2 * self.exp_avg_sq + (1.0 - beta2) * g * g
        v: Array = self.exp_avg_sq
        if self.amsgrad:
            v = self.max_exp_avg_sq = np.maximum(self.max_exp_avg_sq, v)
        bias1, bias2 = unbiasing(beta1, self.steps), unbiasing(beta2, self.steps)
        spread: Array = np.sqrt(v) / np.sqrt(bias2) + self.eps
        return x - (self.lr / bias1) * self.exp_avg / spread


class AdamW(Adam):
    """Adam whose weights decay by lr * weight_decay x, apart from the gradient.

    Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.

    >>> from dendrograd import Value
    >>> x = Value(8.0)
    >>> AdamW([x], lr=0.5, weight_decay=0.25).step()
    >>> x.data
    7.0
    """

    def __init__(
        self,
        params: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize
        )

    def _decayed(self, x: Array, g: Array) -> tuple[Array, Array]:
        return x * (1.0 - self.lr * self.weight_decay), g


class RMSprop(Optimizer):
    """RMSprop: steps divided by a running root mean square of the gradient.

    s <- alpha s + (1 - alpha) g²; x <- x - lr g / (sqrt(s) + eps), through a velocity
    if momentum > 0; `centered` takes the running variance in place of s. Tieleman and
    Hinton, "Neural networks for machine learning", lecture 6.5, 2012; centered as in
    Graves, "Generating sequences with recurrent neural networks", 2013.

    >>> from dendrograd import Value
    >>> x = Value(3.0)
    >>> optimizer = RMSprop([x], lr=0.5, alpha=0.75)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> round(x.data, 6)
    2.0
    """

    buffers = ("square_avg", "grad_avg", "momentum_buffer")
    settings = (
        "lr",
        "alpha",
        "eps",
        "weight_decay",
        "momentum",
        "centered",
        "maximize",
    )
    square_avg: Array
    grad_avg: Array
    momentum_buffer: Array

    def __init__(
        self,
        params: Iterable[Value],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, weight_decay, maximize)
        self.alpha, self.eps = alpha, eps
        self.momentum, self.centered = momentum, centered
        self._at_least_0("alpha", "eps", "momentum")

    def _update(self, x: Array, g: Array) -> Array:
        if self.weight_decay:
            g = g + self.weight_decay * x
        self.square_avg = self.alpha * self.square_avg + (1.0 - self.alpha) * g * g
        spread = self.square_avg
        if self.centered:
            self.grad_avg = self.grad_avg + (1.0 - self.alpha) * (g - self.grad_avg)
            spread = spread - self.grad_avg * self.grad_avg
        change = g / (np.sqrt(spread) + self.eps)
        if self.momentum:
            change = self.momentum * self.momentum_buffer + change
            self.momentum_buffer = change
        return x - self.lr * change


def are_betas(betas: Any) -> bool:
    """Return whether these are two numbers in [0, 1)."""
    try:
        beta1, beta2 = betas
    except (TypeError, ValueError):
        return False
    return all(is_real(beta) and 0.0 <= beta < 1.0 for beta in (beta1, beta2))


def unbiasing(beta: float, steps: Array) -> Array:
    """Return 1 - beta^t for every count t of steps.

    Nearly always all counts are equal; and Python's power, unlike NumPy's, does not
    depend on the processor's vector unit.
    """
    if (steps == steps[0]).all():
        return np.full(len(steps), 1.0 - beta ** float(steps[0]))
    counts, places = np.unique(steps, return_inverse=True)
    return np.array([1.0 - beta**t for t in counts.tolist()])[places]
