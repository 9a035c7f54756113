"""Mean and variance of f(x) for Gaussian x, from the derivatives of f up to the third.

With gradient g, Hessian H and covariance C,

    mean      f + tr(H C) / 2
    variance  g'C g + tr(H C H C) / 2 + (C g) . grad tr(H C)

The last term is twice the covariance of the linear with the cubic part of f. It is as
large as the one before it, both of the fourth power of the deviations, and often of the
other sign: without it, second order may be worse than first.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dendrograd.functions import dot
from dendrograd.functions import sum as total
from dendrograd.transforms import grad, hvp, value_and_grad
from dendrograd.trees import flatten, rebuild

from .covariance import covariances

__all__ = ["BendWarning", "ErrorBar", "propagate"]

BENT = 0.05  # of the variance


class BendWarning(UserWarning):
    """A function bends too much within its error bars for its derivatives to tell them."""


@dataclass(frozen=True)
class ErrorBar:
    """The distribution of a result: what it is, how far it varies, and because of what.

    value     f at the values
    mean      of f; it differs from `value` where f is curved
    variance  of f
    shares    of the variance, in the structure of the values; they add up to 1
    bend      which part of the variance, 0 to 1, comes from the curvature of f

    >>> from dendrograd.errorbars import propagate
    >>> bar = propagate(lambda v: v[0] + 2 * v[1], [1.0, 2.0], [0.3, 0.2])
    >>> print(bar)
    5 +- 0.5
    >>> [round(share, 2) for share in bar.shares]
    [0.36, 0.64]
    """

    value: float
    mean: float
    variance: float
    shares: Any
    bend: float

    @property
    def deviation(self) -> float:
        """The standard deviation; nan where the variance came out below 0."""
        return math.sqrt(self.variance) if self.variance >= 0.0 else math.nan

    def __str__(self) -> str:
        return f"{self.mean:.6g} +- {self.deviation:.2g}"


def propagate(
    f: Callable[[Any], Any], values: Any, covariance: Any, *, order: int = 2
) -> ErrorBar:
    """Return mean and variance of f(values), where the values are uncertain.

    They are Gaussian with that covariance: a matrix, in the order of the values, or
    standard deviations in their structure. With `order=1`, f is taken to be linear, as
    usual: one gradient, however many values. Else three orders of derivatives are used,
    exact for quadratic functions. BendWarning warns where more than 5% of the variance
    come from curvature: then sampling tells more. Raises ShapeError and OperandError for
    what is no covariance, and ValueError for another order.

    >>> from dendrograd.errorbars import propagate
    >>> print(propagate(lambda v: v["U"] / v["I"], {"U": 5.0, "I": 0.1}, {"U": 0.1, "I": 0.001}))
    50.005 +- 1.1
    """
    if order not in (1, 2):
        raise ValueError(f"propagate: order={order!r}, but it is 1 or 2")
    C = covariances(values, covariance)

    def flat(v: list[Any]) -> Any:
        return f(rebuild(values, iter(v)))

    x = [float(v) for v in flatten(values)]
    y, g = value_and_grad(flat)(x)
    along = [dot(row, g) for row in C]  # C g
    linear = [a * b for a, b in zip(g, along, strict=True)]
    shift, squares, cubic = _curved(flat, x, C, along) if order == 2 else (0.0, [], [])
    bar = _bar(values, y, shift, linear, squares, cubic)
    if bar.bend > BENT:
        warnings.warn(
            f"propagate: {bar.bend:.0%} of the variance come from the curvature of the "
            "function within the error bars, so what its derivatives say is an "
            "approximation; sample the inputs to be sure, or make them more exact",
            BendWarning,
            stacklevel=2,
        )
    return bar


def _curved(
    flat: Callable[[Any], Any], x: list[float], C: list[list[float]], along: list[float]
) -> tuple[float, list[float], list[float]]:
    """Return the shift of the mean, and each input's parts of the two curved terms."""
    moving = [j for j, column in enumerate(C) if any(column)]  # C is symmetric

    def products(v: Any) -> list[Any]:
        return [hvp(flat, (v,), (C[j],))[0] for j in moving]  # columns of H C

    def trace(v: Any) -> Any:
        return total([column[j] for j, column in zip(moving, products(v), strict=True)])

    columns, squares = dict(zip(moving, products(x), strict=True)), [0.0] * len(x)
    for i in moving:
        squares[i] = 0.5 * math.fsum(columns[i][k] * columns[k][i] for k in moving)
    cubic = [a * d for a, d in zip(along, grad(trace)(x), strict=True)]
    return 0.5 * math.fsum(columns[j][j] for j in moving), squares, cubic


def _bar(values: Any, y: float, shift: float, *terms: list[float]) -> ErrorBar:
    """Return what the linear, the squared and the cubic part of each input add up to."""
    linear, squares, cubic = map(math.fsum, terms)
    variance, bent = math.fsum([linear, squares, cubic]), abs(squares) + abs(cubic)
    given = [term for term in terms if term]
    each = [math.fsum(parts) for parts in zip(*given, strict=True)]
    shares = [part / variance if variance else 0.0 for part in each]
    return ErrorBar(
        value=y,
        mean=y + shift,
        variance=variance,
        shares=rebuild(values, iter(shares)),
        bend=bent / (linear + bent) if bent else 0.0,
    )
