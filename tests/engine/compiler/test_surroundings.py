"""A function's surroundings have a number for each state that they were found in."""

import functools
import math

from dendrograd.compiler import surroundings
from dendrograd.compiler.surroundings import Surroundings

SCALE = 2.0
COUNT = 0


def scaled(x):
    return x * SCALE


def counting(x):
    global COUNT
    COUNT += 1
    return scaled(x)


def test_a_name_that_is_bound_anew_is_another_state(monkeypatch):
    around = Surroundings(counting)
    first = around.state()
    counting(1.0)  # what it assigns itself does not count
    assert around.state() == first
    with monkeypatch.context() as patch:
        patch.setattr(f"{__name__}.SCALE", 3.0)
        assert around.state() != first
    assert around.state() == first


def test_closures_count_too_when_they_are_filled():
    def outer():
        def inner(x):
            return x + late

        around = Surroundings(inner)
        before = around.state()
        late = 1.0
        assert around.state() != before
        late = 2.0
        return around.state() != before

    assert outer()


def test_methods_partials_and_foreign_functions_are_looked_through():
    around = Surroundings(functools.partial(scaled, 1.0))
    assert around.state() == around.state()
    assert Surroundings(math.sin).state() == 0
    assert surroundings.unwrapped(functools.partial(scaled)) is scaled


def test_old_states_are_forgotten(monkeypatch):
    around = Surroundings(scaled)
    states = []
    for i in range(70):
        monkeypatch.setattr(f"{__name__}.SCALE", float(i))
        states.append(around.state())
    assert len(set(states)) == 70
    assert len(around._known) == surroundings.MOST


def test_functions_in_defaults_are_followed(monkeypatch):
    def function(x, inner=scaled, *, last=lambda x: x):
        return last(inner(x))

    around = Surroundings(function)
    first = around.state()
    monkeypatch.setattr(f"{__name__}.SCALE", 3.0)
    assert around.state() != first
