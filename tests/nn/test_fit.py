"""fit learns what can be learned, tells what it did, and stops before it is too late."""

import io
import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console
from stand_ins import Frame, Series

from dendrograd import Value
from dendrograd.errors import NonFiniteError, OperandError, ShapeError
from dendrograd.nn import (
    MLP,
    SGD,
    Adam,
    DataError,
    Dropout,
    ExponentialLR,
    Layer,
    Sequential,
    SettingError,
    Standardizer,
    accuracy,
    bce_with_logits_loss,
    cross_entropy,
    evaluate,
    fit,
    hinge_loss,
    mse_loss,
    train_test_split,
)

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def moons(n, seed):
    """Return two interleaved half circles with noise, and their classes."""
    rng, X, y = random.Random(seed), [], []
    for i in range(n):
        angle, upper = math.pi * rng.random(), i % 2
        centre = (0.0, 0.0) if upper else (1.0, 0.5)
        side = 1.0 if upper else -1.0
        X.append(
            [
                centre[0] + side * math.cos(angle) + rng.gauss(0, 0.1),
                centre[1] + side * math.sin(angle) + rng.gauss(0, 0.1),
            ]
        )
        y.append(upper)
    return X, y


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("loss", [bce_with_logits_loss, mse_loss])
def test_xor_is_learned(loss, seed):
    model = MLP(2, [8, 1], activation="tanh", seed=seed)
    history = fit(
        model,
        XOR,
        [0, 1, 1, 0],
        loss,
        Adam(model.parameters(), lr=0.05),
        epochs=150,
        batch_size=4,
        seed=0,
    )
    assert history[-1]["loss"] < 0.05 < history[0]["loss"]


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_moons_are_told_apart_on_points_never_seen(activation):
    X, y = moons(120, seed=0)
    model = MLP(2, [8, 2], activation=activation, seed=1)
    history = fit(
        model,
        X,
        y,
        cross_entropy,
        Adam(model.parameters(), lr=0.1),
        epochs=40,
        seed=0,
        test=moons(100, seed=1),
        metrics={"accuracy": accuracy},
    )
    assert history[-1]["test_accuracy"] > 0.95
    assert history[-1]["accuracy"] > history[0]["accuracy"]


def test_micrograds_demo_of_scores_and_hinge_learns():
    X, y = moons(40, seed=0)
    signs = [2 * t - 1 for t in y]
    model = MLP(2, [8, 1], seed=0)
    optimiser = SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
    history = fit(
        model,
        X,
        signs,
        hinge_loss,
        optimiser,
        epochs=30,
        seed=0,
        metrics={"accuracy": accuracy},
    )
    assert history[-1]["accuracy"] > 0.9


def test_the_history_has_a_record_per_epoch_and_is_told_as_it_goes():
    model, told = MLP(1, [1], seed=0), []
    history = fit(
        model,
        [[1.0], [2.0], [3.0]],
        [0, 1, 1],
        bce_with_logits_loss,
        SGD(model.parameters()),
        epochs=3,
        test=([[4.0]], [1]),
        metrics={"accuracy": accuracy},
        on_epoch=told.append,
    )
    assert told == history
    assert [record["epoch"] for record in history] == [1, 2, 3]
    keys = ["epoch", "loss", "accuracy", "test_loss", "test_accuracy"]
    assert all(list(record) == keys for record in history)


def test_an_epoch_is_the_steps_written_out_by_hand():
    X, y = moons(10, seed=2)
    by_fit, by_hand = MLP(2, [3, 1], seed=4), MLP(2, [3, 1], seed=4)
    history = fit(
        by_fit,
        X,
        y,
        mse_loss,
        SGD(by_fit.parameters(), lr=0.1),
        epochs=1,
        batch_size=10,
        seed=9,
    )
    order = list(range(10))
    random.Random(9).shuffle(order)
    optimiser = SGD(by_hand.parameters(), lr=0.1)
    loss = mse_loss(by_hand([X[i] for i in order]), [y[i] for i in order])
    loss.backward()
    optimiser.step()
    assert history[0]["loss"] == loss.data
    assert [p.data for p in by_fit.parameters()] == [
        p.data for p in by_hand.parameters()
    ]


def test_the_mean_loss_weighs_a_small_last_batch_by_its_size():
    model = MLP(1, [1], init="zeros")
    history = fit(
        model,
        [[0.0]] * 3,
        [1.0, 1.0, 1.0],
        mse_loss,
        SGD(model.parameters(), lr=0.0),
        epochs=1,
        batch_size=2,
    )
    assert history[0]["loss"] == 1.0


def test_the_same_seed_trains_to_the_same_bits_in_another_process():
    code = (
        "from dendrograd.nn import MLP, Adam, cross_entropy, fit\n"
        "X, y = [[0.0, 1.0], [1.0, 0.5], [0.3, 0.2], [0.9, 0.1]], [0, 1, 0, 1]\n"
        "model = MLP(2, [3, 2], seed=1)\n"
        "fit(model, X, y, cross_entropy, Adam(model.parameters()), epochs=5, "
        "batch_size=3, seed=2)\n"
        "print([p.data.hex() for p in model.parameters()])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1")
    }
    assert len(found) == 1
    assert "0x" in found.pop()


