"""Every entry of the table passes check_partials; a rule that is a little off does not."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

import pytest

from dendrograd import exp, primitive, where
from dendrograd.domain import NONZERO
from dendrograd.errors import GraphError, OperandError, TraceError
from dendrograd.ops import OPS
from dendrograd.testing import GradientError, check_partials
from dendrograd.testing.points import sample


@pytest.mark.parametrize("name", OPS)
def test_every_rule_of_the_table_is_right(name: str) -> None:
    found = check_partials(OPS[name], samples=2)
    assert set(found.verdicts) == {"agree"}


@pytest.mark.parametrize("name", OPS)
def test_a_rule_off_by_a_thousandth_is_found(name: str) -> None:
    right = OPS[name]

    def off(y: Any, *xs: Any) -> tuple[Any, ...]:
        return tuple([p * 1.001 + 0.002 for p in right.partials(y, *xs)])

    with pytest.raises(GradientError, match=f"first wrong local derivative: {name}"):
        check_partials(replace(right, partials=off), samples=1)


def test_a_broken_promise_at_a_kink_is_told() -> None:
    broken = replace(OPS["relu"], kinks=(((0.0,), (1.0,)),))
    with pytest.raises(GradientError, match=r"promises the partials \(1.0,\) at its"):
        check_partials(broken, samples=1)


@pytest.mark.parametrize("name", OPS)
def test_samples_are_inside_the_domain_and_the_same_in_every_run(name: str) -> None:
    op = OPS[name]
    found = sample(op, 5)
    assert found == sample(op, 5)
    domain = op.domain * 3 if op.variadic else op.domain
    assert all(
        x in interval for xs in found for x, interval in zip(xs, domain, strict=True)
    )


def test_a_rule_that_works_once_is_checked_once_unless_twice_is_asked_for() -> None:
    @primitive(lambda y, x: (math.cos(x),))
    def sine(x: float) -> float:
        return math.sin(x)

    assert check_partials(sine, samples=8).verdicts == {"agree": 8}
    with pytest.raises(TraceError):
        check_partials(sine, order=2)


def test_ones_own_points_are_taken_as_they_are() -> None:
    @primitive(lambda y, a, b: (where(a - 9.0, b, 0.0), a), domain=(NONZERO, NONZERO))
    def product(a: float, b: float) -> float:  # wrong at a = 9 alone
        return a * b

    assert check_partials(product, [(2.0, 3.0)], order=1).verdicts == {"agree": 2}
    with pytest.raises(
        GradientError, match=r"d product / d x0 at x0 = 9\.0, x1 = 2\.0"
    ):
        check_partials(product, [(9.0, 2.0)], order=1)


def test_wrong_use_is_told() -> None:
    with pytest.raises(OperandError, match="use check_grads for any function"):
        check_partials(math.exp)
    with pytest.raises(ValueError, match="exp takes 1 operands, but the point"):
        check_partials(exp, [(1.0, 2.0)])
    empty = replace(exp, crease=lambda x: 0.0)
    with pytest.raises(ValueError, match="give points="):
        check_partials(empty)


def test_an_operation_that_changes_its_mind_is_told_by_its_own_name() -> None:
    draw = random.Random(0)

    @primitive(lambda y, x: (1.0,))
    def noisy(x: float) -> float:
        return x + draw.random()

    with pytest.raises(GraphError, match="check_partials: noisy gives two results"):
        check_partials(noisy)


@primitive(lambda y, x: (0.0 * x,))
def hidden(x: float) -> float:  # its slope is below the rounding of its size
    return 1e9 + 1e-6 * math.sin(x)


def test_a_slope_below_rounding_is_neither_accused_nor_passed() -> None:
    with pytest.raises(GradientError) as caught:
        check_partials(hidden)
    first, *others = str(caught.value).splitlines()
    assert first.startswith("check_partials: cannot tell whether")
    assert "the function is of size 1e+09" in "\n".join(others)
    with pytest.raises(GradientError, match="check_partials: cannot tell whether 1 of"):
        check_partials(hidden, [(1.0,)])


def test_points_where_an_operation_is_flat_do_not_fail_the_others() -> None:
    @primitive(lambda y, x: (1.0 - y * y,))
    def squashed(x: float) -> float:
        return math.tanh(x)

    found = check_partials(squashed).verdicts
    assert set(found) == {"agree", "cannot tell"}
    assert found["cannot tell"] < 0.2 * found["agree"]
