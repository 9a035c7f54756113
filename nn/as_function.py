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
from .reached import Unlike, alike, drawn, generators, set_back, state

__all__ = ["AsFunction", "generators_kept"]


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
        kept = [x for x in state(self.model) if isinstance(x, Value)]
        copied = replaced(self.model, self.parameters, numbers, kept)
        before, kind = state(copied, numbers), type(copied).__name__
        self._require_replaced(before, kind)
        with generators_kept() as unused:
            found = copied(row)
            if not unused():
                raise Unlike(f"{kind} draws random numbers as it runs")
        if not alike(before, state(copied, numbers)):
            raise Unlike(f"{kind} keeps or draws something as it runs")
        values = [x for x in flatten(found) if isinstance(x, Value)]
        self._require_replaced(toposort(*values), kind)
        return found

    def _require_replaced(self, met: Iterable[Any], kind: str) -> None:
        """Raise Unlike where a parameter itself was met, and not what stands for it."""
        if not {*map(id, met)}.isdisjoint(map(id, self.parameters)):
            raise Unlike(f"{kind} uses a parameter that hangs on none of its modules")


@contextmanager
def generators_kept(model: Any = None) -> Iterator[Callable[[], bool]]:
    """Leave random generators, after the block, as they were before it.

    These are the global ones, and those that a model can draw from. Yields what tells
    whether the global ones still are.
    """
    numpys, others = np.random.get_state(), generators(model)
    kept = [(random, random.getstate()), *((noise, drawn(noise)) for noise in others)]

    def unused() -> bool:
        pairs = zip(numpys, np.random.get_state(), strict=True)
        same = all(np.array_equal(one, other) for one, other in pairs)
        return same and kept[0][1] == random.getstate()

    try:
        yield unused
    finally:
        random.setstate(kept[0][1])
        np.random.set_state(numpys)
        for noise, before in kept[1:]:
            set_back(noise, before)
