"""What a fitted estimator, alone or at the end of a pipeline, brings to its Predictor."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from dendrograd.nn.data import Standardizer
from dendrograd.nn.errors import DataError

from .base import BaseMLP


def settings_of(estimator: Any) -> dict[str, Any]:
    """Return the model of an estimator, its scale, and the names of columns and classes.

    Raises DataError for an estimator of another kind, and for a pipeline with other
    steps, which no file of numbers can hold.
    """
    steps = [estimator]
    if isinstance(estimator, Pipeline):
        steps = [
            step for _, step in estimator.steps if step not in (None, "passthrough")
        ]
    *before, last = steps
    if not isinstance(last, BaseMLP):
        raise DataError(
            f"Predictor: a {type(last).__name__} is neither an MLPClassifier nor an "
            "MLPRegressor of dendrograd.nn; joblib.dump saves other estimators"
        )
    settings = last.predictor_settings()
    for step in before:
        if type(step) is not StandardScaler or len(before) > 1:
            raise DataError(
                f"Predictor: the pipeline has the step {type(step).__name__}; one file "
                "holds a net and one StandardScaler before it. Save the net alone, as "
                "pipeline[-1], or the whole by joblib.dump"
            )
        settings["scale"] = _scale(step)
    names = getattr(steps[0], "feature_names_in_", None)
    return settings | {"columns": None if names is None else names.tolist()}


def _scale(scaler: Any) -> Standardizer:
    """Return the scale of a StandardScaler; one that does not shift, or divide, has None there."""
    scale = Standardizer()
    width = scaler.n_features_in_
    mean = scaler.mean_ if scaler.with_mean else np.zeros(width)
    deviation = np.ones(width) if scaler.scale_ is None else scaler.scale_
    scale.load_state_dict({"mean": mean, "scale": deviation})
    return scale
