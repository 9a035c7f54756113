"""Triangular factors and orthogonal columns, in inner products.

An entry of a factor is one entry of the matrix less an inner product, so it is one or two
nodes of as many parents as the product has terms, where elimination step by step would
make a node for each term. Rows are exchanged by comparisons of the numbers themselves:
what hears comparisons, as a recording, knows what the order depends on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dendrograd import ops
from dendrograd.functions import dot, norm

from .errors import MatrixError
from .matrices import Matrix

__all__ = ["LU", "cholesky", "is_noise", "lu", "plus", "triangles", "unknowns"]

EPS = 2.0**-52
SUSPECT = 1e-8  # of the first pivot: smaller ones are held against their rounding


class LU(NamedTuple):
    """P A = L U, as far as there are pivots.

    rows      which row of A stands in each row of P A
    lower     -L by rows, without its diagonal of ones
    upper     U by columns
    negated   -U[k][k] for each pivot
    """

    rows: list[int]
    lower: Matrix
    upper: Matrix
    negated: list[Any]

    @property
    def rank(self) -> int:
        """How many pivots were found: of a singular matrix fewer than rows."""
        return len(self.negated)


def plus(start: Any, us: Sequence[Any], vs: Sequence[Any]) -> Any:
    """Return start + the inner product of us and vs, as one node."""
    return dot(us, vs, start) if us else start


def lu(A: Matrix) -> LU:
    """Return the factors of a square matrix, by columns (Crout), largest pivots first.

    It ends at the first column without a pivot.
    """
    n = len(A)
    found = LU(list(range(n)), [[] for _ in A], [], [])
    rows, lower, upper, negated = found
    for k in range(n):
        column: list[Any] = []
        for j in range(k):
            column.append(plus(A[rows[j]][k], lower[j], column))
        parts = [plus(A[rows[i]][k], lower[i], column) for i in range(k, n)]
        p = max(range(n - k), key=[abs(part) for part in parts].__getitem__)
        places: list[tuple[list[Any], int]] = [(rows, k), (lower, k), (parts, 0)]
        for listed, at in places:
            listed[at], listed[at + p] = listed[at + p], listed[at]
        upper.append([*column, parts[0]])
        if _is_suspect(parts[0], upper) and all(
            is_noise(part, sizes(A[rows[k + i]][k], lower[k + i], column), n)
            for i, part in enumerate(parts)
        ):
            break
        negated.append(-parts[0])
        for i, part in enumerate(parts[1:], k + 1):
            lower[i].append(part / negated[k])
    return found


def _is_suspect(pivot: Any, upper: Matrix) -> bool:
    return bool(abs(pivot) <= SUSPECT * abs(upper[0][0]))


def is_noise(part: Any, size: Any, n: int) -> bool:
    """Return whether a difference is no larger than the rounding of its terms."""
    return bool(abs(part) <= n * EPS * size)


def sizes(start: Any, us: Sequence[Any], vs: Sequence[Any]) -> Any:
    """Return what the sizes of the terms of `plus` add up to."""
    return plus(abs(start), [abs(u) for u in us], [abs(v) for v in vs])


def unknowns(factors: LU, b: Sequence[Any]) -> list[Any]:
    """Return x with A x = b: L y = P b from the top, then U x = y from the bottom."""
    rows, lower, upper, negated = factors
    n = len(rows)
    right = [b[i] for i in rows]
    first = next((i for i, x in enumerate(right) if not _is_zero(x)), n)
    y: list[Any] = []  # from `first` on: what is above it is 0
    for i in range(first, n):
        y.append(plus(right[i], lower[i][first:], y))
    minus: list[Any] = []  # -x, from the bottom: y + U (-x) is one inner product
    for i in range(n - 1, -1, -1):
        row = [upper[j][i] for j in range(n - 1, i, -1)]
        start = y[i - first] if i >= first else 0.0
        minus.append(plus(start, row, minus) / negated[i])
    return [-x for x in reversed(minus)]


def _is_zero(x: Any) -> bool:
    return type(x) is float and x == 0.0


def cholesky(name: str, A: Matrix) -> Matrix:
    """Return the rows of L, with A = L L', up to the diagonal.

    Raises MatrixError, in the name of a function, where a pivot is not above 0.
    """
    L: Matrix = []
    for i, entries in enumerate(A):
        row: list[Any] = []
        for j in range(i):
            row.append(less(entries[j], row, L[j][:j]) / L[j][j])
        pivot = less(entries[i], row, row)
        if not pivot > 0.0:
            raise MatrixError(
                f"{name}: the matrix is not positive definite: what row {i} leaves on "
                f"the diagonal is {pivot:.6g}, not above 0; check its signs, or add to "
                "its diagonal (a jitter, a ridge) what the model allows"
            )
        L.append([*row, ops.sqrt(pivot)])
    return L


def less(start: Any, us: Sequence[Any], vs: Sequence[Any]) -> Any:
    return start - dot(us, vs) if us else start


def triangles(name: str, A: Matrix, b: Matrix) -> tuple[Matrix, Matrix]:
    """Return R and Q'b of the columns of A, by modified Gram-Schmidt on [A b].

    Q itself is not needed again, so no digits are lost where its columns are not quite
    orthogonal (Bjorck, BIT 7, 1967). R is given by rows, from the diagonal on. Raises
    MatrixError where a column depends on those before it.
    """
    columns = [list(column) for column in zip(*A, strict=True)]
    count, R, Qb = len(columns), [], []
    columns += [list(column) for column in b]
    first = [norm(column) for column in columns[:count]]
    for j in range(count):
        length = norm(columns[j])
        if is_noise(length, first[j], len(A)):
            raise MatrixError(
                f"{name}: column {j} is a combination of those before it, so many "
                "solutions fit as well; leave it out, or add a ridge"
            )
        unit = [x / length for x in columns[j]]
        row = [length]
        for k in range(j + 1, len(columns)):
            row.append(part := dot(unit, columns[k]))
            columns[k] = [x - part * u for x, u in zip(columns[k], unit, strict=True)]
        R.append(row[: count - j])
        Qb.append(row[count - j :])
    return R, Qb
