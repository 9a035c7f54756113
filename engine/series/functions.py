"""taylor and taylor_step: coefficients of a function, and of a differential equation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from dendrograd.errors import ShapeError
from dendrograd.number import number
from dendrograd.trees import flatten, flatten_like, is_scalar, rebuild

from .kind import Line, Series, Solution, World

__all__ = ["Step", "taylor", "taylor_step"]


def taylor(f: Callable[[Any], Any], x: Any, order: int, direction: Any = None) -> Any:
    """Return the coefficients of f(x + t * direction) in t, up to t**order.

    The k-th is the k-th derivative by t, divided by k!. A function of a list, dict or
    array needs a direction of the same structure; one of a number goes in direction 1. In
    each place of f's result stands a list of coefficients. Raises SeriesError at a kink
    or a pole, and ShapeError without a direction.

    >>> from dendrograd import exp
    >>> from dendrograd.series import taylor
    >>> taylor(exp, 0.0, 3)
    [1.0, 1.0, 0.5, 0.16666666666666666]
    >>> taylor(lambda v: v[0] * v[1], [2.0, 3.0], 2, direction=[1.0, 1.0])
    [6.0, 5.0, 1.0]
    """
    if direction is None and not is_scalar(x):
        raise ShapeError(
            "taylor: a function of several numbers has a series along a line; give its "
            "direction, one number for each"
        )
    world = World()
    along = [1.0] if direction is None else flatten_like("taylor", x, direction)
    pairs = zip(flatten(x), along, strict=True)
    lines = [Line(world, number(v, "taylor"), number(d, "taylor")) for v, d in pairs]
    try:
        result = f(rebuild(x, iter(lines)))
        found = [_coefficients(y, order) for y in flatten(result)]
        return rebuild(result, iter(found))
    finally:
        world.end()


def _coefficients(y: Any, order: int) -> list[float]:
    if isinstance(y, Series):
        return y.upto(order)
    return [number(y, "taylor"), *[0.0] * order]


class Step(NamedTuple):
    """A stretch of the solution of y' = f(y) as power series.

    coefficients  of each component of the state
    size          up to which time they hold to the tolerance

    >>> from dendrograd.series import taylor_step
    >>> step = taylor_step(lambda y: [y[1], -y[0]], [0.0, 1.0])  # y'' = -y: the sine
    >>> round(step.at(0.5)[0], 12)
    0.479425538604
    """

    coefficients: list[list[float]]
    size: float

    def at(self, time: float) -> list[float]:
        """Return the state after a time, at most `size`."""
        return [_horner(c, time) for c in self.coefficients]


def _horner(coefficients: list[float], t: float) -> float:
    y = 0.0
    for c in reversed(coefficients):
        y = y * t + c
    return y


def taylor_step(
    f: Callable[[Any], Iterable[Any]], state: Any, order: int = 20, tol: float = 1e-16
) -> Step:
    """Return the solution of y' = f(y) from a state on, as power series of that order.

    f takes a list and returns its slopes, in plain Python. The size of the step is that at
    which the last two terms are `tol` times the state (Jorba & Zou, Exp. Math. 14, 2005).
    A time goes into the state, with the slope 1. Raises ShapeError where there are not as
    many slopes as numbers.

    >>> from dendrograd.series import taylor_step
    >>> step = taylor_step(lambda y: [y[0]], [1.0], order=20)  # y' = y
    >>> step.coefficients[0][:4], round(step.at(1.0)[0], 14)
    ([1.0, 1.0, 0.5, 0.16666666666666666], 2.71828182845905)
    """
    world = World()
    ys = [Solution(world, number(v, "taylor_step")) for v in state]
    slopes = list(f(list(ys)))
    if len(slopes) != len(ys):
        raise ShapeError(
            f"taylor_step: {len(slopes)} slopes for a state of {len(ys)} numbers; return "
            "one for each"
        )
    for y, slope in zip(ys, slopes, strict=True):
        given = isinstance(slope, Series)
        y.slope = slope if given else world.constant(number(slope, "taylor_step"))
    found = [y.upto(order) for y in ys]
    for y in ys:
        y.forget()
    world.end()
    size = tol * max(map(abs, (c[0] for c in found)))
    return Step(found, min(_reach(found, k, size) for k in (order - 1, order)))


def _reach(found: list[list[float]], k: int, size: float) -> float:
    """Return the time at which the terms of order k reach a size."""
    largest = max(abs(c[k]) for c in found)
    return float((size / largest) ** (1.0 / k)) if largest and size else 1e9
