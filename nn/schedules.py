"""Learning rates that change over the epochs, with PyTorch's names and arguments.

A schedule takes over `optimizer.lr`: call its `step()` once after each epoch. The rate
of epoch t is a formula in t, not a chain of products, so a schedule can be resumed
anywhere; and of two on one optimiser the last to step wins. To combine some, give
LambdaLR the product of their factors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import cos, pi
from typing import Any

from dendrograd.errors import OperandError

from .errors import StateError
from .optim import Optimizer
from .settings import at_least, is_real, refuse
from .state import require_mapping


class Schedule:
    """The base: sets the rate of epoch 0 at once, and of the next at each `step`."""

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise OperandError(
                f"{type(self).__name__}: {optimizer!r} is a {type(optimizer).__name__}"
                ", not an optimiser; give the one whose lr is to change"
            )
        self.optimizer = optimizer
        self.base_lr = optimizer.lr
        self.last_epoch = 0
        optimizer.lr = self.rate(0)

    def rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch, counted from 0."""
        raise NotImplementedError(f"{type(self).__name__} has no rate(self, epoch)")

    def step(self) -> None:
        """Go on to the next epoch and set its learning rate."""
        self.last_epoch += 1
        self.optimizer.lr = self.rate(self.last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Return the base rate and the epoch."""
        return {"base_lr": self.base_lr, "last_epoch": self.last_epoch}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a state; raise StateError if it is none of a schedule."""
        require_mapping(state_dict)
        if state_dict.keys() != self.state_dict().keys():
            raise StateError(
                f"load_state_dict: a schedule has the keys base_lr and last_epoch, "
                f"not {', '.join(map(str, state_dict)) or 'none'}"
            )
        if not all(is_real(number) for number in state_dict.values()):
            raise StateError(
                "load_state_dict: base_lr and last_epoch must be numbers, not "
                f"{state_dict['base_lr']!r} and {state_dict['last_epoch']!r}"
            )
        self.base_lr = state_dict["base_lr"]
        self.last_epoch = state_dict["last_epoch"]
        self.optimizer.lr = self.rate(self.last_epoch)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(epoch {self.last_epoch}, lr={self.optimizer.lr})"


class LambdaLR(Schedule):
    """The base rate times a function of the epoch.

    >>> from dendrograd import Value
    >>> from dendrograd.nn import SGD
    >>> optimizer = SGD([Value(0.0)], lr=1.0)
    >>> schedule = LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> schedule.step()
    >>> optimizer.lr
    0.5
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float]) -> None:
        if not callable(lr_lambda):
            refuse("LambdaLR", "lr_lambda", lr_lambda, "a function of the epoch")
        self.lr_lambda = lr_lambda
        super().__init__(optimizer)

    def rate(self, epoch: int) -> float:
        return self.base_lr * self.lr_lambda(epoch)


class StepLR(Schedule):
    """The base rate, times `gamma` after every `step_size` epochs.

    >>> from dendrograd import Value
    >>> from dendrograd.nn import SGD
    >>> schedule = StepLR(SGD([Value(0.0)], lr=1.0), step_size=2, gamma=0.5)
    >>> [schedule.rate(epoch) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1
    ) -> None:
        at_least("StepLR", "step_size", step_size, 1)
        a_number("StepLR", gamma=gamma)
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def rate(self, epoch: int) -> float:
        return self.base_lr * self.gamma ** (epoch // self.step_size)


class ExponentialLR(Schedule):
    """The base rate, times `gamma` after every epoch.

    >>> from dendrograd import Value
    >>> from dendrograd.nn import SGD
    >>> schedule = ExponentialLR(SGD([Value(0.0)], lr=1.0), gamma=0.5)
    >>> [schedule.rate(epoch) for epoch in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        a_number("ExponentialLR", gamma=gamma)
        self.gamma = gamma
        super().__init__(optimizer)

    def rate(self, epoch: int) -> float:
        return self.base_lr * self.gamma**epoch


class CosineAnnealingLR(Schedule):
    """Half a cosine from the base rate down to `eta_min` in `T_max` epochs.

    It goes up again after T_max, as PyTorch's does. Loshchilov and Hutter, "SGDR:
    stochastic gradient descent with warm restarts", ICLR 2017, equation 5.

    >>> from dendrograd import Value
    >>> from dendrograd.nn import SGD
    >>> schedule = CosineAnnealingLR(SGD([Value(0.0)], lr=1.0), T_max=2)
    >>> [round(schedule.rate(epoch), 6) for epoch in range(3)]
    [1.0, 0.5, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        at_least("CosineAnnealingLR", "T_max", T_max, 1)
        a_number("CosineAnnealingLR", eta_min=eta_min)
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def rate(self, epoch: int) -> float:
        way = (1.0 + cos(pi * epoch / self.T_max)) / 2.0
        return self.eta_min + (self.base_lr - self.eta_min) * way


class LinearLR(Schedule):
    """A warm-up: from start_factor to end_factor of the base rate in total_iters.

    >>> from dendrograd import Value
    >>> from dendrograd.nn import SGD
    >>> schedule = LinearLR(SGD([Value(0.0)], lr=1.0), 0.25, total_iters=3)
    >>> [schedule.rate(epoch) for epoch in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ) -> None:
        at_least("LinearLR", "total_iters", total_iters, 1)
        a_number("LinearLR", start_factor=start_factor, end_factor=end_factor)
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def rate(self, epoch: int) -> float:
        way = min(epoch, self.total_iters) / self.total_iters
        return self.base_lr * (
            self.start_factor + (self.end_factor - self.start_factor) * way
        )


def a_number(who: str, **settings: Any) -> None:
    """Raise SettingError for a setting that is not a real number."""
    for name, setting in settings.items():
        if not is_real(setting):
            refuse(who, name, setting, "a number")
