"""Hold functions over lanes against a loop over lanes: `python many_lanes.py 1000 1`.

Half of the functions are random programs over the whole table, half branch at random; some
lanes hold overflows, nan and -0.0. The loop is eager `value_and_grad`, its results added
lane after lane, path by path in the order of the first lanes: to the last bit with `exact`,
and else within 1e-12 of the largest entry. A second number is the seed. Prints how many
results differ. Kernels and sizes of blocks are drawn as well.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))  # of twins.py

import branchy
import twins
from random_code import same

from dendrograd import Value, compile, implementation, value_and_grad
from dendrograd.compiler import lanes as module
from dendrograd.compiler.adjoint import joint
from dendrograd.compiler.code import program
from dendrograd.compiler.twice import capture
from dendrograd.errors import DendrogradError
from dendrograd.notices.listen import listening

FAST = ("exp", "log", "tanh", "sech")  # what the default may compute by polynomials
SIZES = (
    1,
    2,
    7,
    24,
    33,
    60,
    64,
)  # lanes; no more than 64, so that each path is recorded
MANY = (65, 128, 200)  # of functions that do not branch
CLOSE, ULPS = 1e-12, 3
KERNELS = tuple(module.kernels)
RAISED = ArithmeticError, TypeError, ValueError, RecursionError


class Case(NamedTuple):
    """A function, its axes, an array or a float for each argument, and how lanes add up."""

    f: Callable[..., Any]
    in_axes: tuple[int | None, ...]
    args: list[Any]
    lanes: int
    reduce: str | None
    exact: bool

    def at(self, lane: int) -> list[float]:
        """Return the arguments in one lane."""
        pairs = zip(self.args, self.in_axes, strict=True)
        return [x if axis is None else float(x[lane]) for x, axis in pairs]


def of_program(draw: Random) -> tuple[Callable[..., Any], int]:
    """Return a random program as a function, and how many arguments it has."""
    while True:
        recipe = twins.drawn(draw)
        leaves = [Value(float.fromhex(x)) for x in recipe["leaves"]]
        if twins.attempted(recipe, leaves):
            return run_of(recipe), len(leaves)


def run_of(recipe: twins.Program) -> Callable[..., Any]:
    return lambda *xs: twins.last(twins.run(recipe, xs))


def of_branches(draw: Random) -> tuple[Callable[..., Any], int]:
    """Return a random function that branches, and how many arguments it has."""
    return branchy.function(branchy.drawn(draw)), 3


def number(draw: Random) -> float:
    if draw.random() < 0.1:
        return draw.choice([*twins.NASTY, *twins.BAD])
    return draw.gauss(0.0, 2.0)


def laid_out(xs: list[float], draw: Random) -> np.ndarray:
    """Return numbers as an array that lies in one piece, with gaps, or backwards."""
    array, kind = np.array(xs), draw.randrange(4)
    if kind == 0:
        wide = np.full((len(xs), 3), math.nan)
        wide[:, 1] = array
        return wide[:, 1]
    if kind == 1:
        return array[::-1].copy()[::-1]
    array.flags.writeable = kind == 2
    return array


def drawn(draw: Random, branches: bool) -> Case:
    """Return a random case."""
    f, count = (of_branches if branches else of_program)(draw)
    in_axes: list[int | None] = [draw.choice([0, 0, None]) for _ in range(count)]
    in_axes[draw.randrange(count)] = 0
    lanes = draw.choice(SIZES if branches else SIZES + MANY)
    args = [
        number(draw)
        if axis is None
        else laid_out([number(draw) for _ in range(lanes)], draw)
        for axis in in_axes
    ]
    reduce = draw.choice([None, "sum", "mean"])
    return Case(f, tuple(in_axes), args, lanes, reduce, draw.random() < 0.5)


class Loop(NamedTuple):
    """What a loop over lanes finds: values, slopes, the path of each lane, and an error."""

    values: list[float]
    slopes: list[tuple[float, ...]]
    paths: list[str]
    raised: tuple[int, Exception] | None


def looped(case: Case) -> Loop:
    """Run the function eagerly in each lane, up to the first that raises."""
    found = Loop([], [], [], None)
    both = value_and_grad(case.f, tuple(range(len(case.args))))
    for lane in range(case.lanes):
        xs = case.at(lane)
        try:
            value, slopes = both(*xs)
        except (*RAISED, DendrogradError) as error:
            return found._replace(raised=(lane, error))
        found.values.append(float(value))
        found.slopes.append(tuple([0.0 + x for x in slopes]))  # as `.grad`: no -0.0
        found.paths.append(path_of(case.f, xs))
    return found


def path_of(f: Callable[..., Any], xs: list[float]) -> str:
    """Return what a path is told by: what was asked, and the answers."""
    asked: list[Any] = []

    def hear(how: Any, _: tuple[Any, ...], answer: Any) -> None:
        if callable(how):
            asked.append((how.__name__, answer))

    listening(hear, f, *map(Value, xs))
    return repr(asked)


def added(case: Case, loop: Loop) -> tuple[Any, list[Any]]:
    """Return what a call over lanes has to give."""
    groups: dict[str, list[int]] = {}
    for lane, path in enumerate(loop.paths):
        groups.setdefault(path, []).append(lane)
    order = [lane for group in groups.values() for lane in group]
    scale = case.lanes if case.reduce == "mean" else 1

    def total(column: np.ndarray) -> np.ndarray:
        result = 0.0
        for lane in order:
            result += float(column[lane])
        return np.array(result / scale)

    values, slopes = np.array(loop.values), np.array(loop.slopes)
    if case.reduce is None:
        return values, list(slopes.T)
    columns = [
        (total(column) if axis is None else column / scale) + 0.0
        for column, axis in zip(slopes.T, case.in_axes, strict=True)
    ]
    return total(values), columns


def called(case: Case) -> tuple[Any, list[Any]]:
    """Return what a call over lanes gives: value and slopes."""
    fast = compile(case.f, case.in_axes, case.reduce, case.exact)
    everyone = tuple(range(len(case.args)))
    value, slopes = value_and_grad(fast, everyone)(*case.args)
    alone = np.asarray(fast(*case.args), float)
    if case.exact and not same(alone.ravel(), np.asarray(value, float).ravel()):
        raise AssertionError("the value of a call differs from that with a gradient")
    return np.asarray(value, float), [np.asarray(x, float) for x in slopes]


def nudged(case: Case, loop: Loop, draw: Random) -> tuple[Any, list[Any]]:
    """Return the same sums where each polynomial is off by some units in the last place."""

    def evaluate(op: Any, *xs: Any) -> float:
        y = op.evaluate(*xs)
        return (
            y * (1.0 + draw.randint(-ULPS, ULPS) * 2.0**-52) if op.name in FAST else y
        )

    values, slopes = [], []
    for lane in range(case.lanes):
        xs = case.at(lane)
        leaves = list(map(Value, xs))
        found = capture(lambda: case.f(*leaves), leaves)  # noqa: B023
        both = joint(found.code, found.code.outputs[:1].tolist(), range(len(xs)))
        out = program(both).run([*xs, *[x.data for x in found.captured]], evaluate)
        asked = len(found.code.outputs)
        values.append(out[0])
        slopes.append(tuple([0.0 + x for x in out[asked:]]))
    return added(case, loop._replace(values=values, slopes=slopes))


def scales(wanted: tuple[Any, list[Any]], loop: Loop) -> Any:
    """Return what an error is small beside: the largest entry, of the lane or of sums."""
    table = np.column_stack([loop.values, np.array(loop.slopes)])
    sizes = np.where(np.isfinite(table), abs(table), 0.0).max(axis=1)
    return sizes if wanted[0].ndim else math.fsum(sizes / 2**64) * 2**64


def off(found: Any, wanted: Any, allowed: Any) -> bool:
    """Return whether numbers lie further apart than is allowed."""
    with np.errstate(all="ignore"):
        near = abs(found - wanted) <= allowed
        equal = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    return not (near | equal).all()


def differs(case: Case, found: Any, wanted: Any, loop: Loop, draw: Random) -> bool:
    """Return whether results are wrong: in any bit, or by more than is allowed."""
    pairs = list(zip([found[0], *found[1]], [wanted[0], *wanted[1]], strict=True))
    if case.exact:
        return not all(same(a.ravel(), b.ravel()) for a, b in pairs)
    scale = scales(wanted, loop)
    summed = scale if np.ndim(scale) == 0 else scale.max()
    small = [CLOSE * (scale if b.ndim and np.ndim(scale) else summed) for _, b in pairs]
    if not any(off(a, b, s) for (a, b), s in zip(pairs, small, strict=True)):
        return False
    spread: list[Any] = [0.0] * len(pairs)  # the function may magnify a rounding
    for _ in range(6):
        value, slopes = nudged(case, loop, draw)
        for i, x in enumerate([value, *slopes]):
            with np.errstate(all="ignore"):
                gap = abs(x - pairs[i][1])
            kind = np.isfinite(x) != np.isfinite(pairs[i][1])
            spread[i] = np.fmax(spread[i], np.where(kind | np.isnan(gap), np.inf, gap))
    far = [s + 20.0 * more for s, more in zip(small, spread, strict=True)]
    return any(off(a, b, s) for (a, b), s in zip(pairs, far, strict=True))


def outcome(case: Case, draw: Random) -> str:
    """Return what a case comes to: right, refused, or what is wrong."""
    loop = looped(case)
    try:
        found = called(case)
    except DendrogradError as error:
        if loop.raised is None:
            told = str(error).startswith("compile: ")
            return "refused" if told else f"raises {error!r}"
        return raising(case, loop.raised, error)
    except Exception as error:  # noqa: BLE001
        return raising(case, loop.raised, error)
    if loop.raised is not None:
        return "wrong: nothing is raised"
    kind = "exact" if case.exact else "default"
    wrong = differs(case, found, added(case, loop), loop, draw)
    return f"wrong: {kind}" if wrong else f"right: {kind}"


def raising(case: Case, wanted: tuple[int, Exception] | None, error: Exception) -> str:
    """Return whether a call raised what its first lane that raises does, and says so."""
    note = f"in lane {wanted[0]} of {case.lanes}" if wanted else ""
    alike = wanted is not None and type(error) is type(wanted[1])
    if alike and type(error) is not RecursionError:  # which says what came too deep
        alike = str(error) == str(wanted[1])  # type: ignore[index]
    if alike and note in getattr(error, "__notes__", ()):
        return "right: raises"
    return f"wrong: raises {error!r} {getattr(error, '__notes__', ())}, not {wanted}"


def outcomes(count: int, seed: int) -> Counter[str]:
    """Return how many of so many random cases come to what, and how many lanes they had."""
    draw, found, block = Random(seed), Counter[str](), module.BLOCK
    try:
        for i in range(count):
            module.kernels = list(KERNELS[: draw.randint(1, len(KERNELS))])
            module.BLOCK = draw.choice([32, 64])
            case = drawn(draw, branches=bool(i % 2))
            told = outcome(case, draw)
            if told.startswith("wrong"):
                print(
                    i, told, case.in_axes, case.reduce, case.lanes, module.kernels[-1]
                )
            found[" ".join(told.split()[:2])] += 1
            found["lanes"] += case.lanes
    finally:
        module.kernels, module.BLOCK = list(KERNELS), block
    return found


def wrong(found: Counter[str]) -> int:
    return sum(n for told, n in found.items() if told.startswith("wrong"))


def main(count: int, seed: int) -> int:
    """Print what came out; return how many results are wrong."""
    warnings.simplefilter("error", RuntimeWarning)
    found = outcomes(count, seed)
    print(f"{implementation}: {count:,} functions, {dict(found)}, {wrong(found)} wrong")
    return wrong(found)


if __name__ == "__main__":
    asked = list(map(int, sys.argv[1:]))
    sys.exit(main(asked[0], asked[1] if len(asked) > 1 else 1) > 0)
