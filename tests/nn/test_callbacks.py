"""Callbacks hear of epochs and batches, see the Values up to date, and may end it."""

import random
from itertools import pairwise

import numpy as np
import pytest

from dendrograd.errors import OperandError
from dendrograd.nn import MLP, SGD, Adam, SettingError, fit, mse_loss

X = [[0.0], [1.0], [2.0], [3.0], [4.0]]
Y = [1.0, 3.0, 5.0, 7.0, 9.0]


def trained(model=None, lr=0.02, **settings):
    """Return the model and the history of a short training of a line."""
    model = model or MLP(1, [1], seed=0)
    usual = {"epochs": 4, "batch_size": 2, "seed": 0}
    optimizer = SGD(model.parameters(), lr=lr)
    return model, fit(model, X, Y, mse_loss, optimizer, **usual | settings)


def numbers(model):
    return [p.data for p in model.parameters()]


class Watcher:
    """Notes what it hears, and which weights the model has at that time."""

    def __init__(self, model):
        self.model, self.epochs, self.batches = model, [], []

    def on_epoch(self, record):
        self.epochs.append((record, numbers(self.model)))

    def on_batch(self, record):
        self.batches.append((record, numbers(self.model)))


def test_an_object_hears_of_every_batch_and_every_epoch_with_the_weights_of_then():
    model = MLP(1, [1], seed=0)
    watcher = Watcher(model)
    _, history = trained(model, callbacks=[watcher])
    assert [record for record, _ in watcher.epochs] == history
    places = [(record["epoch"], record["batch"]) for record, _ in watcher.batches]
    assert places == [(e, b) for e in (1, 2, 3, 4) for b in (1, 2, 3)]
    weights = [w for _, w in watcher.batches]
    assert len({tuple(w) for w in weights}) == 12
    assert [w for _, w in watcher.epochs] == weights[2::3]
    assert numbers(model) == weights[-1]
    losses = [record["loss"] for record, _ in watcher.batches]
    assert history[0]["loss"] == (losses[0] * 2 + losses[1] * 2 + losses[2]) / 5


def test_the_gradients_that_a_callback_sees_are_those_of_the_last_step():
    model, seen = MLP(1, [1], seed=0), []

    def look(record):
        seen.append(
            ([p.data for p in model.parameters()], [p.grad for p in model.parameters()])
        )

    trained(model, batch_size=5, callbacks=[look])
    for (before, _), (after, slopes) in pairwise(seen):
        steps = [x - 0.02 * g for x, g in zip(before, slopes, strict=True)]
        assert after == steps


def test_what_a_callback_does_to_the_weights_is_what_training_goes_on_from():
    model = MLP(1, [1], seed=0)

    def reset(record):
        for parameter in model.parameters():
            parameter.data = 0.0

    _, history = trained(model, lr=0.1, batch_size=5, on_epoch=reset)
    zero_loss = sum(y * y for y in Y) / 5
    assert [record["loss"] for record in history[1:]] == [zero_loss] * 3
    assert numbers(model) == [0.0, 0.0]


def test_listening_changes_no_bit_of_the_training():
    quiet, _ = trained()
    heard = MLP(1, [1], seed=0)
    trained(heard, callbacks=[Watcher(heard), print], on_epoch=lambda record: None)
    assert numbers(heard) == numbers(quiet)


def raising(record):
    raise StopIteration


@pytest.mark.parametrize(
    "answer", [lambda record: False, lambda record: np.False_, raising]
)
def test_false_and_stop_iteration_end_the_training_with_the_history_kept(answer):
    def third(record):
        return answer(record) if record["epoch"] == 3 else None

    model, history = trained(on_epoch=third)
    again, whole = trained(epochs=3)
    assert history == whole
    assert history.stopped == "ended by third"
    assert whole.stopped == ""
    assert numbers(model) == numbers(again)


@pytest.mark.parametrize("answer", [None, True, 0, 0.0, "", []])
def test_other_answers_do_not_end_it(answer):
    assert len(trained(on_epoch=lambda record: answer)[1]) == 4


def test_a_batch_may_end_it_too_and_its_epoch_is_in_no_history():
    class Budget:
        def on_batch(self, record):
            return (record["epoch"], record["batch"]) != (2, 2)

    model = MLP(1, [1], seed=0)
    watcher = Watcher(model)
    _, history = trained(model, callbacks=[Budget(), watcher])
    assert [record["epoch"] for record in history] == [1]
    assert history.stopped == "ended by Budget"
    assert len(watcher.batches) == 5  # the others hear of the last batch as well
    assert numbers(model) == watcher.batches[-1][1]


def test_an_error_in_a_callback_is_the_users_own_and_leaves_the_last_weights():
    model = MLP(1, [1], seed=0)

    def broken(record):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trained(model, on_epoch=broken)
    assert numbers(model) == numbers(trained(epochs=1)[0])


def test_stop_iteration_in_the_model_is_no_callback():
    class Odd(MLP):
        def forward(self, row):
            return next(iter(()))

    with pytest.raises(StopIteration):
        trained(Odd(1, [1], seed=0))


