"""Whatever a model reads beside parameters and row, a compiled training minds it."""

import random

import numpy as np
import pytest

import dendrograd as dg
from dendrograd import Value
from dendrograd.nn import MLP, SGD, Layer, Module, Sequential, fit, mse_loss
from dendrograd.nn.reached import Unlike, alike, generators, has_own_code, state

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 2))
Y = RNG.normal(size=20).tolist()
SCALE = 1.0
TABLE = {"scale": [1.0]}
NOISE = [random.Random(0)]


class Line(Module):
    factor = 1.0

    def __init__(self, around=lambda x: x):
        self.weights, self.around = [Value(0.3), Value(-0.2)], around

    def forward(self, row):
        return self.around(dg.dot(self.weights, row))


class Scaled:
    def __init__(self):
        self.scale = 1.0

    def __call__(self, x):
        return self.scaled(x)

    def scaled(self, x):
        return x * self.scale


class Config:
    scale = 1.0


def by_a_global(x):
    return x * SCALE


def by_what_another_reads(x):
    return by_a_global(x)


def rescale_global(_):
    global SCALE
    SCALE = 2.0


class OfItsClass(Line):
    def forward(self, row):
        return self.factor * super().forward(row)


def in_a_closure():
    scale = 1.0

    def function(x):
        return x * scale

    def change(_):
        nonlocal scale
        scale = 2.0

    return Line(function), change


def by_an_object(way):
    scaled = Scaled()
    return Line(way(scaled)), lambda _: setattr(scaled, "scale", 2.0)


CHANGES = {
    "an object that can be called": lambda: by_an_object(lambda x: x),
    "a method of an object": lambda: by_an_object(lambda x: x.scaled),
    "an object in a closure": lambda: by_an_object(lambda x: lambda y: x(y)),
    "an object in a default": lambda: by_an_object(lambda x: lambda y, x=x: x(y)),
    "a global": lambda: (Line(by_a_global), rescale_global),
    "a global of another function": lambda: (
        Line(by_what_another_reads),
        rescale_global,
    ),
    "a list in a global": lambda: (
        Line(lambda x: x * TABLE["scale"][0]),
        lambda _: TABLE["scale"].__setitem__(0, 2.0),
    ),
    "a class": lambda: (
        Line(lambda x: x * Config.scale),
        lambda _: setattr(Config, "scale", 2.0),
    ),
    "the class of the model": lambda: (
        OfItsClass(),
        lambda _: setattr(OfItsClass, "factor", 2.0),
    ),
    "a closure": in_a_closure,
}


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    for owner, name in ((Config, "scale"), (OfItsClass, "factor")):
        monkeypatch.setattr(owner, name, 1.0)
    monkeypatch.setitem(TABLE, "scale", [1.0])
    monkeypatch.setitem(globals(), "SCALE", 1.0)
    monkeypatch.setitem(globals(), "NOISE", [random.Random(0)])


def trained(model, how, **settings):
    """Return parameters and losses of 30 steps."""
    history = fit(
        model, X, Y, mse_loss, SGD(model.parameters(), lr=0.05),
        epochs=6, batch_size=4, seed=0, compiled=how, **settings,
    )  # fmt: skip
    return [p.data for p in model.parameters()], [r["loss"] for r in history], history


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_model_reads_may_change_between_epochs(name, request):
    found = []
    for how in (True, False):
        model, change = CHANGES[name]()
        found.append(
            trained(model, how, on_epoch=lambda r, f=change: f(r) and None)[:2]
        )
        for owner, key in ((Config, "scale"), (OfItsClass, "factor")):
            setattr(owner, key, 1.0)
        TABLE["scale"] = [1.0]
        globals()["SCALE"] = 1.0
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-9)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-9)


def test_a_schedule_may_change_the_model():
    class Cooling:
        def __init__(self, scaled):
            self.scaled = scaled

        def step(self):
            self.scaled.scale *= 0.5

    found = []
    for how in (True, False):
        scaled = Scaled()
        found.append(trained(Line(scaled), how, schedule=Cooling(scaled))[0])
    np.testing.assert_allclose(*found, rtol=1e-9)


def noisy(draw, odds=1.0):
    return Line(lambda x: x + (draw() if draw() < odds else 0.0))


