"""Which Value runs: the native twin in C, where it is built, or the class in Python.

`value.py` ends in the door through which the twin comes; both are one class to their
users, and give the same bits. DENDROGRAD_PURE=1 keeps the door shut.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MemberDescriptorType
from typing import Any

from .methods import described
from .op import Op, install_operators

__all__ = ["exchanged", "implementation", "twin"]


def load() -> Any:
    """Return the module in C, or None where it is not built or not wanted."""
    if os.environ.get("DENDROGRAD_PURE", "0") not in ("", "0"):
        return None
    try:
        from . import _value  # type: ignore[attr-defined]  # no stub: only we call it
    except ImportError:
        return None
    return _value


twin = load()
implementation = "pure" if twin is None else "native"


def exchanged(cls: Any, ops: Mapping[str, Op], **needed: Any) -> tuple[Any, Any]:
    """Return the class in C and its function `node`, in exchange for the Python class.

    What the twin does not define itself it gets from that class. `needed` are the
    functions and objects that it calls. An operation that has no C, since Python
    computes it by an algorithm of its own, is applied as on any other kind of number.
    """
    rows = [
        (op, op.dunder, (op.name, *op.aliases), described(op) if op.method else "")
        for op in ops.values()
    ]
    native = twin.setup(tuple(rows), needed)
    native.__doc__ = cls.__doc__
    for name, attribute in vars(cls).items():
        if name not in vars(native) and not isinstance(attribute, MemberDescriptorType):
            setattr(native, name, attribute)
    others = {op.name: op for op in ops.values() if op.method and not twin.has(op.name)}
    install_operators(native, others)
    for op in others.values():
        for name in op.names:
            vars(native)[name].__name__ = op.name
            vars(native)[name].__doc__ = described(op)
    return native, twin.node
