"""Leaves give their numbers all at once, to the last bit, and nobody is told."""

from __future__ import annotations

import struct
import warnings
from array import array
from collections import namedtuple

import numpy as np
import pytest

from dendrograd import Value, compile, no_grad
from dendrograd.errors import TraceError
from dendrograd.leaves import (
    are_distinct,
    gather,
    gather_slopes,
    look,
    node_of,
    read,
    scatter,
)
from dendrograd.native import twin
from dendrograd.ops import OPS
from dendrograd.value import node

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


def leaves_of(kind, cls, numbers):
    return kind([cls(x) for x in numbers])


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("cls", [Value, Weight])
def test_numbers_and_gradients_go_out_and_in_bit_by_bit(kind, cls):
    for row in (np.array(NUMBERS), array("d", NUMBERS), np.array(NUMBERS * 2)[:5]):
        leaves = leaves_of(kind, cls, [1.0] * 5)
        leaves[1].grad = None
        scatter(leaves, row, row[::-1])
        assert struct.pack("5d", *[v.data for v in leaves]) == struct.pack("5d", *row)
        slopes = np.zeros(10)[::2]
        assert gather_slopes(leaves, slopes) == 0
        assert struct.pack("5d", *slopes) == struct.pack("5d", *row[::-1])
        scatter(leaves, None, np.zeros(5))
        assert [v.grad for v in leaves] == [0.0] * 5
        numbers = np.zeros(5)
        look(leaves, numbers)
        assert numbers.tobytes() == np.array(NUMBERS).tobytes()
        leaves[3].grad = leaves[0].grad = None
        assert gather_slopes(leaves, slopes) == 2
        assert slopes.tolist() == [0.0] * 5


@pytest.mark.parametrize("count", [1, 3])
def test_numbers_that_are_too_many_or_too_few_are_refused(count):
    leaves = [Value(1.0), Value(2.0)]
    for numbers, slopes in ((np.zeros(count), None), (None, np.zeros(count))):
        with pytest.raises(ValueError, match="zip"):
            scatter(leaves, numbers, slopes)
    scatter(leaves, None, None)
    scatter([], np.zeros(0), np.zeros(0))
    with pytest.raises((IndexError, ValueError)):
        gather_slopes(leaves, np.zeros(1))


def test_a_class_of_its_own_may_say_what_its_fields_are():
    class Twice(Value):
        data = property(lambda self: 2.0 * self._data, lambda self, x: None)
        grad = property(lambda self: 7.0, lambda self, x: None)

    leaves, numbers = [Value(1.0), Twice(3.0)], np.zeros(2)
    look(leaves, numbers)
    assert numbers.tolist() == [1.0, 6.0]
    assert gather_slopes(leaves, numbers) == 0
    assert numbers.tolist() == [0.0, 7.0]
    scatter(leaves, np.array([5.0, 5.0]), None)
    gather(leaves, numbers)
    assert numbers.tolist() == [5.0, 3.0]


def test_whoever_records_is_told_of_what_a_user_reads():
    w = Value(2.0)

    def f(x):
        look([x * w], numbers := np.zeros(1))
        return x * numbers[0]

    with pytest.raises(TraceError, match="reads a number that changes"):
        compile(f)(3.0)


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_row_of_floats_or_of_values_is_read_as_bytes(kind):
    doubles = struct.pack("5d", *NUMBERS)
    assert read(kind(NUMBERS)) == (doubles, False)
    assert read(leaves_of(kind, Value, NUMBERS)) == (doubles, True)
    for other in ([], [1.0, 2], [1, 2.0], [Value(1.0), 2.0], [2.0, Value(1.0)]):
        assert read(kind(other)) is None
    assert read(leaves_of(kind, Weight, NUMBERS)) is None
    assert read(namedtuple("Row", "x y")(1.0, 2.0)) is None
    assert read(np.ones(2)) is read(1.0) is None


def test_a_value_that_stands_twice_is_found_and_no_trace_is_left():
    leaves = [Value(float(i)) for i in range(50)]
    for _ in range(2):
        assert are_distinct(leaves)
        assert not are_distinct([*leaves, leaves[7]])
        assert are_distinct([])
    assert are_distinct([*leaves[:2], Weight(1.0)])
    total = sum(leaves)
    total.backward()
    assert {v.grad for v in leaves} == {1.0}


def test_a_node_takes_its_partials_from_an_array():
    a, b, c = Value(1.0), Value(2.0), Weight(3.0)
    for parents in [(), (a,), (a, b), (a, b, c, a), (a, b, c) * 20]:
        row = np.arange(1.0, 1.0 + 2 * len(parents))[::2]
        y = node_of(5.0, row, OPS["add"], parents)
        assert (y.data, y.op, y.parents) == (5.0, OPS["add"], parents)
        assert y.partials == tuple(row.tolist())
        assert {type(x) for x in y.partials} <= {float}
    with no_grad():
        assert node_of(5.0, np.ones(1), OPS["neg"], (a,)).parents == ()


@pytest.mark.skipif(twin is None, reason="the native twin is not built or not wanted")
def test_the_native_node_refuses_what_does_not_pair():
    a = Value(1.0)
    for row in (np.ones(2), np.ones(1, np.float32), np.ones((1, 1)), b"12345678"):
        with pytest.raises(TypeError, match="one for each parent"):
            node(1.0, row, OPS["neg"], (a,))
    with pytest.raises(TypeError, match="one for each parent"):
        node(1.0, np.ones(1), OPS["neg"], (1.0,))
    with pytest.raises(TypeError):
        node("one", np.ones(1), OPS["neg"], (a,))
    assert twin.distinct((a, a)) is None
    assert twin.distinct([a, 1.0]) is None
    assert twin.scatter([a, 1.0], np.zeros(2), None) is False
    with pytest.raises(TypeError, match=r"buffer|bytes-like"):
        twin.gather_slopes([a], 1)
