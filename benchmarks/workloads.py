"""The programs that are measured: a chain of mixed operations and micrograd's demo step.

Both are written once, for any engine of `engines.py`, with the loops of micrograd's own
code; the demo step also with n-ary `dot`, and as a user of dendrograd.nn writes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

from engines import Engine

POINTS, SIZES = 100, (2, 16, 16, 1)
RATE, ALPHA = 0.05, 1e-4
Rows = list[list[Any]]  # a layer; a row is a neuron: its weights, then its bias
Point = tuple[tuple[float, float], float]
Steps = Iterator[tuple[float, float]]  # of each: the loss, the first weight's gradient


def chain(engine: Engine, n: int) -> tuple[Any, tuple[Any, Any]]:
    """Return the end of n operations on two leaves, and the leaves; 6 divides n."""
    x, y = engine.leaf(0.5), engine.leaf(0.75)
    engine.start((x, y))
    tanh, exp = engine.tanh, engine.exp
    v = x
    for _ in range(n // 6):
        v = v * y
        v = v + x
        v = v - y
        v = tanh(v)
        v = exp(v)
        v = v**0.5
    return v, (x, y)


def chain_in_scope(engine: Engine, n: int) -> tuple[Any, tuple[Any, Any]]:
    """The same in a scope of dendrograd, whose name every node then knows."""
    from dendrograd import scope

    with scope("chain"):
        return chain(engine, n)


def moons() -> list[Point]:
    """Return two interleaved half circles with noise, labelled -1 and 1."""
    draw = Random(1)
    points = []
    for i in range(POINTS):
        angle = 2.0 * math.pi * (i // 2) / POINTS
        x, y = math.cos(angle), math.sin(angle)
        if i % 2:
            x, y = 1.0 - x, 0.5 - y
        row = (x + draw.gauss(0.0, 0.1), y + draw.gauss(0.0, 0.1))
        points.append((row, 1.0 if i % 2 else -1.0))
    return points


def weights() -> list[Rows]:
    """Return the first weights and biases: layers of neurons of numbers."""
    draw = Random(2)
    return [
        [[draw.uniform(-1.0, 1.0) for _ in range(nin)] + [0.0] for _ in range(nout)]
        for nin, nout in pairwise(SIZES)
    ]


@dataclass(frozen=True)
class Form:
    """The three sums of the demo step, as loops or as one node each."""

    neuron: Callable[[list[Any], list[Any]], Any]
    total: Callable[[list[Any]], Any]
    squares: Callable[[list[Any]], Any]


def demo(engine: Engine) -> Steps:
    """Train MLP(2, [16, 16, 1]) with the loops of micrograd's own code."""
    return train(engine, Form(neuron_by_loop, sum, squares_by_loop))


def neuron_by_loop(row: list[Any], x: list[Any]) -> Any:
    return sum((wi * xi for wi, xi in zip(row[:-1], x, strict=True)), row[-1])


def squares_by_loop(parameters: list[Any]) -> Any:
    return sum(p * p for p in parameters)


def demo_nary(engine: Engine) -> Steps:
    """The same, where a neuron, the data loss and the penalty are one node each."""
    from dendrograd import dot
    from dendrograd import sum as total

    return train(
        engine,
        Form(lambda row, x: dot(row[:-1], x, row[-1]), total, lambda p: dot(p, p)),
    )


def train(engine: Engine, form: Form) -> Steps:
    """Yield what each step of descent on hinge loss + L2 gives."""
    layers = [[list(map(engine.leaf, row)) for row in rows] for rows in weights()]
    points = moons()
    while True:
        yield step(engine, form, layers, points)


def step(
    engine: Engine, form: Form, layers: list[Rows], points: list[Point]
) -> tuple[float, float]:
    """Take a step; return the loss and the gradient of the first weight before it.

    A function of its own, so that the graph of a step is gone when the next begins.
    """
    parameters = [p for rows in layers for row in rows for p in row]
    engine.start(parameters)
    inputs = [list(map(engine.constant, row)) for row, _ in points]
    scores = [forward(engine, form, layers, x) for x in inputs]
    losses = [
        engine.relu(1 + -label * score)
        for score, (_, label) in zip(scores, points, strict=True)
    ]
    data_loss = form.total(losses) * (1.0 / len(losses))
    loss = data_loss + ALPHA * form.squares(parameters)
    engine.backward(loss)
    told = engine.data(loss), engine.grad(parameters[0])
    for rows in layers:
        for row in rows:
            row[:] = [engine.descend(p, RATE) for p in row]
    return told


def forward(engine: Engine, form: Form, layers: list[Rows], x: list[Any]) -> Any:
    """Return the score of a point: relu in the hidden layers, linear in the last."""
    for rows in layers[:-1]:
        x = [engine.relu(form.neuron(row, x)) for row in rows]
    return form.neuron(layers[-1][0], x)


def demo_nn(_: Engine) -> Steps:
    """The same step as a user of dendrograd.nn writes it."""
    from dendrograd import dot
    from dendrograd.nn import MLP, SGD, hinge_loss

    model = MLP(SIZES[0], SIZES[1:], activation="relu", seed=0)
    parameters = model.parameters()
    flat = [x for rows in weights() for row in rows for x in row]
    for p, x in zip(parameters, flat, strict=True):
        p.data = x
    optimizer = SGD(parameters, lr=RATE)
    points = moons()
    inputs = [row for row, _ in points]
    labels = [label for _, label in points]
    while True:
        loss = hinge_loss(model(inputs), labels) + ALPHA * dot(parameters, parameters)
        optimizer.zero_grad()
        loss.backward()
        first = parameters[0].grad
        optimizer.step()
        yield loss.data, first


CHAINS = {"": chain, "in a scope": chain_in_scope}
DEMOS = {"step": demo, "step with dot": demo_nary, "step with nn": demo_nn}
