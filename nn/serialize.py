"""Weights in a safetensors file: arrays and strings, and no code that could run.

The format is that of https://github.com/huggingface/safetensors; PyTorch and others
read the files. A file is written whole or not at all.
"""

from __future__ import annotations

import json
import os
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from dendrograd.files import write_whole
from dendrograd.rows import has_mask

from .errors import StateError
from .module import Module
from .state import Saved

RESERVED = "__metadata__"  # where the header of a file holds the strings
READ = {"BOOL", "BF16", "F16", "F32", "F64"} | {  # what is read, by its name there
    f"{sign}{bits}" for sign in "IU" for bits in (8, 16, 32, 64)
}


def save(
    path: str | os.PathLike[str] | Module | Mapping[str, Any],
    model: Module | Mapping[str, Any] | str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a module's state, or a dict of arrays, and strings to remember with it.

    The first two may come in PyTorch's order too, `save(model, path)`.

    An existing file is replaced in one move, once the new one is complete; it keeps
    its permissions, and a symbolic link to it stays. Raises StateError for entries
    that are not numbers, hide some or have no type in the format, metadata that are not
    strings, and the name `__metadata__`, which the format keeps for itself;
    NotAFileError where something other than a file stands at the path; and OSError
    where it cannot be written.

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
    if isinstance(path, (Module, Mapping)):
        path, model = model, path
    state = model.state_dict() if isinstance(model, Module) else model
    if not isinstance(state, Mapping) or isinstance(path, (Module, Mapping)):
        raise StateError(
            f"save: {reprlib.repr(model)} is a {type(model).__name__}; give a path, and "
            "a module or a dict of arrays. A Predictor saves itself: predictor.save(path)"
        )
    notes = dict(metadata or {})
    for key, text in notes.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise StateError(
                f"save: the metadata {key!r}: {text!r} are not both strings; "
                "use json.dumps(...) for other things"
            )
    if RESERVED in state:
        raise StateError(
            f"save: {RESERVED!r} cannot name an entry, since the format keeps its notes "
            "under it; rename the entry, or give its strings as metadata"
        )
    arrays = {key: _numeric(key, entry) for key, entry in state.items()}
    write_whole(path, to_bytes(arrays, metadata=notes or None))


def load(path: str | os.PathLike[str]) -> Saved:
    """Return (state, metadata) of a safetensors file.

    Numbers of bfloat16, which NumPy lacks, are widened to float32, exactly. Raises
    StateError, naming the file, for one that is damaged, cut short, of another format
    or of numbers that no array holds, and FileNotFoundError where there is none. Give
    the state to `model.load_state_dict`, which compares names and shapes.

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
        return _content(file)
    except StateError:
        raise
    except (SafetensorError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise StateError(
            f"load: {file} cannot be read as a safetensors file of real numbers: {error}; "
            "save it again, or fetch a fresh copy"
        ) from None


def _content(file: Path) -> Saved:
    """Return what a file holds, or raise StateError for a type that is not in READ."""
    with safe_open(file, framework="numpy") as opened:  # looks the whole header over
        with file.open("rb") as raw:
            header = json.loads(raw.read(int.from_bytes(raw.read(8), "little")))
            start = raw.tell()
        state = {}
        for key in opened.keys():  # noqa: SIM118  # no mapping
            kind = header[key]["dtype"]
            if kind not in READ:
                raise StateError(
                    f"load: {file}: {key!r} holds {kind}, which no array of real "
                    "numbers can; have it saved as float32"
                )
            if kind == "BF16":
                state[key] = _widened(file, start, header[key])
            else:
                state[key] = np.array(opened.get_tensor(key))
        return Saved(state, dict(opened.metadata() or {}))


def _widened(file: Path, start: int, entry: dict[str, Any]) -> NDArray[np.float32]:
    """Return an entry of bfloat16, whose bits are the upper half of a float32's."""
    first, stop = entry["data_offsets"]
    halves = np.fromfile(file, "<u2", (stop - first) // 2, offset=start + first)
    wide = (halves.astype(np.uint32) << 16).view(np.float32)
    return wide.reshape(entry["shape"])


def _numeric(key: str, entry: Any) -> NDArray[Any]:
    """Return the entry as an array in C order, which is how files hold it."""
    if has_mask(entry):
        raise StateError(
            f"save: {key!r} hides entries under a mask, which the format does not "
            "have; fill them in with .filled(...), or save the mask under a name"
        )
    try:
        array = np.array(entry, order="C")
    except ValueError as error:
        raise StateError(
            f"save: the rows of {key!r} differ in length ({error}); give every row the same "
            "number of entries"
        ) from None
    if not isinstance(key, str) or array.dtype.kind not in "biuf":
        raise StateError(
            f"save: {key!r} holds {array.dtype}, not real numbers under a name; "
            "put strings into the metadata"
        )
    if array.dtype.itemsize > 8:
        raise StateError(
            f"save: {key!r} holds {array.dtype}, which is wider than the format's "
            "types; round it with .astype(float)"
        )
    return array
