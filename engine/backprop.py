"""The chain rule over a recorded graph: topological order, reverse and forward sweep.

Pictures, copies and audits go through a graph in the order of `toposort`, too. The
sweeps are generic in the number: with floats they give a gradient, with Values a
gradient that can be differentiated again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from .errors import GraphError, OperandError
from .native import twin
from .number import number
from .value import Value

__all__ = ["backward", "product", "pull", "push", "toposort"]

Partials = Callable[[Value], tuple[Any, ...]]
recorded: Partials = attrgetter("partials")  # the local derivatives that a node keeps
WRITING = threading.RLock()  # to read a leaf's grad, add and write is not one step


def toposort(*roots: Value, below: Iterable[Value] = ()) -> list[Value]:
    """Return the roots and all that they were computed from, parents first.

    Depth first, in the order of `parents`, without recursion. Nodes of `below` and
    what only they need are left out. Raises GraphError where a node is its own
    ancestor.

    >>> x = Value(2.0)
    >>> [node.data for node in toposort(x * x + 1)]
    [2.0, 4.0, 5.0]
    """
    order: list[Value] = []
    done = dict.fromkeys(below, True)  # False while a node's ancestors are listed
    stack: list[Any] = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node is None:  # a mark: the ancestors of the node below it are listed
            node = stack.pop()
            done[node] = True
            order.append(node)
        elif node not in done and node.parents:
            done[node] = False
            stack.append(node)
            stack.append(None)
            for parent in node.parents[::-1]:
                listed = done.get(parent)
                if listed is None:
                    stack.append(parent)
                elif not listed:
                    raise GraphError(
                        f"backward: {parent!r} is its own ancestor: the graph has a "
                        "cycle; make new nodes instead of assigning .parents"
                    )
        elif node not in done:
            done[node] = True
            order.append(node)
    return order


def product(partial: Any, cotangent: Any) -> Any:
    """Return what a node hands to one parent, or takes from it in a forward sweep.

    A zero factor annihilates: 0 * inf = 0, so a branch not taken cannot poison a
    gradient.

    >>> product(0.0, float("inf")), product(2.0, 3.0)
    (0.0, 6.0)
    """
    term = partial * cotangent
    return term if term == term or (partial and cotangent) else 0.0


def pull(
    order: Sequence[Value],
    cotangents: Mapping[Value, Any],
    partials: Partials = recorded,
) -> dict[Value, Any]:
    """Return the cotangent of every node, d (seeded nodes) / d node: the reverse sweep.

    Each node hands its cotangent to its parents, times its partials.
    """
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
    return bar


def push(
    order: Iterable[Value],
    tangents: Mapping[Value, Any],
    partials: Partials = recorded,
) -> dict[Value, Any]:
    """Return the tangent of every node that the seeded ones reach: the forward sweep."""
    dot = dict(tangents)
    for node in order:
        if node not in dot and any(parent in dot for parent in node.parents):
            total: Any = 0.0
            for parent, partial in zip(node.parents, partials(node), strict=True):
                if parent in dot:
                    total = total + product(partial, dot[parent])
            dot[node] = total
    return dot


def backward(root: Value, gradient: float = 1.0) -> None:
    """Fill in `.grad` of everything that root was computed from.

    Leaves add up over calls, so a second call gives exactly twice the gradient until
    it is zeroed; inner nodes hold that of the last call. `gradient` is d loss / d root
    for a loss beyond root. An interrupt leaves every leaf as it was; threads may call it
    on graphs that share leaves, and none of what they add is lost. Raises GraphError
    where root is the result of an operation that `no_grad` did not record.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> y.backward()
    >>> x.grad
    6.0
    """
    if not isinstance(root, Value):
        raise OperandError(
            f"backward: {root!r} is a {type(root).__name__}, not a Value; "
            "differentiate one scalar, for example a sum of losses"
        )
    if not root.parents and root._operands is not None:
        raise GraphError(
            f"backward: {root!r} was computed inside no_grad, so nothing is known of "
            "what it was computed from; compute it outside of that block (or, if a leaf "
            "is meant, take .detach())"
        )
    gradient = number(gradient, "backward")
    if twin is not None and twin.backward(root, gradient):
        return
    order = toposort(root)
    bar = pull(order, {root: gradient})
    with WRITING:
        write(order, bar)


def write(order: Sequence[Value], bar: Mapping[Value, float]) -> None:
    """Put the cotangents into `.grad`; whatever stops it, leaves have all or none."""
    leaves = [node for node in order if not node.parents]
    before = [leaf._grad for leaf in leaves]
    try:
        for node in order:
            cotangent = bar.get(node, 0.0)
            node._grad = cotangent if node.parents else (node._grad or 0.0) + cotangent
    except BaseException:  # Ctrl-C between two leaves: all or none
        for leaf, grad in zip(leaves, before, strict=True):
            leaf._grad = grad
        raise


def renew() -> None:
    """Give a forked process a lock that no thread of its parent holds."""
    global WRITING
    WRITING = threading.RLock()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows cannot fork
    os.register_at_fork(after_in_child=renew)
