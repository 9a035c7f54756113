"""Many rows are predicted at once, with the bits and the side effects of one by one."""

import random

import numpy as np
import pytest

import dendrograd as dg
from dendrograd import Value, nn
from dendrograd.nn import MLP, Dropout, Elementwise, Layer, Module, Sequential, predict
from dendrograd.nn.over_rows import LEAST, over_rows

X = np.random.default_rng(0).normal(size=(LEAST, 3))
ROWS = X.tolist()


def one_by_one(model, rows):
    """Return the predictions of pieces that are too short to be recorded."""
    return np.concatenate([predict(model, rows[:100]), predict(model, rows[100:])])


def parts():
    first, last = Layer(3, 4, seed=0), Layer(4, 2, activation=None, seed=1)
    return Sequential(first, Elementwise("gelu"), Dropout(0.5, seed=0), last)


class Branching(Module):
    def __init__(self):
        self.slope = Value(0.1)

    def forward(self, row):
        return [x if x > 0.0 else self.slope * x for x in row if x > -1.0][:1] or [0.0]


class Recurrent(Module):
    def __init__(self):
        self.weight = Value(0.5)

    def forward(self, row):
        state = 0.0
        for x in row:
            state = dg.tanh(self.weight * state + x)
        return [[state, 1.0], [row[0], row[1] * 2.0]]


MODELS = {
    "one output": MLP(3, [4, 1], seed=0),
    "outputs": MLP(3, [4, 2], activation="tanh", seed=0),
    "parts": parts(),
    "branches": Branching(),
    "a table for a row": Recurrent(),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", ["floats", "whole numbers"])
def test_outputs_have_the_bits_of_one_row_at_a_time(name, kind):
    rows = ROWS if kind == "floats" else np.round(9.0 * X).astype(int).tolist()
    with dg.no_grad():
        at_once = over_rows(MODELS[name].eval(), rows)
    assert at_once is not None
    expected = one_by_one(MODELS[name], rows)
    np.testing.assert_array_equal(at_once, expected, strict=True)
    np.testing.assert_array_equal(predict(MODELS[name], rows), expected, strict=True)


def test_what_was_changed_since_the_last_call_counts():
    model = MLP(3, [4, 2], seed=0)
    predict(model, X)
    model.parameters()[0].data += 1.0
    np.testing.assert_array_equal(predict(model, X), one_by_one(model, X))
    model.layers[0].neurons[1].bias = Value(3.0)
    np.testing.assert_array_equal(predict(model, X), one_by_one(model, X))
    model.layers.pop()
    assert predict(model, X).shape == (LEAST, 4)


def test_modes_values_and_graphs_are_left_alone():
    model = parts()
    model.parts[2].eval()
    model.parameters()[0].grad = 7.0
    expected = one_by_one(model, X)
    np.testing.assert_array_equal(predict(model, X), expected)
    assert [part.training for part in model.parts] == [True, True, False, True]
    assert model.parameters()[0].grad == 7.0
    assert all(not p.parents for p in model.parameters())


class Stateful(Module):
    """Keeps something between rows, in a way of its own, and answers by it or not."""

    def __init__(self, way):
        self.weight, self.way = Value(2.0), way
        self.count, self.seen, self.last = 0, [], Value(0.0)
        self.array, self.rng = np.zeros(1), random.Random(0)

    def forward(self, row):
        out = self.weight * row[0]
        if self.way == "a count":
            self.count += 1
            return out + self.count
        if self.way == "a silent count":
            self.count += 1
        elif self.way == "an equal number":
            self.count = float(self.count)
        elif self.way == "a list":
            self.seen.append(1.0)
        elif self.way == "a Value":
            self.last = out
        elif self.way == "an array":
            self.array += 1.0
        elif self.way == "a generator of its own":
            self.rng.random()
        elif self.way == "the generator of all":
            random.random()
        elif self.way == "the generator of NumPy":
            np.random.random()
        elif self.way == "noise":
            return out + random.random()
        return out

    def found(self):
        last = self.last.data
        held = (
            repr(self.count),
            self.seen,
            last,
            self.array.tolist(),
            self.rng.getstate(),
        )
        return *held, random.getstate(), np.random.get_state()[2]


WAYS = [
    "a count", "a silent count", "an equal number", "a list", "a Value", "an array",
    "a generator of its own", "the generator of all", "the generator of NumPy", "noise",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_model_that_keeps_or_draws_something_runs_row_by_row(way):
    drawn = random.getstate(), np.random.get_state()
    told = []
    for ask in (predict, one_by_one):
        random.seed(1)
        np.random.seed(1)
        model = Stateful(way)
        told.append((ask(model, X).tolist(), model.found()))
    random.setstate(drawn[0])
    np.random.set_state(drawn[1])
    assert told[0] == told[1]


class Odd(Module):
    def __init__(self, answer):
        self.answer = answer

    def forward(self, row):
        return self.answer(row)


@pytest.mark.parametrize(
    "answer",
    [lambda row: 3.0, lambda row: (), lambda row: np.array([row[0], 1.0]),
     lambda row: float(row[0] > 0.0), lambda row: [row[0]] if row[0] > 0 else row[0]],
    ids=["a constant", "nothing", "an array", "a float of a bool", "shapes"],
)  # fmt: skip
def test_odd_answers_are_those_of_one_row_at_a_time(answer):
    outcomes = []
    for ask in (predict, one_by_one):
        try:
            outcomes.append(ask(Odd(answer), X).tolist())
        except ValueError as error:
            outcomes.append(type(error))
    assert outcomes[0] == outcomes[1]


def test_a_model_with_a_thing_of_unknown_kind_runs_row_by_row():
    model = Odd(lambda row: row[0])
    model.thing = object()
    with dg.no_grad():
        assert over_rows(model, ROWS) is None
    assert predict(model, X).tolist() == X[:, 0].tolist()


def test_errors_are_those_of_one_row_at_a_time():
    with pytest.raises(dg.errors.ShapeError) as few:
        predict(MLP(4, [1], seed=0), ROWS[:1])
    with pytest.raises(dg.errors.ShapeError) as many:
        predict(MLP(4, [1], seed=0), ROWS)
    assert str(few.value) == str(many.value)
    with dg.no_grad():
        assert over_rows(nn.MLP(3, [1]), [[True, False, True]] * LEAST) is None
        assert over_rows(nn.MLP(3, [1]), [["a", "b", "c"]] * LEAST) is None
