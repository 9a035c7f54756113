"""What the two estimators share: settings, checked rows, fit, partial_fit, outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from dendrograd.nn.errors import SettingError

from . import lbfgs, net
from .elementwise import elementwise
from .explaining import Explainable
from .lanes import told_as
from .losses import Loss
from .net import Floats
from .objective import LayeredObjective
from .rows import Rows, counting, kept_out
from .settings import by_batches, require_settings
from .tables import Checking
from .training import Watch, optimiser, train
from .verdict import tell

MANY = 1000  # rows from which early_stopping="auto" keeps some out


class BaseMLP(Explainable, Checking, BaseEstimator):
    """A net of layers with the settings of scikit-learn's, and formulas of your own."""

    _losses: tuple[str, ...]  # by name
    _example: str  # of a loss that is a function
    hidden_layer_sizes: Any
    activation: str | Callable[[Any], Any]
    loss: str | Callable[[Any, Any], Any]
    metric: Callable[[Any, Any], Any] | None
    solver: str
    alpha: float
    batch_size: int | str
    learning_rate: str
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: Any
    tol: float
    verbose: bool
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool | str
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int

    parameters_: Floats
    loss_curve_: list[float]
    _watch: Watch
    validation_scores_: list[float] | None

    def _keep(self, settings: Mapping[str, Any]) -> None:
        """Keep the arguments of __init__ as they are, which clone asks for."""
        for name, setting in settings.items():
            if name != "self":
                setattr(self, name, setting)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from rows and targets; return self.

        `sample_weight` says how much each row counts. Raises DataError for weights of
        which a batch has a sum that is not > 0, SettingError for a setting outside of its range, and
        NonFiniteError where the loss becomes inf or nan.
        """
        self._learn(X, y, sample_weight)
        return self

    @by_batches
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn for one more epoch from these rows; return self.

        The solver "lbfgs", which needs all rows at once, has no partial_fit.
        """
        self._learn(X, y, sample_weight, again=True)
        return self

    def _learn(self, X: Any, y: Any, sample_weight: Any, again: bool = False) -> None:
        """Train for one more epoch, or until it is done, and warn where that is not well."""
        require_settings(self)
        first = not hasattr(self, "parameters_") or not (self.warm_start or again)
        X, y = self._validated(X, y, first)
        targets = self._targets(y, first and not again)
        rows = Rows(X, targets, self._weights_of(sample_weight, X, y))
        rows = counting(rows, type(self).__name__)
        rng = check_random_state(self.random_state)
        sizes = [X.shape[1], *self._hidden(), rows.y.shape[1]]
        held = None
        stops_early = not again and self._stops_early(len(rows))
        if first:
            self._start(sizes, rng)
        elif sizes != self._sizes:
            raise SettingError(
                f"{type(self).__name__}: the layers are {sizes}, but those of the last fit "
                f"{self._sizes}; fit with warm_start=False"
            )
        if stops_early:
            rows, held = kept_out(rows, self, rng)
        if self.solver == "lbfgs":
            done = lbfgs.train(self, self._objective(), rows)
        else:
            self._prepare(again, stops_early)
            epochs = 1 if again else self.max_iter
            done = train(self, self._objective(), rows, held, rng, epochs)
        if not again and done is not None:
            tell(self, rows, done)

    def _prepare(self, again: bool, stops_early: bool) -> None:
        """Make a new optimiser, and wait for progress anew, unless it goes on as it was."""
        if not again or not hasattr(self, "_optimiser"):
            self._optimiser = optimiser(self, len(self.parameters_))
            self._watch.stalled = 0
        judge = (self.early_stopping, self.metric, self.loss) if stops_early else None
        if self._watch.judge != judge:  # what was best was so by another measure
            self._watch = Watch(judge)
            self.best_loss_ = self.best_validation_score_ = None
            self.validation_scores_ = [] if stops_early else None
        self._watch.tol, self._watch.patience = self.tol, self.n_iter_no_change

    def _hidden(self) -> list[int]:
        sizes = self.hidden_layer_sizes
        return [int(n) for n in (sizes if np.iterable(sizes) else [sizes])]

    def _start(self, sizes: list[int], rng: Any) -> None:
        """Draw parameters, and begin the records anew."""
        self._sizes = sizes
        self.parameters_ = net.drawn(sizes, self.activation, rng)
        self.n_layers_, self.n_outputs_ = len(sizes), sizes[-1]
        self.t_ = 0
        self.loss_curve_ = []
        self._watch = Watch("nothing yet")

    def _stops_early(self, n: int) -> bool:
        if self.solver == "lbfgs":  # as in scikit-learn
            return False
        return n >= MANY if self.early_stopping == "auto" else bool(self.early_stopping)

    def _strata(self, y: Floats, n: int) -> Any:
        """Return the classes that both parts of a split shall have in equal shares."""
        return None

    @property
    def coefs_(self) -> list[Floats]:
        """The weights of each layer, inputs by outputs."""
        return self._matrices().weights

    @coefs_.setter
    def coefs_(self, weights: Sequence[Any]) -> None:
        for own, given in zip(self._matrices().weights, weights, strict=True):
            own[:] = given

    @property
    def intercepts_(self) -> list[Floats]:
        """The biases of each layer."""
        return self._matrices().biases

    @intercepts_.setter
    def intercepts_(self, biases: Sequence[Any]) -> None:
        for own, given in zip(self._matrices().biases, biases, strict=True):
            own[:] = given

    def _matrices(self) -> net.Matrices:
        if not hasattr(self, "parameters_"):
            raise AttributeError(f"{type(self).__name__} has no parameters before fit")
        return net.matrices(self.parameters_, self._sizes)

    def _loss(self) -> Loss:
        """Return the loss, with what outputs mean under it."""
        raise NotImplementedError

    def _targets(self, y: Any, fresh: bool) -> Floats:
        """Return y as numbers that the loss takes, a row for each; fresh: of a first fit."""
        raise NotImplementedError

    def _usual_score(self, Z: Floats, rows: Rows) -> float:
        """Return scikit-learn's score of these outputs."""
        raise NotImplementedError

    def _objective(self) -> LayeredObjective:
        loss, activation = self._loss(), elementwise(self.activation)
        share = loss.share(self._sizes[-1])
        return LayeredObjective(self._sizes, activation, loss.rows, self.alpha, share)

    def _judged(self, rows: Rows) -> tuple[float, float]:
        """Return the score of the net on rows, and the number by which its best is known."""
        Z = self._objective().outputs(self.parameters_, rows.X)
        score = self._score_of(Z, rows)
        return score, score if self._by_score() else self._merit(Z, rows)

    def _by_score(self) -> bool:
        """Return whether the best net is that of the best score; else of the lowest loss."""
        if self.metric is not None:
            return True
        return self.early_stopping != "auto" and not callable(self.loss)

    def _merit(self, Z: Floats, rows: Rows) -> float:
        """Return the mean loss, negated, which grows as the net gets better."""
        losses, _ = self._loss().rows(Z, rows.y)
        return -float(np.average(losses, weights=rows.weights))

    def _score_of(self, Z: Floats, rows: Rows) -> float:
        """Return how good outputs are: the mean of the metric, or the usual score."""
        if not np.isfinite(Z).all():
            return np.nan
        if self.metric is None:
            return self._usual_score(Z, rows)
        one = rows.y.shape[1] == 1
        pairs = zip(
            *[(a[:, 0] if one else a).tolist() for a in (Z, rows.y)], strict=True
        )
        with told_as("metric", self.metric):
            scores = [float(self.metric(*pair)) for pair in pairs]
        return float(np.average(scores, weights=rows.weights))

    def _mean_metric(self, X: Any, y: Any, sample_weight: Any) -> float:
        """Return the mean of the metric over new rows."""
        check_is_fitted(self)
        X, y = self._validated(X, y, False)
        rows = Rows(X, self._targets(y, False), self._weights_of(sample_weight, X, y))
        return self._score_of(self._objective().outputs(self.parameters_, X), rows)

    def _outputs(self, X: Any) -> Floats:
        """Return the net's outputs for new rows, a row of them for each."""
        check_is_fitted(self)
        X = self._numbers(X, reset=False)
        return self._objective().outputs(self.parameters_, X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
