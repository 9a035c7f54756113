"""What a module holds, and its parameters as arrays that go out and come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd import Value
from dendrograd.rows import has_mask

from .errors import StateError

if TYPE_CHECKING:
    from .module import Module

Block = tuple[tuple[int, ...], list[Value]]  # a shape, and its Values row by row


class IncompatibleKeys(NamedTuple):
    """Keys that the state lacks, and keys of the state that the module lacks."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def public_items(module: Module) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a module that are not private, in order."""
    return ((n, held) for n, held in vars(module).items() if not n.startswith("_"))


def held(module: Module) -> Iterator[tuple[str, Any]]:
    """Yield (path, Value or Module) for what hangs on this very module."""
    for name, item in public_items(module):
        yield from _unpacked(name, item)


def _unpacked(path: str, item: Any) -> Iterator[tuple[str, Any]]:
    """Yield the leaves and modules in an item: itself, or those of a container."""
    if isinstance(item, Value):
        if not item.parents:
            yield path, item
    elif hasattr(item, "state_items"):
        yield path, item
    else:
        for key, inner in _entries(item):
            yield from _unpacked(f"{path}.{key}", inner)


def _entries(item: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the keyed entries of a list, a tuple or a dict, and nothing of others."""
    if isinstance(item, (list, tuple)):
        yield from enumerate(item)
    elif isinstance(item, dict):
        yield from item.items()


def blocks(module: Module) -> dict[str, Block]:
    """Return every array of a module's state, its parts' names dotted before."""
    return {
        path: block
        for name, item in module.state_items()
        for path, block in _blocks(name, item)
    }


def _blocks(path: str, item: Any) -> Iterator[tuple[str, Block]]:
    """Yield one block for nested lists of leaves that form a rectangular array.

    Other lists, tuples and dicts, and modules, are searched entry by entry.
    """
    block = _box(item)
    if block is not None:
        yield path, block
    elif hasattr(item, "state_items"):
        yield from ((f"{path}.{key}", b) for key, b in blocks(item).items())
    else:
        for key, inner in _entries(item):
            yield from _blocks(f"{path}.{key}", inner)


def _box(item: Any) -> Block | None:
    """Return shape and Values of a leaf, or of lists that form a rectangular array."""
    if isinstance(item, Value):
        return None if item.parents else ((), [item])
    if not isinstance(item, (list, tuple)) or not item:
        return None
    rows = [_box(row) for row in item]
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
    parts: Mapping[str, Block], state: Mapping[str, Any], strict: bool, owner: str
) -> IncompatibleKeys:
    """Set the data of every block from the state; change nothing if one is unfit."""
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
