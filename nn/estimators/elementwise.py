"""Functions of single numbers, applied to arrays: the activations of a net."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

from dendrograd.nn.activations import ACTIVATIONS, resolve

from .lanes import over_lanes, told_as
from .net import Floats


class ArrayForm(NamedTuple):
    """A function y(x) of arrays, which may overwrite them.

    forward  x -> (y, what the way back needs)
    pull     (that, d loss / d y) -> d loss / d x
    """

    forward: Callable[[Floats], tuple[Floats, Any]]
    pull: Callable[[Any, Floats], Floats]


def _identity(x: Floats) -> tuple[Floats, Any]:
    return x, None


def _relu(x: Floats) -> tuple[Floats, Any]:
    np.maximum(x, 0.0, out=x)
    return x, x


def _pull_relu(y: Floats, bar: Floats) -> Floats:
    bar *= y > 0.0  # relu'(0) is 0, as in the table
    return bar


def _tanh(x: Floats) -> tuple[Floats, Any]:
    np.tanh(x, out=x)
    return x, x


def _pull_tanh(y: Floats, bar: Floats) -> Floats:
    bar *= 1.0 - y * y
    return bar


def _logistic(x: Floats) -> tuple[Floats, Any]:
    expit(x, out=x)
    return x, x


def _pull_logistic(y: Floats, bar: Floats) -> Floats:
    bar *= y * (1.0 - y)
    return bar


MATRIX_FORMS = {  # of the most used; all others are differentiated one number at a time
    "linear": ArrayForm(_identity, lambda _, bar: bar),
    "relu": ArrayForm(_relu, _pull_relu),
    "sigmoid": ArrayForm(_logistic, _pull_logistic),
    "tanh": ArrayForm(_tanh, _pull_tanh),
}
OTHER_NAMES = {"identity": "linear", "logistic": "sigmoid"}  # scikit-learn's, and ours
NAMES = sorted({*ACTIVATIONS, *OTHER_NAMES})


def scalar_form(activation: Any) -> Any:
    """Return an activation as the layers of `nn` take it: under their name, or as it is."""
    return (
        activation if callable(activation) else OTHER_NAMES.get(activation, activation)
    )


def elementwise(activation: Any) -> ArrayForm:
    """Return an activation for arrays; a scalar function is differentiated for it."""
    known = scalar_form(activation)
    if not callable(known) and known in MATRIX_FORMS:
        return MATRIX_FORMS[known]
    function = resolve(known)
    if function is None:  # as the linear one, under whatever name
        return MATRIX_FORMS["linear"]
    lanes = over_lanes(function)

    def forward(x: Floats) -> tuple[Floats, Any]:
        with told_as("activation", function):
            y, slopes = lanes(x.ravel())
        return y.reshape(x.shape), slopes.reshape(x.shape)

    return ArrayForm(forward, lambda slopes, bar: bar * slopes)
