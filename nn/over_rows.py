"""A model asked for many rows at once, by its recording over lanes."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value, compile

from .module import Module

LEAST = 128  # rows from which a recording pays
PLAIN = (bool, bytes, float, int, str, tuple, type(None))


def over_rows(model: Module, rows: list[Any]) -> NDArray[np.float64] | None:
    """Return the outputs of a model for all rows at once, or None where that cannot be.

    It is asked in eval mode, under `no_grad`, or what it gives are Values.

    It is recorded anew at each call, so whatever was changed since the last one counts.
    A twin of the model is recorded, with the same parameters: a model that keeps or
    draws something as it runs gives None, and is as it was before.
    """
    if len(rows) < LEAST:
        return None
    drawn, numpys = random.getstate(), np.random.get_state()
    try:
        return _recorded(model, np.array(rows))
    except Exception:  # noqa: BLE001  # row by row it may do, or say what is wrong
        random.setstate(drawn)
        np.random.set_state(numpys)
        return None


def _recorded(model: Module, X: NDArray[Any]) -> NDArray[np.float64]:
    """Return the outputs, or raise an error of whatever kind."""
    if X.dtype.kind not in "if":
        raise Unlike
    twin = copy.deepcopy(model, {id(p): p for p in model.parameters()})
    before, drawn = list(_state(twin)), _drawn()
    found = _array(compile(twin, in_axes=0, exact=True)(X), len(X))
    if not _same(before, list(_state(twin))) or not _same(drawn, _drawn()):
        raise Unlike
    return found


class Unlike(Exception):
    """The model is not a function of the row alone, or gives something else than numbers."""


def _drawn() -> list[Any]:
    """Return where the global generators of random numbers stand."""
    _, key, *places = np.random.get_state()
    return [random.getstate(), np.asarray(key).tobytes(), tuple(places)]


def _array(found: Any, count: int) -> NDArray[np.float64]:
    """Return outputs as an array whose first axis is that of the rows."""
    if isinstance(found, (list, tuple)) and found:
        return np.stack([_array(part, count) for part in found], axis=1)
    if not isinstance(found, np.ndarray) or found.shape != (count,):
        raise Unlike
    return found.astype(np.float64)


def _state(item: Any) -> Iterator[Any]:
    """Yield what a module holds, here and below, piece by piece."""
    if isinstance(item, Module):
        names = {name: x for name, x in vars(item).items() if name != "_scope"}
        yield type(item)
        yield from _state(names)
    elif isinstance(item, dict):
        yield from _state(list(item.items()))
    elif type(item) in (list, tuple):
        yield len(item)
        for entry in item:
            yield from _state(entry)
    elif isinstance(item, np.ndarray):
        yield item.tobytes()
    elif isinstance(item, random.Random):
        yield item.getstate()
    elif isinstance(item, (Value, *PLAIN)) or callable(item):
        yield item
    else:
        raise Unlike  # it may change unseen


def _same(before: list[Any], after: list[Any]) -> bool:
    """Return whether the same objects are there, or equal ones that cannot change."""
    return len(before) == len(after) and all(
        a is b or (type(a) is type(b) and isinstance(a, PLAIN) and a == b)
        for a, b in zip(before, after, strict=True)
    )
