"""The derivative of a chain of maxima is held to that of the eager engine."""

from __future__ import annotations

from math import inf
from random import Random

import numpy as np

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
