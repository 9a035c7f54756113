"""The gradient of one sample's loss, proven: two independent ways for every weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from dendrograd import Value, dot, jvp, no_grad, tanh
from dendrograd.nn import MLP, cross_entropy
from dendrograd.testing.checks import magnitude
from dendrograd.testing.comparison import Comparison, compare

__all__ = ["prove"]


def prove(net: MLP, row: Sequence[float], goal: int) -> dict[str, Comparison]:
    """Return, for each parameter, its gradient compared with two other ways to get it.

    Reverse mode goes through the modules of a tanh network; forward mode through the
    same network as a plain function, so a mistake in either shows; finite differences
    move the weight itself and know no calculus at all.
    """
    net.zero_grad()
    error = cross_entropy(net(row), goal)
    error.backward()
    size = magnitude(error)
    names = [name for name, _ in net.named_parameters()]
    parameters = net.parameters()
    start = [parameter.data for parameter in parameters]
    sizes = [layer.nout for layer in net.layers]
    comparisons: dict[str, Comparison] = {}

    def loss(weights: Sequence[Any]) -> Any:
        return cross_entropy(_plain(weights, row, sizes), goal)

    for i, (name, parameter) in enumerate(zip(names, parameters, strict=True)):
        unit = [float(k == i) for k in range(len(start))]
        _, forward = jvp(loss, (start,), (unit,))
        along = partial(_moved, net, row, goal, parameter)
        comparisons[name] = compare(
            along, start[i], parameter.grad, float(forward), size
        )
    return comparisons


def _plain(weights: Sequence[Any], row: Sequence[Any], sizes: list[int]) -> list[Any]:
    """Return the logits of an MLP whose parameters come in `parameters()`'s order."""
    waiting: Iterator[Any] = iter(weights)
    x: list[Any] = list(row)
    for depth, size in enumerate(sizes, start=1):
        sums = []
        for _ in range(size):
            ws = [next(waiting) for _ in x]
            sums.append(dot(ws, x, next(waiting)))
        x = sums if depth == len(sizes) else [tanh(s) for s in sums]
    return x


def _moved(
    net: MLP, row: Sequence[float], goal: int, parameter: Value, x: float
) -> float:
    """Return the loss with one parameter moved to x, and put it back."""
    before = parameter.data
    parameter.data = x
    try:
        with no_grad():
            return float(cross_entropy(net(row), goal))
    finally:
        parameter.data = before
