"""Which arguments a derivative is taken by: argnums, checked and put to use."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral
from typing import Any

from .errors import OperandError, ShapeError

__all__ = ["Argnums", "checked_argnums", "chosen", "positions"]

Argnums = int | tuple[int, ...]


def checked_argnums(
    name: str, f: Callable[..., Any], argnums: int | Iterable[int]
) -> Argnums:
    """Return argnums as an int or a tuple of ints, before f is ever called.

    Raises OperandError in the name of a transform where f is not a function, or where
    argnums are not whole numbers.

    >>> checked_argnums("grad", abs, [0, 2])
    (0, 2)
    """
    if not callable(f):
        raise OperandError(
            f"{name}: {reprlib.repr(f)} is a {type(f).__name__}, not a function; give "
            f"the function itself, as in {name}(f), and its arguments afterwards"
        )
    single = isinstance(argnums, Integral)
    wanted: Any = (argnums,) if single or not isinstance(argnums, Iterable) else argnums
    wanted = tuple(wanted)
    for i in wanted:
        if not isinstance(i, Integral) or isinstance(i, bool):
            raise OperandError(
                f"{name}: argnums={argnums!r}, but they are positions of arguments: "
                "an int such as 0, or a tuple such as (0, 1)"
            )
    return int(wanted[0]) if single else tuple(map(int, wanted))


def positions(name: str, argnums: Argnums, count: int) -> tuple[int, ...]:
    """Return the positions that argnums name among so many arguments, from 0.

    Raises ShapeError where there is no such argument, or one is named twice.

    >>> positions("grad", (0, -1), 3)
    (0, 2)
    """
    wanted = (argnums,) if isinstance(argnums, int) else argnums
    if any(not -count <= i < count for i in wanted):
        raise ShapeError(
            f"{name}: argnums={argnums!r}, but the function was called with {count} "
            "positional arguments; count from 0, and give by position what is to be "
            "differentiated"
        )
    found = tuple([i % count for i in wanted])
    if len(set(found)) < len(found):
        raise ShapeError(
            f"{name}: argnums={argnums!r} name an argument twice, of {count}; name each "
            "once"
        )
    return found


def chosen(argnums: Argnums, primals: Sequence[Any]) -> Any:
    """Return the argument that argnums name, or the tuple of them."""
    if isinstance(argnums, int):
        return primals[argnums]
    return tuple([primals[i] for i in argnums])