def test_arrays_of_any_dtype_train_like_lists():
    X, y = moons(12, seed=0)
    results = []
    for rows, targets in [(X, y), (np.array(X), np.array(y, dtype=np.int8))]:
        model = MLP(2, [2, 2], seed=0)
        fit(
            model,
            rows,
            targets,
            cross_entropy,
            SGD(model.parameters(), lr=0.1),
            epochs=2,
            seed=0,
        )
        results.append([p.data for p in model.parameters()])
    assert results[0] == results[1]


def test_a_schedule_steps_after_each_epoch_and_max_norm_clips():
    model = MLP(1, [1], seed=0)
    optimiser = SGD(model.parameters(), lr=1.0)
    before = [p.data for p in model.parameters()]
    fit(
        model,
        [[100.0]],
        [1e6],
        mse_loss,
        optimiser,
        epochs=3,
        schedule=ExponentialLR(optimiser, 0.5),
        max_norm=1.0,
    )
    moved = math.dist(before, [p.data for p in model.parameters()])
    assert moved == pytest.approx(1.0 + 0.5 + 0.25, rel=1e-4)
    assert optimiser.lr == 0.125


def test_a_loss_that_is_not_finite_stops_before_the_step():
    model = MLP(1, [1], seed=0)
    optimiser = SGD(model.parameters(), lr=1e200)
    with pytest.raises(NonFiniteError, match=r"epoch \d+: the loss is (inf|nan)"):
        fit(model, [[1.0]], [3.0], mse_loss, optimiser, epochs=9)
    assert all(math.isfinite(p.data) for p in model.parameters())


NAN, INF = math.nan, math.inf
GAPS = {
    "list": ([[0.0, 1.0], [2.0, NAN]], [0, 1], "X: row 1, column 1 is nan"),
    "array": (
        np.array([[0.0, 1.0], [-INF, 2.0]]),
        [0, 1],
        "X: row 1, column 0 is -inf",
    ),
    "rows of arrays": (
        [np.zeros(2), np.array([1.0, NAN])],
        [0, 1],
        "X: row 1, column 1",
    ),
    "scalars of NumPy": (
        [[np.float32(NAN), 0.0], [0, 1]],
        [0, 1],
        "X: row 0, column 0",
    ),
    "frame": (Frame({"a": [0.0, 1.0], "b": [NAN, 2.0]}), [0, 1], "X: row 0, column 1"),
    "values": ([[Value(0.0), Value(INF)], [0, 1]], [0, 1], "X: row 0, column 1 is inf"),
    "hole": ([[0.0, None], [0, 1]], [0, 1], "X: row 0, column 1 is None"),
    "target": ([[0, 1], [1, 0]], Series([1.0, NAN]), "y: row 1 is nan"),
    "targets": ([[0, 1], [1, 0]], [[1.0], [INF]], "y: row 1, column 0 is inf"),
}


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([[0.0, 1.0], [2.0, "red"]], [0, 1], "X: row 1, column 1 is 'red', a text"),
        (
            np.array([[0.0, "x"]], dtype=object),
            [0],
            "X: row 0, column 1 is 'x', a text",
        ),
        ([[0.0, 1.0]], ["cat"], "y: row 0 is 'cat', a text; .* a class its index"),
    ],
    ids=["list", "objects", "classes"],
)
def test_a_text_in_the_data_is_named(X, y, message):
    model = MLP(2, [1], seed=0)
    with pytest.raises(DataError, match=f"^fit: {message}"):
        fit(model, X, y, mse_loss, SGD(model.parameters()))


@pytest.mark.parametrize(("X", "y", "message"), GAPS.values(), ids=GAPS)
def test_a_gap_in_the_data_is_named_before_anything_is_learnt(X, y, message):
    model = MLP(2, [1], seed=0)
    before = [p.data for p in model.parameters()]
    optimizer = SGD(model.parameters(), lr=0.1)
    with pytest.raises(
        DataError, match=f"^fit: {message}.*; drop the row or fill it in"
    ):
        fit(model, X, y, mse_loss, optimizer)
    with pytest.raises(DataError, match=f"^fit: test: {message}"):
        fit(model, [[0.0, 1.0]], [1.0], mse_loss, optimizer, test=(X, y))
    with pytest.raises(DataError, match=f"^evaluate: {message}"):
        evaluate(model, X, y, mse_loss)
    assert [p.data for p in model.parameters()] == before


