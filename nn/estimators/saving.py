"""What a fitted estimator, also one inside of others, brings to its Predictor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted

from dendrograd.nn.data import Standardizer
from dendrograd.nn.errors import DataError

from .base import BaseMLP

# mean and scale of (x - mean) / scale; a None is of a scaler that does not do this part
SCALERS: dict[type, Callable[[Any], tuple[Any, Any]]] = {
    MaxAbsScaler: lambda s: (None, s.scale_),
    MinMaxScaler: lambda s: (-s.min_ / s.scale_, 1.0 / s.scale_),
    RobustScaler: lambda s: (s.center_, s.scale_),
    StandardScaler: lambda s: (s.mean_ if s.with_mean else None, s.scale_),
}


def settings_of(estimator: Any) -> dict[str, Any]:
    """Return the model of an estimator, its scales, and the names of columns and classes.

    The best estimator of a search counts, and the regressor behind a target that is
    scaled. Raises DataError for an estimator of another kind, and for a pipeline with
    other steps, which no file of numbers can hold.
    """
    steps = _steps(getattr(estimator, "best_estimator_", estimator))
    target_scale = None
    if isinstance(steps[-1], TransformedTargetRegressor):
        *before, last = steps
        check_is_fitted(last)
        target_scale = _scale(last.transformer_)
        steps = [*before, *_steps(last.regressor_)]
    *before, net = steps
    if not isinstance(net, BaseMLP):
        raise DataError(
            f"Predictor: a {type(net).__name__} is neither an MLPClassifier nor an "
            "MLPRegressor of dendrograd.nn; joblib.dump saves other estimators"
        )
    settings = net.predictor_settings() | {"target_scale": target_scale}
    if len(before) > 1:
        raise _not_one_scaler(" and ".join(type(step).__name__ for step in before))
    for step in before:
        settings["scale"] = _scale(step)
    names = getattr(steps[0], "feature_names_in_", None)
    return settings | {"columns": None if names is None else names.tolist()}


def _steps(estimator: Any) -> list[Any]:
    """Return the steps of a pipeline that do something, or the estimator alone."""
    if not isinstance(estimator, Pipeline):
        return [estimator]
    return [step for _, step in estimator.steps if step not in (None, "passthrough")]


def _scale(scaler: Any) -> Standardizer:
    """Return the scale that a scaler computes, or raise DataError for another step."""
    if type(scaler) not in SCALERS or getattr(scaler, "clip", False):
        raise _not_one_scaler(type(scaler).__name__)
    mean, deviation = SCALERS[type(scaler)](scaler)
    width, scale = scaler.n_features_in_, Standardizer()
    mean = np.zeros(width) if mean is None else mean
    deviation = np.ones(width) if deviation is None else deviation
    scale.load_state_dict({"mean": mean, "scale": deviation})
    return scale


def _not_one_scaler(found: str) -> DataError:
    kinds = ", ".join(kind.__name__ for kind in SCALERS)
    return DataError(
        f"Predictor: before the net stands {found}; one file holds a net and one scaler "
        f"before it ({kinds}, without clip). Save the net alone, as pipeline[-1], or the "
        "whole by joblib.dump"
    )