@pytest.mark.parametrize(
    ("callbacks", "error", "message"),
    [
        (3, SettingError, "callbacks is 3; it must be a list"),
        ([3], OperandError, r"callback 3 is a int; give .* on_epoch\(record\)"),
        ([Watcher], OperandError, r"callback Watcher is a class; .* Watcher\(\)"),
    ],
)
def test_what_is_no_callback_is_named_before_anything_is_learnt(
    callbacks, error, message
):
    model = MLP(1, [1], seed=0)
    before = numbers(model)
    with pytest.raises(error, match=message):
        trained(model, callbacks=callbacks)
    assert numbers(model) == before


def noise(n, seed):
    rng = random.Random(seed)
    return [[rng.random()] for _ in range(n)], [rng.random() for _ in range(n)]


def test_patience_ends_the_training_and_keeps_the_best_weights():
    model = MLP(1, [6, 1], activation="tanh", seed=0)
    watcher, test = Watcher(model), noise(8, 1)
    optimizer = Adam(model.parameters(), lr=0.2)
    history = fit(
        model, *noise(8, 0), mse_loss, optimizer,
        epochs=200, seed=0, test=test, patience=5, callbacks=[watcher],
    )  # fmt: skip
    losses = [record["test_loss"] for record in history]
    best = min(range(len(losses)), key=losses.__getitem__)
    assert len(history) == best + 1 + 5 < 200
    assert history.best is history[best]
    assert numbers(model) == watcher.epochs[best][1] != watcher.epochs[-1][1]
    assert f"weights of epoch {best + 1}" in history.stopped


def test_the_best_weights_are_kept_without_an_early_end_too():
    model = MLP(1, [1], seed=0)
    watcher = Watcher(model)
    _, history = trained(model, lr=0.35, epochs=6, patience=6, callbacks=[watcher])
    assert history.stopped == ""
    losses = [record["loss"] for record in history]
    best = losses.index(min(losses))
    assert numbers(model) == watcher.epochs[best][1]


def test_a_loss_of_nan_is_never_the_best():
    model, told = MLP(1, [1], seed=0), []

    def odd(outputs, targets):
        told.append(None)
        return float("nan") if len(told) < 4 else float(len(told))

    def loss(outputs, targets):
        return mse_loss(outputs, targets) if outputs[0].parents else odd(None, None)

    _, history = trained(model, test=(X, Y), epochs=9, patience=2)
    assert history.best is not None
    optimizer = SGD(model.parameters(), lr=0.01)
    history = fit(model, X, Y, loss, optimizer, epochs=20, test=(X, Y), patience=3)
    assert history.best["test_loss"] == 4.0
    assert len(history) == 7


def test_a_gain_within_the_tolerance_keeps_the_weights_and_not_the_training():
    for tol, epochs in ((0.0, 9), (0.5, 1 + 3)):  # each epoch gains some 0.01
        model = MLP(1, [1], init="zeros")
        watcher = Watcher(model)
        settings = {"lr": 1e-5, "epochs": 9, "patience": 3, "tol": tol}
        _, history = trained(model, callbacks=[watcher], **settings)
        losses = [record["loss"] for record in history]
        assert losses == sorted(losses, reverse=True)
        assert len(history) == epochs
        assert numbers(model) == watcher.epochs[-1][1]
    assert history.stopped.startswith("no loss better by 0.5 in 3 epochs; the model")
    with pytest.raises(SettingError, match=r"fit: tol is -1; .* a number >= 0"):
        trained(patience=3, tol=-1)


@pytest.mark.parametrize("patience", [0, -1, 1.5, "3"])
def test_an_impossible_patience_is_named(patience):
    with pytest.raises(SettingError, match=r"fit: patience is .*whole number >= 1"):
        trained(patience=patience)


def test_validation_rows_are_held_out_of_training():
    model, rows = MLP(1, [1], seed=0), []

    def loss(outputs, targets):
        if outputs[0].parents:
            rows.extend(targets)
        return mse_loss(outputs, targets)

    targets = [float(i) for i in range(10)]
    history = fit(
        model, [[0.0]] * 10, targets, loss, SGD(model.parameters(), lr=0.0),
        epochs=3, seed=0, validation_fraction=0.25,
        metrics={"count": lambda outputs, targets: len(targets)},
    )  # fmt: skip
    assert len(set(rows)) == 7
    assert len(rows) == 21
    (held,) = {record["validation_loss"] for record in history}
    rest = set(targets) - set(rows)
    assert held == pytest.approx(sum(t * t for t in rest) / 3)
    assert [(r["count"], r["validation_count"]) for r in history] == [(7, 3)] * 3


@pytest.mark.parametrize("fraction", [0.0, 1.0, 0.95, "a", -0.1])
def test_a_validation_fraction_that_leaves_nothing_is_named(fraction):
    with pytest.raises(SettingError, match="validation_fraction"):
        trained(validation_fraction=fraction)
