"""fit tells what it cannot train with, instead of training nothing."""

import numpy as np
import pytest

from dendrograd import Value, no_grad
from dendrograd.errors import GraphError, OperandError
from dendrograd.nn import (
    MLP,
    SGD,
    AdamW,
    Module,
    SettingError,
    evaluate,
    fit,
    mse_loss,
)

X, Y = [[0.0, 1.0], [1.0, 0.5], [0.2, 0.3]], [0.0, 1.0, 0.5]


def net():
    return MLP(2, [3, 1], activation="tanh", seed=0)


def numbers(model):
    return [p.data for p in model.parameters()]


def test_fit_inside_no_grad_says_that_nothing_is_recorded():
    model = net()
    before = numbers(model)
    with no_grad(), pytest.raises(GraphError, match=r"no_grad\(\) .* outside"):
        fit(model, X, Y, mse_loss, SGD(model.parameters()))
    assert numbers(model) == before
    assert model.training


@pytest.mark.parametrize("kind", [SGD, AdamW])
def test_the_optimiser_of_another_model_is_told_from_the_models_own(kind):
    model, other = net(), net()
    before = numbers(model)
    message = rf"MLP\(2 -> 3 tanh -> 1, .* {kind.__name__}\(model\.parameters\(\)\)"
    with pytest.raises(SettingError, match=message):
        fit(model, X, Y, mse_loss, kind(other.parameters(), lr=0.1))
    assert numbers(model) == numbers(other) == before


def test_an_optimiser_of_some_of_the_parameters_trains_those():
    model = net()
    first, last = model.layers
    before, head = numbers(first), numbers(last)
    fit(model, X, Y, mse_loss, SGD(last.parameters(), lr=0.1), epochs=1)
    assert numbers(first) == before
    assert numbers(last) != head


def test_parameters_that_the_model_does_not_list_are_trained_where_they_are_used():
    class Private(Module):
        def __init__(self):
            self._shift = Value(0.0)

        def forward(self, row):
            return self._shift + row[0]

    model = Private()
    fit(model, X, Y, mse_loss, SGD([model._shift], lr=0.1), epochs=1)
    assert model._shift.data != 0.0


@pytest.mark.parametrize(
    "loss",
    [
        lambda outputs, targets: Value(sum(y.data for y in outputs)),
        lambda outputs, targets: mse_loss([Value(y.data) for y in outputs], targets),
    ],
    ids=["leaf", "graph beside the model"],
)
def test_a_loss_that_no_parameter_leads_to_is_refused(loss):
    model = net()
    before = numbers(model)
    with pytest.raises(GraphError, match=r"epoch 1: no parameter .* leads to the loss"):
        fit(model, X, Y, loss, SGD(model.parameters(), weight_decay=1.0, lr=0.1))
    assert numbers(model) == before


def test_a_gradient_of_zero_is_no_missing_path():
    model = MLP(2, [1], init="zeros")
    history = fit(model, X, [0.0] * 3, mse_loss, SGD(model.parameters()), epochs=2)
    assert [record["loss"] for record in history] == [0.0, 0.0]


def test_a_parameter_may_itself_be_the_loss():
    model = MLP(1, [1], init="zeros")
    bias = model.layers[0].neurons[0].bias
    optimiser = SGD(model.parameters(), lr=0.5)
    fit(model, [[1.0]], [0.0], lambda outputs, targets: bias, optimiser, epochs=1)
    assert bias.data == -0.5


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda loss: float(loss), r"a float; a loss is one Value.*float\(\)"),
        (lambda loss: np.float64(loss.data), "a float64; .* cut the graph"),
        (lambda loss: [loss, loss], 'a list; .* mean, with reduction="mean"'),
        (lambda loss: None, "a NoneType; .* without a return"),
    ],
)
def test_a_loss_function_that_returns_no_value_is_named(returned, message):
    def squares(outputs, targets):
        return returned(mse_loss(outputs, targets))

    model = net()
    with pytest.raises(OperandError, match=f"epoch 1: squares returned .*{message}"):
        fit(model, X, Y, squares, SGD(model.parameters()))


def test_an_evaluation_takes_a_float_and_refuses_a_list():
    record = evaluate(net(), X, Y, lambda outputs, targets: 0.25)
    assert record == {"loss": 0.25}
    with pytest.raises(OperandError, match=r"evaluate: .* returned .* a list"):
        evaluate(net(), X, Y, lambda outputs, targets: list(outputs))


@pytest.mark.parametrize(
    ("setting", "error", "message"),
    [
        ({"epochs": "3"}, SettingError, "fit: epochs is '3'; .* whole number >= 0"),
        ({"epochs": 2.5}, SettingError, "fit: epochs is 2.5"),
        ({"batch_size": None}, SettingError, "batch_size is None; .* number >= 1"),
        ({"batch_size": 2.0}, SettingError, "batch_size is 2.0"),
        ({"loss": "mse"}, SettingError, "loss is 'mse'; it must be a function"),
        ({"metrics": mse_loss}, SettingError, "metrics is .* must be a dict"),
        ({"max_norm": "1"}, SettingError, "max_norm is '1'; .* a number >= 0"),
        ({"y": None}, OperandError, "fit: y is a NoneType, which has no length"),
        ({"X": iter(X)}, OperandError, "fit: X is a list_iterator"),
        ({"optimizer": [Value(1.0)]}, OperandError, r"is a list; .* SGD\(model"),
    ],
)
def test_an_argument_of_another_type_is_named(setting, error, message):
    model = net()
    usual = {"model": model, "X": X, "y": Y, "loss": mse_loss}
    with pytest.raises(error, match=message):
        fit(**usual | {"optimizer": SGD(model.parameters())} | setting)
