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

from .checks import Flat, Point

__all__ = ["derivative", "flat_point"]

__tracebackhide__ = True  # pytest shows a person's own lines

MIXTURES = 4  # of the outputs, where they are too many to try each


def flat_point(
    f: Callable[..., Any],
    args: Sequence[Any],
    names: Sequence[str] = (),
    caller: str = "check_grads",
) -> Point:
    """Return f at args as a function of the scalars in args.

    `names` are those of the arguments; without them, of the function's parameters.
    Raises OperandError where one of the scalars is not a number and GraphError for a
    function that changes its mind, in the name of the caller.
    """
    args = args if isinstance(args, (tuple, list)) else (args,)
    inputs = [
        path
        for name, arg in zip(names or _names(f, args), args, strict=True)
        for path in paths(name, arg)
    ]
    scalars = zip(inputs, flatten(list(args)), strict=True)
    start = tuple([number(x, f"{caller}: {name}") for name, x in scalars])

    def flat(xs: Sequence[Any]) -> list[Any]:
        return flatten(f(*rebuild(list(args), iter(xs))))

    title = getattr(f, "__name__", "f")
    title = title if title.isidentifier() else "f"  # a lambda has no name
    numeric = _without_graph(flat)
    results = numeric(start)
    if repr(results) != repr(numeric(start)):  # nan as nan, -0.0 as -0.0
        raise GraphError(
            f"{caller}: {title} gives two results for the same arguments; seed "
            "whatever is random in it"
        )
    count = len(results)
    outputs = [title] if count == 1 else [f"{title}[{k}]" for k in range(count)]
    return Point(flat, start, tuple(inputs), tuple(outputs), numeric)


def _names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """Return the names of the parameters that positional arguments bind to."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
    plain = len(names) == len(parameters) and len(names) >= len(args)
    return names[: len(args)] if plain else [f"args[{i}]" for i in range(len(args))]


def _without_graph(f: Flat) -> Flat:
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
    order = point.order + 1
    slopes = jacobian(point.f, 0, mode=way)
    names = tuple(
        [f"(d {y} / d {x}, {mode})" for y in point.outputs for x in point.inputs]
    )
    if len(names) <= most:

        def every(xs: Sequence[Any]) -> list[Any]:
            return [slope for row in slopes(list(xs)) for slope in row]

        return Point(every, point.start, point.inputs, names, every, order)

    def mixed(xs: Sequence[Any]) -> list[Any]:
        every = [slope for row in slopes(list(xs)) for slope in row]
        return [
            sum(x if (i >> k) % 2 else -x for i, x in enumerate(every))
            for k in range(MIXTURES)
        ]

    names = tuple(
        [f"(mixture {k} of all derivatives, {mode})" for k in range(MIXTURES)]
    )
    return Point(mixed, point.start, point.inputs, names, mixed, order)
