"""`dendrograd check --compiled`: a compiled function is held against itself on Values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from dendrograd import compile, value_and_grad
from dendrograd.errors import DendrogradError

from .console import output
from .find_function import user_error

__all__ = ["equals"]

AROUND = 20  # points beside the one that is given
SPREAD = (1e-6, 1e-2, 1.0)  # how far they lie from it, relative to its numbers


def equals(call: Callable[..., Any], numbers: Sequence[float]) -> bool:
    """Print whether the compiled function has the bits of the eager one; return that.

    Value and gradient are compared at the point and at others around it, which may take
    other branches. Raises CommandError where the function cannot be compiled.
    """
    by = tuple(range(len(numbers)))
    fast = compile(call)
    eager, compiled = value_and_grad(call, by), value_and_grad(fast, by)
    for point in _points([float(x) for x in numbers]):
        try:
            one, other = _shown(*eager(*point)), _shown(*compiled(*point))
        except DendrogradError as error:
            raise user_error(call.__name__, error) from error
        if one != other:
            output().print(f"compiled: at {point} it gives {other}, and not {one}")
            return False
    report = fast.report()
    output().print(
        f"compiled: value and gradient are equal to the last bit at {AROUND + 1} points, "
        f"on {len(report.paths)} path{'s' * (len(report.paths) != 1)}"
    )
    return True


def _shown(value: float, slopes: Sequence[float]) -> str:
    """Return a result with every digit; a slope of 0 as `backward()` adds it to 0.0."""
    return f"{value!r} with the gradient {[0.0 + slope for slope in slopes]}"


def _points(numbers: list[float]) -> list[list[float]]:
    """Return a point, and others around it: the same ones every time."""
    draw = Random(0)
    steps = [
        [draw.gauss(0.0, SPREAD[i % len(SPREAD)]) * (abs(x) or 1.0) for x in numbers]
        for i in range(AROUND // 2)
    ]
    sides = [(step, side) for step in steps for side in (1.0, -1.0)]
    around = [
        [x + side * dx for x, dx in zip(numbers, step, strict=True)]
        for step, side in sides
    ]
    return [numbers, *around]
