"""Hold functions over lanes to a loop, call after call: `python many_calls.py 300 1`.

The same compiled function is called with arrays of other shapes, dtypes and strides, with
numbers on the border of its comparisons, and in between the global and the Value that it
reads are changed; lanes move from path to path. Each lane must have what the eager engine
gives, to the last bit with `exact` and else within 1e-12 of the largest entry, and sums
what adds up to them. Results are overwritten, which must not show in later ones. A second
number is the seed.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

import dendrograd as dg
from dendrograd import Value, compile, value_and_grad

K = 1.0  # which functions read
BOUND = Value(0.5)  # which they read, too
EDGES = (
    0.0, -0.0, 0.5, 1.0, -1.0, 3.0, math.nextafter(0.5, 1.0), math.nextafter(1.0, 2.0),
    math.nextafter(1.0, 0.0), 5e-324, 1e-300, math.inf, -math.inf, math.nan,
)  # fmt: skip
HUGE = (1e16, 1e300, -1e300)  # beside which sums in another order lose all digits
CLOSE = 1e-12
LANES = (1, 2, 5, 17, 40, 130)
Function = Callable[[tuple[Any, ...]], Any]


def function(draw: Random, inputs: int, depth: int = 4) -> Function:
    """Return a random function of a tuple that compares what it computes."""
    kind = draw.randrange(9)
    if not depth or not kind:
        place = draw.randrange(inputs)
        return lambda xs: xs[place]
    a, b, c = (function(draw, inputs, depth - 1) for _ in range(3))
    edge = draw.choice([x for x in EDGES if x == x])
    asks = draw.choice([
        lambda y: y < edge, lambda y: y <= edge, lambda y: y > edge,
        lambda y: y >= edge, lambda y: y == edge, lambda y: edge != y,
    ])  # fmt: skip
    return [
        lambda xs: dg.tanh(a(xs)),
        lambda xs: a(xs) + b(xs),
        lambda xs: a(xs) * b(xs),
        lambda xs: b(xs) if asks(a(xs)) else c(xs),
        lambda xs: a(xs) * 1.5 if a(xs) > b(xs) else c(xs),
        lambda xs: max(a(xs), b(xs)) + K * a(xs),
        lambda xs: a(xs) + BOUND * b(xs) if b(xs) > BOUND else a(xs),
        lambda xs: a(xs) if a(xs) else b(xs) + 1.0,
    ][kind - 1]


def array(draw: Random, lanes: int, some: tuple[float, ...]) -> Any:
    """Return numbers over lanes: of some dtype, with gaps, backwards, or one for all."""
    share = draw.choice([0.0, 0.1, 0.6])
    x = np.array(
        [
            draw.choice(some) if draw.random() < share else draw.gauss(0.0, 1.0)
            for _ in range(lanes)
        ]
    )
    small = np.clip(np.nan_to_num(x), -5.0, 5.0)
    wide = np.full((lanes, 3), math.nan)
    wide[:, 1] = x
    frozen = x.copy()
    frozen.flags.writeable = False
    return draw.choice([
        x, x[::-1], wide[:, 1], frozen, np.broadcast_to(x[:1], (lanes,)),
        small.astype(np.float32), small.astype(np.int64), small > 0.0,
    ])  # fmt: skip


class Case:
    """A compiled function, and what it is called with."""

    def __init__(self, draw: Random) -> None:
        self.draw, inputs = draw, draw.randint(1, 3)
        body = function(draw, inputs)
        self.f = lambda *xs: body(xs)
        self.axes = [0, *(draw.choice([0, 0, None]) for _ in range(inputs - 1))]
        self.reduce = draw.choice([None, "sum", "mean"])
        self.backend = draw.choice([None, None, "rolled", "tape", "fastest"])
        self.exact = draw.random() < 0.5 and self.backend != "rolled"
        self.fast = compile(
            self.f, tuple(self.axes), self.reduce, self.exact, backend=self.backend
        )
        self.wrt = tuple(range(inputs))

    def arguments(self) -> tuple[int, list[Any]]:
        lanes = self.draw.choice(LANES)
        some = EDGES + HUGE if self.exact else EDGES
        return lanes, [
            self.draw.choice([0.7, 1.0, -0.0, -2.0])
            if axis is None
            else array(self.draw, lanes, some)
            for axis in self.axes
        ]

    def loop(self, lanes: int, given: list[Any]) -> np.ndarray:
        """Return value and slopes of each lane, by the eager engine."""
        both, rows = value_and_grad(self.f, self.wrt), []
        for lane in range(lanes):
            pairs = zip(given, self.axes, strict=True)
            value, slopes = both(
                *[x if a is None else float(x[lane]) for x, a in pairs]
            )
            rows.append([float(value), *[0.0 + float(x) for x in slopes]])
        return np.array(rows)

    def called(self, given: list[Any]) -> list[Any]:
        """Return value and slopes, and the value alone."""
        value, slopes = value_and_grad(self.fast, self.wrt)(*given)
        with dg.no_grad():
            return [value, *slopes, self.fast(*given)]

    def wanted(self, rows: np.ndarray, lanes: int) -> list[Any]:
        """Return what a call must give, of the rows of a loop."""
        columns = [*rows.T, rows[:, 0]]
        if self.reduce is None:
            return columns
        count = lanes if self.reduce == "mean" else 1
        axes = [None, *self.axes, None]
        with np.errstate(all="ignore"):
            return [
                (x.sum() if axis is None else x) / count
                for x, axis in zip(columns, axes, strict=True)
            ]

    def agrees(self, found: list[Any], rows: np.ndarray, lanes: int) -> bool:
        finite = np.where(np.isfinite(rows), np.abs(rows), 0.0).max(axis=1)
        scale = finite if self.reduce is None else np.sum(finite / 2.0**64) * 2.0**64
        for one, other in zip(found, self.wanted(rows, lanes), strict=True):
            a, b = np.asarray(one, float), np.asarray(other, float)
            with np.errstate(all="ignore"):
                near = np.abs(a - b) <= (CLOSE * scale if a.shape == np.shape(scale) else
                                         CLOSE * np.max(scale))  # fmt: skip
            same = (a == b) & (np.signbit(a) == np.signbit(b)) | np.isnan(a) & np.isnan(
                b
            )
            bits = self.exact and self.reduce is None
            if (
                a.shape != b.shape
                or not (same if bits else same | near | (a == b)).all()
            ):
                # a sum of both infinities, or past the largest float, has no one answer
                return bool(self.reduce) and not np.isfinite(rows).all()
        return True


def overwritten(found: list[Any], given: list[Any]) -> bool:
    """Fill results with other numbers; return whether one shares memory with another."""
    arrays = [x for x in found if isinstance(x, np.ndarray) and x.ndim]
    inputs = [x for x in given if isinstance(x, np.ndarray)]
    shared = any(
        np.shares_memory(x, y)
        for i, x in enumerate(arrays)
        for y in arrays[:i] + inputs
        if x.flags.writeable
    )
    for x in arrays:
        if x.flags.writeable:
            x[...] = 7.0
    return shared


def outcome(draw: Random) -> str:
    """Return what some calls of one random function come to."""
    global K
    case, K, BOUND.data = Case(draw), 1.0, 0.5
    for call in range(draw.randint(2, 7)):
        if draw.random() < 0.3:
            BOUND.data = draw.choice([0.5, 1.0, -1.0, 0.0, 3.0])
        if draw.random() < 0.15:
            K = draw.choice([1.0, 2.0, 0.0])
        lanes, given = case.arguments()
        try:
            rows: Any = case.loop(lanes, given)
        except Exception as error:  # noqa: BLE001
            rows = error
        try:
            found: Any = case.called(given)
        except Exception as error:  # noqa: BLE001
            found = error
        if isinstance(rows, Exception) or isinstance(found, Exception):
            if type(rows) is type(found) and str(rows) == str(found):
                return "raises"
            return f"wrong: call {call}: {found!r:.300}, not {rows!r:.300}"
        if not case.agrees(found, rows, lanes):
            return (
                f"wrong: call {call}: {case.backend} {case.reduce} {case.exact} {given}"
            )
        if overwritten(found, given):
            return f"wrong: call {call}: shared memory"
    return "exact" if case.exact else "default"


def outcomes(count: int, seed: int) -> Counter[str]:
    """Return how many of so many random functions come to what."""
    found = Counter[str]()
    for i in range(count):
        told = outcome(Random(1_000_003 * seed + i))
        if told.startswith("wrong"):
            print(i, told)
        found[told.partition(":")[0]] += 1
    return found


def main(count: int, seed: int) -> int:
    """Print what came out; return how many functions are wrong."""
    warnings.simplefilter("error", RuntimeWarning)
    warnings.filterwarnings("ignore", message="compile: ")  # of many paths
    found = outcomes(count, seed)
    print(f"{count:,} functions, {dict(found)}")
    return found["wrong"]


if __name__ == "__main__":
    asked = list(map(int, sys.argv[1:]))
    sys.exit(main(asked[0], asked[1] if len(asked) > 1 else 1) > 0)
