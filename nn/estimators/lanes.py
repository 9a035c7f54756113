"""A scalar function over many rows: its values, and its slopes by the first argument."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, update_wrapper
from types import FunctionType
from typing import Any

import numpy as np

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
    return value_and_grad(compile(f if isinstance(f, Op) else _OfLists(f), in_axes=0))


class _OfLists:
    """A function that is given lists where a lane has arrays.

    The names that it reads are looked up behind `__wrapped__`, so it is no function itself.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        update_wrapper(self, f)
        self._f = f

    def __call__(self, *row: Any) -> Any:
        return self._f(*[x.tolist() if isinstance(x, np.ndarray) else x for x in row])


# A recording costs more than many rows, and sees for itself when a global was changed.
_kept = lru_cache(maxsize=32)(_made)


ASKED = {  # of functions that a person writes
    "activation": "is given one number and returns one",
    "loss": "is given (prediction, target) of one row and returns one number",
    "metric": "is given (prediction, target) of one row and returns one number; metrics "
    'of all rows, as those of sklearn.metrics, go with cross_val_score(..., scoring="f1")',
}
DIFFERENTIATED = (
    ". It is differentiated, so write it with Python's operators and functions of "
    "dendrograd (dg.log, not math.log), without float() and .data"
)


@contextmanager
def told_as(kind: str, function: Any) -> Iterator[None]:
    """Note at an error of a person's own function what such a function is asked for."""
    try:
        yield
    except Exception as error:
        name = getattr(function, "__name__", type(function).__name__)
        more = "" if kind == "metric" else DIFFERENTIATED
        error.add_note(f"The {kind} {name} {ASKED[kind]}{more}.")
        raise
