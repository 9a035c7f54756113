"""How often a classifier is right, from its outputs: logits or scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import paired_length
from .errors import DataError
from .rows import as_list
from .settings import require_whole

__all__ = ["accuracy", "confusion_matrix", "predicted_class"]


def predicted_class(output: Any, threshold: float = 0.0) -> int:
    """Return the class of one output: the largest logit's index, the first of equals.

    A single score is class 1 above the threshold, else 0; for probabilities, the
    threshold is 0.5.

    >>> predicted_class([0.1, 2.0, -1.0]), predicted_class(-0.3)
    (1, 0)
    """
    row = as_list(output, "predicted_class")
    if not isinstance(row, list):
        return int(row > threshold)
    return max(range(len(row)), key=row.__getitem__)


def accuracy(outputs: Any, targets: Any, threshold: float = 0.0) -> float:
    """Return the share of outputs whose class is the target.

    The targets of single scores are 0 and 1, or -1 and 1. Raises ShapeError where
    the lengths differ, and DataError for no samples and for a target that is not an
    index.

    >>> accuracy([0.7, -0.2, 1.5, -3.0], [1, 0, 1, 1])
    0.75
    """
    pairs = _pairs("accuracy", outputs, targets, threshold)
    return sum(guess == truth for guess, truth in pairs) / len(pairs)


def confusion_matrix(
    outputs: Any, targets: Any, classes: int, threshold: float = 0.0
) -> NDArray[np.int64]:
    """Return counts[truth, guess] over the samples.

    >>> confusion_matrix([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0]], [0, 1, 1], 2).tolist()
    [[1, 0], [1, 1]]
    """
    require_whole("confusion_matrix", "classes", classes, 1)
    counts = np.zeros((classes, classes), dtype=np.int64)
    for guess, truth in _pairs("confusion_matrix", outputs, targets, threshold):
        if not (0 <= truth < classes and guess < classes):
            raise DataError(
                f"confusion_matrix: class {max(guess, truth)} of {classes} classes "
                "does not exist; they count from 0"
            )
        counts[truth, guess] += 1
    return counts


def _pairs(
    who: str, outputs: Any, targets: Any, threshold: float
) -> list[tuple[int, int]]:
    """Return (guess, truth) for every sample."""
    if not paired_length(outputs, targets, who):
        raise DataError(f"{who}: there are no samples")
    return [
        (predicted_class(o, threshold), max(_class(who, t), 0))  # -1: 0 of a score
        for o, t in zip(as_list(outputs, who), as_list(targets, who), strict=True)
    ]


def _class(who: str, target: Any) -> int:
    """Return a target as a whole number, or raise DataError if it is none."""
    try:
        index = int(target)
        if index == target:
            return index
    except (TypeError, ValueError, OverflowError):
        pass
    raise DataError(
        f"{who}: the target {target!r} is no class index; the outputs speak of "
        "classes 0, 1, ..., so give names.index(target) for a list of their names"
    )
