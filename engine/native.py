"""Which Value runs: the native twin in C, where it is built, or the class in Python.

`value.py` ends in the door through which the twin comes; both are one class to their
users, and give the same bits. DENDROGRAD_PURE=1 keeps the door shut.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MemberDescriptorType
from typing import Any

__all__ = ["exchanged", "implementation", "twin", "use_modes"]


def load() -> Any:
    """Return the module in C, or None where it is not built or not wanted."""
    if os.environ.get("DENDROGRAD_PURE", "0") not in ("", "0"):
        return None
    try:
        from . import _value  # type: ignore[attr-defined]  # no stub: only we call it
    except ImportError:
        return None
    return _value


def _nothing() -> None:
    """Tell nobody."""


twin = load()
implementation = "pure" if twin is None else "native"
use_modes: Callable[[], None] = _nothing if twin is None else twin.use_modes


def exchanged(cls: type, rows: Any, by_hand: Any, found: Mapping[str, Any]) -> Any:
    """Return the class in C with all that it leaves to the one in Python.

    `rows` and `found` are those of `setup` in _value.c.
    """
    native = twin.setup(tuple(rows), by_hand, dict(found, construct=cls.__init__))
    native.__doc__ = cls.__doc__
    for name, attribute in vars(cls).items():
        slot = isinstance(attribute, MemberDescriptorType)
        if name not in vars(native) and not slot:
            setattr(native, name, attribute)
    return native
