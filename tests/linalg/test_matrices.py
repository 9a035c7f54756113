"""What is a matrix, and what is said of what is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dendrograd import Value
from dendrograd.errors import OperandError, ShapeError
from dendrograd.linalg import det, inv, solve


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: det(3.0), "det: 3.0 is not a matrix; give a list of rows"),
        (lambda: det([1.0, 2.0]), "det: [1.0, 2.0] is not a matrix"),
        (lambda: det([]), "det: [] is not a matrix"),
        (lambda: det(np.zeros(2)), "det: an array of shape (2,) is not a matrix"),
        (
            lambda: inv([[1.0, 2.0], [3.0]]),
            "inv: row 1 of the matrix has 1 numbers and row 0 has 2",
        ),
        (lambda: inv([[], []]), "inv: row 0 of the matrix has 0 numbers"),
        (
            lambda: det([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
            "det: the matrix has 2 rows and 3 columns; give a square one",
        ),
        (
            lambda: solve([[1.0, 2.0], [3.0, 4.0]], [1.0]),
            "solve: the matrix has 2 rows, but the right-hand side has 1",
        ),
        (lambda: solve([[1.0]], 3.0), "solve: 3.0 is not a matrix"),
        (lambda: solve([[1.0]], [[1.0], 2.0]), "is not a matrix"),
    ],
)
def test_what_is_no_matrix_is_refused_in_the_name_of_the_function(
    call: Any, words: str
) -> None:
    with pytest.raises(ShapeError) as told:
        call()
    assert words in str(told.value)


@pytest.mark.parametrize("entry", ["1.0", [1.0], None])
def test_an_entry_that_is_no_number_is_refused(entry: Any) -> None:
    with pytest.raises(OperandError, match="det: the operand"):
        det([[1.0, entry], [1.0, 2.0]])


def test_rows_may_be_tuples_and_arrays_of_values() -> None:
    x = Value(2.0)
    assert det(((x, 1), (np.float32(1.0), 3))).data == 5.0
    assert det([np.array([x, 1.0], dtype=object), [1.0, 3.0]]).data == 5.0
    assert det(np.array([[x, 1.0], [1.0, 3.0]], dtype=object)).data == 5.0