def test_a_masked_array_is_not_read_behind_its_mask():
    hidden = np.ma.masked_array([[0.0, 1.0], [2.0, 1e9]], mask=[[0, 0], [0, 1]])
    model = MLP(2, [1], seed=0)
    with pytest.raises(OperandError, match=r"fit: .* under a mask; .*filled"):
        fit(model, hidden, [0, 1], mse_loss, SGD(model.parameters()))
    with pytest.raises(DataError, match=r"Standardizer\.fit: .* under a mask"):
        Standardizer().fit(hidden)
    standard = Standardizer().fit(hidden.filled(0.0))
    train, test, *_ = train_test_split(hidden, [0, 1], test_size=1, seed=0)
    assert train.mask.sum() + test.mask.sum() == 1
    with pytest.raises(DataError, match=r"Standardizer\.transform: .* under a mask"):
        standard.transform(hidden)


def test_dropout_is_on_in_training_and_off_in_evaluation():
    model = Sequential(Dropout(0.5, seed=0), Layer(4, 1, activation=None, seed=0))
    row = [[1.0, 1.0, 1.0, 1.0]]
    first = evaluate(model, row, [0.0], mse_loss)
    assert all(evaluate(model, row, [0.0], mse_loss) == first for _ in range(8))
    assert model.training
    assert model.parts[0].training
    history = fit(
        model,
        row * 8,
        [0.0] * 8,
        mse_loss,
        SGD(model.parameters(), lr=0.0),
        epochs=2,
        test=(row, [0.0]),
    )
    assert history[0]["loss"] != history[1]["loss"]
    assert history[0]["test_loss"] == history[1]["test_loss"] == first["loss"]
    assert model.training
    assert model.parts[0].training


def test_an_evaluation_that_is_interrupted_early_leaves_no_module_in_eval_mode():
    class Interrupted(Sequential):
        def eval(self):
            next(iter(self.modules())).training = False  # the first of them was reached
            raise KeyboardInterrupt

    model = Interrupted(Layer(1, 1), Dropout(0.5))
    with pytest.raises(KeyboardInterrupt):
        evaluate(model, [[1.0]], [0.0], mse_loss)
    assert all(module.training for module in model.modules())


def test_evaluation_records_no_graph_and_moves_nothing():
    model = MLP(2, [2, 1], seed=0)
    seen = []

    def loss(outputs, targets):
        seen.extend(outputs)
        return mse_loss(outputs, targets)

    evaluate(model, XOR, [0, 1, 1, 0], loss)
    assert len(seen) == 4
    assert all(output.parents == () for output in seen)
    assert {p.grad for p in model.parameters()} == {0.0}


def test_the_progress_bar_shows_epochs_and_figures_where_it_is_told():
    model, screen = MLP(1, [1], seed=0), io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, _environ={})
    fit(
        model,
        [[1.0]],
        [1.0],
        mse_loss,
        SGD(model.parameters(), lr=0.0),
        epochs=2,
        progress=console,
    )
    assert "epoch 2/2" in screen.getvalue()
    assert "loss 0." in screen.getvalue()


def test_above_the_first_bar_stands_how_to_get_the_class_in_c(monkeypatch, capsys):
    monkeypatch.setattr("dendrograd.native.advice", lambda: "install a compiler")
    monkeypatch.setattr("dendrograd.native.said", False)
    model = MLP(1, [1], seed=0)
    optimiser = SGD(model.parameters())
    for progress in (False, True, True):
        fit(model, [[1.0]], [1.0], mse_loss, optimiser, epochs=1, progress=progress)
    assert capsys.readouterr().out.count("install a compiler") == 1


def test_nothing_is_printed_unasked_and_true_means_the_screen(capsys):
    model = MLP(1, [1], seed=0)
    optimiser = SGD(model.parameters())
    fit(model, [[1.0]], [1.0], mse_loss, optimiser, epochs=1)
    assert capsys.readouterr() == ("", "")
    fit(model, [[1.0]], [1.0], mse_loss, optimiser, epochs=1, progress=True)
    assert "epoch 1/1" in capsys.readouterr().out


def test_unusable_data_and_settings_are_refused():
    model = MLP(1, [1], seed=0)
    optimiser = SGD(model.parameters())
    with pytest.raises(ShapeError, match="2 rows but 1 targets"):
        fit(model, [[1.0], [2.0]], [1.0], mse_loss, optimiser)
    with pytest.raises(ShapeError, match="no rows"):
        fit(model, [], [], mse_loss, optimiser)
    with pytest.raises(SettingError, match="epochs is -1"):
        fit(model, [[1.0]], [1.0], mse_loss, optimiser, epochs=-1)
    assert fit(model, [[1.0]], [1.0], mse_loss, optimiser, epochs=0) == []


@pytest.mark.parametrize("test", [[[1.0], [2.0], [3.0]], {"X": [[1.0]], "y": [1.0]}])
def test_rows_to_test_with_come_with_their_targets(test):
    model = MLP(1, [1], seed=0)
    wanted = r"fit: test is a (list|dict); give the pair \(X, y\)"
    with pytest.raises(OperandError, match=wanted):
        fit(model, [[1.0]], [1.0], mse_loss, SGD(model.parameters()), test=test)
