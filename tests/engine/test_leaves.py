"""Leaves give their numbers all at once, to the last bit, and nobody is told."""

from __future__ import annotations

import struct
import warnings
from array import array

import numpy as np
import pytest

from dendrograd import Value
from dendrograd.leaves import gather

NUMBERS = [2.0, -0.0, float("inf"), 5e-324, float("nan")]


class Weight(Value):
    """A subclass with a dict."""


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("cls", [Value, Weight])
def test_every_bit_arrives_in_an_array_of_either_library(kind, cls):
    leaves = kind([cls(x) for x in NUMBERS])
    for numbers in (np.zeros(5), array("d", bytes(40)), np.zeros(10)[::2]):
        gather(leaves, numbers)
        assert struct.pack("5d", *numbers) == struct.pack("5d", *NUMBERS)


def test_singles_are_rounded_as_python_does_it():
    numbers = np.zeros(2, np.float32)
    gather([Value(0.1), Value(2.0)], numbers)
    assert numbers.tolist() == [float(np.float32(0.1)), 2.0]


def test_what_is_no_value_and_an_array_that_is_too_short_or_read_only_raise():
    with pytest.raises(AttributeError):
        gather([Value(1.0), 2.0], np.zeros(2))
    with pytest.raises(IndexError):
        gather([Value(1.0), Value(2.0)], np.zeros(1))
    closed = np.zeros(1)
    closed.flags.writeable = False
    with pytest.raises((ValueError, BufferError)):
        gather([Value(1.0)], closed)


def test_a_list_that_shrinks_while_its_numbers_are_asked_for_is_no_harm():
    class Row(np.ndarray):
        def __setitem__(self, at, x):
            leaves.clear()
            super().__setitem__(at, x)

    leaves = [Value(1.0), Value(2.0)]
    gather(leaves, np.zeros(2).view(Row))


def test_nobody_is_told_of_numbers_that_the_engine_reads():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gather([Value(1.0) * 2.0], np.zeros(1))
