"""NAME=VALUE arguments of the commands draw and check."""

from __future__ import annotations

import ast
import keyword
import unicodedata
import warnings
from collections.abc import Iterable
from typing import Any

from .errors import CommandError, quoted

__all__ = ["literal", "split"]

NAMED = {sign + name for sign in ("", "+", "-") for name in ("inf", "nan")}


def split(arguments: Iterable[str]) -> dict[str, str]:
    """Return the text of each name's value, in order.

    Raises CommandError for an argument that is not NAME=VALUE, or a name given twice.

    >>> split(["w=2", "x = -1"])
    {'w': '2', 'x': '-1'}
    """
    texts: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        name = unicodedata.normalize("NFKC", name.strip())  # as Python reads names
        if not equals or not value.strip():
            raise CommandError(f"{quoted(argument)}: an argument is NAME=VALUE, as x=2")
        if not name.isidentifier() or keyword.iskeyword(name):
            raise CommandError(
                f"{quoted(argument)}: {quoted(name)} cannot be a name; try x=2"
            )
        if name in texts:
            raise CommandError(f"{name} is given twice: {texts[name]} and {value}")
        texts[name] = value.strip()
    return texts


def literal(name: str, text: str) -> Any:
    """Return the number, list or dict of numbers that a text spells, read as data.

    inf, -inf and nan are numbers. Raises CommandError for anything else.

    >>> literal("w", "[1, -2.5]")
    [1, -2.5]
    """
    if text.lower() in NAMED:
        return float(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of "1if" before it refuses
            value = ast.literal_eval(text)
        repr(value)  # raises for an int of too many digits to be told of
        return value
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise CommandError(
            f"{name}={quoted(text)[1:-1]}: the value is neither a number nor a list of "
            "numbers, as 2, -1.5 or [1, 2]"
        ) from None
