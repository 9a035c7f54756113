"""The door of `value.py`: the class in Python goes out, its native twin comes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dendrograd.node.methods import described

from .mode import Mode
from .native import inherit, twin
from .op import Op, install_operators

__all__ = ["exchanged"]


def exchanged(
    cls: Any, ops: Mapping[str, Op], annotate: Callable[[Any, Mode], None]
) -> tuple[Any, Any]:
    """Return the class in C and its function `node`, in exchange for the Python class.

    What the twin does not define itself it gets from that class. It calls `annotate` on
    a new node where a mode asks for it, or the number is bad. An operation that has no
    C, since Python computes it by an algorithm of its own, is applied as on any other
    kind of number.
    """
    rows = [
        (op, op.dunder, (op.name, *op.aliases), described(op) if op.method else "")
        for op in ops.values()
    ]
    native = twin.setup(tuple(rows), cls._apply, annotate)
    inherit(native, cls)
    others = {op.name: op for op in ops.values() if op.method and not twin.has(op.name)}
    install_operators(native, others)
    for op in others.values():
        for name in op.names:
            vars(native)[name].__name__ = op.name
            vars(native)[name].__doc__ = described(op)
    return native, twin.node
