"""Whose code a frame runs, and which function it is calling.

The call is read from the bytecode at the frame's position (PEP 657). No source is needed,
so it works at Python's prompt and in `exec` too; where a call is not of a plain or dotted
name, or Python runs without positions, there is no answer.
"""

from __future__ import annotations

import dis
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

__all__ = ["PACKAGE", "called", "formats", "ours", "varies"]

PACKAGE = __name__.partition(".")[0]
MOST = 4096  # instructions remembered
ROOTS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FAST", "LOAD_DEREF")
MISSING = object()
ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")
BETWEEN = ("PUSH_NULL", "EXTENDED_ARG", "CACHE", "NOP", "KW_NAMES")


class Site(NamedTuple):
    """An instruction: its name, and the dotted name that it calls, if it does."""

    code: CodeType
    instruction: str
    names: tuple[str, ...]
    local: bool  # whether the first name may be one of the function's own


SITES: dict[tuple[int, int], Site] = {}


def ours(frame: FrameType) -> bool:
    """Return whether a frame runs code of this package, wherever its files lie.

    Told by the name of its module: in an editable install nn is not below the engine.
    """
    name: str = frame.f_globals.get("__name__") or ""
    return name.partition(".")[0] == PACKAGE


def called(frame: FrameType) -> Any:
    """Return what the frame's current instruction calls, or None."""
    site = _site(frame)
    if not site.names:
        return None
    first, *rest = site.names
    found: Any = frame.f_locals.get(first, MISSING) if site.local else MISSING
    if found is MISSING:
        found = frame.f_globals.get(first, MISSING)
    if found is MISSING:
        found = frame.f_builtins.get(first)
    for name in rest:
        if not isinstance(found, (ModuleType, type)):  # a property may run code
            return None
        found = getattr(found, name, None)
    return found


def formats(frame: FrameType) -> bool:
    """Return whether the frame computes `text % values`: no call takes the float."""
    return _site(frame).instruction.startswith("BINARY_")


def varies(frame: FrameType) -> bool:
    """Return whether the current instruction may call another function next time."""
    return _site(frame).local


def _site(frame: FrameType) -> Site:
    code, at = frame.f_code, frame.f_lasti
    site = SITES.get((id(code), at))
    if site is None or site.code is not code:
        if len(SITES) >= MOST:
            SITES.clear()
        site = SITES[id(code), at] = _read(code, at)
    return site


def _read(code: CodeType, at: int) -> Site:
    """Return the site of the instruction at an offset of a code object."""
    before = [i for i in dis.get_instructions(code) if i.offset <= at]
    call = before.pop()
    # Since 3.13 the names of keyword arguments are loaded in front of their call.
    del before[len(before) - (call.opname == "CALL_KW") :]
    names: list[str] = []
    for i in reversed(before if "CALL" in call.opname else []):
        # The function's expression begins where the call does; its arguments do not.
        if i.opname in BETWEEN or i.positions == call.positions or _later(i, call):
            continue
        if i.opname.startswith(ROOTS) and isinstance(i.argval, str):
            names.append(i.argval)
            local = not i.opname.startswith("LOAD_GLOBAL")
            return Site(code, call.opname, tuple(reversed(names)), local)
        if i.opname not in ATTRIBUTES:
            break
        names.append(i.argval)
    return Site(code, call.opname, (), False)


def _later(i: dis.Instruction, call: dis.Instruction) -> bool:
    """Return whether an instruction begins elsewhere in the source than a call."""
    one, other = i.positions, call.positions
    return one is None or other is None or one[0::2] != other[0::2]
