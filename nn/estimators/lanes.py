"""A scalar function over many rows: its values, and its slopes by the first argument."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import FunctionType
from typing import Any

from dendrograd import compile, value_and_grad
from dendrograd.op import Op

from .net import Floats

Lanes = Callable[..., tuple[Floats, Floats]]


def over_lanes(f: Callable[..., Any]) -> Lanes:
    """Return f, compiled and differentiated by its first argument, for arrays of rows.

    A row of an array with two axes is a list, one of an array with one axis a number.

    >>> import numpy as np
    >>> over_lanes(lambda p, t: (p - t) ** 2)(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    (array([4., 0.]), array([4., 0.]))
    """
    return _kept(f) if isinstance(f, (FunctionType, Op)) else _made(f)


def _made(f: Callable[..., Any]) -> Lanes:
    return value_and_grad(compile(f, in_axes=0))


# A recording costs more than many rows, and sees for itself when a global was changed.
_kept = lru_cache(maxsize=32)(_made)
