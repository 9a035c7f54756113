"""Systems, inverses, factors and least squares, held against fifty digits."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np
import pytest
from exact import distance, inverse, m, rows, solve_slopes

import dendrograd as dg
from dendrograd import Value, compile, grad, hessian, jacobian, value_and_grad
from dendrograd.backprop import toposort
from dendrograd.linalg import MatrixError, cholesky, det, inv, lstsq, slogdet, solve
from dendrograd.program import Program

EPS = 2.0**-52


def random_matrix(rng: Random, n: int, columns: int = 0) -> list[list[float]]:
    return [[rng.gauss(0, 1) for _ in range(columns or n)] for _ in range(n)]


def positive(rng: Random, n: int) -> list[list[float]]:
    half = np.array(random_matrix(rng, n))
    return (half @ half.T + np.eye(n)).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("seed", range(40))
def test_a_solution_and_its_slopes_are_as_exact_as_the_condition_allows(
    seed: int,
) -> None:
    rng = Random(seed)
    n = rng.randint(1, 10)
    A, (b, weights) = random_matrix(rng, n), random_matrix(rng, 2, n)
    x, by_A, by_b = solve_slopes(A, b, weights)
    slopes = grad(lambda A, b: dg.dot(weights, solve(A, b)), argnums=(0, 1))(A, b)
    allowed = 40 * EPS * np.linalg.cond(A)
    assert distance([solve(A, b)], [x]) < allowed
    assert distance(slopes[0], by_A) < allowed
    assert distance([slopes[1]], [by_b]) < allowed


def test_several_right_hand_sides_are_columns_each_solved_alone() -> None:
    A, B = [[2.0, 1.0], [1.0, 3.0]], [[1.0, 5.0], [2.0, 6.0]]
    first, second = solve(A, [1.0, 2.0]), solve(A, [5.0, 6.0])
    assert solve(A, B) == [list(pair) for pair in zip(first, second, strict=True)]


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_an_inverse_has_the_slopes_of_the_textbook(n: int) -> None:
    A = positive(Random(n), n)
    exact = inverse(A)
    assert distance(inv(A), rows(exact)) < 1e-13
    trace = grad(lambda A: dg.sum([inv(A)[i][i] for i in range(n)]))(A)
    assert distance(trace, rows(-(exact * exact).T)) < 1e-13


@pytest.mark.parametrize("n", [1, 3, 8])
def test_the_logarithm_of_a_determinant_has_the_inverse_as_its_slope(n: int) -> None:
    A = random_matrix(Random(n), n)
    sign, size = slogdet(A)
    exact = m.det(m.matrix(A))
    assert sign == float(m.sign(exact))
    assert size == pytest.approx(float(m.log(abs(exact))), abs=1e-13)
    assert distance(grad(lambda A: slogdet(A)[1])(A), rows(inverse(A).T)) < 1e-13


def test_the_logarithm_is_there_where_the_determinant_is_past_the_floats() -> None:
    A = [[1e200 * (i == j) for j in range(4)] for i in range(4)]
    assert det(A) == math.inf
    assert slogdet(A) == (1.0, pytest.approx(800 * math.log(10)))


@pytest.mark.parametrize("n", [1, 2, 7])
def test_a_cholesky_factor_times_itself_is_the_matrix_with_its_slopes(n: int) -> None:
    A = positive(Random(n), n)
    L = cholesky(A)
    assert distance((np.array(L) @ np.array(L).T).tolist(), A) < 1e-15
    assert all(L[i][j] == 0.0 for i in range(n) for j in range(i + 1, n))

    def log_size(A: Any) -> Any:  # twice the logarithm of L's diagonal is that of det A
        L = cholesky(A)
        return 2.0 * dg.sum([dg.log(L[i][i]) for i in range(n)])

    exact = inverse(A)  # by the entries below the diagonal alone, which count twice
    below = [
        [float(exact[i, j]) * (2.0 if j < i else float(i == j)) for j in range(n)]
        for i in range(n)
    ]
    assert distance(grad(log_size)(A), below) < 1e-13


@pytest.mark.parametrize(("count", "n"), [(3, 3), (12, 4), (20, 5)])
def test_least_squares_have_the_slopes_of_the_normal_equations(
    count: int, n: int
) -> None:
    rng = Random(count)
    A, (b, weights) = random_matrix(rng, count, n), [*random_matrix(rng, 2, count)]
    weights = weights[:n]
    M, right, w = m.matrix(A), m.matrix(b), m.matrix(weights)
    normal = m.inverse(M.T * M)
    x, turned = normal * (M.T * right), normal * w
    rest = right - M * x
    # d(w . x) = w N (dA' r - A' dA x + A' db), N the inverse of A'A
    by_A = rest * turned.T - M * turned * x.T
    slopes = grad(lambda A, b: dg.dot(weights, lstsq(A, b)), argnums=(0, 1))(A, b)
    assert distance([lstsq(A, b)], [[float(v) for v in x]]) < 1e-13
    assert distance(slopes[0], rows(by_A)) < 1e-13
    assert distance([slopes[1]], rows((M * turned).T)) < 1e-13
    two = lstsq(A, [[v, 2 * v] for v in b])
    assert [row[0] for row in two] == lstsq(A, b)


def test_the_second_derivatives_of_a_likelihood_are_those_of_fifty_digits() -> None:
    xs, ys = [0.1, 0.4, 1.1, 1.9, 2.2], [0.3, 0.5, 1.2, 0.8, 0.1]

    def kernel(p: Any, exp: Any, i: int, j: int) -> Any:
        noise = p[2] if i == j else 0.0
        return p[0] * exp(-((xs[i] - xs[j]) ** 2) * p[1]) + noise

    def ours(p: Any) -> Any:
        A = [[kernel(p, dg.exp, i, j) for j in range(5)] for i in range(5)]
        return 0.5 * dg.dot(ys, solve(A, ys)) + 0.5 * slogdet(A)[1]

    def exact(*p: Any) -> Any:
        A = m.matrix([[kernel(p, m.exp, i, j) for j in range(5)] for i in range(5)])
        y = m.matrix(ys)
        return (y.T * m.inverse(A) * y)[0] / 2 + m.log(m.det(A)) / 2

    point, seconds = [1.3, 0.4, 0.05], []
    for i in range(3):
        orders = [tuple((k == i) + (k == j) for k in range(3)) for j in range(3)]
        seconds.append([float(m.diff(exact, tuple(point), order)) for order in orders])
    assert distance(hessian(ours)(point), seconds) < 1e-12


def test_arrays_come_back_as_arrays_and_lists_as_lists() -> None:
    A, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([3.0, 4.0])
    for found in (solve(A, b), solve(A, [3.0, 4.0]), lstsq(A.tolist(), b)):
        assert isinstance(found, np.ndarray)
        assert found.tolist() == pytest.approx([1.0, 1.0])
    assert isinstance(solve(A.tolist(), b.tolist()), list)
    assert inv(A).shape == cholesky(A).shape == solve(A, A).shape == (2, 2)
    assert jacobian(inv)(A).shape == (2, 2, 2, 2)
    assert grad(lambda A: slogdet(A)[1])(A).dtype == float


def test_floats_alone_give_floats_and_a_value_anywhere_a_node() -> None:
    assert type(solve([[2, 0], [0, 4]], [2, 4])[0]) is float
    assert isinstance(solve([[2.0, 0.0], [0.0, 4.0]], [Value(2.0), 4.0])[0], Value)


def test_a_call_is_one_scope_and_takes_a_node_or_two_for_each_entry() -> None:
    n = 20
    A = [[Value(x) for x in row] for row in positive(Random(0), n)]
    nodes = [v for v in toposort(solve(A, [1.0] * n)[0]) if v.parents]
    assert {v.scope for v in nodes} == {("solve",)}
    assert len(nodes) < 1.6 * n * n  # by elimination n**3 / 3


def test_a_recorded_graph_keeps_the_order_of_its_rows_at_other_numbers() -> None:
    A = [[Value(0.1), Value(2.0)], [Value(3.0), Value(1.0)]]
    program = Program.of(solve(A, [1.0, 2.0]), [v for row in A for v in row])
    other = [[0.3, 2.5], [2.0, 1.0]]
    again = program.run([x for row in other for x in row])
    assert again == pytest.approx(np.linalg.solve(other, [1.0, 2.0]), rel=1e-14)


SINGULAR = [
    [[1.0, 2.0], [2.0, 4.0]],
    [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]],  # a pivot of 1e-16 by rounding
    [[0.0, 0.0], [0.0, 0.0]],
    [[0.1, 0.3, 0.1], [0.2, 0.6, 0.7], [0.3, 0.9, 0.4]],
]


@pytest.mark.parametrize("A", SINGULAR)
def test_a_singular_matrix_is_refused_with_the_column_that_depends(A: Any) -> None:
    with pytest.raises(MatrixError, match=r"solve: the matrix is singular: column \d"):
        solve([[Value(x) for x in row] for row in A], [1.0] * len(A))
    with pytest.raises(MatrixError, match=r"inv: .*leave out what depends on the rest"):
        inv(A)
    with pytest.raises(MatrixError, match=r"slogdet: .*; det has a derivative there"):
        slogdet(A)


def test_a_matrix_of_very_different_scales_is_not_taken_for_singular() -> None:
    assert solve([[1e20, 0.0], [0.0, 1e-20]], [1e20, 1e-20]) == [1.0, 1.0]
    assert solve([[1e20, 1e20], [1.0, 2.0]], [2e20, 3.0]) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: cholesky([[1.0, 2.0], [2.0, 1.0]]),
            MatrixError,
            "not positive definite: what row 1 leaves on the diagonal is -3, not above",
        ),
        (
            lambda: cholesky([[math.nan]]),
            MatrixError,
            "what row 0 leaves on the diagonal is nan",
        ),
        (
            lambda: lstsq([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], [1.0, 2.0, 3.0]),
            MatrixError,
            "lstsq: column 1 is a combination of those before it",
        ),
        (
            lambda: lstsq([[1.0, 2.0]], [1.0]),
            dg.DendrogradError,
            "lstsq: 1 equations for 2 unknowns",
        ),
    ],
)
def test_what_has_no_answer_is_refused_with_the_reason(
    call: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as told:
        call()
    assert words in str(told.value)


def test_systems_are_compiled_with_a_path_for_each_order_of_pivots():
    def f(p):
        rows = [[p[0], 1.0, 0.3], [2.0, p[1], -1.0], [0.5, 0.2, p[0]]]
        x = solve(rows, [1.0, p[1], 2.0])
        return x[0] * x[1] + slogdet(rows)[1]

    fast = compile(f)
    for point in ([0.5, 3.0], [4.0, 1.0], [0.6, 2.9], [-3.0, 0.1]):
        assert value_and_grad(fast)(point) == value_and_grad(f)(point)
    assert 1 < len(fast.report().paths) < 5
