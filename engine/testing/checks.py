"""The derivatives of one function at one point, each held against every oracle."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dendrograd.backprop import toposort
from dendrograd.sweeps import pull
from dendrograd.transforms import jacobian, jvp
from dendrograd.value import Value

from .branches import branch_beside
from .comparison import Comparison
from .differences import estimate
from .exact import exact_slopes
from .expression import Expression
from .figures import Figures, off
from .kinks import kinks

__all__ = ["Check", "Flat", "Point", "examine", "magnitude"]

__tracebackhide__ = True  # pytest shows a person's own lines

Flat = Callable[[Sequence[Any]], Sequence[Any]]  # scalars to scalars
AT = 1e-14  # a point this close to a kink, relative to its size, counts as on it
REACH = 1e-6  # a point this close to a kink has differences that straddle the kink
STEPS = (2.0**-4, 2.0**-8, 2.0**-12)  # at which the graph is held against the function
PROBES = 4  # random directions, where a function has too many inputs to try each


@dataclass(frozen=True)
class Point:
    """A function from scalars to scalars, and the point at which it is examined.

    `inputs` and `outputs` are their names; `numeric` is the same function on floats,
    `order` that of its derivatives as those of a person's function.
    """

    f: Flat
    start: tuple[float, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    numeric: Flat
    order: int = 1

    def recorded(self) -> tuple[list[Any], list[Value]]:
        """Return the outputs, as recorded on fresh leaves, and the leaves."""
        leaves = [
            Value(x, label=name)
            for x, name in zip(self.start, self.inputs, strict=True)
        ]
        return list(self.f(leaves)), leaves


@dataclass(frozen=True)
class Check:
    """One derivative, as `what` says ("d f / d x"), and its comparison."""

    what: str
    comparison: Comparison
    order: int = 1


def examine(point: Point, modes: Sequence[str], most: int = 1000) -> list[Check]:
    """Return a check of the derivative of every output by every input.

    Of more than `most` inputs, random directions are taken instead of each.
    """
    results, leaves = point.recorded()
    graph = Expression.of(results, leaves)
    sizes = [magnitude(y) if isinstance(y, Value) else 0.0 for y in results]
    rows = jacobian(point.f, 0)(list(point.start)) if "rev" in modes else []
    checks = []
    for x, direction in _directions(point, most):
        slopes = {"rev": [_dot(row, direction) for row in rows]} if rows else {}
        if "fwd" in modes:
            slopes["fwd"] = jvp(point.f, (list(point.start),), (direction,))[1]
        seen = _figures(point, graph, direction, slopes, sizes)
        seen = _completed(point, graph, direction, slopes, results, seen)
        for k, (y, figures) in enumerate(zip(point.outputs, seen, strict=True)):
            ours = {mode: float(column[k]) for mode, column in slopes.items()}
            one = Comparison(ours, figures)
            checks.append(Check(f"d {y} / d {x}", one, point.order))
    return checks


def magnitude(root: Value) -> float:
    """Return the sum of |node * d root / d node|.

    Times the unit roundoff it bounds, to first order, the rounding error of root: an
    error of eps |node| at each node, times what the root feels of it.

    >>> x = Value(1e6)
    >>> magnitude((x + 1.0) - x)
    1000002.0
    """
    bars = pull(toposort(root), {root: 1.0})
    sizes = [abs(node.data * bar) for node, bar in bars.items()]
    return math.fsum(size for size in sizes if math.isfinite(size))


def _directions(point: Point, most: int) -> Iterator[tuple[str, list[float]]]:
    """Yield each unit vector by the name of its input, or random vectors of +-1."""
    count = len(point.start)
    if count <= most:
        for i, name in enumerate(point.inputs):
            yield name, [float(k == i) for k in range(count)]
        return
    draw = random.Random(count)
    for i in range(PROBES):
        yield f"random direction {i}", [draw.choice((-1.0, 1.0)) for _ in point.start]


def _dot(row: Sequence[float], direction: Sequence[float]) -> float:
    return math.fsum([a * b for a, b in zip(row, direction, strict=True) if b])


def _figures(
    point: Point,
    graph: Expression,
    direction: Sequence[float],
    ours: Mapping[str, Sequence[float]],
    sizes: Sequence[float],
) -> list[Figures]:
    """Return what the oracles say along a direction, for each output."""
    ways, noise = exact_slopes(graph, direction)
    along, x = _line(point, direction, point.numeric)
    slopes = next(iter(ours.values()))
    seen = []
    for k, size in enumerate(sizes):
        own = abs(x * slopes[k]) if math.isfinite(x * slopes[k]) else 0.0
        seen.append(estimate(lambda t, k=k: along(t)[k], x, max(size, own)))  # type: ignore[misc]  # of k=k
    reach = REACH * min([1.0, *[each.scale for each in seen]])
    on, near = (tuple(kinks(graph, r)) if ways else () for r in (AT, reach))
    return [
        Figures(
            each, {way: known[k] for way, known in ways.items()}, noise[k], on, near
        )
        for k, each in enumerate(seen)
    ]


def _completed(
    point: Point,
    graph: Expression,
    direction: Sequence[float],
    ours: Mapping[str, Sequence[float]],
    results: Sequence[Any],
    figures: Sequence[Figures],
) -> list[Figures]:
    """Return figures with the values, and, where differences say otherwise, why.

    To look for a branch the function is recorded anew, and to see whether the graph is
    the whole function both are run; most points need neither.
    """
    slopes = next(iter(ours.values()))
    pairs = list(zip(figures, slopes, strict=True))
    doubt = [f.differences.scale for f, x in pairs if not f.confirms(x)]
    branch = bool(doubt) and branch_beside(
        lambda t: _beside(point, direction, t * max(doubt))
    )
    beside = [
        replace(each, value=float(y), branch=branch)
        for each, y in zip(figures, results, strict=True)
    ]
    if not doubt or graph.made_by_hand:
        return beside
    lines = [_line(point, direction, f)[0] for f in (point.numeric, graph.program.run)]
    _, x = _line(point, direction, point.numeric)
    return [_with_graph(each, k, lines, x) for k, each in enumerate(beside)]


def _with_graph(
    figures: Figures, k: int, lines: Sequence[Callable[[float], Any]], x: float
) -> Figures:
    """Return figures that know whether the graph moves as the function does.

    Where it does, to the last bit, and its slope is known exactly, the error of the
    differences is known too.
    """
    seen = figures.differences
    steps = [seen.scale * step for step in STEPS]
    whole = all(
        repr(lines[0](x + h)[k]) == repr(lines[1](x + h)[k])
        for step in steps
        for h in (-step, step)
    )
    known = [s for s in figures.independent.values() if math.isfinite(sum(s))]
    if whole and known and not off(known[-1].left, known[-1].right, figures.slack):
        missed = abs(seen.slope - known[-1].middle)
        seen = replace(seen, error=max(seen.error, missed))
    return replace(figures, whole=whole, differences=seen)


def _beside(point: Point, direction: Sequence[float], t: float) -> Expression:
    """Return what is recorded at a distance t along a direction."""
    moved = [x + t * v for x, v in zip(point.start, direction, strict=True)]
    return Expression.of(*replace(point, start=tuple(moved)).recorded())


def _line(
    point: Point, direction: Sequence[float], f: Flat
) -> tuple[Callable[[float], Sequence[float]], float]:
    """Return f as a function of one number, and the number to stand at.

    Along one input that is the input itself, so that steps have its scale.
    """
    moving = [i for i, v in enumerate(direction) if v]
    single = moving[0] if len(moving) == 1 else None
    known: dict[float, Sequence[float]] = {}  # several outputs ask at the same places

    def along(t: float) -> Sequence[float]:
        if t not in known:
            at = [x + t * v for x, v in zip(point.start, direction, strict=True)]
            if single is not None:
                at[single] = t
            known[t] = _numbers(f, at, len(point.outputs))
        return known[t]

    return along, 0.0 if single is None else point.start[single]


def _numbers(f: Flat, at: Sequence[float], count: int) -> Sequence[float]:
    """Return the outputs as floats; nan where the function leaves its domain."""
    try:
        return [float(y) for y in f(at)]
    except (ArithmeticError, ValueError):
        return [math.nan] * count
