"""What stands for the estimators where scikit-learn is missing: classes with a hint."""

from __future__ import annotations

from typing import Any

from dendrograd.errors import MissingToolError


class NeedsSklearn:
    """An estimator that cannot be made, since scikit-learn is missing or too old."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise MissingToolError(
            f"{type(self).__name__} needs scikit-learn 1.6 or newer, which is not "
            "installed; in a clone, pip install '.[sklearn]'"
        )


class MLPClassifier(NeedsSklearn):
    """A classifier that needs scikit-learn."""


class MLPRegressor(NeedsSklearn):
    """A regressor that needs scikit-learn."""
