"""What a recording must have in common with the model that was recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from dendrograd import Value

from .reached import Unlike

CLOSE = 1e-9  # how far code and graph may differ, of the largest entry
PATHS = 16  # of a model: with more, most of the time would go into recording them


def require_plain(outputs: Any) -> None:
    """Raise Unlike for outputs that a loss may take apart as nothing else."""
    if isinstance(outputs, (list, tuple, dict)):
        if type(outputs) not in (list, tuple):
            raise Unlike("an output is neither a number nor a list of such")
        for entry in outputs:
            require_plain(entry)


def require_values(outputs: list[Any], row: list[Any]) -> None:
    """Raise Unlike for outputs that the model itself would give as other objects.

    A loss or a metric may take them for the index or the key that they are.
    """
    given = set(map(id, row))
    for y in outputs:
        if id(y) in given or not isinstance(y, (Value, float)):
            raise Unlike("an output is no Value, but an entry of the row or a constant")


def require_few_paths(code: Any) -> None:
    """Raise Unlike where code took many paths, since each of them is recorded."""
    if len(code.report().paths) > PATHS:
        raise Unlike(f"the model takes more than {PATHS} paths")


def require_equal(graph: Any, code: Any) -> None:
    """Raise Unlike unless numbers agree but for rounding, beside the largest of them."""
    one, other = np.asarray(graph), np.asarray(code)
    if not np.all(np.abs(other - one) <= CLOSE * np.max(np.abs(one), initial=0.0)):
        raise Unlike("its recording has another gradient than its graph")
