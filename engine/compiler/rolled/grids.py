"""Rows that are picked from an array, seen as a grid: a start and a stride for each axis.

Most indices of a rolled program are grids: a slice, the columns of a matrix, one bias for
all rows of a batch (stride 0). NumPy has them as views, which cost no pass over the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Shape", "common", "contiguous", "strides"]

Shape = tuple[int, ...]
Index = NDArray[np.int64]


def strides(index: Index) -> Shape | None:
    """Return the stride of each axis if the index is start + sum(stride * place).

    None where it is not, or where it goes backwards along an axis.

    >>> strides(np.array([[7, 8, 9], [17, 18, 19]])), strides(np.array([0, 1, 3]))
    ((10, 1), None)
    """
    found, start = [], index[(0,) * index.ndim]
    expected: Any = start
    for axis, size in enumerate(index.shape):
        one = tuple([int(axis == i) for i in range(index.ndim)])
        stride = int(index[one] - start) if size > 1 else 0
        places = np.arange(size).reshape(
            [-1 if axis == i else 1 for i in range(index.ndim)]
        )
        expected = expected + stride * places
        found.append(stride)
    grid = min(found) >= 0 and bool((index == expected).all())
    return tuple(found) if grid else None


def common(indices: Sequence[Index]) -> Shape:
    """Return the shape in which the most of some flat indices are grids.

    The first run of an index whose steps are equal is an axis, if all of it falls into
    such runs; the starts of the runs make up the axes further out.

    >>> common([np.arange(6), np.array([4, 5, 6, 4, 5, 6])])
    (2, 3)
    """
    count = len(indices[0])
    shape: list[int] = []
    left = [np.asarray(index) for index in indices]
    while count > 1 and left:
        runs = [_first_run(index) for index in left]
        shortest = min(runs)
        fits = [_falls(index, shortest) for index in left]
        if count % shortest or not fits[runs.index(shortest)]:
            left.pop(runs.index(shortest))  # no grid of any shape
            continue
        left = [
            i.reshape(-1, shortest)[:, 0]
            for i, fit in zip(left, fits, strict=True)
            if fit
        ]
        shape.insert(0, shortest)
        count //= shortest
    return tuple([count, *shape] if count > 1 or not shape else shape)


def _first_run(index: Index) -> int:
    """Return how many rows from the first on have one stride."""
    steps = np.diff(index)
    other = steps != steps[0]
    return int(other.argmax()) + 1 if other.any() else len(index)


def _falls(index: Index, length: int) -> bool:
    """Return whether an index falls into runs of one length and one stride."""
    if len(index) % length:
        return False
    steps = np.diff(index.reshape(-1, length), axis=1)
    return bool((steps == steps[0, 0]).all())


def contiguous(shape: Shape, steps: Shape) -> bool:
    """Return whether a grid is a stretch of rows without gaps, in order.

    >>> contiguous((2, 3), (3, 1)), contiguous((2, 3), (4, 1))
    (True, False)
    """
    axes = [(size, step) for size, step in zip(shape, steps, strict=True) if size > 1]
    inner = all(outer[1] == size * step for outer, (size, step) in pairwise(axes))
    return inner and (not axes or axes[-1][1] == 1)
