"""What the outputs of a model hang on beside its parameters and its row.

These are its attributes, and what its own functions find around them: the names that they
read in their module, their closures, their defaults and the attributes of their classes.
A recording holds for as long as all of this stays as it was.
"""

from __future__ import annotations

import dis
import pickle
import random
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from types import BuiltinMethodType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from dendrograd import Value

from .module import Module

__all__ = [
    "Unlike",
    "alike",
    "drawn",
    "generators",
    "has_own_code",
    "is_ours",
    "set_back",
    "state",
]

ATOMS = (bool, bytes, complex, float, int, str, type(None), np.generic)
PLAIN = (*ATOMS, tuple, frozenset)
OURS = __name__.partition(".")[0]  # the package, whose functions keep nothing
READS = ("LOAD_GLOBAL", "LOAD_NAME")
NOISE = (random.Random, np.random.Generator, np.random.RandomState)


class Unlike(Exception):
    """The model is not a function of parameters and a row alone; the text says why."""


def state(item: Any, moving: Iterable[Any] = ()) -> list[Any]:
    """Return what a module hangs on, here and below, piece by piece.

    The numbers of Values belong to it, but for those that are `moving`. Raises Unlike for
    an attribute of another kind, which may change unseen.
    """
    return list(_Walk({id(x) for x in moving}).of(item, ""))


def generators(item: Any) -> list[Any]:
    """Return every random generator that a module can draw from, the global ones aside."""
    walk = _Walk(None)
    for _ in walk.of(item, None):
        pass
    return walk.noise


def drawn(noise: Any) -> Any:
    """Return the state of a random generator."""
    if isinstance(noise, random.Random):
        return noise.getstate()
    if isinstance(noise, np.random.Generator):
        return noise.bit_generator.state
    return noise.get_state()


def set_back(noise: Any, kept: Any) -> None:
    """Give a random generator a state that it had."""
    if isinstance(noise, random.Random):
        noise.setstate(kept)
    elif isinstance(noise, np.random.Generator):
        noise.bit_generator.state = kept
    else:
        noise.set_state(kept)


def alike(before: list[Any], after: list[Any]) -> bool:
    """Return whether the same objects are there, or equal ones that cannot change."""
    return len(before) == len(after) and all(
        a is b or (type(a) is type(b) and isinstance(a, PLAIN) and a == b)
        for a, b in zip(before, after, strict=True)
    )


def has_own_code(item: Any) -> bool:
    """Return whether a model runs functions other than those of this package."""
    return any(
        isinstance(x, FunctionType) and not is_ours(x.__module__)
        for x in _Walk(None).of(item, None)
    )


