"""Which Value runs: the native twin in C, where it is built, or the class in Python.

Both are one class to their users, and give the same bits. DENDROGRAD_PURE=1 in the
environment asks for Python's; `value.py` ends in the door through which the twin comes.
"""

from __future__ import annotations

import os
from importlib import import_module
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

__all__ = ["implementation", "inherit", "twin"]

FIELDS = MemberDescriptorType, GetSetDescriptorType


def load() -> Any:
    """Return the module in C, or None where it is not built or not wanted."""
    if os.environ.get("DENDROGRAD_PURE", "0") not in ("", "0"):
        return None
    try:  # pragma: no cover  # the run in which Value is in C takes these
        return import_module("._value", __package__)
    except ImportError:  # pragma: no cover
        return None


def inherit(native: Any, cls: Any) -> None:
    """Give a class in C what it does not define itself from the class in Python."""
    native.__doc__ = cls.__doc__
    for name, attribute in vars(cls).items():
        if name not in vars(native) and not isinstance(attribute, FIELDS):
            setattr(native, name, attribute)


twin = load()
implementation = "pure" if twin is None else "native"
