"""A person's function as the kit sees it: scalars in, scalars out, each with a name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from dendrograd.context import no_grad
from dendrograd.errors import GraphError
from dendrograd.number import number
from dendrograd.transforms import jacobian
from dendrograd.trees import flatten, paths, rebuild
from dendrograd.value import Value

from .examine import Flat, Point

__all__ = ["derivative", "flat_point", "without_graph"]

__tracebackhide__ = True  # pytest shows a person's own lines

MIXTURES = 4  # of the outputs, where they are too many to try each


def flat_point(
    f: Callable[..., Any], args: Sequence[Any], names: Sequence[str] = ()
) -> Point:
    """Return f at args as a function of the scalars in args.

    `names` are those of the arguments; without them, of the function's parameters.
    Raises OperandError where one of the scalars is not a number and GraphError for a
    function that changes its mind.
    """
    args = args if isinstance(args, (tuple, list)) else (args,)
    start = tuple([number(x, "check_grads") for x in flatten(list(args))])

    def flat(xs: Sequence[Any]) -> list[Any]:
        return flatten(f(*rebuild(list(args), iter(xs))))

    numeric = without_graph(flat)
    by = [
        n
        for name, x in zip(names or _names(f, args), args, strict=True)
        for n in paths(name, x)
    ]
    title = getattr(f, "__name__", "f")
    title = title if title.isidentifier() else "f"  # a lambda has no name
    results = numeric(start)
    if repr(results) != repr(numeric(start)):  # nan as nan, -0.0 as -0.0
        raise GraphError(
            f"check_grads: {title} gives two results for the same arguments; seed "
            "whatever is random in it"
        )
    count = len(results)
    of = [title] if count == 1 else [f"{title}[{k}]" for k in range(count)]
    return Point(flat, start, tuple(by), tuple(of), numeric)


def _names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """Return the names of the parameters that positional arguments bind to."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
    plain = len(names) == len(parameters) and len(names) >= len(args)
    return names[: len(args)] if plain else [f"args[{i}]" for i in range(len(args))]


def without_graph(f: Flat) -> Flat:
    """Return f as a function of floats, run on Values that record nothing."""

    def numeric(xs: Sequence[float]) -> list[float]:
        with no_grad():
            return [float(y) for y in f([Value(x) for x in xs])]

    return numeric


def derivative(point: Point, mode: str, most: int) -> Point:
    """Return the derivatives of a point's function by a mode, as a function themselves.

    Of more than `most`, mixtures with weights +-1.
    """
    way = {"rev": "reverse", "fwd": "forward"}[mode]
    slopes = jacobian(point.f, 0, mode=way)
    names = tuple([f"(d {of} / d {by}, {mode})" for of in point.of for by in point.by])
    if len(names) <= most:

        def every(xs: Sequence[Any]) -> list[Any]:
            return [slope for row in slopes(list(xs)) for slope in row]

        return Point(every, point.start, point.by, names, every)

    def mixed(xs: Sequence[Any]) -> list[Any]:
        found = [slope for row in slopes(list(xs)) for slope in row]
        return [
            sum(x if (i >> k) % 2 else -x for i, x in enumerate(found))
            for k in range(MIXTURES)
        ]

    of = tuple([f"(mixture {k} of all derivatives, {mode})" for k in range(MIXTURES)])
    return Point(mixed, point.start, point.by, of, mixed)
