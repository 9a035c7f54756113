"""A scalar function over many rows: its values, and its slopes by the first argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dendrograd import compile, value_and_grad

from .net import Floats

Lanes = Callable[..., tuple[Floats, Floats]]


def over_lanes(f: Callable[..., Any]) -> Lanes:
    """Return f, compiled and differentiated by its first argument, for arrays of rows.

    A row of an array with two axes is a list, one of an array with one axis a number.

    >>> import numpy as np
    >>> over_lanes(lambda p, t: (p - t) ** 2)(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    (array([4., 0.]), array([4., 0.]))
    """
    return value_and_grad(compile(f, in_axes=0))
