"""Modules in a row, and dropout between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dendrograd import Value
from dendrograd.number import ranked
from dendrograd.rows import as_list

from .activations import Activation, activation_name, resolve
from .init import Seed, generator
from .module import Module
from .rows import is_batch
from .settings import require_number


class Sequential(Module):
    """Modules, or plain functions, each fed by the one before; a batch gives a list.

    >>> from dendrograd.nn import Layer
    >>> output = Layer(8, 1, activation=None, seed=1)
    >>> model = Sequential(Layer(2, 8, seed=0), Dropout(0.5, seed=0), output)
    >>> model
    Sequential(33 parameters)
      parts.0: Layer(2 -> 8 relu, 24 parameters)
      parts.1: Dropout(p=0.5, 0 parameters)
      parts.2: Layer(8 -> 1, 9 parameters)
    """

    def __init__(self, *parts: Callable[[Any], Any]) -> None:
        self.parts = list(parts)

    def __call__(self, x: Any) -> Any:
        """Return `forward(row)`, or the list of it for every row of a batch."""
        rows = as_list(x, "Sequential")
        if is_batch(rows):
            return [self(row) for row in rows]
        return super().__call__(rows)

    def forward(self, x: Any) -> Any:
        """Return the output of the last part."""
        for part in self.parts:
            x = part(x)
        return x


class Elementwise(Module):
    """An activation as a part of its own: of a number, or of each entry of a row.

    The names and functions are those of a layer's `activation`.

    >>> Elementwise("relu")([-1.0, 2.0])
    [0.0, 2.0]
    """

    def __init__(self, activation: Activation) -> None:
        self.activation = activation
        self._function = resolve(activation)

    def forward(self, x: Any) -> Any:
        """Return the activation of each entry."""
        if self._function is None:
            return x
        row = as_list(x, repr(self))
        if isinstance(row, list):
            return [_applied(self._function, entry) for entry in row]
        return _applied(self._function, row)

    def extra_repr(self) -> str:
        return activation_name(self.activation)


def _applied(function: Callable[[Any], Any], entry: Any) -> Any:
    """Return the function of an entry: a number of a number."""
    return function(entry) if ranked(entry) else function(Value(entry)).data


class Dropout(Module):
    """In training, each entry is 0 with probability p, and else divided by 1 - p.

    In eval mode it changes nothing. Srivastava et al., "Dropout: a simple way to
    prevent neural networks from overfitting", JMLR 2014. Raises SettingError unless
    0 <= p < 1.

    >>> drop = Dropout(0.5, seed=0)
    >>> drop([1.0, 2.0, 3.0]), drop.eval()([1.0, 2.0, 3.0])
    ([2.0, 4.0, 0.0], [1.0, 2.0, 3.0])
    """

    def __init__(self, p: float = 0.5, *, seed: Seed = None) -> None:
        require_number(
            "Dropout", "p", p, lambda p: 0.0 <= p < 1.0, "at least 0 and below 1"
        )
        self.p = p
        self._rng = generator(seed)

    def forward(self, x: Any) -> Any:
        """Return the row with some entries dropped, or as it is."""
        if not self.training or not self.p:
            return x
        row = as_list(x, "Dropout")
        if not isinstance(row, list):
            return self._kept(row)
        return [self._kept(entry) for entry in row]

    def _kept(self, entry: Any) -> Any:
        return 0.0 if self._rng.random() < self.p else entry / (1.0 - self.p)

    def extra_repr(self) -> str:
        return f"p={self.p:g}"