class Row(tuple[Any, ...]):
    """Values side by side, equal where they are the same Values."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and [*map(id, self)] == [*map(id, other)]

    __hash__ = None  # type: ignore[assignment]


def is_ours(module: str | None) -> bool:
    """Return whether a module, by its name, belongs to this package."""
    return (module or "").partition(".")[0] == OURS


@lru_cache(512)
def _read(code: CodeType) -> tuple[str, ...]:
    """Return the names that code, and the functions in it, read in their module."""
    own = [i.argval for i in dis.get_instructions(code) if i.opname in READS]
    inner = [_read(c) for c in code.co_consts if isinstance(c, CodeType)]
    return tuple(dict.fromkeys([*own, *(n for names in inner for n in names)]))


class _Walk:
    """One walk over all that is reached, each object once.

    home   of `of`: the module, by name, whose classes and functions are entered; "" for
           an attribute, None where nothing is refused
    noise  the random generators that were met

    Of Values that are `moving` the numbers are left out, of all if None.
    """

    def __init__(self, moving: set[int] | None) -> None:
        self.moving, self.seen, self.noise = moving, set[int](), list[Any]()
        self.held = list[Any]()  # so that no two objects have the same id

    def of(self, item: Any, home: str | None) -> Iterator[Any]:
        """Yield the pieces of an item."""
        if isinstance(item, Value):
            yield item
            if self.moving is not None and id(item) not in self.moving:
                yield item._data.hex()  # a nan is as it was, too
            return
        if isinstance(item, ATOMS):
            yield item
            return
        if id(item) in self.seen:
            yield len(self.held)
            return
        self.seen.add(id(item))
        self.held.append(item)
        yield type(item)
        yield from self._inside(item, home)

    def _each(self, items: Iterable[Any], home: str | None) -> Iterator[Any]:
        for item in items:
            if type(item) in ATOMS:  # most are
                yield item
            else:
                yield from self.of(item, home)

    def _move(self, items: Iterable[Any]) -> bool:
        """Return whether items are Values alone whose numbers are left out (for speed)."""
        if {*map(type, items)} != {Value}:
            return False
        return self.moving is None or self.moving.issuperset(map(id, items))

    def _inside(self, item: Any, home: str | None) -> Iterator[Any]:
        if isinstance(item, Module):
            yield from self._module(item, home)
        elif isinstance(item, dict):
            if all(type(key) is str for key in item):
                yield tuple(item)
            else:
                yield from self._each(item, home)
            yield from self._each(item.values(), home)
        elif isinstance(item, (list, tuple)):
            yield len(item)
            if self._move(item):
                yield Row(item)
            elif all(type(x) in ATOMS for x in item):
                yield tuple(item)
            else:
                yield from self._each(item, home)
        elif isinstance(item, np.ndarray):
            yield (item.shape, item.dtype.str, item.tobytes())
        elif isinstance(item, NOISE):
            self.noise.append(item)
            yield pickle.dumps(drawn(item))
        elif isinstance(item, PLAIN):
            yield item
        else:
            yield from self._code(item, home)

    def _module(self, item: Module, home: str | None) -> Iterator[Any]:
        names = {name: x for name, x in vars(item).items() if name != "_scope"}
        yield from self.of(names, home)
        yield from self._classes(type(item))

    def _classes(self, kind: type) -> Iterator[Any]:
        """Yield what the classes of an object hold, up to those of this package."""
        for base in kind.__mro__:
            own = base.__module__
            if is_ours(own) or own == "builtins":
                return
            yield from self.of(base, own)

    def _code(self, item: Any, home: str | None) -> Iterator[Any]:
        """Yield the pieces of a function, a class, or an object of another kind."""
        yield item
        own = getattr(item, "__module__", None) or ""
        if isinstance(item, partial):
            yield from self._each((item.func, item.args, item.keywords), home)
        elif isinstance(item, (MethodType, BuiltinMethodType)):
            if not isinstance(item.__self__, (type, ModuleType)):
                yield from self.of(item.__self__, None)
            yield from self.of(getattr(item, "__func__", None), home)
        elif isinstance(item, FunctionType):
            if not is_ours(own) and (not home or own == home):
                yield from self._function(item, own)
        elif isinstance(item, type):
            if home and own == home:
                held = vars(item).items()
                yield from self._each([x for n, x in held if n[:2] != "__"], home)
        elif isinstance(item, (property, staticmethod, classmethod)):
            inner = getattr(item, "fget", None) or getattr(item, "__func__", None)
            yield from self.of(inner, home)
        elif not is_ours(own) and not isinstance(item, ModuleType):
            yield from self._object(item, home)

    def _object(self, item: Any, home: str | None) -> Iterator[Any]:
        """Yield the attributes of an object, or raise Unlike where they are not known."""
        bound = getattr(item, "__self__", None)  # a method that C made
        if isinstance(bound, NOISE):
            yield from self.of(bound, None)
        elif hasattr(item, "__dict__"):
            yield from self.of(vars(item), None)
            yield from self._classes(type(item))
        elif home == "" and not callable(item):
            raise Unlike(f"it holds a {type(item).__name__}, which may change unseen")

    def _function(self, item: FunctionType, own: str) -> Iterator[Any]:
        """Yield what a function finds around it."""
        space = item.__globals__
        yield from self._each(item.__defaults__ or (), own)
        yield from self._each((item.__kwdefaults__ or {}).values(), own)
        for cell in item.__closure__ or ():
            try:
                yield from self.of(cell.cell_contents, own)
            except ValueError:  # it is assigned later
                continue
        for name in _read(item.__code__):
            if name in space:
                yield from self.of(space[name], own)
