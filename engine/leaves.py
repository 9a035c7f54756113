"""The numbers of many leaves at once, in an array: what compiled code reads at a call.

It is the engine that reads them, so no one is told of a number that was taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .native import twin
from .value import Value

__all__ = ["gather"]


def gather(leaves: Sequence[Value], numbers: Any) -> None:
    """Copy what each leaf holds into an array of floats, which has a place for each.

    >>> from array import array
    >>> numbers = array("d", [0.0, 0.0])
    >>> gather([Value(2.0), Value(-0.5)], numbers)
    >>> numbers
    array('d', [2.0, -0.5])
    """
    if twin is not None and twin.gather(leaves, numbers):
        return
    for i, leaf in enumerate(leaves):
        numbers[i] = leaf._data
