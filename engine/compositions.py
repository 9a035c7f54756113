"""Functions of NumPy and SciPy that are compositions of the table, by NumPy's names.

Each takes Values and numbers, in any mixture. It is written in table operations, so its
derivatives are right at every order. NumPy asks the elements of an array of objects for
some of them, so those are methods of a Value too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from . import ops
from .number import number, ranked

__all__ = ["ASKED", "COMPOSED", "clip", "plain", "sinc"]

DEGREE = math.pi / 180.0
TERMS = 12  # of the series of sinc, whose last is below 1e-17 for x up to 0.5
INF, LN2 = math.inf, math.log(2.0)


def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """Return x between two bounds; at a bound they share the gradient, one half each.

    >>> clip(3.0, 0.0, 1.0)
    1.0
    """
    x = x if low is None else ops.maximum(x, low)
    return x if high is None else ops.minimum(x, high)


def copysign(x: Any, y: Any) -> Any:
    """Return x with the sign of y, by whose data it is decided."""
    return ops.abs(x) * math.copysign(1.0, plain(y, "copysign"))


def degrees(x: Any) -> Any:
    """Return the degrees of an angle in radians."""
    return x / DEGREE


def fmod(a: Any, b: Any) -> Any:
    """Return the rest of a / b with the sign of a, where `%` has that of b."""
    size = ops.abs(b)
    return ops.where(ops.step(-a), -ops.mod(-a, size), ops.mod(a, size))


def logaddexp2(a: Any, b: Any) -> Any:
    """Return log2(2**a + 2**b); what is taken out first is a constant, and exact."""
    near = max(plain(x, "logaddexp2") for x in (a, b))
    near = near if math.isfinite(near) else 0.0
    return near + ops.logaddexp((a - near) * LN2, (b - near) * LN2) / LN2


def logit(p: Any) -> Any:
    """Return log(p / (1 - p)): near 1/2, where the logarithms cancel, by atanh."""
    middle = ops.step(0.25 - ops.abs(p - 0.5))
    return ops.where(middle, 2.0 * ops.atanh(2.0 * p - 1.0), ops.log(p) - ops.log1p(-p))


def plain(x: Any, name: str) -> float:
    """Return the number that an operand holds, without its gradient."""
    return float(x.data) if ranked(x) else number(x, name)


def radians(x: Any) -> Any:
    """Return the radians of an angle in degrees."""
    return x * DEGREE


def sinc(x: Any) -> Any:
    """Return sin(pi x) / (pi x): near 0, where the slope cancels, by its series.

    >>> sinc(0.0)
    1.0
    """
    square, series = -((math.pi * x) * (math.pi * x)), 1.0
    for k in range(TERMS, 0, -1):
        series = 1.0 + square / (2.0 * k * (2.0 * k + 1.0)) * series
    angle = math.pi * ops.where(x, x, 1.0)
    return ops.where(ops.step(0.5 - ops.abs(x)), series, ops.sin(angle) / angle)


ASKED: dict[str, Callable[..., Any]] = {  # of elements, by the loops of NumPy
    "deg2rad": radians,
    "degrees": degrees,
    "fmod": fmod,
    "rad2deg": degrees,
    "radians": radians,
}
COMPOSED: dict[str, Callable[..., Any]] = {
    **ASKED,
    "clip": clip,
    "copysign": copysign,
    "divmod": lambda a, b: (ops.floordiv(a, b), ops.mod(a, b)),
    "heaviside": lambda x, at_zero: ops.where(x, ops.step(x), at_zero),
    "log_expit": lambda x: -ops.softplus(-x),
    "logaddexp2": logaddexp2,
    "logit": logit,
    "reciprocal": lambda x: ops.div(1.0, x),
    "square": lambda x: x * x,
}
