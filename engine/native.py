"""Which Value runs: the native twin in C, where it is built, or the class in Python.

Both are one class to their users, and give the same bits. DENDROGRAD_PURE=1 in the
environment asks for Python's; `value.py` ends in the door through which the twin comes.
A twin that was built from another table, or from other C, would answer by that one, so it
is left alone.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import warnings
import zlib
from collections.abc import Callable
from functools import reduce
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

from dendrograd.languages.c import origin

from .ops import OPS

__all__ = ["advice", "implementation", "inherit", "is_current", "say", "twin"]

FIELDS = MemberDescriptorType, GetSetDescriptorType
REBUILD = "python -m dendrograd.generate && pip install -e ."


def unwanted() -> bool:
    """Return whether the environment asks for the class in Python."""
    return os.environ.get("DENDROGRAD_PURE", "0") not in ("", "0")


def load() -> Any:
    """Return the module in C, or None where it is not built, not wanted or too old."""
    if unwanted():
        return None
    try:  # pragma: no cover  # the run in which Value is in C takes these
        module = import_module("._value", __package__)
    except ImportError:  # pragma: no cover
        return None
    return module if is_current(module) else None  # pragma: no cover


def sources(folder: Path = Path(__file__).parent) -> int:
    """Return a sum over the C files of a clone, as setup.py does; 0 outside of one."""
    parts = [folder / "_value.c", *sorted((folder / "twin").glob("*.[ch]"))]
    try:
        return reduce(lambda sum, part: zlib.crc32(part.read_bytes(), sum), parts, 0)
    except OSError:
        return 0


def is_current(module: Any) -> bool:
    """Return whether the C was made from today's table and files; warn where not."""
    built = module.table() if hasattr(module, "table") else ()
    table = tuple(map(origin, OPS.values()))
    here = sources()
    if built == table and here in (0, getattr(module, "sources", None)):
        return True
    differing = [
        op.name for op, row in zip(OPS.values(), table, strict=True) if row not in built
    ]
    what = "its own C" if built == table else "the table"
    if built and differing:
        what = f"the rows of {', '.join(differing[:3])}"
    warnings.warn(
        f"the native twin was built before {what} changed, so the class in Python runs, "
        f"more slowly; to build the twin anew, in the clone: {REBUILD} (or set "
        "DENDROGRAD_PURE=1 to do without it)",
        RuntimeWarning,
        stacklevel=2,
    )
    return False


def advice() -> str:
    """Return how to get the class in C, where it could run but was not built; else ""."""
    possible = (
        sys.implementation.name == "cpython"
        and sys.platform not in ("emscripten", "wasi")
        and not sysconfig.get_config_var("Py_GIL_DISABLED")
    )
    if unwanted() or not possible or find_spec("._value", __package__):
        return ""
    return (
        "dendrograd runs its class in Python. The one in C, some ten times faster, is "
        "built where pip finds a C compiler and Python's headers: install them, then, in "
        "a clone, pip install . (DENDROGRAD_PURE=1 hides this line)"
    )


said = False


def say(tell: Callable[[str], object], again: bool = False) -> None:
    """Tell the advice, if there is any, once in a process or `again`."""
    global said
    text = advice()
    if text and (again or not said):
        said = True
        tell(text)


def inherit(native: Any, cls: Any) -> None:  # pragma: no cover  # likewise
    """Give a class in C what it does not define itself from the class in Python."""
    native.__doc__ = cls.__doc__
    for name, attribute in vars(cls).items():
        if name not in vars(native) and not isinstance(attribute, FIELDS):
            setattr(native, name, attribute)


twin = load()
implementation = "pure" if twin is None else "native"
