"""A model with all that using it takes: scales, and names of columns and classes."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dendrograd.errors import ShapeError
from dendrograd.rows import as_list

from .architecture import Functions, reference
from .data import Standardizer
from .errors import DataError, SettingError, StateError
from .evaluating import predict
from .metrics import predicted_class
from .model_file import SCALES, read, write
from .module import Module
from .rows import require_finite
from .serialize import load


class Predictor:
    """A trained model, its scales, and the names of its columns and classes.

    model         the model; or a fitted MLPClassifier or MLPRegressor, which brings all
                  the rest, also from the end of a pipeline behind a StandardScaler, from
                  a search, or from a TransformedTargetRegressor with such a scaler
    scale         a Standardizer of the inputs, or None
    target_scale  a Standardizer of the targets of a regression, or None
    columns       the names of the inputs: a data frame may have them in any order
    classes       the names of the classes, in the order of the outputs
    loss          the loss that it was trained with; kept by its name, "module:function"

    `save` writes all of it into one file, which `Predictor.load` reads in a fresh process.
    Raises StateError for a loss without a name, DataError for other names of classes than
    texts, numbers and bools, and for what is neither a module nor such an estimator.

    >>> import pathlib, tempfile
    >>> from dendrograd.nn import MLP, cross_entropy
    >>> model = MLP(2, [4, 3], activation="tanh", seed=0)
    >>> iris = Predictor(model, classes=["setosa", "versicolor", "virginica"],
    ...                  columns=["length", "width"], loss=cross_entropy)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "iris.safetensors"
    ...     iris.save(path)
    ...     again = Predictor.load(path)
    >>> again
    Predictor(MLP(2 -> 4 tanh -> 3, 27 parameters), 2 columns, 3 classes)
    >>> again.predict([[1.0, 2.0]]) == iris.predict([[1.0, 2.0]])
    array([ True])
    """

    def __init__(
        self,
        model: Any,
        *,
        scale: Standardizer | None = None,
        target_scale: Standardizer | None = None,
        columns: Iterable[str] | None = None,
        classes: Iterable[Any] | None = None,
        loss: Any = None,
    ) -> None:
        given = {
            "scale": scale, "target_scale": target_scale, "columns": columns,
            "classes": classes, "loss": loss,
        }  # fmt: skip
        known = _brought(model) | {k: x for k, x in given.items() if x is not None}
        columns, classes, loss = (known.get(k) for k in ("columns", "classes", "loss"))
        self.model: Module = known["model"]
        self.scale: Standardizer | None = known.get("scale")
        self.target_scale: Standardizer | None = known.get("target_scale")
        self.columns = None if columns is None else [str(name) for name in columns]
        self.classes = None if classes is None else [_plain(name) for name in classes]
        text = loss is None or isinstance(loss, str)
        self.loss: str | None = loss if text else reference(loss, "Predictor")

    def outputs(self, X: Any) -> NDArray[np.float64]:
        """Return what the model gives for each row, as an array of floats.

        Of a regression with a `target_scale`, they are in the units of the targets.
        """
        rows = self._rows(X)
        rows = rows if self.scale is None else self.scale.transform(rows)
        found = predict(self.model, rows)
        if self.target_scale is None:
            return found
        is_column = found.ndim == 1 and self.target_scale.mean.ndim == 1
        table = found[:, None] if is_column else found
        return self.target_scale.inverse_transform(table).reshape(found.shape)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the name of each row's class, or without classes the outputs.

        Raises ShapeError where the model does not have an output per class, or one
        output for two classes; DataError for a column that is missing and for a row
        whose outputs are nan.
        """
        if self.classes is None:
            return self.outputs(X)
        kind = None if len({type(name) for name in self.classes}) == 1 else object
        names: NDArray[Any] = np.array(self.classes, dtype=kind)
        rows, first = self._scores(X).tolist(), len(names) == 1  # the only one
        return names.take([0 if first else predicted_class(row) for row in rows])

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class, in their order; outputs must be logits.

        Raises SettingError where there are no classes, and as `predict` does.
        """
        if self.classes is None:
            raise SettingError(
                "predict_proba: this model has no classes; outputs(X) gives its numbers"
            )
        scores = self._scores(X)
        if scores.shape[-1] == 1 < len(self.classes):
            scores = np.hstack([np.zeros_like(scores), scores])
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def _scores(self, X: Any) -> NDArray[np.float64]:
        """Return a row of scores for each row: one for each class, or of two for one."""
        found, count = self.outputs(X), len(self.classes or ())
        if not len(found):
            return found.reshape(0, count)
        scores = found[:, None] if found.ndim == 1 else found
        width = scores.shape[-1]
        if width != count and (width, count) != (1, 2):
            raise ShapeError(
                f"Predictor: {count} classes, but the model has {width} outputs; give "
                "a class for each, or two for a single score"
            )
        return scores

    def _rows(self, X: Any) -> Any:
        """Return the rows, and of a data frame the columns that the model knows."""
        if self.columns is None or not hasattr(X, "columns"):
            return X
        missing = [name for name in self.columns if name not in list(X.columns)]
        if missing:
            raise DataError(
                f"Predictor: the data have no column {', '.join(missing)}; the model "
                f"takes {', '.join(self.columns)}"
            )
        lists = [as_list(X[name], "Predictor") for name in self.columns]
        for name, column in zip(self.columns, lists, strict=True):
            require_finite(column, f"Predictor: column {name}")
        return [list(row) for row in zip(*lists, strict=True)]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it into one file, whole or not at all; `model_file.py` tells how.

        Raises StateError where the model has functions that a file cannot name, or names
        of arrays that the file needs for the scales, and as `nn.save` does.
        """
        write(path, self.model, self._about(), {n: getattr(self, n) for n in SCALES})

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        model: Module | None = None,
        functions: Functions | None = None,
    ) -> Self:
        """Return the predictor that a file holds; nothing in the file is ever run.

        Where the model is of a class of your own, make one and give it as `model`; its
        weights are set. Functions of your own are given by the names that the file has
        for them: `functions={"mymodule:swish": swish}`.

        Raises StateError, naming the file, for one that was not written by `save`, is
        damaged, or asks for what was not given.
        """
        saved = load(path)
        try:
            return cls(**read(saved, model, functions or {}))
        except (ValueError, TypeError, OverflowError, MemoryError) as error:
            why, *_ = str(error).splitlines() or [type(error).__name__]
            raise StateError(
                f"Predictor.load: {os.fspath(path)}: {why[:300]}"
            ) from None

    def _about(self) -> dict[str, Any]:
        """Return what a file says beside model and scales."""
        return {name: getattr(self, name) for name in ("columns", "classes", "loss")}

    def __repr__(self) -> str:
        parts = [repr(self.model).splitlines()[0]]
        for name in ("columns", "classes"):
            names = getattr(self, name)
            parts += [f"{len(names)} {name}"] if names is not None else []
        return f"Predictor({', '.join(parts)})"


def _brought(model: Any) -> dict[str, Any]:
    """Return what a module, or an estimator, brings to its Predictor."""
    if isinstance(model, Module):
        return {"model": model}
    if not hasattr(model, "get_params"):  # which estimators have
        raise DataError(
            f"Predictor: {reprlib.repr(model)} is a {type(model).__name__}; give a "
            "module, or a fitted MLPClassifier or MLPRegressor"
        )
    from .estimators.saving import settings_of

    return settings_of(model)


def _plain(name: Any) -> Any:
    """Return the name of a class as Python has it, not NumPy."""
    plain = name.item() if isinstance(name, np.generic) else name
    if not isinstance(plain, (str, int, float)):
        raise DataError(
            f"Predictor: the class {plain!r} is a {type(plain).__name__}; name classes "
            "by texts, numbers or bools"
        )
    return plain
