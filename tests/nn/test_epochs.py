"""A training ends well: by Ctrl-C, in the modes that it found, with the same bits."""

import os
import random
import signal
import subprocess
import sys

import pytest

from dendrograd.nn import (
    MLP,
    SGD,
    Adam,
    Dropout,
    Sequential,
    clip_grad_norm_,
    fit,
    mse_loss,
)

X = [[0.0], [1.0], [2.0], [3.0]]
Y = [1.0, 3.0, 5.0, 7.0]


def numbers(model):
    return [p.data for p in model.parameters()]


def interrupted(at, **settings):
    """Return model and history of a training that Ctrl-C meets in batch `at`."""
    model, calls = MLP(1, [3, 1], activation="tanh", seed=0), []

    def loss(outputs, targets):
        if outputs[0].parents:
            calls.append(None)
            if len(calls) == at:
                raise KeyboardInterrupt
        return mse_loss(outputs, targets)

    usual = {"epochs": 9, "batch_size": 2, "seed": 0}
    optimizer = Adam(model.parameters(), lr=0.1)
    return model, fit(model, X, Y, loss, optimizer, **usual | settings)


def test_ctrl_c_returns_the_history_so_far_and_says_so(capsys):
    model, history = interrupted(at=6)
    watched, whole = interrupted(at=0, epochs=2)
    assert history == whole
    assert history.stopped == "ended by Ctrl-C after 2 epochs"
    assert (history.interrupted, whole.interrupted) == (True, False)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "fit: ended by Ctrl-C after 2 epochs, which the history has; "
        "the model has the weights of the last step\n"
    )
    assert numbers(model) != numbers(watched)  # one more step


def test_ctrl_c_leaves_the_best_weights_where_patience_keeps_them(capsys):
    model, history = interrupted(at=12, patience=9)
    best = min(history, key=lambda record: record["loss"])
    assert history.best == best
    assert f"epoch {best['epoch']}, the best" in capsys.readouterr().err
    assert numbers(model) == numbers(interrupted(at=0, epochs=best["epoch"])[0])


@pytest.mark.skipif(os.name == "nt", reason="Windows has another Ctrl-C")
def test_a_true_ctrl_c_reaches_a_long_training():
    code = (
        "import signal\n"  # what is started in the background may ignore it
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from dendrograd.nn import MLP, SGD, fit, mse_loss\n"
        "model = MLP(1, [3, 1], seed=0)\n"
        "say = lambda record: print(record['epoch'], flush=True)\n"
        "history = fit(model, [[0.0], [1.0]], [1.0, 2.0], mse_loss,\n"
        "    SGD(model.parameters()), epochs=10**7, on_epoch=say)\n"
        "print('kept', len(history) > 0, model.training)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "1\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert out.endswith("kept True True\n")
    assert "ended by Ctrl-C" in err
    assert "Traceback" not in err
    assert process.returncode == 0


@pytest.mark.parametrize("ends", ["whole", "ctrl-c", "error"])
def test_each_module_is_afterwards_in_the_mode_that_it_had(ends):
    model = Sequential(MLP(1, [1], seed=0), Dropout(0.5, seed=0))
    model.eval()
    model.parts[1].train()
    seen = []

    def loss(outputs, targets):
        seen.append([module.training for module in model.modules()])
        if ends != "whole":
            raise {"ctrl-c": KeyboardInterrupt, "error": ZeroDivisionError}[ends]
        return mse_loss(outputs, targets)

    try:
        fit(model, X, Y, loss, SGD(model.parameters()), epochs=1, test=(X, Y))
    except ZeroDivisionError:
        assert ends == "error"
    assert all(seen[0])  # the loss of the training
    assert [any(modes) for modes in seen[1:]] == [False] * (len(seen) - 1)
    modes = [module.training for module in (model, *model.parts)]
    assert modes == [False, False, True]


def test_an_optimiser_with_a_step_of_its_own_takes_it():
    class Steps(SGD):
        def step(self):
            for p in self.params:
                p.data -= self.lr * p.grad

    found = []
    for kind in (SGD, Steps):
        model = MLP(1, [3, 1], seed=0)
        optimizer = kind(model.parameters(), lr=0.01)
        fit(
            model, X, Y, mse_loss, optimizer, epochs=3, batch_size=3, seed=0, max_norm=1
        )
        found.append(numbers(model))
    assert found[0] == found[1]


@pytest.mark.parametrize("max_norm", [None, 0.5])
@pytest.mark.parametrize("kind", [SGD, Adam])
def test_the_arrays_of_fit_take_the_steps_of_a_loop_by_hand(kind, max_norm):
    by_fit, by_hand = (MLP(1, [4, 1], activation="tanh", seed=1) for _ in range(2))
    optimizer = kind(by_fit.parameters(), lr=0.05)
    fit(
        by_fit, X, Y, mse_loss, optimizer,
        epochs=5, batch_size=4, seed=3, max_norm=max_norm,
    )  # fmt: skip
    rng, other = random.Random(3), kind(by_hand.parameters(), lr=0.05)
    for _ in range(5):
        order = list(range(4))
        rng.shuffle(order)
        loss = mse_loss(by_hand([X[i] for i in order]), [Y[i] for i in order])
        other.zero_grad()
        loss.backward()
        if max_norm is not None:
            clip_grad_norm_(other.params, max_norm)
        other.step()
    assert numbers(by_fit) == numbers(by_hand)
    assert [p.grad for p in by_fit.parameters()] == [
        p.grad for p in by_hand.parameters()
    ]
    for name in optimizer._kept:
        assert getattr(optimizer, name).tolist() == getattr(other, name).tolist()
