"""The ODE fit: how predators and prey grow, and how far that is from observations.

Lotka and Volterra's equations, x' = alpha x - beta x y and y' = delta x y - gamma y, are
integrated by the classical Runge-Kutta method in 200 steps; the loss is the squared
distance to 20 observations. It is plain scalar Python, which runs with floats and, as
it stands, with the scalars of any engine. A fit needs the loss and its gradient by the
four parameters: exact ones cost a sweep, finite differences more runs with floats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engines import Engine

STEPS, EVERY, END = 200, 10, 10.0  # an observation after every tenth step
START = (10.0, 5.0)  # prey and predators
TRUTH = (1.1, 0.4, 0.1, 0.4)  # alpha, beta, delta, gamma, which made the observations
GUESS = (1.0, 0.35, 0.12, 0.45)  # where the loss is taken
ONCE, TWICE = 1e-8, 1e-6  # offsets of differences, as a part of the parameter
Told = list[float]  # the loss, then its gradient


def rates(x: Any, y: Any, alpha: Any, beta: Any, delta: Any, gamma: Any) -> Any:
    """Return x' and y'."""
    return alpha * x - beta * x * y, delta * x * y - gamma * y


def advanced(x: Any, y: Any, h: float, *p: Any) -> Any:
    """Return x and y a time h later, by one step of Runge and Kutta."""
    ax, ay = rates(x, y, *p)
    bx, by = rates(x + h / 2 * ax, y + h / 2 * ay, *p)
    cx, cy = rates(x + h / 2 * bx, y + h / 2 * by, *p)
    dx, dy = rates(x + h * cx, y + h * cy, *p)
    x = x + h / 6 * (ax + 2 * bx + 2 * cx + dx)
    y = y + h / 6 * (ay + 2 * by + 2 * cy + dy)
    return x, y


def observed(*p: Any) -> list[tuple[Any, Any]]:
    """Return x and y after every tenth step."""
    (x, y), h = START, END / STEPS
    found = []
    for i in range(1, STEPS + 1):
        x, y = advanced(x, y, h, *p)
        if i % EVERY == 0:
            found.append((x, y))
    return found


DATA = observed(*TRUTH)


def loss(*p: Any) -> Any:
    """Return the squared distance to the observations."""
    total = 0.0
    for (x, y), (u, v) in zip(observed(*p), DATA, strict=True):
        total = total + (x - u) ** 2 + (y - v) ** 2
    return total


def value_alone(engine: Engine) -> Told:
    """Return the loss by one run."""
    return [engine.data(loss(*map(engine.leaf, GUESS)))]


def gradient(engine: Engine) -> Told:
    """Return the loss and its gradient by one run and one sweep."""
    leaves = list(map(engine.leaf, GUESS))
    engine.start(leaves)
    root = loss(*leaves)
    engine.backward(root)
    return [engine.data(root), *map(engine.grad, leaves)]


def by_value_and_grad(_: Engine) -> Told:
    """Return them as a user of dendrograd's transforms gets them."""
    from dendrograd import value_and_grad

    value, slopes = value_and_grad(loss, argnums=(0, 1, 2, 3))(*GUESS)
    return [value, *slopes]


def moved(i: int, offset: float) -> list[float]:
    """Return the parameters, one of them moved."""
    return [p + offset if k == i else p for k, p in enumerate(GUESS)]


def by_forward_differences(_: Engine) -> Told:
    """Return the loss and an approximate gradient by 5 runs with floats."""
    value = loss(*GUESS)
    offsets = [ONCE * p for p in GUESS]
    return [value] + [(loss(*moved(i, h)) - value) / h for i, h in enumerate(offsets)]


def by_central_differences(_: Engine) -> Told:
    """Return a better approximation by 8 runs; the loss is the mean of two of them."""
    offsets = [TWICE * p for p in GUESS]
    pairs = [(loss(*moved(i, h)), loss(*moved(i, -h))) for i, h in enumerate(offsets)]
    slopes = [
        (up - down) / (2.0 * h) for (up, down), h in zip(pairs, offsets, strict=True)
    ]
    return [sum(pairs[0]) / 2.0, *slopes]


FITS: dict[str, Callable[[Engine], Told]] = {
    "for the value alone": value_alone,
    "by forward differences": by_forward_differences,
    "by central differences": by_central_differences,
    "by backward": gradient,
    "by value_and_grad": by_value_and_grad,
}
