"""Inputs and targets that a user hands in, as lists.

Inputs are a row of numbers or a batch of rows; targets are a rectangular array.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

from dendrograd import Value
from dendrograd.errors import OperandError, ShapeError

__all__ = ["as_list", "flatten", "is_batch", "nest"]


def as_list(x: Any, who: str) -> Any:
    """Return x as a list (of lists, for an array of two axes), or a scalar as it is.

    Arrays of any real dtype become Python floats; so do a pandas Series, a data frame
    and a tensor. Raises OperandError for text, mappings, sets and complex arrays.
    """
    if isinstance(x, (list, Value)):
        return x
    if hasattr(x, "__array__"):
        array = np.asarray(x)
        if array.dtype.kind not in "biufO":
            raise OperandError(
                f"{who}: the array has the dtype {array.dtype}; convert it to real "
                "numbers first, for example with x.astype(float)"
            )
        return array.tolist()
    if isinstance(x, (str, bytes, complex, Mapping, AbstractSet)) or x is None:
        raise OperandError(
            f"{who}: {x!r} is a {type(x).__name__}; give a list of numbers or Values, "
            "or a NumPy array"
        )
    return list(x) if isinstance(x, Iterable) else x


def is_batch(rows: Any) -> bool:
    """Return whether the first entry is itself a row, and not a number."""
    return (
        isinstance(rows, list)
        and bool(rows)
        and not isinstance(rows[0], (float, Value))
        and (isinstance(rows[0], (list, tuple)) or getattr(rows[0], "ndim", 0) > 0)
    )


def flatten(x: Any, who: str) -> tuple[tuple[int, ...], list[Any]]:
    """Return the shape of nested rows and their scalars in reading order.

    Raises ShapeError for rows of different shapes.

    >>> flatten([[1.0, 2.0], [3.0, 4.0]], "mse_loss")
    ((2, 2), [1.0, 2.0, 3.0, 4.0])
    """
    if isinstance(x, (float, Value)):
        return (), [x]
    rows = as_list(x, who)
    if not isinstance(rows, list):
        return (), [rows]
    parts = [flatten(row, who) for row in rows]
    shapes = list(dict.fromkeys(shape for shape, _ in parts)) or [()]
    if len(shapes) > 1:
        raise ShapeError(
            f"{who}: rows of different shapes, {shapes[0]} and {shapes[1]}; "
            "give every row the same number of entries"
        )
    return (len(rows), *shapes[0]), [scalar for _, flat in parts for scalar in flat]


def nest(flat: list[Any], shape: tuple[int, ...]) -> Any:
    """Return the scalars as nested lists of that shape; the inverse of `flatten`."""
    if not shape:
        return flat[0]
    step = len(flat) // shape[0] if shape[0] else 0
    return [nest(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
