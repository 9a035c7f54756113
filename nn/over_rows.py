"""A model asked for many rows at once, by its recording over lanes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd import compile

from .as_function import AsFunction
from .module import Module
from .reached import Unlike

LEAST = 128  # rows from which a recording pays


def over_rows(model: Module, rows: list[Any]) -> NDArray[np.float64] | None:
    """Return the outputs of a model for all rows at once, or None where that cannot be.

    It is asked in eval mode, under `no_grad`, or what it gives are Values.

    It is recorded anew at each call, so whatever was changed since the last one counts.
    A copy of the model is recorded, with the same parameters: a model that keeps or
    draws something as it runs gives None, and is as it was before.
    """
    if len(rows) < LEAST:
        return None
    try:
        return _recorded(model, np.array(rows))
    except Exception:  # noqa: BLE001  # row by row it may do, or say what is wrong
        return None


def _recorded(model: Module, X: NDArray[Any]) -> NDArray[np.float64]:
    """Return the outputs, or raise an error of whatever kind."""
    if X.dtype.kind not in "if":
        raise Unlike(f"the rows are an array of {X.dtype}")
    function = AsFunction(model, ())
    found = compile(lambda row: function((), row), in_axes=0, exact=True)(X)
    return _array(found, len(X))


def _array(found: Any, count: int) -> NDArray[np.float64]:
    """Return outputs as an array whose first axis is that of the rows."""
    if isinstance(found, (list, tuple)) and found:
        return np.stack([_array(part, count) for part in found], axis=1)
    if not isinstance(found, np.ndarray) or found.shape != (count,):
        raise Unlike("its outputs are no array")
    return found.astype(np.float64)
