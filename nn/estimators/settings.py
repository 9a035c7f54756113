"""The settings of an estimator, checked when it is fitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from sklearn.utils.metaestimators import available_if

from dendrograd.nn.settings import refuse, require_number, require_whole

from .elementwise import NAMES

CHOICES = {
    "learning_rate": ("constant", "invscaling", "adaptive"),
    "solver": ("adam", "sgd", "lbfgs"),
}
FRACTIONS = ("beta_1", "beta_2", "validation_fraction")
METRIC = (
    "a function of (prediction, target) of one row, or None; metrics by name go with "
    "cross_val_score(..., scoring=...)"
)
FLAGS = ("shuffle", "warm_start", "nesterovs_momentum")


Method = TypeVar("Method", bound=Callable[..., Any])


def by_batches(method: Method) -> Method:
    """Return a method that an estimator has where its solver goes by batches."""
    return cast(Method, available_if(_goes_by_batches)(method))


def _goes_by_batches(model: Any) -> bool:
    """Return True, or raise AttributeError with the reason."""
    if model.solver == "lbfgs":
        raise AttributeError(
            f"{type(model).__name__}: solver is 'lbfgs', which learns from all rows at "
            "once; partial_fit goes by batches, as 'adam' and 'sgd' do"
        )
    return True


def require_settings(model: Any) -> None:
    """Raise SettingError for the first setting that is outside of its range."""
    who = type(model).__name__
    for name, choices in CHOICES.items():
        if getattr(model, name) not in choices:
            refuse(who, name, getattr(model, name), "one of " + ", ".join(choices))
    for name in FRACTIONS:
        number(model, name, lambda x: 0.0 <= x < 1.0, "in [0, 1)")
    for name in ("alpha", "power_t", "tol"):
        number(model, name, lambda x: 0.0 <= x < np.inf, "a number >= 0")
    for name in ("epsilon", "learning_rate_init"):
        number(model, name, lambda x: 0.0 < x < np.inf, "a number > 0")
    number(model, "momentum", lambda x: 0.0 <= x <= 1.0, "in [0, 1]")
    for name in ("max_iter", "max_fun"):
        require_whole(who, name, getattr(model, name), 1)
    if model.n_iter_no_change != np.inf:
        require_whole(who, "n_iter_no_change", model.n_iter_no_change, 1)
    if model.batch_size != "auto":
        require_whole(who, "batch_size", model.batch_size, 1)
    for name in FLAGS:
        if not isinstance(getattr(model, name), (bool, np.bool_)):
            refuse(who, name, getattr(model, name), "True or False")
    if not (model.early_stopping == "auto" or isinstance(model.early_stopping, bool)):
        refuse(who, "early_stopping", model.early_stopping, "True, False or 'auto'")
    require_formulas(who, model)


def require_formulas(who: str, model: Any) -> None:
    """Raise SettingError for layers, activations, losses and metrics that do not exist."""
    sizes = model.hidden_layer_sizes
    for size in sizes if np.iterable(sizes) else [sizes]:
        require_whole(who, "hidden_layer_sizes", size, 1)
    if not callable(model.activation) and model.activation not in NAMES:
        wanted = f"a function of one number, or one of {', '.join(NAMES)}"
        refuse(who, "activation", model.activation, wanted)
    if not callable(model.loss) and model.loss not in model._losses:
        known = " or ".join(map(repr, model._losses))
        wanted = (
            f"a function of (prediction, target), as nn.{model._example}, or {known}"
        )
        refuse(who, "loss", model.loss, wanted)
    if model.metric is not None and not callable(model.metric):
        refuse(who, "metric", model.metric, METRIC)


def number(model: Any, name: str, fits: Any, wanted: str) -> None:
    """Raise SettingError unless the model's setting is a number that fits."""
    require_number(type(model).__name__, name, getattr(model, name), fits, wanted)
