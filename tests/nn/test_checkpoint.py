"""A training goes on from a file with the same bits, however it was broken off."""

import json
import os
import random
import signal
import subprocess
import sys

import numpy as np
import pytest

from dendrograd import Value
from dendrograd.nn import (
    MLP,
    SGD,
    Adam,
    CosineAnnealingLR,
    Dropout,
    Module,
    RMSprop,
    Sequential,
    SettingError,
    StateError,
    fit,
    load,
    mse_loss,
    save,
)

RNG = random.Random(0)
X = [[RNG.gauss(0, 1), RNG.gauss(0, 1)] for _ in range(12)]
Y = [RNG.gauss(0, 1) for _ in range(12)]


class Noisy(Module):
    """A net with dropout, a generator of its own, and a parameter that is private."""

    def __init__(self, seed):
        self.net = Sequential(MLP(2, [4], "tanh", seed=seed), Dropout(0.3, seed=seed))
        self.end = MLP(4, [1], seed=seed)
        self._jitter = random.Random(seed)
        self._shift = Value(0.0)

    def forward(self, row):
        noise = self._jitter.gauss(0.0, 0.1) if self.training else 0.0
        return self.end(self.net(row)) + self._shift + noise


KINDS = {
    "sgd": lambda values: SGD(values, lr=0.01, momentum=0.9),
    "adam": lambda values: Adam(values, lr=0.05, amsgrad=True),
    "rmsprop": lambda values: RMSprop(values, lr=0.02, centered=True),
}


def trained(epochs, kind="adam", seed=0, model=None, **settings):
    """Return the parameters of a training with much that draws, and its history."""
    model = model or Noisy(seed)
    values = [*model.parameters(), model._shift]
    optimizer = KINDS[kind](values)
    history = fit(
        model, X, Y, mse_loss, optimizer, epochs=epochs, batch_size=5,
        schedule=CosineAnnealingLR(optimizer, 9), seed=seed,
        **settings,
    )  # fmt: skip
    return [value.data.hex() for value in values], history


@pytest.mark.parametrize("settings", [{}, {"validation_fraction": 0.3, "patience": 20}])
@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_training_has_the_bits_of_one_without_a_break(
    tmp_path, kind, settings
):
    whole = trained(9, kind, **settings)
    kept = {"checkpoint": tmp_path / "run.safetensors", "resume": True}
    for epochs in (3, 4, 9, 9):
        # Where a fresh process would begin is of no account: the file has all.
        found = trained(epochs, kind, seed=epochs % 3, **settings, **kept)
    assert found == whole
    assert trained(9, kind, seed=1, **settings) != whole


@pytest.mark.parametrize("patience", [None, 20])
def test_the_history_and_the_best_weights_go_on_too(tmp_path, patience):
    settings = {"validation_fraction": 0.25, "patience": patience}
    whole, history = trained(8, **settings)
    kept = {"checkpoint": tmp_path / "run.safetensors", "resume": True}
    trained(5, **settings, **kept)
    found, told = trained(8, seed=0, **settings, **kept)
    assert told == history
    assert told.best == history.best
    assert found == whole


def test_patience_that_is_over_is_over_after_a_break(tmp_path):
    settings = {"patience": 2, "checkpoint": tmp_path / "run.safetensors"}
    ended, history = trained(500, **settings)
    assert len(history) < 500
    again, other = trained(500, **settings, resume=True)
    assert (again, other, other.stopped) == (ended, history, history.stopped)


def test_a_checkpoint_is_written_for_an_epoch_that_a_callback_ends(tmp_path):
    file = tmp_path / "run.safetensors"
    stop = lambda record: record["epoch"] != 2
    trained(9, checkpoint=file, on_epoch=stop)
    _, history = trained(3, checkpoint=file, resume=True)
    assert [record["epoch"] for record in history] == [1, 2, 3]
    assert history == trained(3)[1]


def test_weights_alone_can_be_taken_from_a_checkpoint(tmp_path):
    file = tmp_path / "run.safetensors"
    model = MLP(2, [3, 1], seed=0)
    optimizer = SGD(model.parameters())
    fit(model, X, Y, mse_loss, optimizer, epochs=1, checkpoint=file)
    state = load(file).state
    for key, array in model.state_dict().items():
        assert state[f"model.{key}"].tolist() == array.tolist()


