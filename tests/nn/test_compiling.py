"""A compiled training takes the steps of the recorded one, whatever model and loss."""

import random
import warnings
from functools import partial

import numpy as np
import pytest
from cases import CASES, PAIRWISE

import dendrograd as dg
from dendrograd import Value, nn
from dendrograd.nn import (
    MLP,
    SGD,
    Adam,
    Dropout,
    Layer,
    Module,
    Sequential,
    cross_entropy,
    fit,
    mse_loss,
)
from dendrograd.nn.compiling import ByRows
from dendrograd.nn.errors import SettingError
from dendrograd.nn.stepping import Gradients
from dendrograd.nn.weights import Weights

RNG = np.random.default_rng(0)
X = RNG.normal(size=(37, 3))
LABELS = RNG.integers(0, 2, 37).tolist()


class Branching(Module):
    def __init__(self):
        self.slope, self.shift = Value(0.3), Value(0.1)

    def forward(self, row):
        total = self.slope * row[0] + self.shift
        return total if row[1] > 0.0 else dg.tanh(total) * row[2]


class Tied(Module):
    def __init__(self):
        self.first = Layer(3, 3, activation="tanh", seed=0)
        self.again, self.fixed = self.first, Value(0.5)

    def forward(self, row):
        return (dg.sum(self.again(self.first(row))) * self.fixed, row[0])


def mlp(outputs=1):
    return MLP(3, [4, outputs], activation="tanh", seed=1)


def trained(make, loss, y, compiled, epochs=20, only=None, **settings):
    """Return parameters and history of 100 steps."""
    model = make()
    params = model.parameters()[:only]
    usual = {"optimizer": Adam(params, lr=0.01), "batch_size": 8, "seed": 0}
    usual |= settings
    if isinstance(usual["optimizer"], partial):
        usual["optimizer"] = usual["optimizer"](params)
    history = fit(model, X, y, loss, epochs=epochs, compiled=compiled, **usual)
    return np.array([p.data for p in model.parameters()]), history


