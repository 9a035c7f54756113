"""Functions whose derivatives are right, at scales from 1e-12 to 1e12.

A random expression of the table is put on a scale: its point is multiplied by it, its
result by another one, and on some a constant is added. Every other expression is made
of copies of the operations, which neither the complex step nor mpmath knows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import dendrograd as dg
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.testing import Expression, GradientError, check_grads
from dendrograd.testing.grower import PLACES, Grower

DECADES = 12.0
COPIES: dict[Op, Op] = {op: replace(op) for op in OPS.values()}


class Right(NamedTuple):
    """A function, its arguments and the order to which it is checked."""

    f: Callable[..., Any]
    args: tuple[float, ...]
    order: int = 2


FORMULAS = {
    "Coulomb energy at 5.3e-11 m": Right(lambda r: -2.307e-28 / r, (5.3e-11,)),
    "Lennard-Jones at 3.8e-10 m": Right(
        lambda r: 6.6e-21 * ((3.4e-10 / r) ** 12 - (3.4e-10 / r) ** 6), (3.8e-10,)
    ),
    "RC discharge at 1e-6 s": Right(
        lambda t, r, c: 5.0 * dg.exp(-t / (r * c)), (1e-6, 1e3, 1e-9)
    ),
    "Planck at 500 nm": Right(
        lambda w: 1.19e-16 / w**5 / dg.expm1(1.4388e-2 / (w * 5800.0)), (5e-7,)
    ),
    "1 / x at 1e-8": Right(lambda x: 1.0 / x, (1e-8,)),
    "cbrt at 1e-8": Right(dg.cbrt, (1e-8,)),
    "lgamma at 1e-8": Right(dg.lgamma, (1e-8,)),
    "a steep sigmoid": Right(lambda x: dg.sigmoid(x / 1e-8), (1e-8,)),
    "exp at -690": Right(dg.exp, (-690.0,)),
    "2 ** -1000": Right(lambda x: 2.0**x, (-1000.0,)),
    "hypot at 1e160": Right(dg.hypot, (1e160, 2e160)),
    "a product that leaves the range": Right(
        lambda x: dg.exp(-x) * dg.exp(x), (690.0,)
    ),
    "a sine at 1e6": Right(dg.sin, (1e6,)),
    "a wave of 1e-9 m": Right(lambda x: dg.sin(x / 1e-9), (3e-9,)),
    "a bump on a slope": Right(lambda x: dg.sin(x) + 1e-12 * dg.tanh(1e8 * x), (0.0,)),
    "a large constant beside a small slope": Right(
        lambda x: 1e9 + 1e-6 * dg.sin(x), (1.0,)
    ),
    "distances in the solar system": Right(
        lambda x, y: 1.327e20 / dg.hypot(x, y), (1.5e11, -2e10)
    ),
    "a remainder beside its jump": Right(lambda x: x % 1.0, (1.0 + 1e-9,)),
}


def drawn(draw: random.Random) -> Expression:
    """Return a random smooth expression of up to three leaves."""
    names = list(OPS)
    while True:
        steps = [
            (OPS[draw.choice(names)], draw.choices(PLACES, k=3))
            for _ in range(draw.randint(1, 8))
        ]
        leaves = [draw.uniform(-4.0, 4.0) for _ in range(draw.randint(1, 3))]
        constants = [draw.uniform(0.1, 4.0) for _ in range(2)]
        grown = Grower(4, smooth=True, fixed_leaves=False).grow(
            (leaves, constants, steps)
        )
        if grown is not None:
            return grown


def scaled(draw: random.Random, known: bool, order: int) -> Right:
    """Return a random expression on random scales, of known operations or of copies."""
    found = drawn(draw)
    if not known:
        steps = tuple([(COPIES[op], places) for op, places in found.steps])
        found = replace(found, steps=steps)
    size = 10.0 ** draw.uniform(-DECADES, DECADES)
    scales = [10.0 ** draw.uniform(-DECADES, DECADES) for _ in found.point]
    beside = draw.choice((0.0, 0.0, 0.0, size * 10.0 ** draw.uniform(-3.0, 6.0)))

    def f(*xs: Any) -> Any:
        return size * found(*[x / s for x, s in zip(xs, scales, strict=True)]) + beside

    point = [x * s for x, s in zip(found.point, scales, strict=True)]
    return Right(f, tuple(point), order)


def functions(count: int, seed: int = 0) -> Iterator[Right]:
    """Yield random right functions: known and not, of order 1 and 2 in turn."""
    draw = random.Random(seed)
    for i in range(count):
        yield scaled(draw, known=i % 4 < 2, order=1 + i % 2)


def verdict(right: Right) -> str:
    """Return agree, kink, cannot tell or differ: what the kit says in the end."""
    try:
        report = check_grads(right.f, right.args, order=right.order)
    except GradientError as error:
        first = str(error).splitlines()[0]
        return "cannot tell" if "cannot tell" in first else "differ"
    return min(report.verdicts, key=lambda word: word == "agree")
