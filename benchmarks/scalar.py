"""Functions in plain scalar Python that are compiled: workloads of `compiled.py`.

Each runs with floats, Values and the scalars of any engine whose functions `m` has:
`exp`, `log`, `tanh`, `relu`, `maximum`. It takes what is differentiated, then the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

import ode

Numbers = list[float]
WINDOW = 400  # of the last nodes, from which the next one of the random graph is made
SIZES = (784, 64, 10)  # inputs, neurons and classes of the network
PARAMETERS, INPUTS = 16, 8  # of the random graph


class Work(NamedTuple):
    """A function of the numbers that are differentiated and of others, and a point."""

    f: Callable[[Any, Sequence[Any], Sequence[Any]], Any]
    wrt: Numbers
    rest: Numbers


def fit(_: int) -> Work:
    """Return the loss of the ODE fit, as a function of its four parameters."""
    return Work(lambda m, p, x: ode.loss(*p), list(ode.GUESS), [])


def graph(n: int) -> Work:
    """Return a random graph of about n nodes, most of them of two others nearby.

    A node is one to four operations, so n = 10,000 gives 15,666 of them.
    """
    draw = Random(0)
    plan = [node_of(k + PARAMETERS + INPUTS, draw) for k in range(n)]

    def f(m: Any, p: Sequence[Any], x: Sequence[Any]) -> Any:
        pool = [*p, *x]
        for i, j, choice, smaller, bent in plan:
            v = joined(m, choice, pool[i], pool[j])
            if smaller:  # so that the numbers stay in range
                v = m.tanh(v) if bent else v * 0.4
            pool.append(v)
        total = 0.0
        for v in pool[-WINDOW:]:
            total = total + v
        return total

    draw = Random(0)
    wrt = [draw.gauss(0.0, 0.5) for _ in range(PARAMETERS)]
    return Work(f, wrt, [draw.gauss(0.0, 1.0) for _ in range(INPUTS)])


def node_of(before: int, draw: Random) -> tuple[int, int, float, bool, bool]:
    """Return two nodes of those before, a number that chooses, and what follows."""
    low = max(0, before - WINDOW)
    i, j = draw.randrange(low, before), draw.randrange(low, before)
    choice, smaller = draw.random(), draw.random() < 0.35
    return i, j, choice, smaller, smaller and draw.random() < 0.3


def joined(m: Any, choice: float, a: Any, b: Any) -> Any:
    """Return one node of two, by a number between 0 and 1."""
    if choice < 0.30:
        return a + b * 0.5
    if choice < 0.60:
        return a * b
    if choice < 0.75:
        return a - b
    if choice < 0.85:
        return a / (b * b + 1.5)
    if choice < 0.90:
        return m.relu(a) + 0.1
    return m.tanh(a) if choice < 0.96 else m.exp(a * a * -0.5)


def network(_: int) -> Work:
    """Return the cross-entropy of a network of 784 inputs, for one row of data."""
    count, classes = sum(map(weights, SIZES, SIZES[1:])), SIZES[-1]
    draw = Random(0)
    wrt = [draw.gauss(0.0, 0.05) for _ in range(count)]
    row = [draw.gauss(0.0, 1.0) for _ in range(SIZES[0])]
    return Work(entropy, wrt, row + [float(i == 3) for i in range(classes)])


def weights(inputs: int, outputs: int) -> int:
    """Return how many parameters a layer has."""
    return (inputs + 1) * outputs


def entropy(m: Any, p: Sequence[Any], x: Sequence[Any]) -> Any:
    """Return -log p of the class that the last numbers of x mark with a 1."""
    p, x = list(p), list(x)
    logits, start = x[: SIZES[0]], 0
    for inputs, outputs in pairwise(SIZES):
        layer = []
        for _ in range(outputs):
            total = p[start + inputs]
            for w, v in zip(p[start : start + inputs], logits, strict=True):
                total = total + w * v
            start += inputs + 1
            layer.append(m.relu(total) if outputs != SIZES[-1] else total)
        logits = layer
    most = logits[0]
    for v in logits[1:]:
        most = m.maximum(most, v)
    total, right = 0.0, 0.0
    for v, mark in zip(logits, x[SIZES[0] :], strict=True):
        total, right = total + m.exp(v - most), right + v * mark
    return m.log(total) + most - right


WORKS: dict[str, Callable[[int], Work]] = {
    "ode": fit,
    "dag": graph,
    "mlp": network,
    "growth": graph,
}
