"""What `fit` cannot train with: each case is an error that names the way out."""

from __future__ import annotations

import reprlib
from typing import Any

from dendrograd import Value, toposort
from dendrograd.errors import GraphError, OperandError

from .errors import SettingError
from .module import Module
from .optim import Optimizer
from .settings import is_real, refuse, require_whole


def require_usable(loss: object, optimizer: object, epochs: object) -> None:
    """Raise for what `fit` cannot use, before anything is changed."""
    if not (-Value(1.0)).parents:  # nothing is recorded
        raise GraphError(
            "fit: inside no_grad() no graph is recorded, so there is nothing to "
            "differentiate; call it outside that block"
        )
    if not isinstance(optimizer, Optimizer):
        raise OperandError(
            f"fit: the optimizer is a {type(optimizer).__name__}; give for example "
            "SGD(model.parameters(), lr=0.1)"
        )
    if not callable(loss):
        refuse("fit", "loss", loss, "a function of outputs and targets, as mse_loss")
    require_whole("fit", "epochs", epochs, 0)


def pair(test: Any) -> tuple[Any, Any]:
    """Return the rows and targets of `test`, or raise OperandError."""
    if not isinstance(test, (list, tuple)) or len(test) != 2:
        raise OperandError(
            f"fit: test is a {type(test).__name__}; give the pair (X, y) of rows and "
            "their targets"
        )
    rows, targets = test
    return rows, targets


def not_a_loss(where: str, loss: object, error: object) -> OperandError:
    """Return the error of a loss function that returned something else."""
    name, kind = getattr(loss, "__name__", type(loss).__name__), type(error).__name__
    if is_real(error):
        way_out = "without float(), .data or math.log(), which cut the graph"
    elif error is None:
        way_out = "does the function end without a return?"
    else:
        way_out = 'of many losses take the mean, with reduction="mean"'
    return OperandError(
        f"{where}: {name} returned {reprlib.repr(error)}, a {kind}; a loss is one "
        f"Value, computed from the outputs; {way_out}"
    )


def require_path(where: str, error: Value, model: Module, optimizer: Optimizer) -> None:
    """Raise where no parameter that is optimised leads to the loss."""
    if not set(toposort(error)).isdisjoint(optimizer.params):
        return
    if set(model.parameters()).isdisjoint(optimizer.params):
        raise SettingError(
            f"{where}: the optimiser holds no parameter of "
            f"{repr(model).splitlines()[0]}, so nothing is learnt; make it with "
            f"{type(optimizer).__name__}(model.parameters())"
        )
    raise GraphError(
        f"{where}: no parameter of the optimiser leads to the loss, so nothing is "
        "learnt; compute the loss from the outputs of the model, without detach(), "
        "no_grad(), float() or .data on the way"
    )
