"""The derivative of a chain of maxima is held to that of the eager engine."""

from __future__ import annotations

import warnings
from math import inf
from random import Random

import numpy as np
import pytest

import dendrograd as dg
from dendrograd import Value
from dendrograd.compiler.rolled.factor import GAP, rectangle
from dendrograd.compiler.rolled.totals import shares

SOME = (0.0, 1.0, 2.0, 3.0, -inf, inf, -0.0)


def eager(chain: list[float]) -> list[float]:
    """Return the partial of a chain of maxima by each of its terms."""
    terms = [Value(x) for x in chain]
    top = terms[0]
    for term in terms[1:]:
        top = dg.maximum(top, term)
    top.backward()
    return [float(term.grad) for term in terms]


def test_shares_of_chains_are_those_of_the_eager_engine() -> None:
    draw = Random(1)
    for _ in range(60):
        kinds = draw.choice([2, 4, 5, 7])
        chains, width = draw.randint(1, 4), draw.randint(2, 4)
        rows = [
            [draw.choice(SOME[:kinds]) for _ in range(width)] for _ in range(chains)
        ]
        terms = np.array(rows)[..., None]
        found = np.empty(terms.shape)
        shares(terms, np.maximum.reduce(terms, axis=1)[:, None], found)
        np.testing.assert_array_equal(found[..., 0], [eager(row) for row in rows])


def test_shares_of_ragged_chains_are_those_of_the_eager_engine() -> None:
    draw = Random(2)
    for _ in range(60):
        kinds = draw.choice([2, 4, 5, 7])
        counts = [draw.randint(1, 4) for _ in range(3)]
        rows = [[draw.choice(SOME[:kinds]) for _ in range(n)] for n in counts]
        places = list(range(sum(counts)))
        draw.shuffle(places)  # where each term stands
        chains = rectangle(np.array(places), np.array(counts))
        terms, top = np.empty((sum(counts), 1)), np.empty((sum(counts), 1))
        for places_of_one, row in zip(chains, rows, strict=True):
            real = places_of_one[places_of_one != GAP]
            terms[real, 0], top[real, 0] = row, np.max(row)
        found = np.empty(terms.shape)
        shares(terms, top, found, chains)
        for places_of_one, row in zip(chains, rows, strict=True):
            real = places_of_one[places_of_one != GAP]
            np.testing.assert_array_equal(found[real, 0], eager(row))


def doubled(x: Value) -> Value:
    return dg.sum([Value(1.0) + 1.0, x])


@pytest.mark.parametrize("backend", ["rolled", "fastest"])
def test_a_sum_of_equal_constants_is_a_number(backend: str) -> None:
    both = dg.value_and_grad(dg.compile(doubled, in_axes=0, backend=backend))
    values, slopes = both(np.array([1.0, -0.5]))
    assert values.tolist() == [3.0, 1.5]
    assert slopes.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("backend", ["rolled", "tape", None])
@pytest.mark.parametrize("lanes", [[inf, -inf, 1.0], [1e308, 1e308, 1.0]])
def test_sums_over_lanes_are_inf_and_nan_without_a_warning(
    backend: str | None, lanes: list[float]
) -> None:
    both = dg.value_and_grad(
        dg.compile(
            lambda x: x * 2.0 if x < 0.0 else x + x * 0.5, 0, "sum", backend=backend
        )
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            value, slopes = both(np.array(lanes))
    assert not np.isfinite(value)
    assert len(slopes) == 3
