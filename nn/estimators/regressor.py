"""MLPRegressor: a net whose outputs are numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from dendrograd import Value, exp
from dendrograd.nn.errors import DataError

from .base import BaseMLP
from .explaining import numbered
from .losses import OF_NUMBERS, Loss, written
from .net import Floats
from .rows import Rows


class MLPRegressor(RegressorMixin, BaseMLP):
    """A net for numbers, with the parameters of scikit-learn's MLPRegressor.

    They mean what they mean there, and the same random_state gives the same net. More is
    said at `MLPClassifier`: `early_stopping="auto"`, and that `activation`, `loss` and
    `metric` may be functions of your own. The prediction that loss and metric are given
    is a number, or a list where y has several columns; so is the target.

    >>> X = [[0.0], [1.0], [2.0], [3.0]]
    >>> y = [1.0, 3.0, 5.0, 100.0]  # the last one is far off the line
    >>> model = MLPRegressor(lambda z, t: abs(z - t), (), alpha=0.0, random_state=0,
    ...                      solver="sgd", momentum=0.0, learning_rate_init=0.1,
    ...                      learning_rate="adaptive")
    >>> [round(float(z)) for z in model.fit(X, y).predict(X)]
    [1, 3, 5, 7]
    """

    _losses, _example = tuple(OF_NUMBERS), "huber_loss"

    def __init__(
        self,
        loss: str | Callable[[Any, Any], Any] = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Callable[[Any], Any] = "relu",
        *,
        metric: Callable[[Any, Any], Any] | None = None,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
    ) -> None:
        self._keep(locals())

    def predict(self, X: Any) -> Floats:
        """Return the predicted numbers, one for each row, or a row of several."""
        predicted = self._loss().answer(self._outputs(X))
        return predicted[:, 0] if predicted.shape[1] == 1 else predicted

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the mean of the metric over rows; without one, R²."""
        if self.metric is None:
            return float(super().score(X, y, sample_weight))
        return self._mean_metric(X, y, sample_weight)

    def predictor_settings(self) -> dict[str, Any]:
        if self.loss != "poisson":
            return super().predictor_settings()
        return {
            "model": self._module(exp),
            "loss": self.loss,
        }  # of rates, not their logs

    def _targets(self, y: Any, fresh: bool) -> Floats:
        try:
            targets = np.asarray(y, dtype=float).reshape(len(y), -1)
        except ValueError as error:
            raise DataError(
                f"MLPRegressor: y is not all numbers ({error}); MLPClassifier predicts "
                "classes, whose names may be words"
            ) from None
        if self.loss == "poisson" and targets.min(initial=0.0) < 0.0:
            raise DataError(
                f"MLPRegressor: y has the number {targets.min():g}, and loss='poisson' is of "
                "counts, which are 0 or more; take loss='squared_error'"
            )
        return targets

    @property
    def out_activation_(self) -> str:
        """What turns outputs into predictions."""
        return "exp" if self.loss == "poisson" else "identity"

    def _loss(self) -> Loss:
        if callable(self.loss):
            return written(self.loss, OF_NUMBERS["squared_error"].answer)
        return OF_NUMBERS[self.loss]

    def _decided(self, outputs: list[Value], output: Any) -> tuple[str, Value]:
        i = numbered(output, len(outputs), "explain")
        score = exp(outputs[i]) if self.loss == "poisson" else outputs[i]
        score.label = "prediction"
        return f"output {i}" if len(outputs) > 1 else "answer", score

    def _by_score(self) -> bool:
        # R² is the squared error in units that tol fits, whatever those of y are
        return self.loss == "squared_error" or super()._by_score()

    def _usual_score(self, Z: Floats, rows: Rows) -> float:
        predicted = self._loss().answer(Z)
        return float(r2_score(rows.y, predicted, sample_weight=rows.weights))
