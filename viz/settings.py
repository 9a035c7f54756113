"""The settings of `draw` that are numbers, names and Values: told by name where wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dendrograd import Value
from dendrograd import sum as total
from dendrograd.context import recording
from dendrograd.errors import OperandError
from dendrograd.viz.model.colours import COLORS, STATEMENT

from .text import one_line

__all__ = ["coloured", "focused_on", "joined", "require_count", "require_settings"]


def require_settings(
    *,
    max_nodes: object,
    expand: object,
    values: object,
    names: object,
    title: object,
) -> None:
    """Raise ValueError for a setting of `draw` that does not mean anything.

    >>> require_settings(max_nodes=300, expand="MLP", values=True, names=False, title=None)
    """
    if max_nodes is not None:
        require_count("draw", "max_nodes", max_nodes, "the most boxes", " or None")
    paths = [expand] if isinstance(expand, str) else expand
    if not isinstance(paths, Iterable) or not all(isinstance(n, str) for n in paths):
        raise ValueError(
            f"draw: expand={_shown(expand)}; it is the names of frames to open, as "
            "written on them: expand=['MLP/layers.0']"
        )
    for name, value in (("values", values), ("names", names)):
        if type(value) is not bool:
            raise ValueError(f"draw: {name}={_shown(value)}; use True or False")
    if title is not None and not isinstance(title, str):
        raise ValueError(f"draw: title={_shown(title)}; it is a text or None")


def coloured(color: str, rolled: bool) -> str:
    """Return what colours a picture. Raises ValueError where it has none of that."""
    if color == STATEMENT and not rolled:
        raise ValueError(
            f"draw: color={color!r} is for the graph of a function that compile() rolled, "
            'as by backend="rolled"; no node here knows its statement'
        )
    return (STATEMENT if rolled else COLORS[0]) if color == "auto" else color


def require_count(
    call: str, name: str, value: object, meaning: str, others: str = ""
) -> None:
    """Raise ValueError for what is no whole number above 0; True is none either.

    >>> require_count("explain", "k", 0, "how many paths to list")
    Traceback (most recent call last):
    ...
    ValueError: explain: k=0; it is how many paths to list, 1 or more
    """
    if type(value) is not int or value < 1:
        raise ValueError(
            f"{call}: {name}={_shown(value)}; it is {meaning}, 1 or more{others}"
        )


def focused_on(focus: object) -> list[Value]:
    """Return the leaves that a picture is focused on.

    Raises OperandError for what is neither a Value nor several, ValueError for none.
    """
    if isinstance(focus, Value):
        return [focus]
    several = isinstance(focus, Iterable) and not isinstance(focus, str)
    wanted: list[Any] = list(focus) if several else [focus]  # type: ignore[call-overload]
    if not wanted:
        raise ValueError("draw: focus=[] names no leaf; leave it out to draw the tree")
    for leaf in wanted:
        if not isinstance(leaf, Value):
            raise OperandError(
                f"draw: focus takes Values, not the {type(leaf).__name__} {_shown(leaf)}"
            )
    return wanted


def joined(root: Any) -> Any:
    """Return the root of a picture: of several Values their sum, which is one.

    The sum's own `.grad` is 1 once that of any of them is not 0, since no backward()
    can have run from it. Raises ValueError where there is none; what is no Value is
    left to `trace`.

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> joined([a, b]).label, joined(a) is a
    ('sum of a, b', True)
    """
    if not isinstance(root, (list, tuple)):
        return root
    roots = list(root)
    if not roots:
        raise ValueError("draw: there is no root in []; give one Value or more")
    for each in roots:
        if not isinstance(each, Value):
            raise OperandError(
                f"draw: several roots are Values, not the {type(each).__name__} {_shown(each)}"
            )
    if len(roots) == 1:
        return roots[0]
    with recording():  # also where the user's own code is inside no_grad
        whole: Any = total(roots)
    names = [str(each.label) for each in roots if each.label]
    whole.label = f"sum of {', '.join(names)}" if len(names) == len(roots) else "sum"
    whole.grad = 1.0 if any(each.grad for each in roots) else 0.0
    return whole


def _shown(value: object) -> str:
    return one_line(repr(value), 60)
