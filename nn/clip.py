"""Gradient clipping between `backward` and `step`, as in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Iterable

from dendrograd import Value
from dendrograd.errors import NonFiniteError

from .settings import at_least, require_number, require_values


def clip_grad_norm_(
    parameters: Iterable[Value] | Value,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> float:
    """Scale all gradients so that their common norm is at most max_norm; return it.

    `parameters` may be one Value; those whose gradient is None are left out. The norm
    returned is the one before, of order `norm_type` (math.inf: the largest).
    The factor is max_norm / (norm + 1e-6), PyTorch's. An infinite norm makes gradients
    0 and nan, a nan makes all nan; with `error_if_nonfinite` both raise
    NonFiniteError and leave the gradients alone. Pascanu, Mikolov and Bengio, "On the
    difficulty of training recurrent neural networks", ICML 2013.

    >>> from dendrograd import Value
    >>> x, y = Value(0.0), Value(0.0)
    >>> x.grad, y.grad = 30.0, 40.0
    >>> clip_grad_norm_([x, y], max_norm=5.0)
    50.0
    >>> round(x.grad, 6), round(y.grad, 6)
    (3.0, 4.0)
    """
    who = "clip_grad_norm_"
    at_least(who, "max_norm", max_norm)
    require_number(who, "norm_type", norm_type, lambda p: p > 0.0, "a number > 0")
    values = _with_gradient(parameters, who)
    norm, factor = clipping([value.grad for value in values], max_norm, norm_type)
    if error_if_nonfinite and not math.isfinite(norm):
        raise NonFiniteError(
            f"clip_grad_norm_: the norm of the gradients is {norm}; find its origin "
            "with dendrograd.first_nonfinite(loss), or lower the learning rate"
        )
    if factor != 1.0:
        for value in values:
            value.grad *= factor
    return norm


def clipping(
    gradients: list[float], max_norm: float, norm_type: float = 2.0
) -> tuple[float, float]:
    """Return the norm of gradients, and what to multiply them by: 1 or less, or nan."""
    norm = _norm(gradients, norm_type)
    factor = max_norm / (norm + 1e-6)
    return norm, min(factor, 1.0)  # in this order, a nan goes on into the gradients


def clip_grad_value_(parameters: Iterable[Value] | Value, clip_value: float) -> None:
    """Hold every gradient to [-clip_value, clip_value]; a nan stays, and None too.

    >>> from dendrograd import Value
    >>> x = Value(0.0)
    >>> x.grad = -7.0
    >>> clip_grad_value_([x], 2.0)
    >>> x.grad
    -2.0
    """
    at_least("clip_grad_value_", "clip_value", clip_value)
    for value in _with_gradient(parameters, "clip_grad_value_"):
        if abs(value.grad) > clip_value:
            value.grad = math.copysign(clip_value, value.grad)


def _with_gradient(parameters: Iterable[Value] | Value, who: str) -> list[Value]:
    """Return the parameters that have a gradient, or raise for what is not a Value."""
    if isinstance(parameters, Value):
        parameters = [parameters]
    way_out = "give a list of Values, for example model.parameters()"
    values = require_values(who, parameters, way_out)
    return [value for value in values if value.grad is not None]


def _norm(gradients: list[float], order: float) -> float:
    """Return the norm of that order, without overflow for the order 2."""
    if any(math.isnan(g) for g in gradients):
        return math.nan
    if order == math.inf:
        return max(map(abs, gradients), default=0.0)
    if order == 2.0:
        return math.hypot(*gradients)
    largest = max(map(abs, gradients), default=0.0)
    if largest in (0.0, math.inf):
        return largest
    scaled = math.fsum((abs(g) / largest) ** order for g in gradients)
    return largest * math.pow(scaled, 1.0 / order)
