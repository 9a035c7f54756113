"""What the constructor of Value and the assignments to its fields accept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .errors import GraphError, OperandError
from .number import number

__all__ = ["paired", "real", "text"]


def real(x: object, name: str) -> float:
    """Return a number that a Value is to hold as a float, or raise OperandError."""
    if hasattr(x, "_rank"):
        raise OperandError(
            f"{name}: {x!r} is a Value, not a number; write .data (or .grad) after it "
            "to hold its number, or .detach() for a leaf of its own"
        )
    return number(x, name)


def text(label: object) -> str:
    """Return a label that is a str, or raise OperandError."""
    if not isinstance(label, str):
        raise OperandError(
            f"Value: the label {label!r} is a {type(label).__name__}, not a str; write "
            "label=str(...), or leave it out"
        )
    return label


def paired(
    children: tuple[Any, ...], local_grads: Iterable[Any], cls: type
) -> tuple[tuple[Any, ...], tuple[float, ...]]:
    """Return the parents and partials of a node made by hand, checked."""
    if isinstance(local_grads, str):
        raise OperandError(
            f"Value: local_grads is {local_grads!r}, the name of an operation, as "
            "micrograd's Value has it; here a node made by hand is given its local "
            "derivatives: Value(t, (x,), (1 - t * t,)) for t = tanh(x); or call the "
            "operation, x.tanh(), or write your own with @dendrograd.primitive"
        )
    partials = tuple([number(partial, "Value") for partial in local_grads])
    if len(children) != len(partials):
        raise GraphError(
            f"Value: {len(children)} children but {len(partials)} local_grads; "
            "give one local derivative for each child"
        )
    for parent in children:
        if not isinstance(parent, cls):
            raise OperandError(f"Value: the child {parent!r} is not a Value")
    return children, partials
