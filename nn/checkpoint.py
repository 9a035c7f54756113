"""A training in one file, from which it goes on bit for bit.

The file is safetensors. Its arrays:

model.NAME       the model's parameters, as `state_dict` names them
optimizer.NAME   what the optimiser keeps for each parameter; `values`, the parameters
random.NAME      the state of a random generator: of the order of the rows, `order`,
                 and of each that a module holds, as Dropout does
best             with patience, the best weights
validation       the indices of the rows held out

The metadata have one entry, KEY: the rest, as JSON. A file is replaced in one move, once
the new one is complete on the disk, so a training that is killed loses one epoch at most.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .errors import StateError
from .history import History
from .module import Module
from .serialize import load, write_arrays
from .settings import refuse

if TYPE_CHECKING:
    from .epochs import Training

KEY = "dendrograd_checkpoint"
FORMAT = 1
WORDS = 625  # of a random.Random: the state of a Mersenne Twister
BROKEN = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)


class Checkpoint(NamedTuple):
    """What a file holds: arrays by name, and the rest by name."""

    arrays: dict[str, Any]
    rest: dict[str, Any]

    @property
    def held(self) -> list[int]:
        """The indices of the validation rows."""
        return [int(i) for i in self.arrays.get("validation", ())]

    def part(self, name: str) -> dict[str, Any]:
        """Return the arrays whose names begin with `name` and a dot, by the rest."""
        start = f"{name}."
        pairs = self.arrays.items()
        return {k.removeprefix(start): a for k, a in pairs if k.startswith(start)}


def write(path: str | os.PathLike[str], training: Training, held: list[int]) -> None:
    """Write all that `training` needs to go on; `held` are its validation rows."""
    training.weights.write()
    optimizer, patience = training.optimizer, training.patience
    twisters = dict(_generators(training.model, training.rng))
    states = {name: rng.getstate() for name, rng in twisters.items()}
    arrays: dict[str, Any] = {
        f"model.{k}": a for k, a in training.model.state_dict().items()
    }
    kept = {name: getattr(optimizer, name) for name in optimizer._kept}
    kept["values"] = training.weights.x
    arrays |= {f"optimizer.{name}": array for name, array in kept.items()}
    arrays |= {f"random.{n}": np.array(s[1], np.uint32) for n, s in states.items()}
    arrays["validation"] = np.array(held, dtype=np.int64)
    rest: dict[str, Any] = {
        "format": FORMAT,
        "rows": training.rows,
        "optimizer": type(optimizer).__name__,
        "settings": {name: getattr(optimizer, name) for name in optimizer.settings},
        "schedule": training.schedule and training.schedule.state_dict(),
        "gauss": {name: state[2] for name, state in states.items()},
        "history": training.history,
        "gradient": training.gradient.saved(),
    }
    if patience is not None and patience.best is not None:
        arrays["best"] = patience.weights
        rest |= {"best": patience.best["epoch"], "waited": patience.waited}
    try:
        text = json.dumps(rest, default=float)
    except (TypeError, ValueError) as error:
        raise StateError(
            f"fit: the checkpoint cannot hold a record or a setting that is not a "
            f"number or a text ({error}); let metrics return floats"
        ) from None
    write_arrays(path, arrays, {KEY: text})


def opened(
    path: str | os.PathLike[str] | None, resume: bool, rows: int
) -> Checkpoint | None:
    """Return what a file holds, None where there is none or nobody asks to resume.

    Raises StateError if it is no checkpoint, or one of another number of rows.
    """
    if resume and path is None:
        refuse("fit", "resume", resume, "False, or checkpoint= must name the file")
    if not resume or path is None or not os.path.exists(path):
        return None
    state, notes = load(path)
    try:
        found = Checkpoint(state, json.loads(notes[KEY]))
        count, fits = found.rest["rows"], found.rest["format"] == FORMAT
        fits = fits and all(0 <= i < count for i in found.held)
    except (*BROKEN, RecursionError):
        found, count, fits = Checkpoint({}, {}), 0, False
    if not fits:
        raise StateError(
            f"fit: {os.fspath(path)} is no checkpoint of a training; give another "
            "name, or resume=False to begin anew"
        )
    if count != rows:
        raise StateError(
            f"fit: the checkpoint {os.fspath(path)} is of a training on {count} "
            f"rows, not {rows}; give the same rows, or resume=False to begin anew"
        )
    return found


def restore(training: Training, found: Checkpoint) -> None:
    """Bring a training to where the file left it, or raise StateError."""
    rest, optimizer = found.rest, training.optimizer
    try:
        if rest["optimizer"] != type(optimizer).__name__:
            raise StateError(f"it is of the optimiser {rest['optimizer']}")
        kept = found.part("optimizer")
        values = _shaped(kept.pop("values"), training.weights.x)
        history = [{str(k): x for k, x in record.items()} for record in rest["history"]]
        settings = {
            name: _like(getattr(optimizer, name), x)
            for name, x in rest["settings"].items()
        }
        training.model.load_state_dict(found.part("model"))
        optimizer.load_state_dict(settings | kept)
        if training.schedule is not None:
            training.schedule.load_state_dict(rest["schedule"])
        for name, rng in _generators(training.model, training.rng):
            words = _shaped(found.arrays[f"random.{name}"], np.empty(WORDS))
            rng.setstate((Random.VERSION, tuple(map(int, words)), rest["gauss"][name]))
        if training.patience is not None and "best" in rest:
            training.patience.best = history[rest["best"] - 1]
            training.patience.weights = _shaped(found.arrays["best"], values)
            training.patience.waited = int(rest["waited"])
    except BROKEN as error:
        kind = "" if isinstance(error, StateError) else f"{type(error).__name__}: "
        raise StateError(
            f"fit: the checkpoint does not fit this training ({kind}{error}); give the "
            "same model, optimiser and schedule, or resume=False to begin anew"
        ) from None
    training.gradient.load(rest.get("gradient", {}))
    training.history = History(history)
    training.weights.set(values)


def _generators(model: Module, order: Random) -> Iterator[tuple[str, Random]]:
    """Yield (name, generator) for what draws: the order of the rows, and modules."""
    yield "order", order
    for path, module in model._walk():
        for name, held in vars(module).items():
            if isinstance(held, Random) and not isinstance(held, SystemRandom):
                yield ".".join(("module", *path, name)), held


def _shaped(array: Any, other: Any) -> Any:
    """Return an array that must have the shape of another."""
    if np.shape(array) != np.shape(other):
        raise ValueError(f"the shape {np.shape(array)} is not {np.shape(other)}")
    return array


def _like(now: Any, saved: Any) -> Any:
    """Return a setting from JSON, which has no tuples, in the type that it has now."""
    return tuple(saved) if isinstance(now, tuple) else saved
