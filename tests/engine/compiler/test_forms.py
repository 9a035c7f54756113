"""The form of an argument: numbers put into it are where the argument had them."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

from dendrograd import Value
from dendrograd.compiler.arguments import Arguments
from dendrograd.compiler.forms import Slopes, size
from dendrograd.compiler.rolled.running import settle
from dendrograd.compiler.schedule import native
from dendrograd.trees import flatten, rebuild

Point = namedtuple("Point", "x y")
TREES = [
    1.0,
    [1.0, 2.0],
    (3.0, [], [4, 5.0], ()),
    {"w": np.ones((2, 3)), "b": np.zeros(0), "c": np.array(2.0)},
    Point([1.0], {"x": (1.0, 2.0)}),
    np.array([[1, 2], [3, 4]]),
    [np.array([1.5, 2], dtype=object), [[1.0, 2.0], [3.0]]],
]


@pytest.mark.parametrize("tree", TREES, ids=range(len(TREES)))
def test_numbers_lie_in_a_form_as_in_the_tree_itself(tree):
    given = Arguments((0.5, tree, 1.0), by=[1], name="grad")
    form, count = given.forms[1], len(flatten(tree))
    assert size(form) == (0, count)
    numbers = np.arange(10.0, 10.0 + count)
    found = Slopes(numbers).of(form)
    expected = rebuild(tree, iter(numbers.tolist()))
    assert repr(found) == repr(expected)
    rows = np.stack([numbers, -numbers], axis=1)  # of two lanes
    for place, slopes in zip(
        flatten_rows(Slopes(rows).of(form)), rows.tolist(), strict=True
    ):
        assert place == slopes


def flatten_rows(tree):
    """Return of each place of a tree its numbers over two lanes."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        return [row for branch in tree for row in flatten_rows(branch)]
    return tree.reshape(2, -1).T.tolist()


def test_an_argument_whose_values_are_elsewhere_has_another_form():
    a, b = Value(1.0), Value(2.0)
    keys = {Arguments(args).key for args in [([a, 1.0],), ([1.0, a],), ([a, b],)]}
    assert len(keys) == 3
    assert Arguments(([a, b],)).key == Arguments(([b, Value(3.0)],)).key


@np.errstate(over="ignore")
def test_no_gradient_is_given_a_negative_zero_and_what_is_not_finite_is_told():
    for n in (0, 1, 7, 8, 9, 100):
        numbers = np.where(np.arange(n) % 3, -0.0, np.arange(n) - 4.0)
        expected = numbers + 0.0
        assert settle(numbers) is True
        assert numbers.tobytes() == expected.tobytes()
    for place in (0, 7, 8, 16):
        for bad in (np.nan, np.inf, -np.inf, 1e200):
            numbers = np.full(17, -0.0)
            numbers[place] = bad
            assert settle(numbers.reshape(1, 17)) is False
            assert not np.signbit(np.delete(numbers, place)).any()


@pytest.mark.skipif(native is None, reason="the native tape is not built or not wanted")
def test_the_native_pass_refuses_what_does_not_lie_side_by_side():
    locked = np.zeros(3)
    locked.flags.writeable = False
    for array in (np.zeros(6)[::2], locked, np.zeros(3, np.float32), [1.0]):
        with pytest.raises((ValueError, TypeError, BufferError)):
            native.settle(array)
    with pytest.raises(ValueError, match="side by side"):
        native.settle(np.zeros(25, np.uint8)[1:].view(np.float64))
