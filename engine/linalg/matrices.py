"""Matrices as people give them: lists of lists or arrays in, the same kind out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dendrograd.errors import ShapeError
from dendrograd.number import number, ranked
from dendrograd.trees import array_of, described, is_array, is_scalar

__all__ = ["Matrix", "columns_of", "in_kind_of", "matrix", "square"]

Matrix = list[list[Any]]


def matrix(name: str, given: Any) -> Matrix:
    """Return the rows of a matrix, each number as a float or a Value.

    Raises ShapeError, in the name of a function, for what is ragged, empty or no matrix.
    """
    rows = [] if is_scalar(given) else list(given)
    if not rows or any(map(is_scalar, rows)):
        raise ShapeError(
            f"{name}: {described(given)} is not a matrix; give a list of rows, each a "
            "list of numbers, or an array of two axes"
        )
    lists = [_numbers(name, row) for row in rows]
    for i, row in enumerate(lists):
        if len(row) != len(lists[0]) or not row:
            raise ShapeError(
                f"{name}: row {i} of the matrix has {len(row)} numbers and row 0 has "
                f"{len(lists[0])}; give rows of one length, of at least one number"
            )
    return lists


def square(name: str, given: Any) -> Matrix:
    """Return the rows of a square matrix. Raises ShapeError for another."""
    rows = matrix(name, given)
    if len(rows) != len(rows[0]):
        raise ShapeError(
            f"{name}: the matrix has {len(rows)} rows and {len(rows[0])} columns; give "
            "a square one (lstsq solves a system of more equations than unknowns)"
        )
    return rows


def columns_of(name: str, given: Any, rows: int) -> tuple[Matrix, bool]:
    """Return the right-hand sides, one list each, and whether there is but one.

    Raises ShapeError where they have not as many numbers as the matrix has rows.
    """
    listed = [] if is_scalar(given) else list(given)
    single = bool(listed) and all(map(is_scalar, listed))
    right = [[x] for x in _numbers(name, listed)] if single else matrix(name, given)
    if len(right) != rows:
        raise ShapeError(
            f"{name}: the matrix has {rows} rows, but the right-hand side has "
            f"{len(right)}; give one number, or one row of numbers, for each"
        )
    return [list(column) for column in zip(*right, strict=True)], single


def in_kind_of(given: Sequence[Any], columns: Matrix, single: bool = False) -> Any:
    """Return columns as a matrix, or the one as a vector: an array if one was given."""
    rows = [list(row) for row in zip(*columns, strict=True)]
    if not any(map(is_array, given)):
        return columns[0] if single else rows
    shape = (len(rows),) if single else (len(rows), len(columns))
    return array_of([x for row in rows for x in row], shape)


def _numbers(name: str, row: Iterable[Any]) -> list[Any]:
    numbers = row.tolist() if is_array(row) else row  # type: ignore[attr-defined]
    return [x if ranked(x) else number(x, name) for x in numbers]
