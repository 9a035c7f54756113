"""Many leaves at once: what they hold and their gradients, in arrays.

Compiled code reads its Values at each call, and an optimiser writes them at each step.
Where it is the engine that reads them, no one is told of a number that was taken.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from dendrograd.notices.listen import LISTENING

from .native import twin
from .op import Op
from .trees import is_row
from .value import Value, node

__all__ = [
    "are_distinct",
    "gather",
    "gather_slopes",
    "look",
    "node_of",
    "read",
    "scatter",
]

FEW = 32


def gather(leaves: Sequence[Value], numbers: Any) -> None:
    """Copy what each leaf holds into an array of floats, which has a place for each.

    >>> from array import array
    >>> numbers = array("d", [0.0, 0.0])
    >>> gather([Value(2.0), Value(-0.5)], numbers)
    >>> numbers
    array('d', [2.0, -0.5])
    """
    if twin is not None and twin.gather(leaves, numbers):
        return
    for i, leaf in enumerate(leaves):
        numbers[i] = leaf._data


def look(leaves: Sequence[Value], numbers: Any) -> None:
    """Copy the numbers as the user of the leaves reads them: who records a run is told."""
    if twin is not None and not LISTENING and twin.gather(leaves, numbers, True):
        return
    for i, leaf in enumerate(leaves):
        numbers[i] = leaf.data


def gather_slopes(leaves: Sequence[Value], slopes: Any) -> int:
    """Copy the gradients of leaves into an array, 0.0 for None; return how many are None.

    >>> from array import array
    >>> a, b, slopes = Value(2.0), Value(1.0), array("d", [1.0, 1.0])
    >>> a.grad = None
    >>> gather_slopes([a, b], slopes), slopes
    (1, array('d', [0.0, 0.0]))
    """
    if twin is not None and (lacking := twin.gather_slopes(leaves, slopes)) is not None:
        return int(lacking)
    found = [leaf.grad for leaf in leaves]
    for i, slope in enumerate(found):
        slopes[i] = 0.0 if slope is None else slope
    return found.count(None)


def scatter(leaves: Sequence[Value], numbers: Any, slopes: Any) -> None:
    """Give leaves the numbers of an array, and the gradients of another; None: neither.

    >>> from array import array
    >>> a = Value(2.0)
    >>> scatter([a], array("d", [5.0]), None)
    >>> scatter([a], None, array("d", [1.0]))
    >>> a.data, a.grad
    (5.0, 1.0)
    """
    if twin is not None and twin.scatter(leaves, numbers, slopes):
        return
    if numbers is not None:
        for leaf, x in zip(leaves, numbers, strict=True):
            leaf.data = float(x)
    if slopes is not None:
        for leaf, x in zip(leaves, slopes, strict=True):
            leaf.grad = float(x)


def read(tree: Any) -> tuple[bytes, bool] | None:
    """Return the numbers of a list or tuple of floats, or of Values, and whether of these.

    None for any other, and for an empty one. The numbers are doubles, side by side.

    >>> len(read([1.0, 2.0])[0]), read((Value(1.0),))[1], read([1.0, 2])
    (16, True, None)
    """
    if twin is not None:
        return twin.read(tree)  # type: ignore[no-any-return]
    if is_row(tree):
        return array("d", tree).tobytes(), False
    if type(tree) in (list, tuple) and set(map(type, tree)) == {Value}:
        return array("d", [leaf._data for leaf in tree]).tobytes(), True
    return None


def are_distinct(leaves: list[Value]) -> bool:
    """Return whether no Value stands twice in a list.

    >>> a = Value(1.0)
    >>> are_distinct([a, Value(1.0)]), are_distinct([a, a])
    (True, False)
    """
    if twin is not None and (known := twin.distinct(leaves)) is not None:
        return bool(known)
    return len(set(map(id, leaves))) == len(leaves)


def node_of(y: float, partials: Any, op: Op, parents: tuple[Value, ...]) -> Value:
    """Return the node of an operation, of an array of partials."""
    if twin is not None and len(parents) > FEW:  # a few are quicker as floats
        return node(y, partials, op, parents)
    return node(y, tuple(partials.tolist()), op, parents)
