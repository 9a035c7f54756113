"""What a picture says of `.grad`: the attribute itself, d root / d node, or both.

A picture that shows derivatives before backward() has run gives away what a lesson asks
for, and one that only ever shows them hides that `.grad` was summed twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .nodes import Edges, Nodes
    from .picture import Box
    from .snapshot import Graph

__all__ = ["GRADS", "both", "by_hand", "close", "gradients", "mode", "told", "untold"]

GRADS = "own", "true"  # what may be asked for


def mode(graph: Graph, asked: str = "own") -> str:
    """Return which gradients boxes show, "true" where those are asked for.

    true  d root / d node, computed anew
    zero  every `.grad` is 0: that, and no derivative
    hand  `.grad`, and no derivative of a node that a sweep by hand has not reached
    own   `.grad`, and d root / d node where that is another number

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> a, b = Value(2.0), Value(3.0)
    >>> L = a * b + 1
    >>> def now(): return mode(trace(L))
    >>> zero = now()
    >>> L.grad = 1.0
    >>> hand = now()
    >>> L.grad = 0.0
    >>> L.backward()
    >>> zero, hand, now()
    ('zero', 'hand', 'own')
    """
    if asked == "true":
        return "true"
    if not any(graph.nodes.grads):
        return "zero"
    return "hand" if by_hand(graph.nodes, graph.edges) else "own"


def by_hand(nodes: Nodes, edges: Edges) -> bool:
    """Return whether `.grad` is as in a sweep by hand, begun at the root, not yet done.

    Then each node that is still 0 waits: no consumer of it has handed anything to any
    of its operands. After zero_grad() some consumer has; and where nothing but all the
    leaves are 0, zero_grad() is the likelier cause.
    """
    grads, leaf = nodes.grads, nodes.leaves
    pairs = enumerate(zip(grads, nodes.adjoints, strict=True))
    waiting = {i for i, (grad, true) in pairs if true and not grad}
    done = all(leaf[i] for i in waiting) and not any(
        grad for grad, alone in zip(grads, leaf, strict=True) if alone
    )
    if not waiting or done or not close(grads[-1], 1.0):
        return False
    counts = [e for e in edges if e.contribution]
    ran = {e.dst for e in counts if e.src not in waiting and grads[e.dst]}
    return not any(e.src in waiting and e.dst in ran for e in counts)


def told(box: Box, grad: str) -> bool:
    """Return whether a picture in this mode may tell what derivative a box has."""
    return _told(box.held if box.grad is None else box.grad, grad)


def _told(own: float, grad: str) -> bool:
    return grad in ("true", "own") or (grad == "hand" and own != 0)


def gradients(box: Box, grad: str) -> tuple[float | None, float | None]:
    """Return which gradient a box shows, and d root / d node where that is another.

    The second is None where there is nothing to add; both are of a box of several
    outputs.
    """
    if box.adjoint is None or box.grad is None:
        return box.adjoint, None
    return both(box.grad, box.adjoint, grad)


def both(own: float, true: float, grad: str) -> tuple[float, float | None]:
    """Return the same of a node, by its `.grad` and d root / d node.

    >>> both(4.0, 2.0, "own"), both(4.0, 2.0, "true"), both(0.0, 2.0, "hand")
    ((4.0, 2.0), (2.0, None), (0.0, None))
    """
    if grad == "true":
        return true, None
    return own, true if _told(own, grad) and not close(own, true) else None


def untold(boxes: Sequence[Box], grad: str) -> frozenset[int]:
    """Return the boxes that are drawn without the colour of their derivative."""
    return frozenset(box.id for box in boxes if not told(box, grad))


def close(a: float, b: float) -> bool:
    """Return whether two gradients agree but for rounding; nan agrees with nan."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-300)
