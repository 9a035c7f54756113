"""A model as a function of its parameters and a row, for compiling.

Only a model that keeps nothing and draws nothing as it runs is such a function: one that
does raises `Unlike` while it is recorded.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from dendrograd import Value, toposort
from dendrograd.trees import flatten

from .module import Module
from .parameters import replaced

PLAIN = (bool, bytes, float, int, str, tuple, type(None))


class Unlike(Exception):
    """The model is not a function of parameters and a row alone; the text says why."""


class AsFunction:
    """A model with other numbers for some of its parameters, by copies of it.

    Calling it with these numbers and a row gives what the model would give.

    >>> from dendrograd.nn import MLP
    >>> model = MLP(1, [1], init="zeros")
    >>> AsFunction(model, model.parameters())([2.0, 1.0], [3.0])
    7.0
    """

    def __init__(self, model: Module, parameters: Sequence[Value]) -> None:
        self.model, self.parameters = model, parameters

    def __call__(self, numbers: Sequence[Any], row: Any) -> Any:
        """Return the model's output; raise Unlike where it keeps or draws something."""
        copied = replaced(self.model, self.parameters, numbers)
        before, kind = state(copied, numbers), type(copied).__name__
        with generators_kept() as unused:
            found = copied(row)
            if not unused():
                raise Unlike(f"{kind} draws random numbers as it runs")
        if not alike(before, state(copied, numbers)):
            raise Unlike(f"{kind} keeps or draws something as it runs")
        self._require_replaced(found, kind)
        return found

    def _require_replaced(self, found: Any, kind: str) -> None:
        """Raise Unlike where a parameter itself was used, and not what stands for it."""
        values = [x for x in flatten(found) if isinstance(x, Value)]
        if not {*map(id, toposort(*values))}.isdisjoint(map(id, self.parameters)):
            raise Unlike(f"{kind} uses a parameter that hangs on none of its modules")


@contextmanager
def generators_kept() -> Iterator[Callable[[], bool]]:
    """Leave the global random generators, after the block, as they were before it.

    Yields what tells whether they still are.
    """
    drawn, numpys = random.getstate(), np.random.get_state()

    def unused() -> bool:
        pairs = zip(numpys, np.random.get_state(), strict=True)
        same = all(np.array_equal(one, other) for one, other in pairs)
        return same and drawn == random.getstate()

    try:
        yield unused
    finally:
        random.setstate(drawn)
        np.random.set_state(numpys)


def state(item: Any, moving: Iterable[Any] = ()) -> list[Any]:
    """Return what a module holds, here and below, piece by piece.

    The numbers of Values belong to it, but for those that are `moving`. Raises Unlike for
    an object of another kind, which may change unseen.
    """
    return list(_state(item, {id(x) for x in moving}))


def _state(item: Any, moving: set[int]) -> Iterator[Any]:
    if isinstance(item, Module):
        names = {name: x for name, x in vars(item).items() if name != "_scope"}
        yield type(item)
        yield from _state(names, moving)
    elif isinstance(item, dict):
        yield from _state(list(item.items()), moving)
    elif type(item) in (list, tuple):
        yield len(item)
        for entry in item:
            yield from _state(entry, moving)
    elif isinstance(item, np.ndarray):
        yield item.tobytes()
    elif isinstance(item, random.Random):
        yield item.getstate()
    elif isinstance(item, Value):
        yield item
        if id(item) not in moving:
            yield item._data.hex()  # a nan is as it was, too
    elif isinstance(item, PLAIN) or callable(item):
        yield item
    else:
        raise Unlike(f"it holds a {type(item).__name__}, which may change unseen")


def alike(before: list[Any], after: list[Any]) -> bool:
    """Return whether the same objects are there, or equal ones that cannot change."""
    return len(before) == len(after) and all(
        a is b or (type(a) is type(b) and isinstance(a, PLAIN) and a == b)
        for a, b in zip(before, after, strict=True)
    )
