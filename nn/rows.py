"""Inputs and targets that a user hands in, as lists.

Inputs are a row of numbers or a batch of rows; targets are a rectangular array.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from dendrograd import Value
from dendrograd.errors import ShapeError
from dendrograd.rows import as_list

from .errors import DataError


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


def require_finite(rows: Any, who: str) -> None:
    """Raise DataError at the first nan, inf, None or text, naming its row and column.

    >>> require_finite([[0.0, 1.0], [2.0, float("nan")]], "fit: X")
    Traceback (most recent call last):
        ...
    dendrograd.nn.errors.DataError: fit: X: row 1, column 1 is nan; drop the row or fill it in
    """
    for place, x in _gaps(rows, who):
        where = ", column ".join(map(str, place))
        if isinstance(x, str):
            raise DataError(
                f"{who}: row {where} is {x!r}, a text; give numbers, for a class its "
                "index, for other texts a column of 0 and 1 for each of them"
            )
        raise DataError(f"{who}: row {where} is {x}; drop the row or fill it in")


def _gaps(rows: Any, who: str) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Yield each entry of nested rows that is not a finite number, after its place."""
    for i, entry in enumerate(rows):
        if isinstance(entry, (float, Value)):
            x = entry.data if isinstance(entry, Value) else entry
            if not math.isfinite(x):
                yield (i,), x
        elif entry is None or isinstance(entry, str):
            yield (i,), entry
        elif isinstance(entry, (list, tuple)) or hasattr(entry, "__array__"):
            inner = as_list(entry, who)
            if isinstance(inner, list):
                yield from (((i, *place), x) for place, x in _gaps(inner, who))
            else:
                yield from (((i,), x) for _, x in _gaps([inner], who))
