"""solve, lstsq, cholesky, slogdet, det, inv: of lists of lists or arrays of Values.

They have the names of `numpy.linalg`, which cannot see the Values in an array of objects.
All is made of `dot` and the four operations, so derivatives of every order are exact, and
a call is one box in a picture. With floats alone they return floats.
"""

from __future__ import annotations

from typing import Any

from dendrograd import ops
from dendrograd.context import scope
from dendrograd.errors import ShapeError
from dendrograd.functions import sum as total

from . import factors as by
from .determinant import determinant, parity
from .errors import MatrixError
from .matrices import Matrix, columns_of, in_kind_of, matrix, square

__all__ = ["cholesky", "det", "inv", "lstsq", "slogdet", "solve"]


@scope("solve")
def solve(A: Any, b: Any) -> Any:
    """Return x with A x = b, where b is one right-hand side or a matrix of several.

    By elimination with the largest pivot of each column. Raises MatrixError where A is
    singular, exactly or up to rounding, and ShapeError where the sizes do not fit.

    >>> from dendrograd import jacobian
    >>> from dendrograd.linalg import solve
    >>> A = [[2.0, 1.0], [1.0, 3.0]]
    >>> solve(A, [3.0, 4.0])
    [1.0, 1.0]
    >>> jacobian(lambda b: solve(A, b))([3.0, 4.0])  # the inverse of A
    [[0.6, -0.2], [-0.2, 0.4]]
    """
    rows = square("solve", A)
    columns, single = columns_of("solve", b, len(rows))
    factors = _regular("solve", rows)
    found = [by.unknowns(factors, column) for column in columns]
    return in_kind_of((A, b), found, single)


@scope("inv")
def inv(A: Any) -> Any:
    """Return the inverse of a square matrix. Raises MatrixError where there is none.

    `solve(A, b)` costs less and is more exact than `inv(A) @ b`.

    >>> from dendrograd.linalg import inv
    >>> inv([[2.0, 0.0], [0.0, 4.0]])
    [[0.5, 0.0], [0.0, 0.25]]
    """
    rows = square("inv", A)
    factors, n = _regular("inv", rows), len(rows)
    unit = [[float(i == j) for i in range(n)] for j in range(n)]
    return in_kind_of((A,), [by.unknowns(factors, column) for column in unit])


@scope("det")
def det(A: Any) -> Any:
    """Return the determinant of a square matrix.

    Its derivative is the adjugate, also where the matrix is singular.

    >>> from dendrograd import grad
    >>> from dendrograd.linalg import det
    >>> det([[1.0, 2.0], [3.0, 4.0]])
    -2.0
    >>> grad(det)([[1.0, 2.0], [2.0, 4.0]])  # of rank 1
    [[4.0, -2.0], [-2.0, 1.0]]
    """
    return determinant(square("det", A))


@scope("slogdet")
def slogdet(A: Any) -> tuple[float, Any]:
    """Return the sign of the determinant, a float, and the logarithm of its size.

    The determinant itself may be past the floats. Raises MatrixError where A is singular:
    the logarithm is -inf there and has no derivative, while `det` has one.

    >>> from dendrograd.linalg import slogdet
    >>> slogdet([[0.0, 1.0], [1.0, 0.0]])
    (-1.0, 0.0)
    """
    factors = _regular("slogdet", square("slogdet", A), "det has a derivative there")
    pivots = [column[-1] for column in factors.upper]
    sign = parity(factors)
    for pivot in pivots:
        sign = -sign if pivot < 0.0 else sign
    return sign, total([ops.log(abs(pivot)) for pivot in pivots])


@scope("cholesky")
def cholesky(A: Any) -> Any:
    """Return the lower triangular L with L L' = A, of a symmetric positive matrix.

    Like NumPy's, it reads the triangle below the diagonal and takes A to be symmetric, so
    the derivatives by the entries above are 0. Raises MatrixError where A is not positive
    definite.

    >>> from dendrograd.linalg import cholesky
    >>> cholesky([[4.0, 2.0], [2.0, 10.0]])
    [[2.0, 0.0], [1.0, 3.0]]
    """
    rows = by.cholesky("cholesky", square("cholesky", A))
    n = len(rows)
    full = [row + [0.0] * (n - len(row)) for row in rows]
    return in_kind_of((A,), [list(column) for column in zip(*full, strict=True)])


@scope("lstsq")
def lstsq(A: Any, b: Any) -> Any:
    """Return the x of least squares |A x - b|, and nothing else (NumPy returns a tuple).

    b is one right-hand side or a matrix of several. Raises MatrixError where the columns
    of A depend on each other, so that there are many such x, and ShapeError where there
    are fewer rows than columns.

    >>> from dendrograd.linalg import lstsq
    >>> [round(x, 9) for x in lstsq([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [1.0, 3.0, 5.0])]
    [1.0, 2.0]
    """
    rows = matrix("lstsq", A)
    columns, single = columns_of("lstsq", b, len(rows))
    if len(rows) < len(rows[0]):
        raise ShapeError(
            f"lstsq: {len(rows)} equations for {len(rows[0])} unknowns have many "
            "solutions; give as many rows as columns, or more"
        )
    R, right = by.triangles("lstsq", rows, columns)
    found = [_from_below(R, [row[k] for row in right]) for k in range(len(columns))]
    return in_kind_of((A, b), found, single)


def _from_below(R: Matrix, y: list[Any]) -> list[Any]:
    """Return x with R x = y, the rows of R given from the diagonal on."""
    x: list[Any] = []
    for row, right in zip(reversed(R), reversed(y), strict=True):
        x.insert(0, by.less(right, row[1:], x) / row[0])
    return x


def _regular(name: str, rows: Matrix, more: str = "") -> by.LU:
    """Return the factors of a matrix; raise MatrixError where it has no inverse."""
    factors = by.lu(rows)
    if factors.rank == len(rows):
        return factors
    raise MatrixError(
        f"{name}: the matrix is singular: column {factors.rank} is a combination of those "
        "before it, up to rounding, so there is no inverse; "
        + (more or "leave out what depends on the rest, or use lstsq")
    )
