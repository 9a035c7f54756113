"""The activations that a layer can be given by name."""

from __future__ import annotations

from collections.abc import Callable
from operator import methodcaller
from typing import Any, TypeAlias

from dendrograd import elu, gelu, leaky_relu, silu

from .errors import SettingError

Function: TypeAlias = Callable[[Any], Any]
Activation: TypeAlias = str | Function | None

ACTIVATIONS: dict[str, Function | None] = {
    "elu": elu,
    "gelu": gelu,
    "leaky_relu": leaky_relu,
    "linear": None,
    "relu": methodcaller("relu"),
    "sigmoid": methodcaller("sigmoid"),
    "silu": silu,
    "softplus": methodcaller("softplus"),
    "tanh": methodcaller("tanh"),
}
RECTIFIERS = {"elu", "gelu", "leaky_relu", "relu", "silu", "softplus"}


def resolve(activation: Activation) -> Function | None:
    """Return the function of an activation, None where it is linear.

    Raises SettingError for a name that is not in ACTIVATIONS.
    """
    if activation is None or callable(activation):
        return activation
    try:
        return ACTIVATIONS[activation]
    except (KeyError, TypeError):
        raise SettingError(
            f"activation: unknown activation {activation!r}; use one of "
            f"{', '.join(ACTIVATIONS)}, or a function of one Value"
        ) from None


def activation_name(activation: Activation) -> str:
    """Return what a repr shows: "" for a linear layer."""
    if callable(activation):
        named = getattr(activation, "__name__", None) or getattr(
            activation, "name", None
        )
        return str(named or type(activation).__name__)
    return "" if activation in (None, "linear") else str(activation)


def usual_init(activation: Activation) -> str:
    """Return the scheme made for an activation: He for rectifiers, else Xavier."""
    rectifier = activation_name(activation) in RECTIFIERS
    return "he_uniform" if rectifier else "xavier_uniform"
