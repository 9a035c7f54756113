"""The chain rule, generic in the number: the reverse sweep `pull`, the forward `push`.

With floats as seeds they give derivatives, with Values and the partials as functions of
their operands derivatives that can be differentiated again. `backprop.py` says in which
order they add.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, overload

from .native import twin
from .value import Value

__all__ = ["Partials", "product", "pull", "push", "recorded"]

Partials = Callable[[Value], tuple[Any, ...]]
recorded: Partials = attrgetter("partials")  # the local derivatives that a node keeps


def product(partial: Any, cotangent: Any) -> Any:
    """Return what a node hands to one parent, or takes from it in a forward sweep.

    A zero factor annihilates: 0 * inf = 0, so a branch not taken cannot poison a
    gradient.

    >>> product(0.0, float("inf")), product(2.0, 3.0)
    (0.0, 6.0)
    """
    term = partial * cotangent
    return term if term == term or (partial and cotangent) else 0.0


@overload
def pull(
    order: Sequence[Value], cotangents: Mapping[Value, Any], partials: Partials = ...
) -> dict[Value, Any]: ...
@overload
def pull(
    order: Sequence[Value],
    cotangents: Mapping[Value, Any],
    partials: Partials = ...,
    *,
    wanted: Sequence[Any],
) -> list[Any]: ...
def pull(
    order: Sequence[Value],
    cotangents: Mapping[Value, Any],
    partials: Partials = recorded,
    *,
    wanted: Sequence[Any] | None = None,
) -> Any:
    """Return the cotangent of every node, d (seeded nodes) / d node: the reverse sweep.

    Each node hands its cotangent to its parents, times its partials. With `wanted`, a
    list: the cotangents of these nodes, 0.0 for what is reached by none or no Value.
    """
    if twin is not None and partials is recorded:
        found = twin.pull(order, cotangents, wanted)
        if found is not None:
            return found
    bar = dict(cotangents)
    for node in reversed(order):
        out = bar.get(node)
        if out is None:
            continue
        for parent, partial in zip(node.parents, partials(node)):  # noqa: B905  # speed
            term = partial * out
            if term != term and not (partial and out):
                continue  # as in `product`, which costs a call for each edge
            total = bar.get(parent)
            bar[parent] = term if total is None else total + term
    return bar if wanted is None else of(wanted, bar)


@overload
def push(
    order: Sequence[Value], tangents: Mapping[Value, Any], partials: Partials = ...
) -> dict[Value, Any]: ...
@overload
def push(
    order: Sequence[Value],
    tangents: Mapping[Value, Any],
    partials: Partials = ...,
    *,
    wanted: Sequence[Any],
) -> list[Any]: ...
def push(
    order: Sequence[Value],
    tangents: Mapping[Value, Any],
    partials: Partials = recorded,
    *,
    wanted: Sequence[Any] | None = None,
) -> Any:
    """Return the tangent of every node that the seeded ones reach: the forward sweep.

    With `wanted`, a list: the tangents of these nodes, as `pull`.
    """
    if twin is not None and partials is recorded:
        found = twin.push(order, tangents, wanted)
        if found is not None:
            return found
    dot = dict(tangents)
    for node in order:
        parents = node.parents
        if node not in dot and not dot.keys().isdisjoint(parents):
            total: Any = 0.0
            for parent, partial in zip(parents, partials(node), strict=True):
                if parent in dot:
                    total = total + product(partial, dot[parent])
            dot[node] = total
    return dot if wanted is None else of(wanted, dot)


def of(wanted: Sequence[Any], swept: Mapping[Value, Any]) -> list[Any]:
    """Return what a sweep gave the nodes of a list."""
    return [swept.get(y, 0.0) if isinstance(y, Value) else 0.0 for y in wanted]
