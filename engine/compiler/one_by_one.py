"""Lanes one after the other: where the function itself runs, on the numbers of one lane."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from dendrograd.runs import Function
from dendrograd.transforms import value_and_grad
from dendrograd.trees import flatten
from dendrograd.value import Value

from .axes import Batch
from .code import Floats

__all__ = ["at_lane", "in_each_lane", "in_lane", "numbers_of"]


def at_lane(
    f: Function,
    batch: Batch,
    options: Mapping[str, Any],
    lane: int,
    by: Sequence[int] | None = None,
) -> Any:
    """Return what a function gives in one lane, or its value and gradient."""
    with in_lane(lane, batch):
        if by is not None:
            both = value_and_grad(f, tuple(sorted(by)))
            return both(*batch.plainly(lane), **options)
        here = batch.arguments(lane, options)
        args, options = here.filled(here.leaves())
        return f(*args, **options)


def in_each_lane(f: Function, batch: Batch, options: Mapping[str, Any]) -> list[Any]:
    """Return what a function gives in each lane, called with what the caller gave."""
    found = []
    for lane in range(batch.lanes):
        with in_lane(lane, batch):
            found.append(f(*batch.plainly(lane), **options))
    return found


def numbers_of(tree: Any) -> Floats:
    """Return the numbers of a tree of Values and numbers."""
    found = [y._data if isinstance(y, Value) else float(y) for y in flatten(tree)]
    return np.array(found, np.float64)


@contextmanager
def in_lane(lane: int, batch: Batch) -> Iterator[None]:
    """Say of an error in which lane it was raised."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in lane {lane} of {batch.lanes}")
        raise
