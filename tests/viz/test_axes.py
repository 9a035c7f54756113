"""Axes: round numbers that hold the values and can be told apart."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.viz.axes import Axis

DRAWN = st.floats(-1e300, 1e300)
CLOSE = st.tuples(DRAWN, st.floats(1e-8, 1e-2)).map(lambda t: [t[0], t[0] * (1 + t[1])])


@given(st.lists(DRAWN, max_size=9))
def test_an_axis_holds_its_values_and_few_ticks(values):
    axis = Axis.around(values)
    assert all(-1e-9 <= axis.share(v) <= 1 + 1e-9 for v in values)
    assert 2 <= len(axis.ticks) <= 9


@given(st.lists(DRAWN, max_size=9) | CLOSE)
def test_ticks_are_written_differently_and_truly(values):
    axis = Axis.around(values)
    written = [axis.text(tick) for tick in axis.ticks]
    assert len(set(written)) == len(written)
    for tick, text in zip(axis.ticks, written, strict=True):
        read = float(text.replace("−", "-"))
        assert abs(read - tick) <= 0.01 * axis.step


@given(st.floats(1e-9, 1e9))
def test_steps_are_one_two_or_five_of_a_power_of_ten(span):
    digits = f"{Axis.around([0.0, span]).step:.6e}".partition("e")[0]
    assert Fraction(digits) in (1, 2, 5)


@pytest.mark.parametrize("last", [1, 2, 3, 10, 99, 12_345])
def test_epochs_have_whole_numbers(last):
    axis = Axis.counting(last)
    assert all(tick == int(tick) for tick in axis.ticks)
    assert 0 <= axis.share(1) <= axis.share(last) <= 1
    assert 2 <= len(axis.ticks) <= 10
