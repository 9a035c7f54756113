"""The one file of a Predictor.

The file is safetensors, so it can hold no code, and others can open it. Its arrays are
the model's state, under the names of `state_dict`, and with scales also "scale.mean",
"scale.scale", "target_scale.mean" and "target_scale.scale". The metadata have the entry
"dendrograd", which is JSON:

format   1
model    {"type": "MLP", "nin": 4, "nouts": [8, 3], "activation": "tanh", ...}; see
         architecture.py
columns  the names of the inputs, or null
classes  the names of the classes in the order of the outputs, or null
loss     the loss that the model was trained with, "module:function", or null
"""

from __future__ import annotations

import json
import os
from typing import Any

from .architecture import Functions, built, described, shapes_of
from .data import Standardizer
from .errors import StateError
from .module import Module
from .serialize import save
from .state import Saved

KEY = "dendrograd"
FORMAT = 1
LONGEST = 2**20  # characters of the entry, at most
SCALES = ("scale", "target_scale")


def write(
    path: str | os.PathLike[str],
    model: Module,
    about: dict[str, Any],
    scales: dict[str, Standardizer | None],
) -> None:
    """Write a model, its scales and what else there is to say about it."""
    arrays: dict[str, Any] = dict(model.state_dict())
    taken = [key for key in arrays if key.partition(".")[0] in SCALES]
    if taken:
        raise StateError(f"save: the name {taken[0]!r} is kept for scales; rename it")
    for name, scale in scales.items():
        if scale is not None:
            arrays |= {f"{name}.{key}": a for key, a in scale.state_dict().items()}
    text = json.dumps({"format": FORMAT, "model": _faithful(model)} | about)
    _require_short(text)
    save(path, arrays, {KEY: text})


def read(saved: Saved, model: Module | None, functions: Functions) -> dict[str, Any]:
    """Return what a Predictor is made of, or raise an error that tells what is wrong."""
    state, about = saved.state, _about(saved.metadata)
    settings: dict[str, Any] = about["names"] | {
        name: _scale(name, state) for name in SCALES
    }
    if model is None:
        model = _model(about["model"], state, functions)
    model.load_state_dict(state)
    return settings | {"model": model}


def _faithful(model: Module) -> dict[str, Any]:
    """Return the description of a model, from which the same one can be built."""
    about = described(model)
    if about["type"] == "own":
        return about
    held = {key: array.shape for key, array in model.state_dict().items()}
    if shapes_of(about) != held:
        raise StateError(
            f"save: {repr(model).splitlines()[0]} was changed after it was made, so its "
            "description would not give it again; save its weights with nn.save"
        )
    return about


def _about(notes: dict[str, str]) -> dict[str, Any]:
    """Return what the metadata say, looked over, or raise StateError."""
    if KEY not in notes:
        raise StateError(
            "it holds no model but arrays alone; build the model, and give it "
            "nn.load(path).state by load_state_dict"
        )
    _require_short(notes[KEY])
    try:
        about = json.loads(notes[KEY])
    except (ValueError, RecursionError) as error:
        raise StateError(f"its description is no JSON ({error})") from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise StateError("its description is of another format")
    names = {key: about.get(key) for key in ("columns", "classes", "loss")}
    for key in ("columns", "classes"):
        _require_names(key, names[key])
    if not isinstance(names["loss"], (str, type(None))):
        raise StateError("its loss is not a name")
    return {"model": about.get("model"), "names": names}


def _require_short(text: str) -> None:
    if len(text) > LONGEST:
        raise StateError(
            f"the description of a model has at most {LONGEST:,} characters, with the "
            f"names of columns and classes, but this one has {len(text):,}"
        )


def _require_names(key: str, names: Any) -> None:
    """Raise StateError unless these are names, or None."""
    kinds = (str,) if key == "columns" else (str, int, float)
    if names is None:
        return
    if not isinstance(names, list) or not all(isinstance(n, kinds) for n in names):
        raise StateError(f"its {key} are not names")
    if len(set(names)) < len(names):
        raise StateError(f"two of its {key} have one name")


def _scale(name: str, state: dict[str, Any]) -> Standardizer | None:
    """Take the arrays of a scale out of the state; return the Standardizer, if any."""
    keys = [key for key in state if key.startswith(f"{name}.")]
    if not keys:
        return None
    scale = Standardizer()
    scale.load_state_dict({k.partition(".")[2]: state.pop(k) for k in keys})
    return scale


def _model(about: Any, state: dict[str, Any], functions: Functions) -> Module:
    """Return the model of a description whose sizes are those of the arrays."""
    if isinstance(about, dict) and about.get("type") == "own":
        raise StateError(
            f"its model is of the class {str(about.get('class'))[:80]}, which a file "
            "cannot bring; make one, and give it as model="
        )
    held = {key: array.shape for key, array in state.items()}
    wanted = shapes_of(about)
    if held != wanted:
        odd = [k for k in held | wanted if held.get(k) != wanted.get(k)]
        raise StateError(f"its arrays are not those of its model: {str(odd[:3])[:200]}")
    model = built(about, functions)
    if not isinstance(model, Module):
        raise StateError(f"it describes no model, but {str(about)[:80]}")
    return model
