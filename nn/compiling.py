"""Value and gradient of a mini-batch by code that was recorded from one row.

The model is a function of its parameters and a row, so its recording runs over all rows
of a batch at once. A loss of this library is a mean over rows: then the loss belongs to
the recording (`ByRows`). Any other loss is a function of all outputs of a batch: it is
computed on Values, and its slopes by the outputs go back through the model (`ByOutputs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value, compile, dot, no_grad, toposort, value_and_grad
from dendrograd import sum as total
from dendrograd.rows import whole
from dendrograd.trees import flatten, tree_map

from . import losses
from .agreement import (
    PATHS,
    require_equal,
    require_few_paths,
    require_plain,
    require_values,
)
from .as_function import AsFunction
from .entropy import cross_entropy
from .evaluating import Loss, numbers
from .module import Module
from .reached import Unlike, has_own_code
from .weights import Weights

__all__ = ["ByOutputs", "ByRows", "Forward", "Table"]

Floats = NDArray[np.float64]
SEEN = 256  # rows of all, for which a model of the user's own is held against its code
# The losses that are means over the rows of a batch: all that this library has.
MEANS = [f for name, f in vars(losses).items() if name.endswith("_loss")]
MEANS.append(cross_entropy)


class Table:
    """The rows of a training as an array, beside their targets as they were given.

    Raises Unlike where the rows are no array of numbers.
    """

    def __init__(self, rows: Any, targets: Any) -> None:
        self.given, self.targets = rows, targets
        self.rows = array("the rows", rows)

    def spread(self) -> Iterator[list[int]]:
        """Yield places of rows, few at a time, from the first to the last."""
        count, seen = len(self.given), min(len(self.given), SEEN)
        places = [i * count // seen for i in range(seen)]
        for start in range(0, seen, PATHS):
            yield places[start : start + PATHS]

    def at(self, places: Sequence[int]) -> tuple[Floats, list[Any]]:
        """Return some rows and their targets."""
        return self.rows[places], [self.targets[i] for i in places]


def array(what: str, items: Any) -> Floats:
    """Return numbers as an array, or raise Unlike."""
    try:
        found = np.array(items)
    except ValueError:  # lists of several lengths
        raise Unlike(f"{what} differ in length") from None
    if found.dtype.kind not in "biuf":
        raise Unlike(f"{what} are not numbers alone")
    return found.astype(np.float64)


class Forward:
    """The outputs of a model for rows, by its recording in the mode that it is in."""

    def __init__(self, model: Module, parameters: Sequence[Value], exact: bool) -> None:
        function = AsFunction(model, parameters)

        def outputs(numbers: Any, row: Any) -> Any:
            found = function(numbers, row)
            require_plain(found)
            require_values(flatten(found), flatten(row))
            return found

        self.code = compile(outputs, in_axes=(None, 0), exact=exact)

    def __call__(self, numbers: Floats, rows: Floats) -> list[Any]:
        """Return the output of each row: a number, or a list of outputs."""
        with no_grad():
            return _by_row(self.code(numbers, rows))


def _by_row(tree: Any) -> list[Any]:
    """Return lists over lanes as a list of lists, and tuples as one of tuples."""
    if isinstance(tree, (list, tuple)) and tree:
        return [type(tree)(row) for row in zip(*map(_by_row, tree), strict=True)]
    if isinstance(tree, np.ndarray) and tree.ndim == 1:
        numbers: list[float] = tree.tolist()
        return numbers
    raise Unlike("an output is neither a number nor a list of such")


class ByRows:
    """The loss is a mean over rows, or their sum: it is recorded together with the model.

    Raises Unlike for any other loss.
    """

    def __init__(
        self, model: Module, loss: Loss, parameters: Sequence[Value], table: Table
    ) -> None:
        plain, reduction = reduced(loss)
        self._model, self._loss, self._table = model, loss, table
        function, self._rows = AsFunction(model, parameters), table.rows
        self._targets = array("the targets", table.targets)
        if plain is cross_entropy and self._targets.ndim == 1:
            with no_grad():
                fresh = [Value(p.data) for p in parameters]
                logits = flatten(function(fresh, self._rows[0].tolist()))
            self._targets = one_hot(table.targets, len(logits))

        def one(numbers: Any, row: Any, target: Any) -> Any:
            return loss([function(numbers, row)], [target])

        self.code = compile(one, in_axes=(None, 0, 0), reduce=reduction)
        self._slopes = value_and_grad(self.code)

    def check(self, weights: Weights, places: Sequence[int], graph: Any) -> None:
        """Raise Unlike unless a batch has the value and gradient that `graph()` gives."""
        if has_own_code(self._model):
            self._check_spread(weights)
        value, slopes = self(weights, places), weights.g
        require_equal([graph()[0]], [value])
        require_equal(weights.g, slopes)

    def _check_spread(self, weights: Weights) -> None:
        """Raise Unlike where rows of the whole training have another loss."""
        weights.write()
        for places in self._table.spread():
            targets = [self._table.targets[i] for i in places]
            with no_grad():
                # First the code: recording it shows whether a call leaves the model as it was
                value = self.code(weights.x, self._rows[places], self._targets[places])
                outputs = [self._model(self._table.given[i]) for i in places]
                graph = self._loss(outputs, targets)
            require_equal([float(graph)], [float(value)])
            require_few_paths(self.code)

    def __call__(self, weights: Weights, places: Sequence[int]) -> float:
        """Leave the gradient in `weights.g`; return the loss."""
        given = self._rows[places], self._targets[places]
        value, weights.g = self._slopes(weights.x, *given)
        return float(value)

    def leads(self, places: Sequence[int]) -> bool:
        """Return whether a gradient of 0 is known to be none for want of a path."""
        return False  # a loss of this library may be called again


def reduced(loss: Any) -> tuple[Any, str]:
    """Return which loss of this library it is, and how it sums over rows.

    >>> reduced(partial(losses.mse_loss, reduction="sum"))[1]
    'sum'
    """
    plain, options = loss, dict[str, Any]()
    if isinstance(loss, partial) and not loss.args:
        plain, options = loss.func, loss.keywords
    how = options.get("reduction", "mean")
    known = any(plain is mean for mean in MEANS)
    if not known or "target" in options or how not in ("mean", "sum"):
        raise Unlike("the loss is not one of the means and sums of dendrograd.nn")
    return plain, how


def one_hot(targets: Sequence[Any], size: int) -> Floats:
    """Return classes as rows of probabilities: 1 at the class, 0 elsewhere.

    >>> one_hot([1, 0], 2).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    places = [whole(target) for target in targets]
    if not all(i is not None and 0 <= i < size for i in places):
        raise Unlike(f"a target is not one of {size} classes")
    rows: Floats = np.eye(size)[np.array(places, int)]
    return rows


