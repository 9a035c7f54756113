"""Bounds of what numbers of statements are off by hold, and are no larger than they need."""

from __future__ import annotations

import math
import operator
from random import Random
from typing import Any

import numpy as np
import pytest
from layered import PROGRAMS, F, Numbers, drawn

import dendrograd as dg
from dendrograd import Value, compile
from dendrograd.compiler.code import Code, from_flat
from dendrograd.compiler.rolled import bounds, certain
from dendrograd.compiler.rolled.running import Rolled
from dendrograd.compiler.rolled.tame import _is_tame, is_tame
from dendrograd.compiler.tape import Tape
from dendrograd.flat import flat
from dendrograd.ops import OPS


def recorded(f: F, p: Any, x: Any) -> Code:
    leaves = [[Value(a) for a in part.tolist()] for part in (p, x)]
    return from_flat(flat([f(*leaves)], leaves[0] + leaves[1]))[0]


def off(f: F, p: Any, lanes: Any) -> tuple[Any, float]:
    """Return by how much a number that is asked about is off in each lane, and its bound."""
    code = recorded(f, p, lanes[0])
    assert is_tame(code, False)
    varies = [False] * len(p) + [True] * lanes.shape[1]
    asked = code.outputs.tolist()
    rolled = Rolled(code._replace(outputs=code.outputs[:0]), (), varies, asked, True)
    told: list[Any] = []
    rolled(p, lanes, holds=lambda y, errors: told.extend([y[0].copy(), *errors]))
    tape = Tape(code)
    wanted = [tape(np.concatenate([p, lane]))[0] for lane in lanes]
    return np.abs(told[0] - wanted), told[1]


def tamed(f: F, p: Any, x: Any) -> bool:
    return is_tame(recorded(f, p, x), False)


@pytest.mark.parametrize(
    "name", ["mlp", "batch", "convolution", "residual", "recurrent"]
)
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_networks_are_off_by_less_than_the_bound(name: str, scale: float) -> None:
    f, shared, inputs = PROGRAMS[name]
    draw = np.random.default_rng(0)
    p, x = draw.normal(0.0, 0.7, shared), draw.normal(0.0, scale, (40, inputs))
    differing, bound = off(f, p, x)
    assert (differing <= bound).all()
    assert bound < (1e-5 if scale == 1.0 else 1e-2)


def test_random_programs_are_off_by_less_than_the_bound() -> None:
    random, found = Random(3), 0
    draw = np.random.default_rng(4)
    while found < 25:
        f, shared, inputs = drawn(random)
        p, x = draw.normal(size=shared), draw.normal(size=(20, inputs))
        if tamed(f, p, x[0]):
            differing, bound = off(f, p, x)
            assert (differing <= bound).all()
            found += 1


def cancelling(p: Numbers, x: Numbers) -> Any:
    total = 0.0
    for a in (*x, *p):
        total = total + 1e16 * a
    for a in (*p, *x):
        total = total - 1e16 * a
    return total


def chaotic(p: Numbers, x: Numbers) -> Any:
    y = dg.dot(p, x).sigmoid()
    for _ in range(60):
        y = 3.99 * y * (1.0 - y)
    return y


@pytest.mark.parametrize("f", [cancelling, chaotic])
def test_what_rounding_decides_has_a_bound_that_says_so(f: F) -> None:
    draw = np.random.default_rng(1)
    p, x = draw.normal(size=30), draw.normal(size=(50, 30))
    differing, bound = off(f, p, x)
    assert (differing <= bound).all()
    assert bound > 0.1


def branchy(p: Numbers, x: Numbers) -> Any:
    """A hinge of a score, by its branch."""
    score = dg.dot(p[:600], x[:600])
    return dg.tanh(score) if 1.0 - score > 0.0 else dg.relu(score)


def test_a_hinge_by_its_branch_is_asked_on_the_tape_at_the_boundary_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw = np.random.default_rng(2)
    p, x = draw.normal(size=600), draw.normal(size=(64, 600)) / 8.0
    x[5] = p / (p @ p)  # a score of 1, but for rounding
    fast = compile(branchy, in_axes=(None, 0), backend="rolled")
    asked: list[int] = []
    true = certain.Asking.failing

    def failing(self: Any, numbers: Any, parts: Any) -> Any:
        found = true(self, numbers, parts)
        asked.append(len(found))
        return found

    fast(p, x)
    monkeypatch.setattr(certain.Asking, "failing", failing)
    wanted = [branchy(p.tolist(), row) for row in x.tolist()]
    assert fast(p, x) == pytest.approx(wanted, rel=1e-12)
    assert set(asked) <= {1}
    shares = [path.lanes.last for path in fast.report().paths]
    below = sum(1.0 - dg.dot(p.tolist(), row) > 0.0 for row in x.tolist())
    assert sorted(shares) == sorted([below, 64 - below])


@pytest.mark.parametrize("compare", [operator.lt, operator.ge, operator.eq])
def test_at_a_boundary_each_lane_goes_where_a_call_goes(compare: Any) -> None:
    draw = np.random.default_rng(8)
    p, x = draw.normal(size=600), draw.normal(size=(24, 601))

    def f(p: Numbers, x: Numbers) -> Any:
        y = dg.dot(p, x[:600])
        return dg.tanh(y) + 9.0 if compare(y, x[600]) else dg.tanh(y)

    for i, row in enumerate(x):  # at the eager number, or a rounding beside it
        y = dg.dot(p.tolist(), row[:600].tolist())
        row[600] = [y, math.nextafter(y, math.inf), math.nextafter(y, -math.inf)][i % 3]
    fast = compile(f, in_axes=(None, 0), backend="rolled")
    wanted = [f(p.tolist(), row) for row in x.tolist()]
    for rows in (slice(24), slice(24), slice(0, 24, 3), slice(0, 24, 3), slice(24)):
        assert fast(p, x[rows]) == pytest.approx(wanted[rows], abs=1e-9)


SMOOTH = [
    op
    for op in OPS.values()
    if not op.kinks and not op.variadic and len(op.domain) == 1 and _is_tame(op, 0)
]
KINKED = [op for op in OPS.values() if op.kinks and _is_tame(op, 0)]


@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)
def test_a_smooth_operation_bends_no_more_than_it_rises(op: Any) -> None:
    for x in np.linspace(-12.0, 12.0, 97).tolist():
        slope = dg.grad(op)(x)
        assert abs(dg.grad(dg.grad(op))(x)) <= 2.0 * (1.0 + abs(slope))
        there, beside = op.evaluate(x), op.evaluate(x + 0.25)
        assert abs(beside - there) <= bounds.handed(abs(slope), 0.25)


@pytest.mark.parametrize("op", KINKED, ids=lambda op: op.name)
def test_an_operation_with_a_kink_moves_no_more_than_its_operands(op: Any) -> None:
    draw = np.random.default_rng(0)
    count = 3 if op.variadic else len(op.domain)
    for _ in range(50):
        one, move = draw.normal(size=(2, count)) * [[1.0], [0.5]]
        change = op.evaluate(*one) - op.evaluate(*(one + move))
        assert abs(change) <= np.abs(move).sum() + 1e-15


def test_what_is_far_off_has_no_bound() -> None:
    assert bounds.handed(1.0, 0.6) == math.inf
    assert bounds.handed(1.0, math.nan) == math.inf
    assert bounds.handed(math.inf, 0.0) == 0.0
