"""Columns of numbers and of classes that a chart is given, in any container."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import nan
from typing import Any

from dendrograd.errors import OperandError, ShapeError
from dendrograd.rows import whole
from dendrograd.viz.text import one_line

__all__ = ["by_name", "floats", "positions", "same_length"]


def by_name(curves: Any, name: str) -> dict[str, Iterable[Any]]:
    """Return the numbers of each curve, whatever container they came in."""
    if isinstance(curves, Mapping):
        return dict(curves)
    if hasattr(curves, "columns"):  # a data frame, of any library
        return {str(c): curves[c] for c in curves.columns if c != "epoch"}
    if not isinstance(curves, Iterable):
        raise OperandError(
            f"loss_curve: {one_line(repr(curves), 40)} is a {type(curves).__name__}; "
            "give a dict of lists, or what fit returned"
        )
    points = list(curves)
    if not points or not all(isinstance(point, Mapping) for point in points):
        return {name: points} if points else {}
    names = dict.fromkeys(key for record in points for key in record if key != "epoch")
    return {key: [record.get(key, nan) for record in points] for key in names}


def floats(what: str, values: Iterable[Any]) -> list[float]:
    """Return numbers or Values as floats, or name the first that is neither."""
    numbers: list[float] = []
    for i, value in enumerate(values):
        try:
            if isinstance(value, str):
                raise TypeError
            numbers.append(float(value))
        except (TypeError, ValueError):
            raise OperandError(
                f"{what}[{i}] is {one_line(repr(value), 40)}, not a number; "
                "convert it with float(...)"
            ) from None
    return numbers


def positions(what: str, values: Iterable[Any], names: Sequence[str]) -> list[int]:
    """Return positions in `names`, each given as a whole number or as the name.

    A bool and a float such as 1.0 are whole numbers too.
    """
    at = {name: i for i, name in enumerate(names)}
    places: list[int] = []
    for i, value in enumerate(values):
        k = at.get(value) if isinstance(value, str) else whole(value)
        if k is None or not 0 <= k < len(names):
            raise OperandError(
                f"{what}[{i}] is {one_line(repr(value), 40)}, not a class; a class is "
                f"one of the names {one_line(list(names), 60)} or its position, "
                f"0 to {len(names) - 1}"
            )
        places.append(k)
    return places


def same_length(what: str, left: Sequence[Any], right: Sequence[Any]) -> None:
    """Raise ShapeError where two columns do not pair, or hold nothing."""
    if len(left) != len(right):
        raise ShapeError(
            f"{what}: {len(left)} and {len(right)} entries; each needs its partner"
        )
    if len(left) == 0:
        raise ShapeError(f"{what}: there is nothing to draw; give at least one entry")
