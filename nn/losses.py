"""Losses of pairs, with PyTorch's names, definitions and order (input, target).

Each takes a scalar pair, sequences, or nested rows and arrays of one shape; input and
target may hold Values and numbers. `reduction` is "mean" over all entries, "sum", or
"none" for the losses one by one, in the shape of the input. A mean is one n-ary sum
node, divided by the count. Numbers alone give a number.

All raise ShapeError where the shapes differ (there is no broadcasting, which hides
mistakes) and SettingError for an unknown reduction.
"""

from __future__ import annotations

from typing import Any

import dendrograd as dg
from dendrograd.program import Recording

from .errors import DataError
from .reduction import each, is_number, require_unit
from .settings import at_least, require_number


def mse_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return the squared error (x - t)².

    >>> mse_loss([1.0, 2.0], [0.0, 4.0])
    2.5
    """
    return each("mse_loss", _squared, input, target, reduction)


def l1_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return the absolute error |x - t|, with derivative 0 where they are equal.

    >>> l1_loss([1.0, 2.0], [0.0, 4.0], reduction="none")
    [1.0, 2.0]
    """
    return each("l1_loss", lambda x, t: abs(x - t), input, target, reduction)


mae_loss = l1_loss


def huber_loss(
    input: Any, target: Any, *, reduction: str = "mean", delta: float = 1.0
) -> Any:
    """Return the squared error ½d² up to |d| = delta, and delta (|d| - ½delta) beyond.

    Huber, "Robust estimation of a location parameter", 1964. Raises SettingError
    unless delta > 0.

    >>> huber_loss([0.5, 3.0], [0.0, 0.0], reduction="none")
    [0.125, 2.5]
    """
    require_number("huber_loss", "delta", delta, lambda d: d > 0, "a number > 0")

    def huber(x: Any, t: Any) -> Any:
        d = x - t
        near = dg.maximum(dg.minimum(d, delta), -delta)  # d itself, held to ±delta
        return near * (d - 0.5 * near)  # ½d² inside, delta(|d| - ½delta) out

    return each("huber_loss", huber, input, target, reduction)


def smooth_l1_loss(
    input: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """Return huber_loss with delta = beta, divided by beta; for beta = 0, l1_loss.

    Raises SettingError if beta < 0.

    >>> smooth_l1_loss([1.0, 3.0], [0.0, 0.0], reduction="none", beta=2.0)
    [0.25, 2.0]
    """
    at_least("smooth_l1_loss", "beta", beta)
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)

    def smooth(x: Any, t: Any) -> Any:
        d = x - t
        near = dg.maximum(dg.minimum(d, beta), -beta)
        return near * (d - 0.5 * near) / beta

    return each("smooth_l1_loss", smooth, input, target, reduction)


def bce_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return the cross-entropy -t log x - (1 - t) log(1 - x) of probabilities x.

    As in PyTorch a logarithm is held to -100 or more; there its gradient is 0, so
    prefer `bce_with_logits_loss`, which cannot saturate. Raises DataError for an
    input or a target outside [0, 1].

    >>> round(bce_loss([0.5, 0.9], [0.0, 1.0]), 6)
    0.399254
    """

    def bce(x: Any, t: Any) -> Any:
        require_unit(
            "bce_loss", "input", x, "apply sigmoid, or use bce_with_logits_loss"
        )
        require_unit("bce_loss", "target", t, "targets are probabilities or 0 and 1")
        parts = []
        if not is_number(t, 0.0):
            parts.append(-t * dg.maximum(dg.log(x), -100.0))
        if not is_number(t, 1.0):
            parts.append((t - 1.0) * dg.maximum(dg.log1p(-x), -100.0))
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    return each("bce_loss", bce, input, target, reduction)


def bce_with_logits_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return the cross-entropy of sigmoid(x) with t: softplus(x) - t x.

    Stable for every logit, since -log sigmoid(x) = softplus(-x) = softplus(x) - x: of
    two ways to write it, each t takes the one in which nothing cancels. Raises
    DataError for a target outside [0, 1].

    >>> bce_with_logits_loss([0.0, 1000.0, -1000.0], [1, 1, 1], reduction="none")
    [0.6931471805599453, 0.0, 1000.0]
    """

    def bce(x: Any, t: Any) -> Any:
        require_unit("bce_with_logits_loss", "target", t, "write -1 and 1 as 0 and 1")
        if is_number(t, 0.0):
            return dg.softplus(x)
        if is_number(t, 1.0):
            return dg.softplus(-x)
        if not isinstance(t, Recording) and t > 0.5:
            return dg.softplus(-x) + (1.0 - t) * x
        return dg.softplus(x) - t * x

    return each("bce_with_logits_loss", bce, input, target, reduction)


def hinge_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Return max(0, 1 - t x) for a score x and a class t of -1 or +1.

    Cortes and Vapnik, "Support-vector networks", 1995. (PyTorch has no such loss for
    one score; its MultiMarginLoss is another.) Raises DataError for other targets.

    >>> hinge_loss([0.5, -2.0], [1, 1], reduction="none")
    [0.5, 3.0]
    """

    def hinge(x: Any, t: Any) -> Any:
        if t not in (-1, 1):
            shown = t.data if isinstance(t, dg.Value) else t
            raise DataError(
                f"hinge_loss: the target {shown!r} is neither -1 nor 1; "
                "turn classes 0 and 1 into 2 * t - 1"
            )
        return dg.relu(1.0 - t * x)

    return each("hinge_loss", hinge, input, target, reduction)


def _squared(x: Any, t: Any) -> Any:
    d = x - t
    return d * d
