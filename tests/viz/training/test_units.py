"""Dead and saturated units are those that the calculus says, whatever the activation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd import Value, dot, grad, relu, scope, tanh
from dendrograd.nn import MLP, Neuron, mse_loss
from dendrograd.nn.activations import ACTIVATIONS, resolve
from dendrograd.viz.training.units import TINY, Unit, units

ROWS = [[-1.0, 0.5], [2.0, 1.0], [0.0, -1.5], [0.3, 0.3]]


def found(model, rows=ROWS):
    loss = mse_loss(model(rows), [0.0] * len(rows))
    return units([loss], dict(model.named_parameters()))


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@given(bias=st.floats(-30, 30), weight=st.floats(-3, 3))
def test_a_row_counts_by_the_slope_of_the_activation_alone(name, bias, weight):
    neuron = Neuron(1, activation=name)
    neuron.load_state_dict({"weight": [weight], "bias": bias})
    sums = [weight * x + bias for x in (-2.0, 0.5, 3.0)]
    activation = resolve(name) or (lambda z: z)
    slopes = [grad(lambda z: activation(z) * 1.0)(z) for z in sums]
    values = [activation(Value(z)).data for z in sums]
    outputs = [neuron([x]) for x in (-2.0, 0.5, 3.0)]
    (unit,) = units(outputs, dict(neuron.named_parameters()))
    off = [s == 0 and y == 0 for s, y in zip(slopes, values, strict=True)]
    tiny = [abs(s) < TINY for s in slopes]
    assert unit.seen == 3
    assert unit.off == sum(off)
    assert unit.saturated == sum(tiny) - sum(off)


@given(st.data(), st.integers(0, 5))
def test_a_dead_unit_is_named_and_no_other(data, seed):
    model = MLP(2, [4, 3, 1], activation="relu", seed=seed)
    for size, layer in zip((1e2, 1e4, 1e6), model.layers, strict=True):
        for neuron in layer.neurons:
            neuron.bias.data = (
                size  # more than the inputs take from it: every unit is on
            )
    assert not any(unit.dead or unit.stuck for unit in found(model))
    i, j = data.draw(st.sampled_from([(0, 1), (0, 3), (1, 0), (1, 2)]))
    model.layers[i].neurons[j].bias.data = -1e7
    dead = [unit.name for unit in found(model) if unit.dead]
    assert dead == [f"layers.{i}.neurons.{j}"]


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_a_saturated_unit_is_named_and_no_other(activation):
    model = MLP(2, [4, 3, 1], activation=activation, seed=0)
    assert not any(unit.dead or unit.stuck for unit in found(model))
    model.layers[1].neurons[2].bias.data = 20.0
    stuck = [unit for unit in found(model) if unit.stuck]
    assert stuck == [Unit("layers.1.neurons.2", seen=4, off=0, saturated=4)]


def test_a_unit_that_is_on_for_one_row_is_not_dead():
    model = MLP(1, [1, 1], activation="relu", seed=0)
    model.load_state_dict(
        {
            "layers.0.weight": [[1.0]],
            "layers.0.bias": [-2.5],
            "layers.1.weight": [[1.0]],
            "layers.1.bias": [0.0],
        }
    )
    first, _ = found(model, [[1.0], [2.0], [3.0]])
    assert (first.off, first.dead, first.stuck) == (2, False, False)


def test_the_loss_of_a_fitted_output_is_no_saturated_activation():
    model = MLP(1, [1], init="zeros")
    (unit,) = found(model, [[1.0], [2.0]])  # the loss is 0, and so is its slope
    assert not unit.dead
    assert not unit.stuck


def test_a_unit_that_is_used_beside_its_activation_is_alive():
    w = Value(-1.0)
    with scope("residual"):
        z = w * 2.0
        y = z.relu() + z
    (unit,) = units([y * 3.0], {"w": w})
    assert not unit.dead


def test_units_of_one_call_are_told_apart_by_their_parameters():
    a, b, c, d = Value(1.0), Value(2.0), Value(-1.0), Value(-2.0)
    with scope("net"):
        y = relu(dot([a, b], [1.0, 1.0])) + relu(dot([c, d], [1.0, 1.0]))
    seen = units([y], {"net.a": a, "net.b": b, "net.c": c, "net.d": d})
    assert [(unit.name, unit.dead) for unit in seen] == [
        ("net.a", False),
        ("net.c", True),
    ]


def test_outside_of_every_call_no_unit_is_looked_for():
    w = Value(-1.0)
    assert units([relu(w * 1.0)], {"w": w}) == []


def test_a_node_that_several_losses_share_is_seen_once():
    w = Value(0.5)
    with scope("net"):
        y = tanh(w * 2.0)
    (unit,) = units([y * 1.0, y * 2.0, y * 1.0], {"w": w})
    assert unit.seen == 1
