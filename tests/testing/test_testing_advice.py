"""The advice says which oracle, how far apart, on which scale, and where to look."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from dendrograd.testing.advice import advice
from dendrograd.testing.comparison import compare


@pytest.mark.parametrize(
    ("f", "slope", "said"),
    [
        (lambda x: x * x, 6.6, "0.6 (10%) away from differences; errors explain 7e-11"),
        (lambda x: x * x, 6.000006, "6e-06 (1e-06 of it) away from differences"),
        (lambda x: 3.0, 2.0, "2 away from differences"),
        (lambda x: 1e14 + x, 0.0, "the function is of size 1e+14"),
        (lambda x: float(x >= 3.0), 0.0, "jumps, or has no value"),
    ],
)
def test_each_kind_of_doubt_has_its_line(
    f: Callable[[float], float], slope: float, said: str
) -> None:
    (line,) = advice(compare(f, 3.0, slope, slope))
    assert said in line
    assert "of the point" in line


def test_modes_that_differ_are_named() -> None:
    slope = math.cos(1.0)
    (line,) = advice(compare(math.sin, 1.0, slope, slope * 1.1))
    assert "(9.09%) away from forward mode" in line


def test_what_agrees_needs_no_advice() -> None:
    assert advice(compare(math.sin, 1.0, math.cos(1.0), math.cos(1.0))) == []
