"""The bar of a training moves with every batch, so that the time left is known early."""

import io

import pytest
from rich.console import Console

from dendrograd.nn import (
    MLP,
    SGD,
    Dropout,
    Sequential,
    SettingError,
    fit,
    mse_loss,
)
from dendrograd.nn.progress import bar


def console():
    return Console(file=io.StringIO(), force_terminal=True, width=100, _environ={})


def test_the_time_left_is_told_within_the_first_epoch():
    screen, clock = console(), iter(range(10**6))
    screen.get_time = lambda: float(next(clock))
    with bar(screen, first=0, epochs=2, batches=50) as shown:
        for _ in range(20):
            shown.advance(1, None)
    told = screen.file.getvalue()
    assert "epoch 0/2" in told
    assert "-:--:--" not in told.split("epoch 0/2")[-1]


def test_it_starts_at_the_epochs_that_are_done():
    screen = console()
    with bar(screen, first=3, epochs=4, batches=2) as shown:
        shown.advance(4, None)
        shown.advance(4, {"epoch": 4, "loss": 0.25})
    assert "epoch 4/4" in screen.file.getvalue()
    assert "loss 0.25" in screen.file.getvalue()


def test_one_and_zero_stand_for_true_and_false(capsys):
    model = MLP(1, [1], seed=0)
    optimizer = SGD(model.parameters())
    fit(model, [[1.0]], [1.0], mse_loss, optimizer, epochs=1, progress=0)
    assert capsys.readouterr().out == ""
    fit(model, [[1.0]], [1.0], mse_loss, optimizer, epochs=1, progress=1)
    assert "epoch 1/1" in capsys.readouterr().out
    with pytest.raises(SettingError, match="progress is 2; it must be True, False"):
        fit(model, [[1.0]], [1.0], mse_loss, optimizer, epochs=1, progress=2)


def test_it_says_above_the_bar_why_a_training_is_not_compiled():
    model, screen = Sequential(MLP(1, [1], seed=0), Dropout(0.5, seed=0)), console()
    X, y = [[0.1]] * 600, [0.5] * 600
    optimizer = SGD(model.parameters())
    history = fit(model, X, y, mse_loss, optimizer, epochs=2, progress=screen)
    text = "fit records every batch: Sequential keeps or draws something as it runs"
    assert screen.file.getvalue().count(text) == 1
    assert not history.compiled
