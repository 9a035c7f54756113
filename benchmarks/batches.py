"""Functions of many lanes in plain scalar Python: workloads of `lanes.py`.

Each is written for one lane, as `f(m, p, x)`: `p` are the parameters, `x` the numbers of the
lane, `m` has the functions `exp`, `log`, `sqrt`, `tanh`, `relu`, `maximum` and `step`. The
same text runs on floats, Values, arrays over all lanes and the symbols of other engines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import scalar
import workloads

Function = Callable[[Any, Sequence[Any], Sequence[Any]], Any]
DAYS, WEEKS = 252, 52  # steps of a path
HESTON = (100.0, 100.0, 0.03, 0.04, 1.5, 0.04, 0.3, -0.6, 1.0)
BARRIER = (100.0, 100.0, 85.0, 0.25, 0.03, 1.0, 2.0)


class Batch(NamedTuple):
    """A function, its parameters, a column of numbers for each lane, and what is wanted.

    `smooth` is the same function without a branch, for engines that cannot branch.
    """

    f: Function
    wrt: np.ndarray
    columns: np.ndarray
    reduce: str | None
    smooth: Function | None = None


def graph(lanes: int) -> Batch:
    """Return the random graph of `scalar.py`, of 15,666 operations, each lane by itself."""
    made = scalar.graph(10_000)
    columns = np.random.default_rng(0).normal(size=(len(made.rest), lanes))
    return Batch(made.f, np.array(made.wrt), columns, None)


def heston(lanes: int) -> Batch:
    """Return the price of an Asian option in the model of Heston (1993), over paths."""
    columns = np.random.default_rng(0).normal(size=(2 * DAYS, lanes))
    return Batch(asian, np.array(HESTON), columns, "mean")


def asian(m: Any, p: Sequence[Any], x: Sequence[Any]) -> Any:
    """Return the discounted payoff of a call on the average price along one path.

    The variance follows Euler's method, truncated from below (Lord and others 2010).
    """
    spot, strike, rate, variance, speed, level, spread, correlation, time = p
    dt = time * (1.0 / DAYS)
    root, rest = m.sqrt(dt), m.sqrt(1.0 - correlation * correlation)
    price, v, total = m.log(spot), variance, 0.0
    for day in range(DAYS):
        z, w = x[2 * day], x[2 * day + 1]
        known = m.maximum(v, 1e-8)
        size = m.sqrt(known) * root
        price = price + (rate - 0.5 * known) * dt + size * z
        moved = spread * size * (correlation * z + rest * w)
        v = v + speed * (level - known) * dt + moved
        total = total + m.exp(price)
    return m.relu(total * (1.0 / DAYS) - strike) * m.exp(-(rate * time))


def network(lanes: int) -> Batch:
    """Return the loss of micrograd's demo: MLP(2, [16, 16, 1]), hinge + L2, two moons."""
    rows = [[*point, label] for point, label in workloads.moons()]
    columns = np.resize(np.array(rows), (lanes, 3)).T.copy()
    flat = [w for layer in workloads.weights() for neuron in layer for w in neuron]
    return Batch(hinge, np.array(flat), columns, "mean")


def hinge(m: Any, p: Sequence[Any], x: Sequence[Any]) -> Any:
    """Return the hinge loss of one point, and the penalty on all weights."""
    values, label, at = list(x[:2]), x[2], 0
    for inputs, outputs in pairwise(workloads.SIZES):
        layer = []
        for _ in range(outputs):
            total = p[at + inputs]
            for k in range(inputs):
                total = total + p[at + k] * values[k]
            layer.append(m.relu(total) if outputs > 1 else total)
            at += inputs + 1
        values = layer
    penalty = 0.0
    for w in p:
        penalty = penalty + w * w
    return m.relu(1.0 - label * values[0]) + workloads.ALPHA * penalty


def knocked(lanes: int) -> Batch:
    """Return the price of a barrier option by paths that end where they meet it."""
    columns = np.random.default_rng(0).normal(size=(WEEKS, lanes))
    return Batch(branchy, np.array(BARRIER), columns, "mean", smooth)


def branchy(m: Any, p: Sequence[Any], x: Sequence[Any]) -> Any:
    """Return what a down-and-out call pays along one path, or its rebate.

    The path stops where the price is at the barrier or below it at the end of a week.
    """
    spot, strike, barrier, volatility, rate, time, rebate = p
    dt = time * (1.0 / WEEKS)
    drift = (rate - 0.5 * volatility * volatility) * dt
    size = volatility * m.sqrt(dt)
    price = spot
    for week, z in enumerate(x, 1):
        price = price * m.exp(drift + size * z)
        if price <= barrier:
            return rebate * m.exp(-(rate * dt) * week)
    paid = price - strike if price > strike else 0.0
    return paid * m.exp(-(rate * time))


def smooth(m: Any, p: Sequence[Any], x: Sequence[Any]) -> Any:
    """Return the same without a branch: what is alive is a factor of 1 or 0."""
    spot, strike, barrier, volatility, rate, time, rebate = p
    dt = time * (1.0 / WEEKS)
    drift = (rate - 0.5 * volatility * volatility) * dt
    size = volatility * m.sqrt(dt)
    price, alive, paid = spot, 1.0, 0.0
    for week, z in enumerate(x, 1):
        price = price * m.exp(drift + size * z)
        left = alive * m.step(price - barrier)
        paid = paid + (alive - left) * (rebate * m.exp(-(rate * dt) * week))
        alive = left
    return paid + alive * m.relu(price - strike) * m.exp(-(rate * time))


WORKS: dict[str, Callable[[int], Batch]] = {
    "dag": graph,
    "heston": heston,
    "mlp": network,
    "barrier": knocked,
}
