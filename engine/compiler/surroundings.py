"""What a function finds around it: its closure, and the globals that it reads.

A recording holds the objects that it met there. Where a name came to stand for another
object, a new learning rate or another weight, the recording is of another function.
"""

from __future__ import annotations

import dis
from operator import is_
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["Surroundings"]

READS = ("LOAD_GLOBAL", "LOAD_NAME")
MOST = 64  # states that are remembered
WRITES = ("STORE_GLOBAL", "STORE_NAME", "STORE_DEREF")


class Surroundings:
    """The names that a function reads, and a number for each state they were found in.

    Names that the function itself assigns are left out: they are its own affair, and
    what comes of them is told by running it twice.

    >>> scale = 2.0
    >>> around = Surroundings(lambda x: scale * x)
    >>> around.state(), around.state()
    (0, 0)
    """

    def __init__(self, f: Any) -> None:
        self._cells: list[CellType] = []
        self._names: dict[str, None] = {}
        self._space: dict[str, Any] = {}
        self._known: dict[int, list[Any]] = {}  # states, by their numbers
        self._last: list[Any] = [self]  # as no state is
        self._count = self._token = 0
        function = unwrapped(f)
        if isinstance(function, FunctionType):
            self._space = function.__globals__
            self._read(function, set())

    def _read(self, function: FunctionType, seen: set[Any]) -> None:
        """Collect what a function reads, and those that it calls of its module."""
        if function in seen:
            return
        seen.add(function)
        names, written = _names(function.__code__)
        cells = zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        )
        self._cells += [cell for name, cell in cells if name not in written]
        found = [cell.cell_contents for cell in self._cells if _full(cell)]
        found += [
            *(function.__defaults__ or ()),
            *(function.__kwdefaults__ or {}).values(),
        ]
        for name in names - written:
            if name in self._space and not isinstance(
                self._space[name], (ModuleType, type)
            ):
                self._names[name] = None
                found.append(self._space[name])
        for other in map(unwrapped, found):
            if isinstance(other, FunctionType) and other.__globals__ is self._space:
                self._read(other, seen)

    def state(self) -> int:
        """Return the number of the state that holds now."""
        now = [cell.cell_contents for cell in self._cells if _full(cell)]
        space = self._space
        now += [space.get(name) for name in self._names]
        if _same(now, self._last):
            return self._token
        met = [token for token, known in self._known.items() if _same(now, known)]
        if not met:
            met = [self._count]
            self._known[self._count] = now
            self._count += 1
            if len(self._known) > MOST:
                del self._known[next(iter(self._known))]
        self._last, self._token = now, met[0]
        return self._token


def _same(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(map(is_, one, other))


def unwrapped(f: Any) -> Any:
    """Return the plain function behind a method, a partial or a derivative."""
    while not isinstance(f, FunctionType):
        inner = getattr(f, "__wrapped__", None) or getattr(f, "__func__", None)
        inner = inner or getattr(f, "func", None)
        if inner is None or inner is f:
            break
        f = inner
    return f


def _full(cell: CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:  # it is assigned later
        return False
    return True


def _names(code: CodeType) -> tuple[set[str], set[str]]:
    """Return the names that code and the functions in it read, and those it assigns."""
    read, written = set(), set()
    for instruction in dis.get_instructions(code):
        if instruction.opname in READS:
            read.add(instruction.argval)
        elif instruction.opname in WRITES:
            written.add(instruction.argval)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            more, own = _names(inner)
            read, written = read | more, written | own
    return read, written
