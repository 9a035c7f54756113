"""What the constructor of Value and the assignments to its fields accept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from dendrograd.errors import GraphError, OperandError
from dendrograd.notices.listen import BY_HAND, LISTENING, hear
from dendrograd.number import number, ranked

__all__ = ["fixed", "paired", "real", "renamed", "text"]


def real(x: object, name: str) -> float:
    """Return a number that a Value is to hold as a float, or raise OperandError."""
    if ranked(x):
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


def renamed(
    children: Any, local_grads: Any, _children: Any, _op: Any
) -> tuple[Any, Any]:
    """Return children and local_grads where micrograd's keywords stand for them.

    Its `_op` is answered as the third argument is, which it stands at.
    """
    if type(_children) is tuple and not _children:
        _children = children
    elif type(children) is not tuple or children:
        raise twice("children", children, _children)
    if _op is None:
        _op = local_grads
    elif type(local_grads) is not tuple or local_grads:
        raise twice("local_grads", local_grads, _op)
    return _children, _op


def twice(name: str, ours: object, old: object) -> OperandError:
    return OperandError(
        f"Value: {name} is {ours!r}, and {old!r} is given in its place by micrograd's "
        "keyword; give one of them"
    )


def fixed(node: object, name: str) -> NoReturn:
    """Raise GraphError: what micrograd's code assigns, to make an operation of its own."""
    raise GraphError(
        f"Value.{name} of {node!r} cannot be assigned, since it follows from the "
        "operation that made the node; for an operation of your own write a function "
        "with @dendrograd.primitive, or make the node by hand: Value(data, children, "
        "local_grads)"
    )


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
    if LISTENING:
        hear(BY_HAND, children)
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
