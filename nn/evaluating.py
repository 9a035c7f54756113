"""A model asked without training it: its figures over rows, and its predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value, no_grad
from dendrograd.errors import ShapeError
from dendrograd.rows import as_list
from dendrograd.trees import tree_map

from .fitting import not_a_loss
from .history import Record
from .metrics import Metric, Metrics, by_name
from .module import Module
from .over_rows import over_rows
from .rows import flatten, require_finite
from .settings import is_real

Loss: TypeAlias = Callable[[Any, Any], Any]


def evaluate(
    model: Module, X: Any, y: Any, loss: Loss, *,
    metrics: Metrics | Sequence[str | Metric] | None = None,
) -> Record:  # fmt: skip
    """Return {"loss": ..., metric: ...} over all rows, in eval mode and with no graph.

    Metrics are given numbers, never Values.

    >>> from dendrograd.nn import MLP, evaluate, mse_loss
    >>> evaluate(MLP(1, [1], init="zeros"), [[1.0], [2.0]], [1.0, 3.0], mse_loss)
    {'loss': 5.0}
    """
    rows, targets = samples("evaluate", X, y)
    return figures(model, rows, targets, loss, by_name(metrics, "evaluate"))


def predict(model: Module, X: Any) -> NDArray[np.float64]:
    """Return the outputs of a model for the rows of X, as an array of floats.

    The shape is (rows,) for a model with one output, and (rows, outputs) otherwise. It
    is in eval mode meanwhile, and no graph is recorded. Of many rows, a model that is a
    function of the row alone is compiled over all of them, with the same bits. Raises DataError for a nan or an
    inf in X, naming row and column, and ShapeError where rows differ in their outputs.

    >>> from dendrograd.nn import MLP
    >>> predict(MLP(2, [3], init="zeros"), [[1.0, 2.0], [3.0, 4.0]])
    array([[0., 0., 0.],
           [0., 0., 0.]])
    """
    rows = as_list(X, "predict")
    if not isinstance(rows, list):
        raise ShapeError(f"predict: {rows!r} is one number; give a list of rows")
    require_finite(rows, "predict: X")
    with modes_kept(model), no_grad():
        model.eval()
        at_once = over_rows(model, rows)
        if at_once is not None:
            return at_once
        found = [numbers(output) for output in _outputs(model, rows)]
    shape, flat = flatten(found, "predict")
    return np.array(flat, dtype=np.float64).reshape(shape)


def _outputs(model: Module, rows: list[Any]) -> Iterator[Any]:
    """Yield the output for each row; an error tells of one row in the place of rows."""
    try:
        yield from map(model, rows)
    except ShapeError as error:
        if not rows or not is_real(rows[0]):
            raise
        raise ShapeError(
            f"predict: X is a list of {len(rows)} numbers, so each is a row of one input; "
            f"for one row of several give [row] ({error})"
        ) from None


def figures(
    model: Module,
    rows: list[Any],
    targets: list[Any],
    loss: Loss,
    metrics: Metrics,
    predicted: Callable[[list[Any]], list[Any] | None] = lambda rows: None,
) -> Record:
    """Return what `evaluate` does, of rows and targets that were looked over.

    `predicted` may know the outputs, and else gives None.
    """
    with modes_kept(model), no_grad():
        model.eval()
        known = predicted(rows)
        outputs = (
            [model(row) for row in rows] if known is None else tree_map(Value, known)
        )
        error = loss(outputs, targets)
        if not isinstance(error, Value) and not is_real(error):
            raise not_a_loss("evaluate", loss, error)
        plain = [numbers(output) for output in outputs]
        return {"loss": float(error)} | measured(metrics, plain, targets)


def measured(metrics: Metrics, outputs: list[Any], targets: list[Any]) -> Record:
    """Return {metric: number} of outputs that are numbers."""
    found = {name: metric(outputs, targets) for name, metric in metrics.items()}
    return {n: float(x) if _number(x) else x for n, x in found.items()}


def _number(x: Any) -> bool:
    return isinstance(x, Value) or is_real(x)


def samples(who: str, X: Any, y: Any) -> tuple[Any, Any]:
    """Return rows and targets as lists, or raise DataError for a nan or an inf."""
    rows, targets = as_list(X, who), as_list(y, who)
    require_finite(rows, f"{who}: X")
    require_finite(targets, f"{who}: y")
    return rows, targets


@contextmanager
def modes_kept(model: Module) -> Iterator[None]:
    """Give every module, after the block, the mode that it had: train or eval."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def numbers(output: Any) -> Any:
    """Return an output without its graph.

    >>> numbers([Value(1.0), 2.0])
    [1.0, 2.0]
    """
    if isinstance(output, Value):
        return output.data
    if isinstance(output, (list, tuple)):
        return [numbers(entry) for entry in output]
    return output
