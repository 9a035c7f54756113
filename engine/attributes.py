"""The attributes of a public package: its public names, and the nearest to a wrong one.

A module may have a `__getattr__` and a `__dir__` (PEP 562). They are put there by a call,
since a type checker takes a module in which it sees `__getattr__` to have every attribute.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from types import FrameType, ModuleType
from typing import Any

__all__ = ["ELSEWHERE", "answer_for"]

ELSEWHERE = {  # what other libraries call so, and what to use here
    "Tensor": "a number that is differentiated is a Value",
    "Variable": "a number that is differentiated is a Value",
    "clamp": "use maximum(low, minimum(x, high))",
    "clip": "use maximum(low, minimum(x, high))",
    "jit": "what other libraries call so is dendrograd.compile here",
    "manual_seed": "no generator is global here: give seed= to what draws",
    "max": "of two numbers use maximum, of many functools.reduce(maximum, xs)",
    "min": "of two numbers use minimum, of many functools.reduce(minimum, xs)",
    "tensor": "a number that is differentiated is a Value",
    "vmap": "what other libraries call so is dendrograd.compile here",
}


def answer_for(
    package: str,
    late: Sequence[str] = (),
    places: Mapping[str, str] | None = None,
    elsewhere: Mapping[str, Any] | None = None,
) -> None:
    """Let a package list its public names alone, and name the nearest to a wrong one.

    `late` are its subpackages that are imported when they are first asked for. A package
    with such also has its `__version__`. `places` says of public names in which module
    they are found when they are first asked for, since it needs more to be imported.
    Where a package has no `__all__`, what it has imported is public. `elsewhere` has
    names of other libraries: the thing that stands for one here, or a text that tells
    what to use; neither is listed among the public names.
    """
    others = elsewhere or {}
    homes = places or {}
    names = vars(sys.modules[package])
    names.setdefault("__all__", _public(names, homes))
    shown = [*names["__all__"], *late]
    own = ["__doc__", *["__version__"] * bool(late)]

    def attribute(name: str) -> Any:
        if name in late or name in homes:
            from importlib import import_module

            module = import_module(f"{package}.{homes.get(name, name)}")
            names[name] = getattr(module, name) if name in homes else module
            return names[name]
        if name in own:
            from importlib.metadata import version

            return version(package)
        found = others.get(name, "")
        if not isinstance(found, str):
            return found
        advice = f"; {found}" if found else _nearest(name, shown)
        if _imports_from(sys._getframe(1)):
            raise ImportError(f"cannot import {name!r} from {package!r}{advice}")
        message = f"module {package!r} has no attribute {name!r}{advice}"
        # Python would add a name to the message if it were given the module.
        raise AttributeError(message, name=name, obj=None)

    names.update(__getattr__=attribute, __dir__=lambda: [*own, *shown])


def _public(names: Mapping[str, Any], late: Iterable[str]) -> list[str]:
    """Return the names without underscore: constants first, then classes, then others."""
    bound = [n for n, thing in names.items() if not isinstance(thing, ModuleType)]
    public = [name for name in [*bound, *late] if name[:1] != "_"]
    return sorted(public, key=lambda n: (not n.isupper(), n[:1].islower(), n))


def _imports_from(frame: FrameType) -> bool:
    """Return whether a frame is at `from package import name`.

    Python drops the text of an AttributeError there, and says only that it cannot.
    """
    from opcode import opmap

    code, at = frame.f_code.co_code, frame.f_lasti
    return 0 <= at < len(code) and code[at] == opmap["IMPORT_FROM"]


def _nearest(name: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    lower = {other.lower(): other for other in names}
    found = [] if name[:1] == "_" else get_close_matches(name.lower(), lower, 1)
    return f". Did you mean: {lower[found[0]]!r}?" if found else ""
