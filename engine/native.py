"""Which Value runs: the native twin in C, where it is built, or the class in Python.

Both are one class to their users, and give the same bits. DENDROGRAD_PURE=1 in the
environment asks for Python's; `value.py` ends in the door through which the twin comes.
A twin that was built from another table would answer by that one, so it is left alone.
"""

from __future__ import annotations

import os
import warnings
from importlib import import_module
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

from dendrograd.arithmetic.c import origin

from .ops import OPS

__all__ = ["implementation", "inherit", "is_current", "twin"]

FIELDS = MemberDescriptorType, GetSetDescriptorType
REBUILD = "python -m dendrograd.generate && pip install -e ."


def load() -> Any:
    """Return the module in C, or None where it is not built, not wanted or too old."""
    if os.environ.get("DENDROGRAD_PURE", "0") not in ("", "0"):
        return None
    try:  # pragma: no cover  # the run in which Value is in C takes these
        module = import_module("._value", __package__)
    except ImportError:  # pragma: no cover
        return None
    return module if is_current(module) else None  # pragma: no cover


def is_current(module: Any) -> bool:
    """Return whether the C was made from the table of today; warn where it was not."""
    built = module.table() if hasattr(module, "table") else ()
    table = tuple(map(origin, OPS.values()))
    if built == table:
        return True
    differing = [
        op.name for op, row in zip(OPS.values(), table, strict=True) if row not in built
    ]
    what = (
        f"the rows of {', '.join(differing[:3])}"
        if built and differing
        else "the table"
    )
    warnings.warn(
        f"the native twin was built before {what} changed, so the class in Python runs, "
        f"more slowly; to build the twin anew, in the clone: {REBUILD} (or set "
        "DENDROGRAD_PURE=1 to do without it)",
        RuntimeWarning,
        stacklevel=2,
    )
    return False


def inherit(native: Any, cls: Any) -> None:
    """Give a class in C what it does not define itself from the class in Python."""
    native.__doc__ = cls.__doc__
    for name, attribute in vars(cls).items():
        if name not in vars(native) and not isinstance(attribute, FIELDS):
            setattr(native, name, attribute)


twin = load()
implementation = "pure" if twin is None else "native"
