"""Checks of hyper-parameters, so that every refusal names the setting and its range."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any

import numpy as np

from dendrograd import Value
from dendrograd.errors import OperandError
from dendrograd.number import is_array_scalar

from .errors import SettingError


def require_number(
    who: str, name: str, setting: Any, fits: Callable[[Any], bool], wanted: str
) -> None:
    """Raise SettingError unless the setting is a real number that fits.

    >>> require_number("Dropout", "p", "0.5", lambda p: 0 <= p < 1, "in [0, 1)")
    Traceback (most recent call last):
        ...
    dendrograd.nn.errors.SettingError: Dropout: p is '0.5'; it must be in [0, 1)
    """
    if not is_real(setting) or not fits(setting):
        refuse(who, name, setting, wanted)


def at_least(who: str, name: str, setting: Any, least: float = 0) -> None:
    """Raise SettingError unless the setting is a real number of `least` or more."""
    require_number(who, name, setting, lambda x: x >= least, f"a number >= {least:g}")


def require_whole(who: str, name: str, setting: Any, least: int) -> None:
    """Raise SettingError unless the setting is a whole number of `least` or more."""
    try:
        fits = operator.index(setting) >= least
    except TypeError:
        fits = False
    if not fits:
        refuse(who, name, setting, f"a whole number >= {least}")


def refuse(who: str, name: str, setting: Any, wanted: str) -> None:
    """Raise SettingError: the setting is not what is wanted."""
    raise SettingError(f"{who}: {name} is {setting!r}; it must be {wanted}")


def require_values(who: str, parameters: Any, way_out: str) -> list[Value]:
    """Return parameters as a list, or raise OperandError for what is not a Value."""
    if not isinstance(parameters, Iterable):
        raise OperandError(
            f"{who}: {parameters!r} is a {type(parameters).__name__}; {way_out}"
        )
    values = list(parameters)
    for value in values:
        if not isinstance(value, Value):
            raise OperandError(f"{who}: the parameter {value!r} is not a Value")
    return values


def is_real(x: Any) -> bool:
    """Return whether x is a real number of Python's or NumPy's, or an array of one."""
    if isinstance(x, (np.ndarray, np.generic)):  # a duration says that it is a Real
        return isinstance(x, (Real, np.ndarray)) and is_array_scalar(x)
    return isinstance(x, Real)
