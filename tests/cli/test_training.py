"""Settings, scores and the lines that a training tells."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dendrograd.cli.errors import CommandError
from dendrograd.cli.task import Task
from dendrograd.cli.training import Settings, r2, telling, train_model

TASK = Task(("x",), "y", ("a", "b"))
ROWS, GOALS = [[float(i)] for i in range(20)], [i % 4 // 3 for i in range(20)]


def console(width: int = 80, terminal: bool = False) -> Console:
    return Console(
        file=StringIO(), width=width, force_terminal=terminal, highlight=False
    )


def told(where: Console) -> str:
    assert isinstance(where.file, StringIO)
    return where.file.getvalue()


@pytest.mark.parametrize(
    ("hidden", "sizes"), [("16,16", [16, 16]), (" 8 ", [8]), ("none", []), ("NONE", [])]
)
def test_hidden_lists_the_sizes_of_the_layers(hidden: str, sizes: list[int]) -> None:
    assert Settings(hidden).sizes == sizes


@pytest.mark.parametrize(
    "hidden", ["", "0", "-1", "8,", "a", "1.5", "10001", "8;8", "²"]
)
def test_other_sizes_are_refused(hidden: str) -> None:
    with pytest.raises(CommandError, match="list the sizes"):
        _ = Settings(hidden).sizes


@pytest.mark.parametrize("seed", range(8))
def test_both_parts_hold_every_class_in_its_share_and_every_row_once(seed: int) -> None:
    settings = Settings("none", epochs=1, seed=seed)
    run = train_model(TASK, ROWS, GOALS, settings, console())
    assert sorted(run.train[0] + run.test[0]) == ROWS
    assert (len(run.train[0]), len(run.test[0])) == (15, 5)
    assert sum(run.test[1]) in (1, 2)
    assert sum(run.train[1]) + sum(run.test[1]) == sum(GOALS) == 5


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=9, unique=True))
def test_r2_is_one_for_the_truth_and_zero_for_the_mean(truth: list[float]) -> None:
    mean = sum(truth) / len(truth)
    if sum((t - mean) ** 2 for t in truth) > 1e-300:
        assert r2(truth, truth) == 1.0
        assert r2([mean] * len(truth), truth) == 0.0


def test_a_terminal_gets_a_bar_and_a_pipe_gets_lines_only() -> None:
    for terminal in (False, True):
        where = console(120, terminal)
        train_model(TASK, ROWS, GOALS, Settings("none", epochs=3), where)
        assert ("\x1b" in told(where)) is terminal
        assert ("━" in told(where)) is terminal
        assert "epoch 3  loss " in told(where)


def test_figures_of_an_epoch_stand_on_one_line() -> None:
    where = console()
    with telling(where, 100) as tell:
        tell({"epoch": 1, "loss": 0.5, "r2": 0.0, "test_loss": 1.0, "test_r2": -1.0})
        tell({"epoch": 3, "loss": 0.5})
        tell({"epoch": 100, "loss": 0.25})
    assert told(where).splitlines() == [
        "epoch   1  loss 0.5000 (test 1.0000)  r2 0.0000 (test -1.0000)",
        "epoch 100  loss 0.2500",
    ]