def assert_same_steps(make, loss, y, **settings):
    """Check 100 steps: weights, losses and metrics, compiled and recorded."""
    code, graph = (trained(make, loss, y, how, **settings) for how in (True, False))
    assert code[1].compiled
    assert not graph[1].compiled
    np.testing.assert_allclose(code[0], graph[0], rtol=1e-9, atol=1e-9)
    for one, other in zip(code[1], graph[1], strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("loss", PAIRWISE)
def test_each_loss_of_pairs_takes_the_recorded_steps(loss):
    case = CASES[loss]
    y = [case.target(100.0 * (x - 0.5)) for x in RNG.uniform(size=37)]

    class Inside(Module):  # outputs as the loss takes them
        def __init__(self):
            self.net = mlp()

        def forward(self, row):
            return case.input(self.net(row))

    assert_same_steps(Inside, loss, y)


OWN = {
    "sum": lambda outputs, targets: dg.sum(
        [(o - t) ** 2 for o, t in zip(outputs, targets, strict=True)]
    ),
    "largest": lambda outputs, targets: dg.logsumexp(
        [(o - t) ** 2 for o, t in zip(outputs, targets, strict=True)]
    ),
    "pairs": lambda outputs, targets: dg.sum(
        [
            dg.softplus((s - t) * (p - o))
            for o, t in zip(outputs, targets, strict=True)
            for p, s in zip(outputs, targets, strict=True)
        ]
    ),
    "by an index": lambda outputs, targets: (
        -dg.sum([o if t > 0.5 else -o for o, t in zip(outputs, targets, strict=True)])
        * 0.01
    ),
}


@pytest.mark.parametrize("name", OWN)
def test_a_loss_of_ones_own_is_any_function_of_all_outputs(name):
    # Adam would make steps of what is rounding: by pairs, the last bias has no slope.
    assert_same_steps(mlp, OWN[name], LABELS, optimizer=partial(SGD, lr=0.01))


def test_a_loss_may_use_the_parameters_too():
    model = mlp()

    def make():
        fresh = mlp()
        for p, q in zip(model.parameters(), fresh.parameters(), strict=True):
            p.data = q.data
        return model

    def loss(outputs, targets):
        penalty = dg.sum([p * p for p in model.parameters()])
        return mse_loss(outputs, targets) + 0.01 * penalty

    assert_same_steps(make, loss, LABELS, epochs=5)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", ["classes", "probabilities"])
def test_cross_entropy_takes_the_recorded_steps(reduction, kind):
    y = LABELS if kind == "classes" else [[0.25, 0.75], [0.9, 0.1], [0.5, 0.5]] * 12
    y = [*y, [0.0, 1.0]][:37] if kind != "classes" else y
    loss = partial(cross_entropy, reduction=reduction)
    assert_same_steps(lambda: mlp(2), loss, y, epochs=5)


MODELS = {
    "branches": (Branching, mse_loss, LABELS),
    "relu": (lambda: MLP(3, [5, 5, 1], seed=0), mse_loss, LABELS),
    "outputs": (lambda: mlp(3), mse_loss, X.tolist()),
    "tied": (Tied, mse_loss, X[:, :2].tolist()),
    "parts": (
        lambda: Sequential(Layer(3, 4, activation="gelu", seed=0), Layer(4, 2, seed=1)),
        cross_entropy,
        LABELS,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_each_kind_of_model_takes_the_recorded_steps(name):
    assert_same_steps(*MODELS[name], metrics={"mean": lambda o, t: np.mean(o)})


@pytest.mark.parametrize("only", [3, 6])
def test_parameters_that_are_not_optimised_stay(only):
    assert_same_steps(mlp, mse_loss, LABELS, only=only, epochs=3)
    numbers = trained(mlp, mse_loss, LABELS, True, only=only, epochs=1)[0]
    assert numbers[only:].tolist() == [p.data for p in mlp().parameters()][only:]


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_clipping_schedules_and_patience_are_those_of_a_recorded_training(kind):
    optimizer = partial(kind, lr=0.05)

    class Halved:
        def __init__(self):
            self.calls = 0

        def on_batch(self, record):
            self.calls += 1
            if self.calls == 7:
                for p in self.model.parameters():
                    p.data *= 0.5

    def make():
        callback.model = mlp()
        return callback.model

    for _ in range(2):
        callback = Halved()
    found = []
    for how in (True, False):
        callback = Halved()
        found.append(
            trained(
                make, mse_loss, LABELS, how, optimizer=optimizer, epochs=6,
                max_norm=0.1, patience=2, validation_fraction=0.2,
                test=(X[:5], LABELS[:5]), callbacks=[callback],
            )
        )  # fmt: skip
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-9)
    for one, other in zip(found[0][1], found[1][1], strict=True):
        assert one == pytest.approx(other, rel=1e-9)


def test_gradients_lie_in_the_values_before_each_callback():
    seen = []

    def look(record):
        seen[-1].append([(p.data, p.grad) for p in model.parameters()])

    for how in (True, False):
        seen.append([])
        model = mlp()
        optimizer = SGD(model.parameters(), lr=0.1)
        fit(
            model, X, LABELS, mse_loss, optimizer,
            epochs=3, seed=0, on_epoch=look, compiled=how,
        )  # fmt: skip
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-9, atol=1e-12)


def test_a_model_that_a_callback_changes_is_recorded_anew():
    def change(record):
        if record["epoch"] == 2:
            model.layers[0].neurons[0]._function = dg.sin
            model.layers[1].neurons[0].activation = "changed"

    found = []
    for how in (True, False):
        model = mlp()
        optimizer = SGD(model.parameters(), lr=0.1)
        fit(
            model, X, LABELS, mse_loss, optimizer,
            epochs=5, seed=0, on_epoch=change, compiled=how,
        )  # fmt: skip
        found.append([p.data for p in model.parameters()])
    np.testing.assert_allclose(*found, rtol=1e-9)


class Counting(Module):
    def __init__(self):
        self.net, self.calls = mlp(), 0

    def forward(self, row):
        self.calls += 1
        return self.net(row)


class Noisy(Module):
    def __init__(self, draw=random.random):
        self.net, self.draw = mlp(), draw

    def forward(self, row):
        return self.net(row) + 0.01 * self.draw()


class Outside(Module):
    def __init__(self):
        self.weights = [Value(0.5), Value(0.1)]
        self._kept = tuple(self.weights)
        kept = self.weights[0]
        self.function = lambda x: x * kept

    def forward(self, row):
        return self.function(row[0]) + self.weights[1]


class Peeking(Module):
    def __init__(self):
        self.weight = Value(0.5)

    def forward(self, row):
        return self.weight * row[0] * (1.0 + 0.1 * self.weight.data)


NOT_COMPILED = {
    "drawing": (lambda: Sequential(mlp(), Dropout(0.5, seed=0)), "keeps or draws"),
    "counting": (Counting, "keeps or draws something as it runs"),
    "random": (Noisy, "draws random numbers"),
    "random of NumPy": (lambda: Noisy(np.random.random), "keeps or draws"),
    "a parameter elsewhere": (Outside, "hangs on none of its modules"),
    "a number read": (Peeking, "TraceError"),
}


@pytest.mark.parametrize("name", NOT_COMPILED)
def test_a_model_that_is_no_function_of_the_row_is_recorded_and_it_is_said_why(name):
    make, why = NOT_COMPILED[name]
    found = []
    for how in (None, False):
        random.seed(1)
        np.random.seed(1)
        numbers, history = trained(make, mse_loss, LABELS, how, epochs=16)
        found.append([*numbers, *[record["loss"] for record in history]])
    assert found[0] == found[1]  # the same bits
    random.seed(1)
    _, history = trained(make, mse_loss, LABELS, None, epochs=16)
    assert why in history.why
    assert not history.compiled
    with pytest.raises(SettingError, match=f"fit: compiled=True, but .*{why}"):
        trained(make, mse_loss, LABELS, True, epochs=1)


def test_rows_of_several_lengths_are_recorded():
    class Recurrent(Module):
        def __init__(self):
            self.weight = Value(0.5)

        def forward(self, row):
            state = 0.0
            for x in row:
                state = dg.tanh(self.weight * state + x)
            return state

    rows = [[0.1] * (1 + i % 3) for i in range(600)]
    model = Recurrent()
    history = fit(
        model, rows, [0.5] * 600, mse_loss, SGD(model.parameters()), epochs=2, seed=0
    )
    assert history.why == "the rows differ in length"


def test_a_few_rows_are_not_worth_a_recording():
    _, history = trained(mlp, mse_loss, LABELS, None, epochs=2)
    assert (history.compiled, history.why) == (False, "")


@pytest.mark.parametrize("epochs", [4, 15])
def test_a_training_that_goes_on_has_the_bits_of_one_that_was_not_broken(
    tmp_path, epochs
):
    whole, _ = trained(mlp, mse_loss, LABELS, None, epochs=20)
    file = tmp_path / "run.safetensors"
    trained(mlp, mse_loss, LABELS, None, epochs=epochs, checkpoint=file)
    found, history = trained(
        mlp, mse_loss, LABELS, None, epochs=20, checkpoint=file, resume=True
    )
    assert history.compiled
    assert found.tolist() == whole.tolist()


def test_figures_of_rows_held_out_have_the_bits_of_evaluate():
    model = mlp()
    history = fit(
        model, X, LABELS, mse_loss, SGD(model.parameters()), epochs=3, compiled=True,
        test=(X, LABELS), metrics={"mean": lambda o, t: np.mean(o)},
    )  # fmt: skip
    expected = nn.evaluate(
        model, X, LABELS, mse_loss, metrics={"mean": lambda o, t: np.mean(o)}
    )
    assert history[-1]["test_loss"] == expected["loss"]
    assert history[-1]["test_mean"] == expected["mean"]


def test_an_error_is_the_one_of_a_recorded_training():
    class Log(Module):
        def __init__(self):
            self.weight = Value(1.0)

        def forward(self, row):
            return dg.log(self.weight * row[0] + 3.0)

    def outcome(how, loss=mse_loss, lr=2.0):
        model = Log()
        with pytest.raises(dg.errors.DendrogradError) as error:
            fit(
                model, X, LABELS, loss, SGD(model.parameters(), lr=lr),
                epochs=50, batch_size=8, seed=0, compiled=how,
            )  # fmt: skip
        return type(error.value), str(error.value), model.weight.data

    with warnings.catch_warnings():
        code, graph = outcome(True), outcome(False)
    assert code[:2] == graph[:2]
    assert code[2] == pytest.approx(graph[2], rel=1e-9)


def test_the_same_seed_gives_the_same_bits():
    runs = [trained(lambda: mlp(2), cross_entropy, LABELS, True) for _ in range(2)]
    assert runs[0][0].tolist() == runs[1][0].tolist()
    assert runs[0][1] == runs[1][1]


@pytest.mark.parametrize(
    "loss",
    [lambda o, t: Value(1.0) * 2.0, lambda o, t: None, lambda o, t: 1.0],
    ids=["no path", "nothing", "a number"],
)
def test_a_loss_that_is_none_is_told_as_in_a_recorded_training(loss):
    told = []
    for how in (True, False):
        with pytest.raises(dg.errors.DendrogradError) as error:
            trained(mlp, loss, LABELS, how)
        told.append((type(error.value), str(error.value)))
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "loss", [cross_entropy, partial(cross_entropy, reduction="sum")]
)
def test_a_loss_of_this_library_is_part_of_the_code(loss):
    model = mlp(2)
    optimizer = SGD(model.parameters(), lr=0.01)
    gradients = Gradients(model, loss, optimizer, (X.tolist(), LABELS), True)
    gradients(Weights(optimizer), range(8), "fit", False)
    assert isinstance(gradients.code, ByRows)
