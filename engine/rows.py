"""The one door for rows and targets, from whatever container a person keeps them in.

An array, a data frame, a series or a tensor is known by its `__array__`, so none of
their libraries need be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from .errors import OperandError
from .value import Value

__all__ = ["as_labels", "as_list", "has_mask", "whole"]

NUMBERS = "biufO"  # kinds of dtype; O may hold Values


def as_list(x: Any, who: str, kinds: str = NUMBERS) -> Any:
    """Return x as a list (of lists, for an array of two axes), or a scalar as it is.

    Arrays of any real dtype become Python floats; so do a pandas Series, a data frame
    and a tensor. Raises OperandError for text, mappings, sets, complex arrays, and
    arrays that hide entries under a mask.

    >>> as_list((1.0, 2.0), "fit")
    [1.0, 2.0]
    """
    if isinstance(x, (list, Value)):
        return x
    if hasattr(x, "__array__"):
        if has_mask(x):
            raise OperandError(
                f"{who}: the array hides entries under a mask; give every entry a "
                "number with x.filled(...), or leave their rows out"
            )
        array = x.__array__()
        if array.dtype.kind not in kinds:
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


def as_labels(x: Any, who: str) -> list[Any]:
    """Return targets as a list; they may be names of classes too.

    >>> as_labels(("cat", "dog"), "decision_boundary")
    ['cat', 'dog']
    """
    labels = as_list(x, who, NUMBERS + "U")
    if not isinstance(labels, list):
        raise OperandError(f"{who}: {x!r} is one target; give a list of one per row")
    return labels


def has_mask(x: object) -> bool:
    """Return whether x is a masked array of NumPy that hides an entry."""
    mask: Any = getattr(x, "mask", None) if hasattr(x, "fill_value") else None
    return mask is not None and bool(mask.any())


def whole(x: Any) -> int | None:
    """Return the whole number that x is, a bool and 2.0 included, or None.

    >>> whole(2.0), whole(True), whole(0.5), whole("2")
    (2, 1, None, None)
    """
    try:
        index = int(x)
    except (TypeError, ValueError, OverflowError):
        return None
    return index if index == x else None
