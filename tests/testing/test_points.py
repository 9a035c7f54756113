"""Points are of every size, beside the ends of a domain, and where an operation is smooth."""

from __future__ import annotations

import math

import pytest

from dendrograd import primitive
from dendrograd.domain import POSITIVE, UNIT
from dendrograd.ops import OPS
from dendrograd.testing.points import SAMPLES, sample


@primitive(lambda y, x: (1.0,))
def itself(x: float) -> float:
    return x


@primitive(lambda y, x: (1.0 / x,), domain=(POSITIVE,))
def logarithm(x: float) -> float:
    return math.log(x)


@primitive(lambda y, x: (1.0,), domain=(UNIT,))
def inner(x: float) -> float:
    return x


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0.5, 1.0),
        (-2.0, -1.0),
        (16.0, 32.0),
        (1e-9, 1e-7),
        (-1e-3, -1e-5),
        (1e3, 1e6),
        (-1e6, -1e3),
    ],
)
def test_every_octave_around_one_and_every_size_is_tried(
    low: float, high: float
) -> None:
    assert any(low < x < high for (x,) in sample(itself))


def test_special_numbers_are_tried() -> None:
    assert {0.0, 1.0, -1.0} <= {x for (x,) in sample(itself)}


def test_points_lie_beside_the_ends_of_a_domain() -> None:
    xs = [x for (x,) in sample(inner)]
    assert min(1.0 - x for x in xs) < 1e-6
    assert min(x + 1.0 for x in xs) < 1e-6
    assert min(x for (x,) in sample(logarithm)) < 1e-6


def test_operands_differ_in_size() -> None:
    ratios = [abs(a / b) for a, b in sample(OPS["add"]) if a and b]
    assert min(ratios) < 1e-4
    assert max(ratios) > 1e4


def test_where_an_operation_overflows_or_has_no_value_it_is_not_tried() -> None:
    @primitive(lambda y, x: (y,))
    def steep(x: float) -> float:
        return math.exp(x) if x < 700.0 else math.inf

    @primitive(lambda y, x: (1.0 / x,))
    def undeclared(x: float) -> float:
        return math.log(x)

    assert max(x for (x,) in sample(steep)) < 700.0
    assert min(x for (x,) in sample(undeclared)[2:]) > 0.0


@pytest.mark.parametrize("name", ["floor", "maximum", "mod", "polygamma"])
def test_so_many_points_are_found_away_from_creases(name: str) -> None:
    op = OPS[name]
    found = sample(op, 20)
    assert len(found) == 20 <= SAMPLES
    assert all(op.crease is None or op.crease(*xs) for xs in found)
