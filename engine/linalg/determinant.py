"""The determinant of a matrix of any rank, with its derivatives.

The derivative of a determinant is the adjugate, also where the matrix is singular and its
inverse is not there. Elimination gives it as long as it divides by no pivot that is 0.
"""

from __future__ import annotations

from functools import reduce
from operator import mul
from typing import Any

from dendrograd.functions import dot
from dendrograd.functions import sum as total

from .factors import LU, is_noise, lu
from .matrices import Matrix

__all__ = ["determinant", "parity"]


def determinant(A: Matrix) -> Any:
    """Return the determinant: by factors, or by what is left where pivots run out."""
    factors = lu(A)
    if factors.rank < len(A) - 1:
        return remaining(A)
    pivots = [column[-1] for column in factors.upper]  # the last may be 0
    return parity(factors) * reduce(mul, pivots)


def parity(factors: LU) -> float:
    """Return 1.0, or -1.0 where rows were exchanged an odd number of times."""
    rows, sign = list(factors.rows), 1.0
    for i in range(len(rows)):
        while rows[i] != i:
            j = rows[i]
            rows[i], rows[j] = rows[j], rows[i]
            sign = -sign
    return sign


def remaining(A: Matrix) -> Any:
    """Return the determinant of a matrix that lacks two pivots or more.

    With the largest entry as each pivot, what is left when there is none is 0 up to
    rounding, a block as large as the rank is short. Its determinant is made without a
    division, so its derivatives are right at every order.
    """
    n, found = len(A), 1.0
    sizes = [[abs(x) for x in row] for row in A]
    while True:
        places = [(r, c) for r in range(len(A)) for c in range(len(A))]
        if all(is_noise(A[r][c], sizes[r][c], n) for r, c in places):
            return found * without_division(A)
        i, j = max(places, key=lambda place: abs(A[place[0]][place[1]]))
        found = found * (A[i][j] if (i + j) % 2 == 0 else -A[i][j])
        A, sizes = _eliminated(A, sizes, i, j)


def _eliminated(A: Matrix, sizes: Matrix, i: int, j: int) -> tuple[Matrix, Matrix]:
    """Return what a pivot leaves of a matrix, and the sizes of the terms of each entry."""
    rest = [k for k in range(len(A)) if k != i]
    others = [k for k in range(len(A)) if k != j]
    terms = {(r, c): A[r][j] / A[i][j] * A[i][c] for r in rest for c in others}
    return (
        [[A[r][c] - terms[r, c] for c in others] for r in rest],
        [[sizes[r][c] + abs(terms[r, c]) for c in others] for r in rest],
    )


def without_division(A: Matrix) -> Any:
    """Return the determinant in sums and products alone (Bird, IPL 111, 2011).

    X[i][j] is replaced by the sum of X[i][c] A[c][j] over c > i, less that of
    X[c][c] A[i][j]; after n - 1 times, X[0][0] is the determinant up to its sign.
    """
    n, X = len(A), A
    if not A:
        return 1.0
    for _ in range(n - 1):
        below: list[Any] = [
            -total([X[c][c] for c in range(i + 1, n)]) for i in range(n)
        ]
        X = [
            [
                dot([below[i], *X[i][i + 1 :]], [A[c][j] for c in range(i, n)])
                for j in range(n)
            ]
            for i in range(n)
        ]
    return X[0][0] if n % 2 else -X[0][0]
