"""Optimisers of one flat array of parameters, with the formulas of scikit-learn."""

from __future__ import annotations

import numpy as np

from .net import Floats

SLOWEST = 1e-6  # the rate at which an adaptive one gives up


class Adam:
    """Adam (Kingma and Ba, ICLR 2015), as at the end of section 2: with
    rate_t = rate sqrt(1 - beta_2^t) / (1 - beta_1^t), x <- x - rate_t m / (sqrt v + eps).
    """

    def __init__(
        self, size: int, rate: float, beta_1: float, beta_2: float, epsilon: float
    ) -> None:
        self.rate, self.beta_1, self.beta_2, self.epsilon = (
            rate,
            beta_1,
            beta_2,
            epsilon,
        )
        self.t = 0
        self.m, self.v, self._work = np.zeros(size), np.zeros(size), np.empty(size)

    def step(self, x: Floats, g: Floats) -> None:
        """Move the parameters x by a gradient, in place."""
        self.t += 1
        m, v, work = self.m, self.v, self._work
        m *= self.beta_1
        m += np.multiply(g, 1.0 - self.beta_1, out=work)
        v *= self.beta_2
        np.multiply(g, g, out=work)
        work *= 1.0 - self.beta_2
        v += work
        unbiased = np.sqrt(1.0 - self.beta_2**self.t) / (1.0 - self.beta_1**self.t)
        np.sqrt(v, out=work)
        work += self.epsilon
        np.divide(m, work, out=work)
        work *= self.rate * unbiased
        x -= work

    def end_epoch(self, seen: int) -> None:
        """Do nothing: the rate does not depend on the rows that were seen."""

    def slow_down(self) -> bool:
        """Return False: where learning stalls, Adam stops."""
        return False


class SGD:
    """Stochastic gradient descent with momentum: v <- momentum v - rate g; x <- x + v.

    With Nesterov's momentum x moves by momentum v - rate g, from the new v. The schedule
    is "constant", "invscaling" (rate / (rows seen + 1)^power) or "adaptive" (a fifth
    each time that learning stalls).
    """

    def __init__(
        self,
        size: int,
        rate: float,
        schedule: str,
        power: float,
        momentum: float,
        nesterov: bool,
    ) -> None:
        self.first = self.rate = rate
        self.schedule, self.power = schedule, power
        self.momentum, self.nesterov = momentum, nesterov
        self.velocity = np.zeros(size)

    def step(self, x: Floats, g: Floats) -> None:
        """Move the parameters x by a gradient, in place."""
        push = self.rate * g
        self.velocity *= self.momentum
        self.velocity -= push
        if self.nesterov:
            x += self.momentum * self.velocity
            x -= push
        else:
            x += self.velocity

    def end_epoch(self, seen: int) -> None:
        """Set the rate for the rows that were seen since the start, if it depends on them."""
        if self.schedule == "invscaling":
            self.rate = self.first / (seen + 1) ** self.power

    def slow_down(self) -> bool:
        """Take a fifth of the rate where that is the schedule; return whether it was."""
        if self.schedule != "adaptive" or self.rate <= SLOWEST:
            return False
        self.rate /= 5.0
        return True
