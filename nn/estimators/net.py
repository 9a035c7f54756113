"""The parameters of a net in one flat array, and the matrices that are views of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dendrograd.nn.activations import Activation
from dendrograd.nn.layers import MLP

Floats: TypeAlias = NDArray[np.float64]


class Matrices(NamedTuple):
    """The weights of each layer, inputs by outputs, and its biases."""

    weights: list[Floats]
    biases: list[Floats]


def count(sizes: Sequence[int]) -> int:
    """Return how many parameters a net of these layers has.

    >>> count([64, 100, 10])
    7510
    """
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))


def matrices(parameters: Floats, sizes: Sequence[int]) -> Matrices:
    """Return views of the parameters: all weights come first, then all biases.

    >>> weights, biases = matrices(np.arange(9.0), [2, 2, 1])
    >>> [w.tolist() for w in weights], [b.tolist() for b in biases]
    ([[[0.0, 1.0], [2.0, 3.0]], [[4.0], [5.0]]], [[6.0, 7.0], [8.0]])
    """
    found, start = Matrices([], []), 0
    for fan_in, fan_out in pairwise(sizes):
        end = start + fan_in * fan_out
        found.weights.append(parameters[start:end].reshape(fan_in, fan_out))
        start = end
    for fan_out in sizes[1:]:
        found.biases.append(parameters[start : start + fan_out])
        start += fan_out
    return found


def drawn(sizes: Sequence[int], activation: Any, rng: Any) -> Floats:
    """Return parameters to start from, uniform within Glorot's bound, biases too.

    The generator is asked in the order of scikit-learn's nets, so that the same
    random_state gives the same start. Glorot and Bengio, AISTATS 2010, equation 16;
    for the logistic function scikit-learn takes a third of the variance.
    """
    parameters = np.empty(count(sizes))
    factor = 2.0 if activation in ("logistic", "sigmoid") else 6.0
    for w, b in zip(*matrices(parameters, sizes), strict=True):
        bound = np.sqrt(factor / sum(w.shape))
        w[:] = rng.uniform(-bound, bound, w.shape)
        b[:] = rng.uniform(-bound, bound, b.shape)
    return parameters


def module(parameters: Floats, sizes: Sequence[int], activation: Activation) -> MLP:
    """Return the net as scalar code: an MLP of Values with these parameters."""
    made = MLP(sizes[0], list(sizes[1:]), activation, init="zeros")
    for layer, w, b in zip(made.layers, *matrices(parameters, sizes), strict=True):
        for neuron, column, bias in zip(
            layer.neurons, w.T.tolist(), b.tolist(), strict=True
        ):
            neuron.bias.data = bias
            for weight, number in zip(neuron.weights, column, strict=True):
                weight.data = number
    return made
