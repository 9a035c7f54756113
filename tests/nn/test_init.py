"""Weights have the variances of the papers, from a generator of one's own."""

import math
import random
import statistics

import numpy as np
import pytest

from dendrograd.errors import OperandError
from dendrograd.nn import MLP, Layer, SettingError
from dendrograd.nn.init import SCHEMES, generator, scheme

FAN_IN, FAN_OUT = 40, 10
VARIANCE = {
    "xavier": 2 / (FAN_IN + FAN_OUT),
    "glorot": 2 / (FAN_IN + FAN_OUT),
    "he": 2 / FAN_IN,
    "kaiming": 2 / FAN_IN,
    "lecun": 1 / FAN_IN,
    "uniform": 1 / 3,
    "zeros": 0.0,
}


@pytest.mark.parametrize("name", SCHEMES)
def test_a_scheme_has_the_mean_and_the_variance_of_its_source(name):
    rng, n = random.Random(0), 20_000
    draws = [SCHEMES[name](FAN_IN, FAN_OUT, rng) for _ in range(n)]
    variance = VARIANCE[name.split("_")[0]]
    assert statistics.fmean(draws) == pytest.approx(
        0.0, abs=4 * math.sqrt(variance / n)
    )
    assert statistics.pvariance(draws) == pytest.approx(variance, rel=0.05)


@pytest.mark.parametrize("name", [n for n in SCHEMES if n.endswith("uniform")])
def test_a_uniform_scheme_keeps_its_bound_and_comes_near_it(name):
    rng = random.Random(0)
    draws = [abs(SCHEMES[name](FAN_IN, FAN_OUT, rng)) for _ in range(5000)]
    bound = math.sqrt(3 * VARIANCE[name.split("_")[0]])
    assert 0.99 * bound < max(draws) <= bound


@pytest.mark.parametrize("seed", [7, np.int64(7)])
def test_an_int_gives_the_same_numbers_always(seed):
    assert generator(seed).random() == 0.32383276483316237  # of Python, any platform


def test_a_random_generator_is_used_as_it_is():
    rng = random.Random(0)
    assert generator(rng) is rng
    one, other = Layer(2, 2, seed=rng), Layer(2, 2, seed=rng)
    assert [p.data for p in one.parameters()] != [p.data for p in other.parameters()]


def test_a_numpy_generator_is_asked_once_and_moves_on():
    weights = [
        [p.data for p in Layer(2, 2, seed=rng).parameters()]
        for rng in [np.random.default_rng(0), np.random.default_rng(0)]
    ]
    assert weights[0] == weights[1]
    rng = np.random.default_rng(0)
    assert generator(rng).random() != generator(rng).random()


@pytest.mark.parametrize("seed", ["zero", 1.5, random])
def test_another_seed_is_refused_by_name(seed):
    with pytest.raises(OperandError, match=r"give an int, a random\.Random"):
        generator(seed)


def test_a_scheme_may_be_a_function_of_ones_own():
    layer = Layer(3, 2, init=lambda fan_in, fan_out, rng: fan_in + fan_out / 10)
    assert {w.data for neuron in layer.neurons for w in neuron.weights} == {3.2}
    assert {neuron.bias.data for neuron in layer.neurons} == {0.0}


def test_the_usual_scheme_fits_the_activation():
    def largest(activation):
        layer = Layer(6, 60, activation=activation, seed=0)
        return max(abs(p.data) for p in layer.parameters())

    assert 0.9 < largest("relu") <= 1.0  # sqrt(6 / 6)
    assert 0.28 < largest("tanh") <= math.sqrt(6 / 66)


def test_the_default_layers_have_the_weights_of_he_and_a_linear_last_one_of_xavier():
    hidden, last = MLP(6, [60, 6], seed=0).layers
    assert 0.9 < max(abs(p.data) for p in hidden.parameters()) <= 1.0  # sqrt(6 / 6)
    assert 0.28 < max(abs(p.data) for p in last.parameters()) <= math.sqrt(6 / 66)


def test_an_unknown_scheme_lists_the_known_ones():
    with pytest.raises(SettingError, match="xavier_uniform"):
        scheme("xavier")
