"""Rows and targets come in through one door, whatever holds them."""

import math
from fractions import Fraction

import numpy as np
import pytest
from stand_ins import Frame, Series

from dendrograd import Value
from dendrograd.errors import OperandError
from dendrograd.rows import as_labels, as_list, has_mask, whole

HOLDERS = [
    [[1.0, 2.0], [3.0, 4.0]],
    np.array([[1, 2], [3, 4]], dtype=np.float32),
    np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]]),
    np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=np.zeros((2, 2), dtype=bool)),
    Frame({"a": [1.0, 3.0], "b": [2.0, 4.0]}),
]


@pytest.mark.parametrize("rows", HOLDERS, ids=lambda r: type(r).__name__)
def test_every_holder_gives_the_rows(rows):
    assert as_list(rows, "fit") == [[1.0, 2.0], [3.0, 4.0]]


def test_what_is_one_column_or_one_number_stays_so():
    column = [1.0, 0.0]
    for held in ((1.0, 0.0), Series(column), np.array(column), iter(column)):
        assert as_list(held, "fit") == column
    assert as_list(np.float32(0.5), "fit") == 0.5
    assert as_list(3, "fit") == 3
    value = Value(1.0)
    assert as_list(value, "fit") is value


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.ma.masked_array([1.0, 2.0], mask=[0, 1]), "fit: .* a mask; .*filled"),
        (np.array(["a"]), "fit: the array has the dtype <U1"),
        (np.array([1j]), "complex128"),
        ("text", "is a str"),
        ({"a": 1.0}, "is a dict"),
        ({1.0}, "is a set"),
        (None, "is a NoneType"),
    ],
)
def test_what_holds_no_real_numbers_is_refused(wrong, message):
    with pytest.raises(OperandError, match=message):
        as_list(wrong, "fit")


def test_labels_may_be_names_in_a_list_or_an_array_and_are_many():
    for held in (["a", "b"], np.array(["a", "b"]), Series(["a", "b"])):
        assert as_labels(held, "y") == ["a", "b"]
    with pytest.raises(OperandError, match="y: 3 is one target"):
        as_labels(3, "y")


def test_a_mask_that_hides_nothing_is_none():
    assert has_mask(np.ma.masked_array([1.0], mask=[1]))
    for held in (np.ma.masked_array([1.0]), np.zeros(2), [1.0], Frame({"mask": [1]})):
        assert not has_mask(held)


def test_a_whole_number_is_one_of_any_type():
    for x in (2, 2.0, np.int8(2), np.float32(2.0), Fraction(2), Value(2.0)):
        assert whole(x) == 2
    assert (whole(True), whole(np.True_), whole(-0.0)) == (1, 1, 0)
    for x in (0.5, "2", None, math.nan, math.inf, [2], np.array([1, 2])):
        assert whole(x) is None
