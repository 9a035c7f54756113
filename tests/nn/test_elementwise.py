"""An activation as a part of its own is that of a layer."""

import pytest

from dendrograd import Value
from dendrograd.nn import Elementwise, Layer, Sequential, SettingError
from dendrograd.nn.activations import ACTIVATIONS


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_after_a_linear_layer_it_gives_what_a_layer_with_it_gives(name):
    whole = Layer(2, 3, activation=name, init="uniform", seed=0)
    linear = Layer(2, 3, activation=None, init="uniform", seed=0)
    apart = Sequential(linear, Elementwise(name))
    row = [0.5, -2.0]
    assert [y.data for y in apart(row)] == [y.data for y in whole(row)]


def test_numbers_give_numbers_and_values_values():
    relu = Elementwise("relu")
    assert relu([-1.0, 2]) == [0.0, 2.0]
    assert relu(-3.0) == 0.0
    x = Value(2.0)
    y = relu(x)
    y.backward()
    assert (y.data, x.grad) == (2.0, 1.0)
    assert repr(relu) == "Elementwise(relu, 0 parameters)"


def test_an_unknown_one_is_named_when_it_is_made():
    with pytest.raises(SettingError, match="unknown activation 'swish'"):
        Elementwise("swish")
