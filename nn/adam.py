"""Adam and AdamW, with PyTorch's arguments, defaults and formulas."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dendrograd import Value

from .optim import Array, Optimizer

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Adam: steps of about lr, scaled by running means of the gradient and its square.

    m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g²; both divided by
    1 - beta^t; x <- x - lr m / (sqrt(v) + eps). With `amsgrad`, v is its largest so
    far. Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    algorithm 1; Reddi, Kale and Kumar, ICLR 2018, for `amsgrad`.
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
        in_range = len(betas) == 2 and all(0.0 <= beta < 1.0 for beta in betas)
        self._require("betas", in_range, "two numbers in [0, 1)")
        self._require("eps", eps >= 0.0, ">= 0")

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
        bias1: float = 1.0 - beta1**self.steps
        bias2: float = 1.0 - beta2**self.steps
        spread: Array = np.sqrt(v) / bias2**0.5 + self.eps
        return x - (self.lr / bias1) * self.exp_avg / spread


class AdamW(Adam):
    """Adam whose weights decay by lr * weight_decay x, apart from the gradient.

    Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.
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
