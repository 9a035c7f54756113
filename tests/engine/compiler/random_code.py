"""Random code over the whole table, special numbers among its constants and inputs."""

from __future__ import annotations

import math
from random import Random

import numpy as np

from dendrograd.compiler.code import CHAIN, CHAINED, Code
from dendrograd.flat import TABLE
from dendrograd.op import Op

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.0, 710.0, 1e300, -1e-300, 5e-324)
SPECIAL += (math.inf, -math.inf, math.nan)


def number(draw: Random) -> float:
    return draw.choice(SPECIAL) if draw.random() < 0.3 else draw.uniform(-3.0, 3.0)


def numbers(draw: Random, count: int) -> np.ndarray:
    return np.array([number(draw) for _ in range(count)])


def arity(op: Op, draw: Random) -> int:
    if not op.variadic:
        return len(op.domain)
    count = draw.choice([1, 2, 5])
    return 2 * count + 1 if op.name == "dot" else count


def drawn(draw: Random, steps: int, foreign: tuple[Op, ...] = ()) -> Code:
    """Return random code of so many steps, in which CHAIN occurs as often as a sum."""
    table = (*TABLE, CHAIN, *foreign)
    inputs, constants = draw.randint(1, 4), numbers(draw, 6)
    common = [CHAINED, *[i for i, op in enumerate(TABLE) if op.rational]]
    codes, starts, operands = [], [0], []
    for slot in range(inputs, inputs + steps):
        code = (
            draw.choice(common) if draw.random() < 0.5 else draw.randrange(len(table))
        )
        lowest = max(0, slot - 12) if draw.random() < 0.5 else 0
        codes.append(code)
        operands += [
            draw.randrange(-6, 0)
            if draw.random() < 0.1
            else draw.randrange(lowest, slot)
            for _ in range(arity(table[code], draw))
        ]
        starts.append(len(operands))
    outputs = [draw.randrange(-6, inputs + steps) for _ in range(5)]
    outputs += range(inputs + steps - 3, inputs + steps)
    rows = [np.array(part, np.int32) for part in (codes, starts, operands)]
    return Code(inputs, *rows, constants, np.array(outputs, np.int32), table)


def same(found: np.ndarray, wanted: np.ndarray) -> bool:
    """Return whether every bit is the same; one nan is as good as another."""
    both = np.isnan(found) & np.isnan(wanted)
    return bool((both | (found.view(np.int64) == wanted.view(np.int64))).all())
