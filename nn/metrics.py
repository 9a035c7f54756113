"""How often a classifier is right, from its outputs: logits or scores."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value
from dendrograd.number import number
from dendrograd.rows import as_list, whole

from .data import paired_length
from .errors import DataError
from .losses import mae_loss, mse_loss
from .settings import refuse, require_whole

Metric: TypeAlias = Callable[[Any, Any], Any]
Metrics: TypeAlias = Mapping[str, Metric]


def predicted_class(output: Any, threshold: float = 0.0) -> int:
    """Return the class of one output: the largest logit's index, the first of equals.

    A single score is class 1 above the threshold, else 0; for probabilities, the
    threshold is 0.5. Raises DataError for a nan, which is of no class.

    >>> predicted_class([0.1, 2.0, -1.0]), predicted_class(-0.3)
    (1, 0)
    """
    return _guess("predicted_class: the output", output, threshold)


def _guess(what: str, output: Any, threshold: float) -> int:
    """Return the class of an output, or raise DataError where it has none."""
    row = as_list(output, what)
    logits = [_plain(what, x) for x in (row if isinstance(row, list) else [row])]
    if not logits or any(map(math.isnan, logits)):
        raise DataError(
            f"{what} is {reprlib.repr(logits)}, which names no class; "
            "dendrograd.first_nonfinite(output) finds where a nan came from"
        )
    if len(logits) == 1:  # a list of one score is that score
        return int(logits[0] > threshold)
    return max(range(len(logits)), key=logits.__getitem__)


def _plain(what: str, x: Any) -> float:
    return x.data if isinstance(x, Value) else number(x, what)


def accuracy(outputs: Any, targets: Any, threshold: float = 0.0) -> float:
    """Return the share of outputs whose class is the target.

    The targets of single scores are 0 and 1, or -1 and 1. Raises ShapeError where
    the lengths differ, and DataError for no samples, for an output that holds nan and
    for a target that is not an index.

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
        (_guess(f"{who}: outputs[{i}]", o, threshold), max(_class(who, t), 0))
        for i, (o, t) in enumerate(
            zip(as_list(outputs, who), as_list(targets, who), strict=True)
        )  # max: -1 is class 0 of a score
    ]


def _class(who: str, target: Any) -> int:
    """Return a target as a whole number, or raise DataError if it is none."""
    index = whole(target)
    if index is not None:
        return index
    raise DataError(
        f"{who}: the target {target!r} is not a class index; classes are "
        "0, 1, ..., so give names.index(target) for a list of their names"
    )


METRICS: dict[str, Metric] = {"accuracy": accuracy, "mae": mae_loss, "mse": mse_loss}


def by_name(metrics: Any, who: str) -> Metrics:
    """Return metrics as a dict from names to functions of (outputs, targets).

    >>> sorted(by_name(["accuracy", mse_loss], "fit"))
    ['accuracy', 'mse_loss']
    """
    if metrics is None or isinstance(metrics, Mapping):
        return dict(metrics or {})
    listed = [metrics] if isinstance(metrics, str) else metrics
    wanted = (
        f'a dict, as in {{"accuracy": accuracy}}, or a list of {", ".join(METRICS)}'
    )
    if not isinstance(listed, (list, tuple)):
        refuse(who, "metrics", metrics, wanted)
    found: dict[str, Metric] = {}
    for one in listed:
        if isinstance(one, str) and one in METRICS:
            found[one] = METRICS[one]
        elif callable(one):
            found[getattr(one, "__name__", type(one).__name__)] = one
        else:
            refuse(who, "metrics", metrics, wanted)
    return found
