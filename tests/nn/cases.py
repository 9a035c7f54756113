"""A case for every loss and every optimiser: what it must give, by another source.

A loss is held against its definition in floats; an optimiser against its formula in
NumPy, or, where it has none here, against PyTorch by a line in torch_cases.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from dendrograd import nn, sigmoid


def same(x: Any) -> Any:
    return x


def unit(x: Any) -> Any:
    """Bring any number, which may be a Value, into (0, 1)."""
    return sigmoid(x / 10.0)


def share(t: float) -> float:
    """Bring a number from -50 to 50 into [0, 1], whose ends are reached."""
    return abs(t) / 50


def sign(t: float) -> int:
    return 1 if t > 0 else -1


class Pairs(NamedTuple):
    """A loss of pairs: its definition in floats, and the numbers that it is given.

    `input` and `target` turn any number into one of the kind that the loss takes. `kink`
    is 0 where the loss has no derivative.
    """

    definition: Callable[[float, float], float]
    input: Callable[[Any], Any] = same
    target: Callable[[float], float] = same
    kink: Callable[[float, float], float] = lambda x, t: 1.0


class Rows(NamedTuple):
    """A loss of a row of scores and a class, the index of one of them."""

    definition: Callable[[list[float], int], float]


class Steps(NamedTuple):
    """An optimiser: settings under which all laws are tried, and its formula there.

    `formula` is one step for x, a gradient and what is kept from step to step, 0 at
    first; it returns the new x and what is then kept. It may be left out where
    OPTIMISERS of torch_cases.py has the optimiser.
    """

    settings: dict[str, Any]
    formula: Callable[[Any, Any, Any], tuple[Any, Any]] | None = None


def huber(x: float, t: float) -> float:
    return (x - t) ** 2 / 2 if abs(x - t) <= 1 else abs(x - t) - 0.5


CASES: dict[Any, Pairs | Rows | Steps] = {
    nn.mse_loss: Pairs(lambda x, t: (x - t) ** 2),
    nn.l1_loss: Pairs(lambda x, t: abs(x - t), kink=lambda x, t: x - t),
    nn.huber_loss: Pairs(huber, kink=lambda x, t: abs(x - t) - 1),
    nn.smooth_l1_loss: Pairs(huber, kink=lambda x, t: abs(x - t) - 1),
    nn.bce_loss: Pairs(
        lambda x, t: -t * math.log(x) - (1 - t) * math.log(1 - x),
        input=unit,
        target=share,
    ),
    nn.bce_with_logits_loss: Pairs(
        lambda x, t: math.log1p(math.exp(x)) - t * x, target=share
    ),
    nn.hinge_loss: Pairs(
        lambda x, t: max(0.0, 1 - t * x), target=sign, kink=lambda x, t: 1 - t * x
    ),
    nn.cross_entropy: Rows(lambda row, k: np.logaddexp.reduce(row) - row[k]),
    nn.SGD: Steps(
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
        lambda x, g, b: (x - 0.1 * (g + 0.9 * (0.9 * b + g)), 0.9 * b + g),
    ),
    nn.Adam: Steps({"lr": 0.1, "amsgrad": True}),
    nn.AdamW: Steps({"lr": 0.1}),
    nn.RMSprop: Steps({"lr": 0.1, "momentum": 0.5, "centered": True}),
}
PAIRWISE = [thing for thing, case in CASES.items() if isinstance(case, Pairs)]
OF_CLASSES = [thing for thing, case in CASES.items() if isinstance(case, Rows)]
OPTIMISERS = [thing for thing, case in CASES.items() if isinstance(case, Steps)]