SCRIPT = """
import os, signal, sys
sys.path.insert(0, {folder!r})
from test_checkpoint import *

def last(*arguments, true=os.{step}, calls=iter(range({saves}))):
    if next(calls, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return true(*arguments)

os.{step} = last
trained(60, checkpoint={file!r}, resume=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_kill_9_in_the_middle_of_a_save_loses_nothing(tmp_path):
    file, reached = os.fspath(tmp_path / "run.safetensors"), 0
    for step, saves in (("fsync", 3), ("replace", 4)):
        code = SCRIPT.format(
            folder=os.path.dirname(__file__), file=file, step=step, saves=saves
        )
        ended = subprocess.run([sys.executable, "-c", code], check=False)
        assert ended.returncode == -signal.SIGKILL
        reached += saves
        saved = json.loads(load(file).metadata["dendrograd_checkpoint"])
        assert len(saved["history"]) == reached
    assert trained(12, checkpoint=file, resume=True) == trained(12)


def broken(file, change):
    state, notes = load(file)
    rest = json.loads(notes["dendrograd_checkpoint"])
    arrays, rest = change(dict(state), rest)
    save(file, arrays, {"dendrograd_checkpoint": json.dumps(rest)})


CHANGES = {
    "another optimiser": lambda a, r: (a, r | {"optimizer": "SGD"}),
    "another format": lambda a, r: (a, r | {"format": 99}),
    "no history": lambda a, r: (a, {k: x for k, x in r.items() if k != "history"}),
    "a history of numbers": lambda a, r: (a, r | {"history": [1]}),
    "a list": lambda a, r: (a, [1]),
    "no generator": lambda a, r: ({k: x for k, x in a.items() if "order" not in k}, r),
    "half a generator": lambda a, r: (a | {"random.order": np.zeros(3)}, r),
    "a wild generator": lambda a, r: (a | {"random.order": np.full(625, 1e300)}, r),
    "another schedule": lambda a, r: (a, r | {"schedule": None}),
    "other weights": lambda a, r: (a | {"optimizer.values": np.zeros(2)}, r),
    "best of no epoch": lambda a, r: (a, r | {"best": 99}),
    "wild rows": lambda a, r: (a | {"validation": np.array([-5])}, r),
    "unknown settings": lambda a, r: (a, r | {"settings": {"__class__": 3}}),
    "another gauss": lambda a, r: (a, r | {"gauss": []}),
    "rows without end": lambda a, r: (a, r | {"rows": 10**15}),
    "no rows": lambda a, r: (a, r | {"rows": "x"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_does_not_fit_is_named_before_anything_is_learnt(tmp_path, change):
    file = tmp_path / "run.safetensors"
    settings = {"checkpoint": file, "patience": 3, "validation_fraction": 0.25}
    trained(2, **settings)
    broken(file, CHANGES[change])
    with pytest.raises(StateError, match=r"^fit: .*checkpoint"):
        trained(3, **settings, resume=True)


def test_other_files_and_other_rows_are_named(tmp_path):
    file = tmp_path / "run.safetensors"
    save(file, MLP(2, [1]))
    with pytest.raises(StateError, match="is no checkpoint of a training"):
        trained(3, checkpoint=file, resume=True)
    trained(1, checkpoint=file)
    model = Noisy(0)
    optimizer = Adam([*model.parameters(), model._shift])
    with pytest.raises(StateError, match="of a training on 12 rows, not 11"):
        fit(
            model, X[:11], Y[:11], mse_loss, optimizer, checkpoint=file, resume=True
        )  # fmt: skip
    with pytest.raises(SettingError, match="checkpoint= must name the file"):
        trained(3, resume=True)


def test_a_record_that_no_file_can_hold_is_named(tmp_path):
    with pytest.raises(StateError, match="let metrics return floats"):
        trained(
            1, checkpoint=tmp_path / "x", metrics={"odd": lambda o, t: object()}
        )  # fmt: skip
