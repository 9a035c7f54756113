"""Optimisers: PyTorch's names, arguments, defaults and formulas, to the last digits.

An optimiser is given `model.parameters()`; `step()` reads their `.grad` and moves
their `.data`, all at once. `lr` and the other hyper-parameters are plain attributes.

A gradient that is inf or nan goes through the formula like any number, as in PyTorch,
and usually leaves nan behind. Guard with `clip_grad_norm_(..., error_if_nonfinite=
True)` before the step, and find the cause with `dendrograd.first_nonfinite(loss)`.
A parameter that the loss does not reach has the gradient 0. One whose `.grad` is None
is left out of the step, its running means, velocity and count of steps included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value
from dendrograd.errors import OperandError
from dendrograd.leaves import gather_slopes, look, scatter

from .errors import SettingError, StateError
from .settings import at_least, is_real, refuse, require_values
from .state import real_array, require_mapping

Array: TypeAlias = NDArray[np.float64]
ALL = slice(None)  # a slice, for speed


class Optimizer:
    """The base of all optimisers; `_update` holds the formula.

    Raises SettingError for no parameters, for one that is given twice, and for a
    hyper-parameter out of range; OperandError for what is not a Value, or is computed.

    >>> from dendrograd import Value
    >>> class Signs(Optimizer):
    ...     def _update(self, x, g):
    ...         return x - self.lr * np.sign(g)
    >>> x = Value(3.0)
    >>> optimizer = Signs([x], lr=0.5, weight_decay=0.0, maximize=False)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    2.5
    """

    buffers: ClassVar[tuple[str, ...]] = ()  # arrays, one number per parameter
    settings: ClassVar[tuple[str, ...]] = ("lr", "weight_decay", "maximize")

    def __init__(
        self, params: Iterable[Value], lr: float, weight_decay: float, maximize: bool
    ) -> None:
        self.params = checked(params, type(self).__name__)
        self.lr, self.weight_decay, self.maximize = lr, weight_decay, maximize
        self._at_least_0("lr", "weight_decay")
        self.steps = np.zeros(len(self.params))
        for name in self.buffers:
            setattr(self, name, np.zeros(len(self.params)))

    def _at_least_0(self, *names: str) -> None:
        """Raise SettingError for a setting that is not a number of 0 or more."""
        for name in names:
            at_least(type(self).__name__, name, getattr(self, name))

    def _require(self, name: str, condition: bool, wanted: str) -> None:
        if not condition:
            refuse(type(self).__name__, name, getattr(self, name), wanted)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        scatter(self.params, None, np.zeros(len(self.params)))

    def step(self) -> None:
        """Move every parameter by the formula; all of them, or none on an error.

        A parameter whose gradient is None stays, and so does all that is kept of it.
        """
        params, g = self.params, np.empty(len(self.params))
        places: slice | list[int] = ALL
        if gather_slopes(params, g):  # some are None
            places = [i for i, p in enumerate(params) if p.grad is not None]
            if not places:
                return
            params, g = [params[i] for i in places], g[places]
        x = np.empty(len(params))
        look(params, x)
        scatter(params, self.moved(x, g, places), None)

    def moved(self, x: Array, g: Array, places: slice | list[int] = ALL) -> Array:
        """Return the parameters x after a step with the gradients g, as arrays.

        The state of the optimiser moves on with them: as a whole, or at `places`.
        """
        with np.errstate(all="ignore"):  # inf and nan follow IEEE 754
            return self._at(places, x, -g if self.maximize else g)

    def _at(self, places: slice | list[int], x: Array, g: Array) -> Array:
        """Return `_update(x, g)`, with the entries of the buffers at these places."""
        whole: dict[str, Array] = {n: getattr(self, n) for n in self._kept}
        try:
            for name, array in whole.items():
                setattr(self, name, array[places])
            self.steps = self.steps + 1.0
            moved = self._update(x, g)
            part: dict[str, Array] = {n: getattr(self, n) for n in whole}
        finally:
            for name, array in whole.items():
                setattr(self, name, array)
        for name, entries in part.items():
            whole[name][places] = entries
        return moved

    @property
    def _kept(self) -> tuple[str, ...]:
        """The names of what is kept for each parameter."""
        return ("steps", *self.buffers)

    def _update(self, x: Array, g: Array) -> Array:
        """Return the parameters after a step from x with the gradient g.

        x, g, `steps` and the buffers have one entry per parameter that moves.
        """
        raise NotImplementedError(f"{type(self).__name__} has no _update(self, x, g)")

    def state_dict(self) -> dict[str, Any]:
        """Return the settings, and copies of the steps taken and of the buffers."""
        plain = {name: getattr(self, name) for name in self.settings}
        return plain | {name: getattr(self, name).copy() for name in self._kept}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a state of the same kind of optimiser; raise StateError if not."""
        require_mapping(state_dict)
        own, problems = self.state_dict(), list[str]()
        if own.keys() != state_dict.keys():
            other = sorted(map(str, own.keys() ^ state_dict.keys()))
            problems.append(f"missing or unexpected {', '.join(other)}")
        shape = (len(self.params),)
        new = {
            name: real_array(name, state_dict[name], shape, problems)
            for name in self._kept
            if name in state_dict
        }
        if problems:
            raise StateError(
                f"load_state_dict: the state does not fit {self!r} with "
                f"{len(self.params)} parameters: {'; '.join(problems)}"
            )
        for name in own:
            setattr(self, name, new.get(name, state_dict[name]))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.settings)
        return f"{type(self).__name__}({shown})"


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and Nesterov's as PyTorch has them.

    b <- momentum b + (1 - dampening) g, where the first b is g; x <- x - lr b, or
    x - lr (g + momentum b) with `nesterov`. Sutskever, Martens, Dahl and Hinton, "On
    the importance of initialization and momentum in deep learning", ICML 2013.

    >>> from dendrograd import Value
    >>> x = Value(3.0)
    >>> optimizer = SGD([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    1.5
    """

    buffers = ("momentum_buffer",)
    settings = ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize")
    momentum_buffer: Array

    def __init__(
        self,
        params: Iterable[Value],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, weight_decay, maximize)
        self.momentum, self.dampening, self.nesterov = momentum, dampening, nesterov
        self._at_least_0("momentum")
        self._require("dampening", is_real(dampening), "a number")
        nesterov_fits = not nesterov or (momentum > 0.0 and dampening == 0.0)
        self._require(
            "nesterov", nesterov_fits, "False unless momentum > 0 = dampening"
        )

    def _update(self, x: Array, g: Array) -> Array:
        if self.weight_decay:
            g = g + self.weight_decay * x
        if self.momentum:
            b = self.momentum * self.momentum_buffer + (1.0 - self.dampening) * g
            self.momentum_buffer = np.where(self.steps == 1.0, g, b)
            ahead = g + self.momentum * self.momentum_buffer
            g = ahead if self.nesterov else self.momentum_buffer
        return x - self.lr * g


def checked(params: Iterable[Value], who: str) -> list[Value]:
    """Return the parameters as a list, or raise for what cannot be optimised."""
    way_out = (
        "give a list of leaves, for example model.parameters(), or [x] for one Value x"
    )
    values = require_values(who, params, way_out)
    if not values:
        raise SettingError(f"{who}: there are no parameters; is the model empty?")
    for value in values:
        if value.parents:
            raise OperandError(
                f"{who}: {value!r} was computed from others; give the leaves, or "
                "detach() it"
            )
    if len({id(value) for value in values}) < len(values):
        raise SettingError(
            f"{who}: a parameter is given twice; list each once, as parameters() does"
        )
    return values