DRAWS = {
    "a method": lambda: noisy(random.Random(0).random),
    "a method of NumPy's": lambda: noisy(np.random.default_rng(0).random),
    "one of the old kind": lambda: noisy(np.random.RandomState(0).random),
    "a method in Python": lambda: noisy(random.Random(0).gauss.__self__.random),
    "in a global": lambda: Line(lambda x: x + NOISE[0].gauss(0.0, 1.0)),
    "seldom": lambda: noisy(random.Random(0).random, 0.01),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_generator_that_a_model_draws_from_has_the_stream_of_a_recorded_training(
    name,
):
    found = []
    for how in (None, False):
        NOISE[0] = random.Random(0)
        model = DRAWS[name]()
        history = fit(
            model, X, Y, mse_loss, SGD(model.parameters(), lr=0.05),
            epochs=30, seed=0, compiled=how,
        )  # fmt: skip
        found.append([p.data for p in model.parameters()])
        assert not history.compiled
    assert found[0] == found[1]


def test_an_entry_of_the_row_may_be_a_key():
    rows = [[i % 2, 1.0] for i in range(19)] + [[7, 1.0]]

    def make():
        model = Line()
        model.forward = lambda row: (
            dg.dot(model.weights, row) + {7: 1.0}.get(row[0], 0.0)
        )
        return model

    found = []
    for how in (None, False):
        model = make()
        fit(
            model, rows * 3, Y * 3, mse_loss, SGD(model.parameters(), lr=0.01),
            epochs=15, seed=0, compiled=how,
        )  # fmt: skip
        found.append([p.data for p in model.parameters()])
    assert found[0] == found[1]


def test_a_metric_gets_the_numbers_that_the_model_gives():
    class Classes(Line):
        def forward(self, row):
            score = super().forward(row)
            return score if self.training else (1 if score > 0.0 else 0)

    def count(outputs, _):
        return sum([3.0, 5.0][y] if type(y) is int else y for y in outputs)

    found = [
        trained(Classes(), how, test=(X, Y), metrics={"count": count})[2]
        for how in (True, False)
    ]
    assert found[0].compiled
    for one, other in zip(*found, strict=True):
        assert one == pytest.approx(other, rel=1e-9)


def test_an_error_of_the_model_is_told_as_in_a_recorded_training():
    def fails(x):
        raise KeyError("no such entry")

    for how in (True, False):
        with pytest.raises(KeyError, match="no such entry"):
            trained(Line(fails), how)


def test_state_knows_what_cannot_change_and_refuses_what_may():
    model = Line()
    model.kept = [np.int64(2), frozenset({1}), (1.0, "a"), float("nan")]
    assert alike(state(model), state(model))
    model.kept[0] = np.int64(3)
    before = state(model)
    model.kept[0] = np.int64(4)
    assert not alike(before, state(model))
    model.kept = {1.0}
    with pytest.raises(Unlike, match="it holds a set, which may change unseen"):
        state(model)


def test_a_model_that_holds_itself_is_walked_once():
    model = Line()
    model._whole = [model, {"self": model}]
    assert alike(state(model), state(model))


def test_generators_are_found_wherever_they_lie():
    noise = [
        random.Random(0),
        np.random.default_rng(0),
        np.random.RandomState(0),
        random.Random(1),
    ]
    model = Line(noise[0].random)
    model.more = {"deep": [noise[1].normal, (noise[2],)]}
    model.inside = lambda: noise[3]
    assert {*map(id, generators(model))} == {*map(id, noise)}


def test_code_of_ones_own_is_told_from_that_of_the_package():
    assert not has_own_code(MLP(2, [3, 1]))
    assert has_own_code(Sequential(Layer(2, 1), lambda x: x))
    assert has_own_code(Line())


def test_a_model_of_many_paths_is_recorded_before_much_is_spent_on_them(recwarn):
    class Forked(Line):
        def forward(self, row):
            total = super().forward(row[:2])
            for x in row:
                total = total * 1.01 if x > 0.0 else dg.tanh(total)
            return total

    rows = np.random.default_rng(0).normal(size=(600, 7))
    model = Forked()
    history = fit(
        model, rows, [0.5] * 600, mse_loss, SGD(model.parameters()), epochs=1, seed=0
    )
    assert history.why == "the model takes more than 16 paths"
    assert not recwarn.list


def test_a_model_that_counts_its_calls_is_not_called_more_often():
    class Counting(Line):
        def __init__(self):
            super().__init__()
            self.calls = [0]

        def forward(self, row):
            self.calls[0] += 1
            return super().forward(row)

    counts = []
    for how in (None, False):
        model = Counting()
        fit(
            model, X, Y, mse_loss, SGD(model.parameters()),
            epochs=27, seed=0, compiled=how,
        )  # fmt: skip
        counts.append(model.calls[0])
    assert counts == [27 * len(X)] * 2
