"""`save`: a module's weights, arrays, or a whole estimator in a safetensors file."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Mapping
from typing import Any

from .errors import StateError
from .module import Module
from .predictor import Predictor
from .serialize import write_arrays


def save(path: Any, model: Any, metadata: Mapping[str, str] | None = None) -> None:
    """Write a module's state, or a dict of arrays, and strings to remember with it.

    The first two may come in PyTorch's order too, `save(model, path)`. A Predictor, and
    a fitted MLPClassifier or MLPRegressor, is written with all that using it takes, and
    loaded by `Predictor.load`.

    An existing file is replaced in one move, once the new one is complete; it keeps
    its permissions, and a symbolic link to it stays. Raises StateError for entries
    that are not numbers, hide some or have no type in the format, metadata that are not
    strings, and the name `__metadata__`, which the format keeps for itself;
    NotAFileError where something other than a file stands at the path; and OSError
    where it cannot be written.

    >>> import tempfile, pathlib
    >>> from dendrograd.nn import MLP, load
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
    if not isinstance(path, (str, os.PathLike)):
        path, model = model, path
    if not isinstance(path, (str, os.PathLike)) or not _can_be_saved(model):
        raise StateError(
            f"save: {reprlib.repr(model)} is a {type(model).__name__}; give a path, and "
            "a module, a fitted estimator or a dict of arrays"
        )
    if isinstance(model, (Module, Mapping)):
        state = model.state_dict() if isinstance(model, Module) else model
        write_arrays(path, state, metadata)
    elif metadata is None:
        (model if isinstance(model, Predictor) else Predictor(model)).save(path)
    else:
        raise StateError(
            f"save: the file of a {type(model).__name__} has metadata of its own; give "
            "columns, classes and loss to a Predictor, and leave metadata out"
        )


def _can_be_saved(model: Any) -> bool:
    return isinstance(model, (Module, Mapping, Predictor)) or hasattr(
        model, "get_params"
    )
