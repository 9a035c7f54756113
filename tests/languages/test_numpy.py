"""NumPy on whole arrays has the bits of the engine, at every number, special ones too."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from dendrograd.languages.numpy import NumPy, function
from dendrograd.op import Op
from dendrograd.ops import OPS

INF, NAN = math.inf, math.nan
SIZES = [5e-324, 1e-300, 0.5, 0.75, 1.0, 1.5, 2.5, 3.0, 2.0**53, 1e300, INF]
SPECIAL = [0.0, -0.0, NAN, *SIZES, *[-x for x in SIZES]]
SPELLED = [op for op in OPS.values() if NumPy.knows(op)]


def compiled(op: Op):
    space = {"np": np}
    exec(function(op), space)  # noqa: S102  # our own text
    return space[f"primal_{op.name}"]


def points(op: Op, count: int) -> list[tuple[float, ...]]:
    draw = random.Random(count)
    drawn = [
        tuple(
            [
                draw.choice([draw.choice(SPECIAL), draw.gauss(0, 2)])
                for _ in range(count)
            ]
        )
        for _ in range(2000)
    ]
    return (
        drawn
        + list(itertools.product(SPECIAL, repeat=min(count, 2)))[: 999 * (count < 3)]
    )


@pytest.mark.parametrize("op", SPELLED, ids=[op.name for op in SPELLED])
def test_an_array_gets_the_bits_that_each_number_gets(op):
    primal = compiled(op)
    for count in [1, 2, 5, 8] if op.variadic else [len(op.domain)]:
        xs = points(op, count)
        rows = np.array(xs).T
        with np.errstate(all="ignore"):
            found = primal(rows) if op.variadic else primal(*rows)
        wanted = np.array([op.evaluate(*x) for x in xs])
        same = found.view(np.int64) == wanted.view(np.int64)
        assert (same | (np.isnan(found) & np.isnan(wanted))).all()


def test_one_step_of_many_operands_is_added_from_the_left_as_well():
    terms = [1e16, 1.0, -1e16, 1.0] * 20  # in pairs: another sum
    column = np.array([terms]).T
    assert compiled(OPS["sum"])(column).tolist() == [OPS["sum"].evaluate(*terms)]


def test_numbers_are_written_as_numpy_reads_them():
    written = [NumPy().number(x) for x in (0.5, INF, -INF, NAN)]
    assert written == ["0.5", "np.inf", "-np.inf", "np.nan"]
