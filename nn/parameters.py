"""A model's parameters as one array, and the model with others in their place."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value
from dendrograd.errors import OperandError, ShapeError
from dendrograd.leaves import look, scatter

from .module import Module
from .settings import require_values

__all__ = [
    "functional_call",
    "parameters_to_vector",
    "replaced",
    "vector_to_parameters",
]

WAY_OUT = "give model.parameters()"


def functional_call(model: Module, parameters: Any, *args: Any, **kwargs: Any) -> Any:
    """Return what a model gives with other parameters; its own stay as they are.

    `parameters` are numbers or Values in the order of `model.parameters()`: a list, or an
    array with one axis; or some of them, by the names of `named_parameters()`. So a model
    becomes a function that `grad`, `hessian` and `compile` take:

    >>> import dendrograd as dg
    >>> from dendrograd.nn import MLP, mse_loss
    >>> model = MLP(1, [1], seed=0)
    >>> def loss(p, x, t):
    ...     return mse_loss(functional_call(model, p, x), t)
    >>> dg.grad(loss)([2.0, 1.0], [3.0], 5.0)
    [12.0, 4.0]

    The names are those of `torch.func.functional_call`. The model is copied at each call;
    compiled code copies it only while it is recorded. Raises ShapeError for another
    number of parameters, and OperandError for a name that is none.
    """
    if isinstance(parameters, Mapping):
        named = dict(model.named_parameters())
        unknown = [name for name in parameters if name not in named]
        if unknown:
            raise OperandError(
                f"functional_call: {unknown[0]!r} is no parameter of "
                f"{repr(model).splitlines()[0]}; its names are those of "
                "model.named_parameters()"
            )
        values = [named[name] for name in parameters]
        return replaced(model, values, [*parameters.values()])(*args, **kwargs)
    own, numbers = model.parameters(), list(parameters)
    if len(numbers) != len(own):
        raise ShapeError(
            f"functional_call: {len(numbers)} numbers for the {len(own)} parameters of "
            f"{repr(model).splitlines()[0]}; give one for each of model.parameters()"
        )
    return replaced(model, own, numbers)(*args, **kwargs)


def replaced(
    model: Module,
    parameters: Sequence[Value],
    numbers: Sequence[Any],
    kept: Iterable[Value] = (),
) -> Module:
    """Return a copy of a model with numbers in place of some parameters.

    It shares the other parameters with the model, and Values that are `kept`.
    """
    if model._scope is None:
        model._adopt_parts()  # once, and not in each copy
    same = {id(p): p for p in (*model.parameters(), *kept)}
    others = zip(parameters, numbers, strict=True)
    return copy.deepcopy(model, same | {id(p): x for p, x in others})


def parameters_to_vector(parameters: Iterable[Value]) -> NDArray[np.float64]:
    """Return the numbers of parameters as an array, as in `torch.nn.utils`.

    >>> from dendrograd.nn import MLP
    >>> parameters_to_vector(MLP(2, [1], init="zeros").parameters())
    array([0., 0., 0.])
    """
    values = require_values("parameters_to_vector", parameters, WAY_OUT)
    vector = np.empty(len(values))
    look(values, vector)
    return vector


def vector_to_parameters(vector: Any, parameters: Iterable[Value]) -> None:
    """Give parameters the numbers of an array, as in `torch.nn.utils`.

    Raises ShapeError where it has another length; then no parameter is changed.

    >>> from dendrograd.nn import MLP
    >>> model = MLP(2, [1], init="zeros")
    >>> vector_to_parameters([1.0, 2.0, 3.0], model.parameters())
    >>> model([10.0, 100.0]).data
    213.0
    """
    values = require_values("vector_to_parameters", parameters, WAY_OUT)
    numbers = np.asarray(vector, np.float64)
    if numbers.shape != (len(values),):
        raise ShapeError(
            f"vector_to_parameters: an array of the shape {numbers.shape} for "
            f"{len(values)} parameters; give one number for each"
        )
    scatter(values, np.ascontiguousarray(numbers), None)
