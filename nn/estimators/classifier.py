"""MLPClassifier: a net whose outputs are the logits of classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import (
    check_classification_targets,
    type_of_target,
    unique_labels,
)

from dendrograd import Value
from dendrograd.nn.entropy import cross_entropy
from dendrograd.nn.errors import DataError, SettingError
from dendrograd.nn.settings import refuse

from .base import BaseMLP
from .explaining import numbered
from .losses import LOG_LOSS, LOGISTIC, Loss, written
from .net import Floats
from .rows import Rows
from .settings import by_batches
from .tables import warn_of_one_hot


class MLPClassifier(ClassifierMixin, BaseMLP):
    """A net for classes, with the parameters of scikit-learn's MLPClassifier.

    They mean what they mean there, and the same random_state gives the same net. But
    `early_stopping="auto"` is the default: from 1,000 rows on, `fit` keeps some out, and
    keeps the parameters that had the lowest loss on these (with True, the best score, as
    scikit-learn does, unless the loss is a function).

    `activation` may be a function of one number, and `loss` one of (prediction, target),
    in plain scalar Python; they are differentiated and compiled. The prediction is the
    logit of the second of two classes and the target 0 or 1; with more classes, or
    several labels, they are the list of logits and that of 0s and 1s. `metric`, another
    such function, takes the place of accuracy, larger is better. `nn.cross_entropy` and
    `nn.bce_with_logits_loss` are losses too.

    `explain(row)` says why a row got its answer, `draw(row)` shows it. Needs the extra
    `[sklearn]`.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), learning_rate_init=0.02, tol=1e-3, random_state=0)
    >>> round(model.fit(X, y).score(X, y), 2)
    0.98
    >>> model.explain(X[0], "x2").text
    'class 0, ahead of class 1'
    """

    _losses, _example = ("log_loss",), "cross_entropy"
    class_weight: Mapping[Any, float] | str | None
    classes_: NDArray[Any]

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Callable[[Any], Any] = "relu",
        *,
        loss: str | Callable[[Any, Any], Any] = "log_loss",
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
        class_weight: Mapping[Any, float] | str | None = None,
    ) -> None:
        self._keep(locals())

    @by_batches
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> Self:
        """Learn for one more epoch from these rows; return self.

        The first call needs `classes`, all that there will be.
        """
        if not hasattr(self, "classes_"):
            if classes is None:
                raise SettingError(
                    "MLPClassifier: the first partial_fit needs classes=[...], all that "
                    "there will be, since a batch may lack some"
                )
            labels = y if type_of_target(y).startswith("multilabel") else classes
            self._label_binarizer = LabelBinarizer().fit(labels)
            self.classes_ = self._label_binarizer.classes_
        elif classes is not None and not np.array_equal(
            self.classes_, unique_labels(classes)
        ):
            raise ValueError(
                f"MLPClassifier: classes={classes!r}, but the first call had "
                f"{self.classes_}"
            )
        if self.class_weight == "balanced":
            raise SettingError(
                "MLPClassifier: class_weight='balanced' counts all rows, which partial_fit "
                "does not see; give a dict of weights"
            )
        self._learn(X, y, sample_weight, again=True)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the class of each row; for several labels, a row of 0s and 1s."""
        chosen = self._chosen(self._outputs(X))
        return chosen if self._is_multilabel else self.classes_[chosen]

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, in the order of `classes_`."""
        Z = self._outputs(X)
        shares = self._loss().answer(Z)
        if len(self.classes_) == 1:
            return np.ones_like(shares)
        if shares.shape[1] == 1 and not self._is_multilabel:
            return np.hstack([1.0 - shares, shares])
        return shares

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithms of predict_proba."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def decision_function(self, X: Any) -> Floats:
        """Return the logits: one for each class, or for two classes that of the second."""
        Z = self._outputs(X)
        return Z[:, 0] if Z.shape[1] == 1 and not self._is_multilabel else Z

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the mean of the metric over rows; without one, the accuracy."""
        if self.metric is None:
            return float(super().score(X, y, sample_weight))
        return self._mean_metric(X, y, sample_weight)

    def predictor_settings(self) -> dict[str, Any]:
        settings = super().predictor_settings()
        if self._is_multilabel:
            raise DataError(
                "Predictor: this MLPClassifier has several labels, and a Predictor one "
                "class a row; use nn.save(path, classifier.to_module()), or joblib"
            )
        return settings | {"classes": self.classes_.tolist()}

    @property
    def out_activation_(self) -> str:
        """What turns outputs into probabilities."""
        several = self.n_outputs_ > 1 and not self._is_multilabel
        return "softmax" if several else "logistic"

    @property
    def _is_multilabel(self) -> bool:
        return bool(self._label_binarizer.y_type_.startswith("multilabel"))

    def _chosen(self, Z: Floats) -> NDArray[np.intp]:
        """Return for each row the index of its class, or 0 and 1 for each label."""
        if len(self.classes_) == 1 and not self._is_multilabel:
            return np.zeros(len(Z), dtype=int)
        if self._is_multilabel:
            return (Z > 0.0).astype(int)
        return (Z[:, 0] > 0.0).astype(int) if Z.shape[1] == 1 else Z.argmax(axis=1)

    def _targets(self, y: Any, fresh: bool) -> Floats:
        if fresh:
            check_classification_targets(y)
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            strange = np.setdiff1d(unique_labels(y), self.classes_)
            if len(strange):
                raise DataError(
                    f"MLPClassifier: y has the classes {strange}, but those of the first "
                    f"fit are {self.classes_}; name all classes there"
                )
        labels: Floats = self._label_binarizer.transform(y).astype(float)
        if fresh and self._is_multilabel:
            warn_of_one_hot(labels)
        return labels

    def _weights_of(self, sample_weight: Any, X: Any, y: Any) -> Floats | None:
        weights = super()._weights_of(sample_weight, X, y)
        if self.class_weight is None:
            return weights
        of_classes: Floats = compute_sample_weight(self.class_weight, y)
        return of_classes if weights is None else of_classes * weights

    def _strata(self, y: Floats, n: int) -> Any:
        if self._is_multilabel:
            return None
        classes, counts = np.unique(self._chosen(y - 0.5), return_counts=True)
        few = counts.min() < 2 or len(classes) > min(n, len(y) - n)
        return None if few else self._chosen(y - 0.5)

    def _decided(self, outputs: list[Value], output: Any) -> tuple[str, Value]:
        logits = np.array([[z.data for z in outputs]])
        if self._is_multilabel:
            i = numbered(output, len(outputs), "explain")
            text, score = f"label {i}", outputs[i]
        else:
            i = self._chosen(logits)[0] if output is None else self._place(output)
            text = f"class {self.classes_[i]}"
            if len(outputs) == 1:
                score = outputs[0] if i or len(self.classes_) == 1 else -outputs[0]
            else:
                for z, name in zip(outputs, self.classes_, strict=True):
                    z.label = f"logit of {name}"
                logits[0, i] = -np.inf
                score = outputs[i] - outputs[logits[0].argmax()]
                place = "ahead of" if score.data > 0.0 else "behind"
                text += f", {place} class {self.classes_[logits[0].argmax()]}"
        score.label = "score"
        return text, score

    def _place(self, label: Any) -> int:
        """Return where a class stands in `classes_`."""
        places = np.flatnonzero(self.classes_ == label)
        if not len(places):
            refuse("explain", "output", label, f"one of the classes {self.classes_}")
        return int(places[0])

    def _usual_score(self, Z: Floats, rows: Rows) -> float:
        right = self._chosen(Z) == self._chosen(rows.y - 0.5)
        if self._is_multilabel:
            right = right.all(axis=1)
        return float(np.average(right, weights=rows.weights))

    def _loss(self) -> Loss:
        usual = LOG_LOSS if self.out_activation_ == "softmax" else LOGISTIC
        if self.loss in ("log_loss", cross_entropy):
            return usual
        return written(self.loss, usual.answer)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