class ByOutputs:
    """The loss is whatever function of the outputs: Values take its slopes by them.

    With these slopes c the gradient is that of the sum of c · (outputs) over all rows.
    """

    def __init__(
        self, model: Module, loss: Loss, parameters: Sequence[Value], table: Table
    ) -> None:
        self._model, self._loss, self._table = model, loss, table
        self._parameters = parameters
        self._outputs = Forward(model, parameters, exact=False)
        function = AsFunction(model, parameters)

        def pulled(numbers: Any, row: Any, slopes: Any) -> Any:
            return dot(flatten(function(numbers, row)), list(slopes))

        self.code = compile(pulled, in_axes=(None, 0, 0), reduce="sum")
        self._slopes = value_and_grad(self.code)

    def check(self, weights: Weights, places: Sequence[int], _: Any) -> None:
        """Raise Unlike unless a batch has the outputs and slopes that the model gives.

        The loss, which may count how often it is called, is not.
        """
        if has_own_code(self._model):
            self._check_spread(weights)
        rows = self._table.at(places)[0]
        outputs = flatten(self._outputs(weights.x, rows))
        ones = np.ones((len(rows), len(outputs) // len(rows)))
        slopes = self._slopes(weights.x, rows, ones)[1]
        weights.write_zero()
        graphs = flatten([self._model(row) for row in rows.tolist()])
        summed: Any = total(graphs)
        summed.backward()
        weights.read()
        require_equal([float(y) for y in graphs], outputs)
        require_equal(weights.g, slopes)

    def _check_spread(self, weights: Weights) -> None:
        """Raise Unlike where rows of the whole training have other outputs."""
        weights.write()
        for places in self._table.spread():
            outputs = flatten(self._outputs(weights.x, self._table.rows[places]))
            with no_grad():
                graphs = flatten([self._model(self._table.given[i]) for i in places])
            require_equal([float(y) for y in graphs], outputs)
            require_few_paths(self._outputs.code)

    def __call__(self, weights: Weights, places: Sequence[int]) -> float:
        """Leave the gradient in `weights.g`; return the loss."""
        weights.write_zero()  # the loss may use the parameters, too
        rows, targets = self._table.at(places)
        outputs = tree_map(Value, self._outputs(weights.x, rows))
        error = self._loss(outputs, targets)
        if not isinstance(error, Value):
            raise Unlike("the loss is not a Value")
        error.backward()
        self._last = error, outputs
        slopes = [[y.grad for y in flatten(row)] for row in outputs]
        through_model = self._slopes(weights.x, rows, np.array(slopes))[1]
        weights.read()
        weights.g = weights.g + through_model
        return error.data

    def given(self) -> list[Any]:
        """Return the outputs of the last batch, as numbers."""
        return [numbers(output) for output in self._last[1]]

    def leads(self, places: Sequence[int]) -> bool:
        """Return whether a path leads from a parameter to the last loss.

        The loss, which may keep or draw something, is not called again.
        """
        error, outputs = self._last
        met = {*map(id, toposort(error))}
        if not met.isdisjoint(map(id, self._parameters)):
            return True
        for place, output in zip(places, outputs, strict=True):
            used = [id(y) in met for y in flatten(output)]
            if any(used):
                graph = flatten(self._model(self._table.given[place]))
                ends = [y for y, u in zip(graph, used, strict=True) if u]
                before = toposort(*[y for y in ends if isinstance(y, Value)])
                if not {*map(id, before)}.isdisjoint(map(id, self._parameters)):
                    return True
        return False
