"""A rule with known operands, folded, keeps every bit of the rule."""

import math
import struct
from random import Random

import pytest

from dendrograd import step, where
from dendrograd.compiler.templates import LIMITS, Folding, bits, template
from dendrograd.ops import OPS
from dendrograd.program import record
from dendrograd.rules import traced

SPECIAL = [0.0, -0.0, 1.0, -1.0, 5e-324, 1e-300, 1e300, math.inf, -math.inf, math.nan]
EXPONENTS = [0.0, -0.0, 1.0, 2.0, 3.0, -1.0, -2.0, 0.5, -0.5, 0.1, 1.5, 1e300, math.inf]


def same(x, y):
    return struct.pack("d", x) == struct.pack("d", y) or (x != x and y != y)


def evaluate(op, *xs):
    return op.evaluate(*xs)


@pytest.mark.parametrize(
    "name", [op.name for op in OPS.values() if len(op.domain) == 2]
)
def test_with_one_operand_known(name):
    op, draw = OPS[name], Random(1)
    if op.variadic:
        return
    rule = traced(op, 2)
    for c in [*EXPONENTS, *SPECIAL, draw.gauss(0, 3)]:
        for at in (0, 1):
            folded = template(op, 2, (0, 1), ((at, bits(c)),))
            for x in [*SPECIAL, *EXPONENTS, draw.gauss(0, 3)]:
                xs = (c, x) if at == 0 else (x, c)
                point = [op.evaluate(*xs), *xs]
                expected = rule.run(point, evaluate)
                assert all(map(same, folded.run(point, evaluate), expected)), (xs, c)


def test_common_powers_are_short():
    steps = [
        len(template(OPS["pow"], 2, (0,), ((1, bits(n)),))) for n in (1.0, 2.0, 3.0)
    ]
    assert steps == [1, 1, 2]


def test_a_choice_whose_limits_are_unknown_stays():
    rule = record(lambda y, a, b: where(abs(a) + 1.0, a, b), 3)
    assert len(Folding(3, {}).folded(rule)) == 3
    known = Folding(3, {2: 5.0})
    known.at[1] = LIMITS
    assert len(known.folded(rule)) == 0  # then it is a at the limits too


def test_a_choice_that_is_another_one_at_the_limits_stays():
    rule = record(lambda y, a: where(a * 0.0, 1.0, 2.0), 2)  # nan, so true, at infinity
    fold = Folding(2, {})
    fold.at[1] = LIMITS
    assert len(fold.folded(rule)) == 2
    sums = record(lambda y, a: where(0.0 * step(1.0 + a * 2.0) * y, 1.0, 2.0), 2)
    fold = Folding(2, {})
    fold.at[0] = fold.at[1] = LIMITS
    assert len(fold.folded(sums)) == 6
    plain = record(lambda y, a: where(0.0 * step(a), y, a), 2)
    fold = Folding(2, {})
    fold.at[0] = fold.at[1] = LIMITS
    assert len(fold.folded(plain)) == 0
