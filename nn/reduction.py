"""What all losses share: pairing inputs with targets, and the mean or the sum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dendrograd import sum as total
from dendrograd.errors import DendrogradError, OperandError, ShapeError
from dendrograd.number import ranked
from dendrograd.program import Recording

from .errors import DataError, SettingError
from .rows import flatten, nest


def each(
    who: str,
    loss: Callable[[Any, Any], Any],
    input: Any,
    target: Any,
    reduction: str,
) -> Any:
    """Return the reduced losses of the pairs of input and target."""
    shape, xs = flatten(input, who)
    wanted, ts = flatten(target, who)
    if shape != wanted:
        raise ShapeError(
            f"{who}: the input has the shape {shape}, the target {wanted}; "
            "give one target per entry (array.ravel() drops an axis of length 1)"
        )
    try:
        losses = [loss(x, t) for x, t in zip(xs, ts, strict=True)]
    except TypeError as error:
        if isinstance(error, DendrogradError):
            raise
        raise OperandError(f"{who}: {error}; give numbers or Values") from None
    return reduced(who, losses, shape, reduction)


def reduced(who: str, losses: list[Any], shape: tuple[int, ...], reduction: str) -> Any:
    """Return the mean or the sum of the losses as one node, or all of them."""
    require(
        reduction in ("mean", "sum", "none"),
        f'{who}: reduction is {reduction!r}; it is "mean", "sum" or "none"',
    )
    if reduction == "none":
        return nest(losses, shape)
    if not losses:
        raise ShapeError(f"{who}: there is nothing to reduce; give at least one pair")
    if len(losses) == 1:
        return losses[0]
    return total(losses) / len(losses) if reduction == "mean" else total(losses)


def require(condition: bool, message: str) -> None:
    if not condition:
        raise SettingError(message)


def is_number(x: Any, wanted: float) -> bool:
    """Return whether x is a plain number of that value, so that a term vanishes."""
    return not ranked(x) and bool(x == wanted)


def require_unit(who: str, role: str, x: Any, way_out: str) -> None:
    """Raise DataError for a number outside [0, 1]; nan passes, as in arithmetic.

    A recording, which has no number yet, passes too.
    """
    if isinstance(x, Recording):
        return
    if x < 0.0 or x > 1.0:
        raise DataError(f"{who}: the {role} {float(x)!r} is not in [0, 1]; {way_out}")
