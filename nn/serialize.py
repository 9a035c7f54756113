"""Weights in a safetensors file: arrays and strings, and no code that could run.

The format is that of https://github.com/huggingface/safetensors; PyTorch and others
read the files. A file is written whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from dendrograd.files import write_whole

from .errors import StateError
from .module import Module

__all__ = ["Saved", "load", "save"]

RESERVED = "__metadata__"  # where the header of a file holds the strings


class Saved(NamedTuple):
    """What a file holds: arrays by name, and strings about them."""

    state: dict[str, NDArray[Any]]
    metadata: dict[str, str]


def save(
    path: str | os.PathLike[str],
    model: Module | Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a module's state, or a dict of arrays, and strings to remember with it.

    An existing file is replaced in one move, once the new one is complete; it keeps
    its permissions, and a symbolic link to it stays. Raises StateError for entries
    that are not numbers, metadata that are not strings, and the name `__metadata__`,
    which the format keeps for itself; NotAFileError where something other than a file
    stands at the path; and OSError where it cannot be written.

    >>> import tempfile, pathlib
    >>> from dendrograd.nn import MLP
    >>> model, other = MLP(2, [3, 1], seed=0), MLP(2, [3, 1], seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "model.safetensors"
    ...     save(path, model, {"target": "price"})
    ...     saved = load(path)
    >>> saved.metadata
    {'target': 'price'}
    >>> other.load_state_dict(saved.state)
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    """
    state = model.state_dict() if isinstance(model, Module) else model
    notes = dict(metadata or {})
    for key, text in notes.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise StateError(
                f"save: the metadata {key!r}: {text!r} are no strings; "
                "use json.dumps(...) for other things"
            )
    if RESERVED in state:
        raise StateError(
            f"save: {RESERVED!r} cannot name an entry, since the format keeps its notes "
            "under it; rename the entry, or give its strings as metadata"
        )
    arrays = {key: _numeric("save", key, entry) for key, entry in state.items()}
    write_whole(path, to_bytes(arrays, metadata=notes or None))


def load(path: str | os.PathLike[str]) -> Saved:
    """Return (state, metadata) of a safetensors file.

    Raises StateError, naming the file, for one that is damaged, cut short or of
    another format, and FileNotFoundError where there is none. Give the state to
    `model.load_state_dict`, which compares names and shapes.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "w.safetensors"
    ...     save(path, {"w": [[1.0, 2.0]]}, {"unit": "m"})
    ...     load(path)
    Saved(state={'w': array([[1., 2.]])}, metadata={'unit': 'm'})
    """
    file = Path(path)
    with file.open("rb"):  # the system's own error, if any
        pass
    try:
        with safe_open(file, framework="numpy") as opened:
            state = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118  # no mapping
            metadata = dict(opened.metadata() or {})
        return Saved({k: _numeric("load", k, a) for k, a in state.items()}, metadata)
    except (SafetensorError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise StateError(
            f"load: {file} is no readable safetensors file of real numbers: {error}; "
            "save it again, or fetch a fresh copy"
        ) from None


def _numeric(verb: str, key: str, entry: Any) -> NDArray[Any]:
    """Return the entry as an array in C order, which is how files hold it."""
    array = np.array(entry, order="C")
    if not isinstance(key, str) or array.dtype.kind not in "biuf":
        raise StateError(
            f"{verb}: {key!r} holds {array.dtype}, not real numbers under a name; "
            "put strings into the metadata"
        )
    return array
