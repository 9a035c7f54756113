"""The parameters of a training as arrays, and as the numbers of Values."""

from __future__ import annotations

import numpy as np

from .optim import Array, Optimizer


class Weights:
    """The parameters of an optimiser, x, and their gradients, g, as arrays.

    They are written to the Values when somebody is going to look at these, and read again
    when somebody may have changed them.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.values = optimizer.params
        self.read()

    def read(self) -> None:
        """Take the numbers of the Values."""
        self.x = np.array([value.data for value in self.values], dtype=np.float64)
        slopes = [0.0 if v.grad is None else v.grad for v in self.values]
        self.g = np.array(slopes, dtype=np.float64)
        self.written = True

    def set(self, x: Array) -> None:
        """Take these parameters, and give them to the Values."""
        self.x, self.written = x.astype(np.float64), False
        self.write()

    def write(self) -> None:
        """Give the Values these numbers, where they do not have them."""
        if self.written:
            return
        rows = zip(self.values, self.x.tolist(), self.g.tolist(), strict=True)
        for value, number, slope in rows:
            value.data, value.grad = number, slope
        self.written = True
