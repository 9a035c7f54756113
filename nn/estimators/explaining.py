"""`explain` and `draw` of an estimator: one row's answer as scalar code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from dendrograd import Value
from dendrograd.errors import ShapeError
from dendrograd.nn.activations import Activation
from dendrograd.nn.errors import DataError, SettingError
from dendrograd.nn.layers import MLP

from . import net
from .answer import Answer
from .elementwise import scalar_form
from .net import Floats
from .tables import require_numbers, require_readable


class Explainable:
    """An estimator that can say why a row got its answer."""

    activation: str | Callable[[Any], Any]
    loss: str | Callable[[Any, Any], Any]
    parameters_: Floats
    _sizes: list[int]
    n_features_in_: int

    def to_module(self) -> MLP:
        """Return the fitted net as an MLP of Values, which can be drawn and saved."""
        return self._module()

    def _module(self, last: Activation = None) -> MLP:
        check_is_fitted(self)
        hidden = scalar_form(self.activation)
        return net.module(self.parameters_, self._sizes, hidden, last)

    def predictor_settings(self) -> dict[str, Any]:
        """Return what `nn.Predictor` is made of: the model, its classes, its loss."""
        return {"model": self.to_module(), "loss": self.loss}

    def explain(
        self, row: Any, feature: str | None = None, *, output: Any = None, k: int = 3
    ) -> Answer:
        """Return why a row got its answer; print it, or look at its `effects`.

        The row is a list, an array, a row of a data frame, or a dict by its columns.
        What decides is a score: of two classes the logit, of more the lead of one logit
        over the next one, of a regressor what it predicts. `effects` says what each
        column adds to it. For one column, `feature`, the k largest paths are shown along
        which it does, by default for that of the largest effect.

        `output` asks for another class than the predicted one, or for one output (or
        label) of several, by its number.
        """
        check_is_fitted(self)
        columns = self._columns(row)
        outputs = self.to_module()(list(columns))
        listed = outputs if isinstance(outputs, list) else [outputs]
        text, score = self._decided(listed, output)
        return Answer(text, score, columns, feature, k)

    def _columns(self, row: Any) -> tuple[Value, ...]:
        """Return the entries of one row as Values with the names of the columns."""
        usual = [f"x{i}" for i in range(self.n_features_in_)]
        names = list(getattr(self, "feature_names_in_", usual))
        if isinstance(row, Mapping):
            row = _in_order(row, names)
        if hasattr(row, "to_frame"):  # a row of a DataFrame
            row = row.to_frame().T
        if hasattr(row, "toarray"):
            row = row.toarray()
        rows = row if getattr(row, "ndim", 1) > 1 else [row]
        require_readable(rows, "explain")
        require_numbers(rows, "explain")
        if hasattr(rows, "columns"):
            rows = validate_data(self, cast(Any, rows), reset=False)
        rows = np.asarray(check_array(rows, input_name="row"), dtype=float)
        if rows.shape != (1, self.n_features_in_):
            raise ShapeError(
                f"explain: {rows.shape[0]} rows of {rows.shape[1]} columns; give one row "
                f"of {self.n_features_in_}, as X[0]"
            )
        pairs = zip(rows[0].tolist(), names, strict=True)
        return tuple(Value(x, label=str(name)) for x, name in pairs)

    def draw(self, row: Any, *, output: Any = None, **options: Any) -> Any:
        """Draw the tree of a row's score, that `explain` speaks of.

        The options are those of `dendrograd.viz.draw`.
        """
        return self.explain(row, output=output).draw(**options)

    def _decided(self, outputs: list[Value], output: Any) -> tuple[str, Value]:
        """Return the answer in words, and the score that decided it."""
        raise NotImplementedError


def _in_order(row: Mapping[str, Any], names: list[str]) -> list[Any]:
    """Return the entries of a row by name in the order of the columns."""
    missing = [name for name in names if name not in row]
    if missing:
        raise DataError(f"explain: the row has no {', '.join(map(str, missing))}")
    return [row[name] for name in names]


def numbered(output: Any, count: int, who: str) -> int:
    """Return the number of one of several outputs; raise where it is not told or known."""
    if output is None and count == 1:
        return 0
    if isinstance(output, (int, np.integer)) and 0 <= output < count:
        return int(output)
    raise SettingError(
        f"{who}: output is {output!r}; it must be a number from 0 to {count - 1}"
    )
