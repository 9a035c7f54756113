"""Parameters as arrays that go out and come back, and states that are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value
from dendrograd.rows import has_mask

from .errors import StateError

Block = tuple[tuple[int, ...], list[Value]]  # a shape, and its Values row by row


class Saved(NamedTuple):
    """What a file holds: arrays by name, and strings about them."""

    state: dict[str, NDArray[Any]]
    metadata: dict[str, str]


class IncompatibleKeys(NamedTuple):
    """Keys that the state lacks, and keys of the state that the module lacks."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def block_of(item: Any) -> Block | None:
    """Return shape and Values of a leaf, or of lists that form a rectangular array."""
    if isinstance(item, Value):
        return None if item.parents else ((), [item])
    if not isinstance(item, (list, tuple)) or not item:
        return None
    rows = [block_of(row) for row in item]
    first = rows[0]
    if first is None or any(row is None or row[0] != first[0] for row in rows):
        return None
    return (len(rows), *first[0]), [v for row in rows if row for v in row[1]]


def read(parts: Mapping[str, Block]) -> dict[str, NDArray[np.float64]]:
    """Return the data of every block as a new float64 array."""
    return {
        key: np.array([v.data for v in values], dtype=np.float64).reshape(shape)
        for key, (shape, values) in parts.items()
    }


def write(
    parts: Mapping[str, Block],
    state: Mapping[str, Any] | Saved,
    strict: bool,
    owner: str,
) -> IncompatibleKeys:
    """Set the data of every block from the state; change nothing if one is unfit."""
    if isinstance(state, Saved):
        state = state.state
    require_mapping(state)
    keys = IncompatibleKeys(
        [key for key in parts if key not in state],
        [key for key in state if key not in parts],
    )
    problems: list[str] = []
    if strict and keys.missing_keys:
        problems.append("missing " + ", ".join(keys.missing_keys))
    if strict and keys.unexpected_keys:
        problems.append("unexpected " + ", ".join(map(str, keys.unexpected_keys)))
    arrays = {
        key: real_array(key, state[key], shape, problems)
        for key, (shape, _) in parts.items()
        if key in state
    }
    if problems:
        raise StateError(
            f"load_state_dict: the state does not fit {owner}: {'; '.join(problems)}"
            + ("; strict=False leaves other keys out" if strict and any(keys) else "")
        )
    for key, array in arrays.items():
        for value, number in zip(parts[key][1], array.ravel().tolist(), strict=True):
            value.data = number
    return keys


def require_mapping(state_dict: Any) -> None:
    """Raise StateError where a state is not a mapping from names to arrays."""
    if not isinstance(state_dict, Mapping):
        raise StateError(
            f"load_state_dict: the state is a {type(state_dict).__name__}, not a dict; "
            "give what state_dict() or the first result of nn.load(file) returned"
        )


def real_array(
    key: str, entry: Any, shape: tuple[int, ...], problems: list[str]
) -> NDArray[np.float64]:
    """Return the entry as float64, and note what is wrong with it, if anything."""
    try:
        array = np.asarray(entry)
    except ValueError:  # rows of different lengths
        array = np.asarray(None)
    if has_mask(entry):
        problems.append(f"{key} hides entries under a mask; fill them in")
    elif array.dtype.kind not in "biuf":
        problems.append(f"{key} holds no real numbers but {type(entry).__name__}")
    elif array.shape != shape:
        problems.append(f"{key} has the shape {array.shape}, not {shape}")
    else:
        return array.astype(np.float64)
    return np.empty(0)
