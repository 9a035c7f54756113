"""Determinants and their derivatives, of full rank and of less."""

from __future__ import annotations

from itertools import permutations
from random import Random
from typing import Any

import pytest
from exact import distance, m

from dendrograd import grad, hessian
from dendrograd.linalg import det
from dendrograd.linalg.determinant import remaining


def leibniz(A: Any) -> Any:
    """Return the determinant as the sum over permutations: only sums and products."""
    n, total = len(A), 0.0
    for order in permutations(range(n)):
        term = (-1.0) ** sum(order[i] > order[j] for j in range(n) for i in range(j))
        for row, column in enumerate(order):
            term = term * A[row][column]
        total = total + term
    return total


def of_rank(rank: int, n: int, seed: int) -> list[list[float]]:
    """Return a matrix of small whole numbers, so that its rank is exact."""
    rng = Random(seed)
    left, right = (
        [[float(rng.randint(-3, 3)) for _ in range(rank)] for _ in range(n)]
        for _ in range(2)
    )
    return [[sum(map(float.__mul__, u, v)) for v in right] for u in left]


@pytest.mark.parametrize("n", range(1, 9))
def test_a_determinant_is_that_of_fifty_digits(n: int) -> None:
    rng = Random(n)
    A = [[rng.gauss(0, 1) for _ in range(n)] for _ in range(n)]
    assert det(A) == pytest.approx(float(m.det(m.matrix(A))), rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rank", range(5))
def test_the_gradient_is_the_adjugate_at_every_rank(rank: int, seed: int) -> None:
    A = of_rank(rank, 4, seed)
    exact = grad(leibniz)(A)
    size = max(abs(v) for row in A for v in row) ** 3 + 1.0
    for ours, theirs in zip(grad(det)(A), exact, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-14 * size)


@pytest.mark.parametrize("rank", range(4))
def test_second_derivatives_are_right_at_every_rank(rank: int) -> None:
    A = of_rank(rank, 3, 7)
    flat = [v for row in A for v in row]

    def at(f: Any) -> Any:
        return hessian(lambda v: f([v[0:3], v[3:6], v[6:9]]))(flat)

    assert distance(at(det), at(leibniz)) < 1e-13


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_exchanged_rows_change_the_sign_as_often_as_they_are_exchanged(
    order: tuple[int, ...],
) -> None:
    A = [[float(i == j) for j in range(4)] for i in order]
    assert det(A) == leibniz(A)


def test_rounding_in_place_of_zeros_leaves_the_gradient_of_rank_one_at_zero() -> None:
    u, v = [0.1, 0.7, 0.3], [0.3, 1.1, 0.9]
    A = [[x * y for y in v] for x in u]
    assert distance(grad(det)(A), [[0.0] * 3] * 3) < 1e-16


def test_what_has_all_its_pivots_after_all_is_eliminated_to_the_end() -> None:
    assert remaining([[1.0, 3.0], [2.0, 1.0]]) == -5.0
