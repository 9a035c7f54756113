"""Rows with targets and weights, checked and split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_array, check_consistent_length

from dendrograd.nn.errors import DataError

from .net import Floats


@dataclass
class Rows:
    """Rows with their targets, and weights where rows count differently."""

    X: Any
    y: Floats
    weights: Floats | None = None

    def __len__(self) -> int:
        return len(self.y)

    def at(self, places: Any) -> Rows:
        """Return the rows at these places."""
        weights = None if self.weights is None else self.weights[places]
        return Rows(self.X[places], self.y[places], weights)


def row_weights(sample_weight: Any, X: Any, who: str) -> Floats | None:
    """Return a weight for each row of X, None where all are 1."""
    if sample_weight is None:
        return None
    checked = check_array(sample_weight, ensure_2d=False, input_name="sample_weight")
    weights = np.asarray(checked, dtype=float)
    if weights.ndim != 1:
        raise DataError(
            f"{who}: sample_weight has {weights.ndim} axes; give one number for each row"
        )
    check_consistent_length(X, weights)
    return weights


def counting(rows: Rows, who: str) -> Rows:
    """Return the rows whose weight is not 0; raise DataError where there are none."""
    if rows.weights is None or rows.weights.all():
        return rows
    if not rows.weights.any():
        raise DataError(
            f"{who}: every sample weight is zero, so there is nothing to learn"
        )
    return rows.at(np.flatnonzero(rows.weights))


def kept_out(rows: Rows, model: Any, rng: Any) -> tuple[Rows, Rows]:
    """Return rows to learn from, and rows that are kept out to see when to stop.

    Classes have equal shares in both, where there are enough rows of each.
    """
    count = int(np.ceil(len(rows) * model.validation_fraction))
    if not 2 <= count < len(rows):
        raise DataError(
            f"{type(model).__name__}: of {len(rows)} rows, validation_fraction="
            f"{model.validation_fraction} keeps out {count}, but at least 2 are needed to "
            "see when to stop, and 1 to learn from; or set early_stopping=False"
        )
    used, out = train_test_split(
        np.arange(len(rows)),
        test_size=model.validation_fraction,
        random_state=rng,
        stratify=model._strata(rows.y, count),
    )
    return rows.at(used), rows.at(out)
