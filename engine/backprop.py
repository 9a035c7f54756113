"""Back-propagation over a recorded graph: the order of its nodes, and `backward`.

**The order of a sweep** is part of every bit of a gradient, and so it is written down.
`toposort` lists nodes depth first and parents first: the ancestors of a node's first
parent, that parent, then those of its second that are not yet listed, and so on, last
the node. The reverse sweep goes through that list from its end. Each node hands
partial * cotangent to its parents, in their order, and a parent adds what it is handed
from the left, in the order in which it comes; the first term is taken as it is. A leaf
adds the sum to the gradient that it had. Where one factor is 0 and the product nan,
nothing is handed on. Any other engine that keeps this order gives the same bits.

There are two reverse sweeps. `pull` of `sweeps.py` is generic in the number: with floats
it gives a gradient, with Values one that can be differentiated again. `backward` first
tries `swept`, which holds cotangents in a field of each node, three times as fast.
Pictures, copies and audits go through a graph in the order of `toposort`, too.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from math import copysign
from typing import Any

from dendrograd.node.edges import MANY
from dendrograd.notices.listen import LISTENING, SWEPT, hear

from .errors import GraphError, OperandError
from .native import twin
from .number import number
from .sweeps import product, pull
from .value import Value

__all__ = ["backward", "between", "hand_on", "toposort", "unrecorded"]

SWEEPING = threading.Lock()  # `_bar` of nodes belongs to one sweep at a time
WRITING = threading.RLock()  # to read a leaf's grad, add and write is not one step


def toposort(*roots: Value, below: Iterable[Value] = ()) -> list[Value]:
    """Return the roots and all that they were computed from, parents first.

    Depth first, in the order of `parents`, without recursion. Nodes of `below` and
    what only they need are left out.

    >>> x = Value(2.0)
    >>> [node.data for node in toposort(x * x + 1)]
    [2.0, 4.0, 5.0]
    """
    if twin is not None:
        found: list[Value] | None = twin.toposort(list(roots), below := list(below))
        if found is not None:
            return found
    order: list[Value] = []
    listed = set(below)
    stack: list[Any] = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node is None:  # a mark: the ancestors of the node below it are listed
            order.append(stack.pop())
        elif node not in listed:
            listed.add(node)  # or will be before whatever is still on the stack
            parents = node.parents
            if not parents:
                order.append(node)
                continue
            stack.append(node)
            stack.append(None)
            stack += [parent for parent in parents[::-1] if parent not in listed]
    return order


def between(roots: list[Value], inputs: list[Value]) -> list[Value]:
    """Return the inputs, and what the roots were computed from that depends on them.

    Parents come first, as in `toposort`, of which this is a part.

    >>> x, y = Value(2.0), Value(3.0)
    >>> [node.data for node in between([(x + 1.0) * (y * 2.0)], [x])]
    [2.0, 3.0, 18.0]
    """
    if twin is not None:
        # copies of the lists, which nobody changes
        found: list[Value] | None = twin.between(list(roots), list(inputs))
        if found is not None:
            return found
    active = set(inputs)
    for node in (order := toposort(*roots, below=inputs)):
        if not active.isdisjoint(node.parents):
            active.add(node)
    return inputs + [node for node in order if node in active]


def unrecorded(node: Value) -> bool:
    """Return whether a node is the result of an operation that `no_grad` kept out."""
    return not node.parents and node._operands is not None


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
    if unrecorded(root):
        raise GraphError(
            f"backward: {root!r} was computed inside no_grad, so nothing is known of "
            "what it was computed from; compute it outside of that block (or, if a leaf "
            "is meant, take .detach())"
        )
    seed = number(gradient, "backward")
    if LISTENING:
        hear(SWEPT, (root,))
    if SWEEPING.locked() or not sweep(root, seed):
        order = toposort(root)
        bar = pull(order, {root: seed})
        with WRITING:
            write(order, [bar.get(node, 0.0) for node in order])


def hand_on(node: Value) -> None:
    """Add a node's part to the `.grad` of its parents: one step of the reverse sweep.

    It is micrograd's `node._backward()`, for a sweep that is done by hand, from the root
    to the leaves. A zero factor annihilates, as in `backward`; a leaf hands on nothing.

    >>> x = Value(3.0)
    >>> y = x * x
    >>> y.grad = 1.0
    >>> y._backward()
    >>> x.grad
    6.0
    """
    if LISTENING:
        hear(SWEPT, (node,))
    out = node._grad or 0.0
    with WRITING:
        for parent, partial in zip(node.parents, node.partials):  # noqa: B905  # as pull
            parent._grad = (parent._grad or 0.0) + product(partial, out)


def swept(root: Value, seed: float) -> bool:
    """Sweep in `_bar` of the nodes; False where that cannot be done, and leaves wait.

    It cannot be done where a nan comes up, since a zero factor may have to annihilate.
    The caller then takes the long way.
    """
    with SWEEPING:  # one at a time: two threads may share nodes
        inner, leaves = listed(root)
        root._bar = seed
        spread(inner)
        cotangents = [leaf._bar for leaf in leaves]
    if any(bar != bar for bar in cotangents):
        return False
    with WRITING:
        write(leaves, cotangents)
    return True


def listed(root: Value) -> tuple[list[Value], list[Value]]:
    """Return what `toposort` does, in two lists: nodes with parents, and leaves.

    What has been seen is marked in `_bar`, by objects that no other call has; in the
    end every `_bar` is -0.0, to which the first term adds without a change of a bit.
    """
    empty, opened = copysign(0.0, -1.0), object()  # new ones: `-0.0` is one for all
    inner: list[Value] = []
    leaves: list[Value] = []
    stack: list[Any] = [root]
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        bar = node._bar
        if bar is opened:  # all that it was computed from is listed
            node._bar = empty
            inner.append(node)
            continue
        while bar is not empty and bar is not opened:  # down the first parents
            a = node._a
            if a is None:
                node._bar = empty
                leaves.append(node)
                break
            node._bar = opened
            push(node)
            b = node._b
            if b is None:
                node = a
            elif b is MANY:
                stack += a[::-1]
                break
            elif node._da is None:
                node = b
            else:
                if node._db is not None and b._bar is not empty:
                    push(b)
                node = a
            bar = node._bar
    return inner, leaves


def spread(inner: list[Value]) -> None:
    """Hand on the cotangents in `_bar`, from the root to the leaves, times partials."""
    inner.reverse()
    for node in inner:
        node._grad = out = node._bar
        b = node._b
        if b is None:
            node._a._bar += node._da * out
        elif b is MANY:
            for parent, partial in zip(node._a, node._da):  # noqa: B905  # speed
                parent._bar += partial * out
        else:
            da = node._da
            if da is not None:
                node._a._bar += da * out
            db = node._db
            if db is not None:
                b._bar += db * out


# The first try of `backward`: whether it could be done without a dict of cotangents
sweep: Callable[[Value, float], bool] = swept if twin is None else twin.backward


def write(order: Sequence[Value], cotangents: Sequence[float]) -> None:
    """Put the cotangents into `.grad`; whatever stops it, leaves have all or none."""
    leaves = [node for node in order if not node.parents]
    before = [leaf._grad for leaf in leaves]
    try:
        for node, cotangent in zip(order, cotangents, strict=True):
            node._grad = cotangent if node.parents else (node._grad or 0.0) + cotangent
    except BaseException:  # Ctrl-C between two leaves: all or none
        for leaf, grad in zip(leaves, before, strict=True):
            leaf._grad = grad
        raise


def renew() -> None:
    """Give a forked process a lock that no thread of its parent holds."""
    global SWEEPING, WRITING
    SWEEPING, WRITING = threading.Lock(), threading.RLock()


if hasattr(os, "register_at_fork"):  # pragma: no branch  # Windows cannot fork
    os.register_at_fork(after_in_child=renew)
