"""How a node keeps its operands and their partials: in four fields, or in tuples.

Nearly all nodes have one operand or two. They keep these in fields of their own, since a
tuple would cost more than the operation: time to make, time to free, and work for the
cyclic collector, which visits every tuple.

    operands     _a        _da         _b      _db
    x            x         dy/dx       None    unset
    a, b         a         dy/da       b       dy/db
    a, 2.0       a         dy/da       2.0     None: a plain number has no partial
    2.0, b       2.0       None        b       dy/db
    any others   parents   partials    MANY    operands; None, if they are the parents
    a leaf       None      partials    None    the same

A leaf has no operands, and a result that `no_grad` did not record has them as (), which
tells the two apart. All that is read outside the sweep goes through these functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["MANY", "connect", "frozen", "kept", "parents", "partials"]

MANY = object()


def parents(node: Any) -> tuple[Any, ...]:
    """Return the Values that a node was computed from, in order, repeats kept."""
    a, b = node._a, node._b
    if b is None:
        return () if a is None else (a,)
    if b is MANY:
        return a  # type: ignore[no-any-return]  # then a tuple
    if node._da is None:
        return (b,)
    return (a,) if node._db is None else (a, b)


def partials(node: Any) -> tuple[Any, ...]:
    """Return the local derivatives of a node, one for each parent."""
    da, b = node._da, node._b
    if b is None:
        return da if node._a is None else (da,)
    if b is MANY:
        return da  # type: ignore[no-any-return]  # then a tuple
    if da is None:
        return (node._db,)
    return (da,) if node._db is None else (da, node._db)


def kept(node: Any) -> tuple[Any, ...] | None:
    """Return the operands where they are not just the parents, else None."""
    a, b = node._a, node._b
    if b is MANY or a is None:
        return node._db  # type: ignore[no-any-return]  # then the operands
    mixed = b is not None and (node._da is None or node._db is None)
    return (a, b) if mixed else None


def connect(
    node: Any,
    parents: tuple[Any, ...],
    partials: tuple[Any, ...],
    operands: tuple[Any, ...] | None = None,
) -> None:
    """Give a node its parents, partials and operands; None stands for the parents."""
    node._bar = node._b = None
    if not parents:
        node._a, node._da, node._db = None, partials, operands
    elif operands is None and len(parents) == 1:
        (node._a,), (node._da,) = parents, partials
    elif operands is None and len(parents) == 2:
        (node._a, node._b), (node._da, node._db) = parents, partials
    elif operands and is_mixed(operands, parents, 0):
        (node._a, node._b), (node._da,), node._db = operands, partials, None
    elif operands and is_mixed(operands, parents, 1):
        (node._a, node._b), node._da, (node._db,) = operands, None, partials
    else:
        node._a, node._da, node._b, node._db = parents, partials, MANY, operands


def frozen(name: str) -> Callable[[Any, Any], None]:
    """Return the setter of a field that is fixed when a node is made."""

    def refuse(_: Any, __: Any) -> None:
        raise AttributeError(
            f"Value: {name} is fixed when a node is made, so that no gradient changes "
            "under it; compute new nodes, or make one by hand: "
            "Value(data, children, local_grads)"
        )

    return refuse


def is_mixed(operands: tuple[Any, ...], parents: tuple[Any, ...], at: int) -> bool:
    """Return whether operands are the one parent, standing there, and a number."""
    return (
        len(operands) == 2
        and len(parents) == 1
        and operands[at] is parents[0]
        and type(operands[1 - at]) is float
    )
