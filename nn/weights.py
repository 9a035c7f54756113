"""The parameters of a training as arrays, and as the numbers of Values."""

from __future__ import annotations

import numpy as np

from dendrograd.leaves import gather_slopes, look, scatter

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
        x, g = np.empty((2, len(self.values)))
        look(self.values, x)
        gather_slopes(self.values, g)
        self.x, self.g = x, g  # at once: Ctrl-C may come at any line
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

    def write_zero(self) -> None:
        """Give the Values these numbers, and gradients of 0."""
        self.g, self.written = np.zeros_like(self.x), False
        self.write()
