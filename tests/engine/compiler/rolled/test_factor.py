"""Sums of products are put together from the matrices that they are taken apart into."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from dendrograd.compiler.rolled.factor import GAP, Factored, factored, rectangle
from dendrograd.compiler.rolled.grids import common, contiguous, strides

Pairs = list[list[tuple[int, int]]]


def split(sums: Pairs) -> Factored:
    counts = np.array([len(terms) for terms in sums])
    flat = np.array([pair for terms in sums for pair in terms])
    left, right = (rectangle(part, counts) for part in flat.T)
    return factored(left, right)


def ensure_same(found: Factored, sums: Pairs) -> None:
    """Each sum stands at its place, with its terms; what is added beyond them is 0."""
    count, p, _ = found.left.shape
    q = found.right.shape[1]
    assert len(set(found.places.tolist())) == len(sums)
    for place, terms in zip(found.places.tolist(), sums, strict=True):
        c, rest = divmod(place, p * q)
        at_p, at_q = divmod(rest, q)
        left, right = found.left[c, at_p].tolist(), found.right[c, at_q].tolist()
        pairs = [pair for pair in zip(left, right, strict=True) if GAP not in pair]
        assert sorted(pairs) == sorted(terms)
        assert place < count * p * q


def layer(lefts: int, rights: int, n: int, start: int = 0) -> Pairs:
    return [
        [(start + p * n + k, start + q * n + k) for k in range(n)]
        for q in range(rights)
        for p in range(lefts)
    ]


def test_a_layer_over_a_batch_is_one_product() -> None:
    sums = layer(3, 4, 5)
    found = split(sums)
    assert found.left.shape == (1, 3, 5)
    assert found.right.shape == (1, 4, 5)
    ensure_same(found, sums)


def test_layers_apart_are_components_of_one_statement() -> None:
    sums = layer(3, 2, 4) + layer(3, 2, 4, 100)
    found = split(sums)
    assert found.left.shape == (2, 3, 4)
    ensure_same(found, sums)


@pytest.mark.parametrize(
    "sums",
    [
        layer(3, 2, 4) + layer(2, 2, 4, 100),  # of other sizes
        layer(2, 2, 3) * 2,  # each twice
        [[(i, i)] for i in range(9)] + [[(i, i + 1)] for i in range(9)],  # a long chain
    ],
    ids=["uneven", "twice", "chain"],
)
def test_what_is_no_product_of_matrices_is_row_by_row(sums: Pairs) -> None:
    found = split(sums)
    assert found.left.shape[:2] == (len(sums), 1)
    ensure_same(found, sums)


@pytest.mark.parametrize("side", [0, 1])
def test_rows_that_begin_a_longer_one_are_that_one(side: int) -> None:
    """As in an attention that looks back: weights of any length, values from the first."""
    sums = []
    for t in range(1, 5):
        for j in range(3):
            terms = [(10 * t + s, 100 + 10 * j + s) for s in range(t)]
            sums.append([pair if side else pair[::-1] for pair in terms])
    found = split(sums)
    shape = (1, 4, 4) if side else (1, 3, 4)
    assert found.left.shape == shape
    assert found.right.shape[1] == 7 - shape[1]
    ensure_same(found, sums)


def test_terms_in_another_order_are_the_same_sum() -> None:
    draw, sums = Random(1), layer(3, 4, 5)
    for terms in sums:
        draw.shuffle(terms)
    found = split(sums)
    assert found.left.shape == (1, 3, 5)
    ensure_same(found, sums)


def test_random_sums_are_put_together_right() -> None:
    draw = Random(2)
    for _ in range(200):
        sums: Pairs = []
        while len(sums) < 12:
            n = draw.randint(1, 4)
            terms = list(
                zip(draw.sample(range(9), n), draw.sample(range(9), n), strict=True)
            )
            if sorted(terms) not in [sorted(known) for known in sums]:
                sums.append(terms)
        ensure_same(split(sums), sums)


def test_a_grid_is_found_in_its_own_rows_and_no_other() -> None:
    draw = Random(3)
    for _ in range(100):
        shape = [draw.randint(1, 4) for _ in range(draw.randint(1, 3))]
        steps = [draw.randint(0, 12) for _ in shape]
        rows = np.full(shape, 5)
        for axis, step in enumerate(steps):
            places = np.arange(shape[axis]) * step
            rows = rows + places.reshape(
                [-1 if i == axis else 1 for i in range(len(shape))]
            )
        found = strides(rows)
        assert found == tuple(
            s if n > 1 else 0 for s, n in zip(steps, shape, strict=True)
        )
        whole = (rows.ravel() == np.arange(5, 5 + rows.size)).all()
        assert contiguous(rows.shape, found) == whole
        if rows.size > 2:
            rows.flat[-1] += 50
            assert strides(rows) is None or rows.shape[-1] == rows.size == 2


def test_the_common_shape_leaves_out_what_is_no_grid() -> None:
    batch, bias = np.arange(12), np.tile(np.arange(4), 3)
    odd = np.array([0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89])
    assert common([batch, bias, odd]) == (3, 4)
    assert common([odd]) == (12,)
    assert common([np.array([3])]) == (1,)
