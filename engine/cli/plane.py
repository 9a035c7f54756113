"""A plane that shows classes in more than two columns, with a map to it and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import Model

__all__ = ["Plane"]

Array = NDArray[np.float64]


class Plane:
    """The plane of Fisher's discriminants, where classes are furthest apart.

    Furthest for their width: R. A. Fisher, "The use of multiple measurements in
    taxonomic problems", 1936. A point stands for the row that a least-squares fit
    through the training rows puts there. Two columns are a plane as they are.
    """

    def __init__(self, model: Model, rows: Any, goals: Any) -> None:
        self.names = model.task.features
        self._scale = model.feature_scale
        self._flat = len(self.names) == 2
        if not self._flat:
            self.names = ("discriminant 1", "discriminant 2")
            scaled = self._scale.transform(rows)
            self._to = _discriminants(scaled, np.asarray(goals))
            self._back = np.linalg.lstsq(scaled @ self._to, scaled, rcond=None)[0]

    def points(self, rows: Any) -> list[list[float]]:
        """Return the point [x, y] on the plane for each row."""
        if self._flat:
            return [list(row) for row in rows]
        found: list[list[float]] = (self._scale.transform(rows) @ self._to).tolist()
        return found

    def rows(self, points: Any) -> Array:
        """Return the row that each point stands for."""
        if self._flat:
            return np.asarray(points)
        return self._scale.inverse_transform(np.asarray(points) @ self._back)


def _discriminants(rows: Array, goals: NDArray[Any]) -> Array:
    """Return two orthonormal columns that span Fisher's plane, each sign fixed.

    They span W⁺ M: M has the class means (the rows have mean 0), W the scatter within
    the classes. Two classes give one direction; the other is at right angles to it.
    """
    groups = [rows[goals == label] for label in np.unique(goals)]
    means = np.array([group.mean(axis=0) for group in groups])
    off = np.concatenate([group - group.mean(axis=0) for group in groups])
    directions = np.linalg.pinv(off.T @ off) @ means.T
    plane: Array = np.linalg.svd(directions)[0][:, :2]
    largest = np.abs(plane).argmax(axis=0)
    return plane * np.sign(plane[largest, [0, 1]])
