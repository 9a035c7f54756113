"""What runs: the parts in C, where they are built, or what stands for them in Python.

The native twin is the class Value in C; `value.py` ends in the door through which it
comes. The native tape runs compiled code (compiler/tape.py). Each gives the same bits as
what it takes the place of. DENDROGRAD_PURE=1 in the environment does without them. A part
that was built from another table, or from other C, would answer by that one, so it is left
alone.
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
from typing import Any, NamedTuple

from dendrograd.languages.c import origin

from .ops import OPS

__all__ = [
    "TAPE",
    "TWIN",
    "Part",
    "advice",
    "implementation",
    "inherit",
    "is_current",
    "load",
    "say",
    "twin",
]

FIELDS = MemberDescriptorType, GetSetDescriptorType
REBUILD = "python -m dendrograd.generate && pip install -e ."


class Part(NamedTuple):
    """A module in C, the folder of its files, its name, and what stands for it."""

    module: str
    folder: str
    name: str
    instead: str


TWIN = Part("_value", "twin", "the native twin", "the class in Python runs")
TAPE = Part("_tape", "tape", "the native tape", "NumPy runs compiled code")


def unwanted() -> bool:
    """Return whether the environment asks to do without C."""
    return os.environ.get("DENDROGRAD_PURE", "0") not in ("", "0")


def load(part: Part) -> Any:
    """Return a module in C, or None where it is not built, not wanted or too old."""
    if unwanted():
        return None
    try:  # pragma: no cover  # the run in which Value is in C takes these
        module = import_module(f".{part.module}", __package__)
    except ImportError:  # pragma: no cover
        return None
    return module if is_current(module, part) else None  # pragma: no cover


def sources(part: Part = TWIN, home: Path = Path(__file__).parent) -> int:
    """Return a sum over the C files of a clone, as setup.py does; 0 outside of one."""
    own = [home / f"{part.module}.c", home / "_table.h"]
    files = [*own, *sorted((home / part.folder).glob("*.[ch]"))]
    try:
        return reduce(lambda sum, file: zlib.crc32(file.read_bytes(), sum), files, 0)
    except OSError:
        return 0


def is_current(module: Any, part: Part = TWIN) -> bool:
    """Return whether the C was made from today's table and files; warn where not."""
    built = module.table() if hasattr(module, "table") else ()
    table = tuple(map(origin, OPS.values()))
    here = sources(part)
    if built == table and here in (0, getattr(module, "sources", None)):
        return True
    differing = [
        op.name for op, row in zip(OPS.values(), table, strict=True) if row not in built
    ]
    what = "its own C" if built == table else "the table"
    if built and differing:
        what = f"the rows of {', '.join(differing[:3])}"
    warnings.warn(
        f"{part.name} was built before {what} changed, so {part.instead}, more slowly; "
        f"to build it anew, in the clone: {REBUILD} (or set DENDROGRAD_PURE=1 to do "
        "without it)",
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


twin = load(TWIN)
implementation = "pure" if twin is None else "native"
