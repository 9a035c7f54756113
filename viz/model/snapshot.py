"""A frozen picture of a graph's data, for pictures and explanations; nothing draws here.

`trace` recomputes every gradient from the local derivatives, so that a picture can
tell whether the `.grad` it shows belongs to the root that it shows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from dendrograd import Value
from dendrograd.backprop import toposort
from dendrograd.diagnose import moved
from dendrograd.errors import OperandError
from dendrograd.flat import Flat, flat
from dendrograd.passes import adjoints
from dendrograd.viz.text import num, one_line

from .nodes import Edge, Edges, Node, Nodes
from .own import by_hand
from .own import close as _close
from .stale import any_stale, numpy

__all__ = ["Edge", "Edges", "Graph", "Node", "differing", "trace"]

NAMED = 3  # Values in a list


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in topological order, edges by consumer and slot, and what to know.

    It is held as arrays; a node or an edge is made when it is asked for.

    The contributions of the edges that leave a node add up to its adjoint; the
    adjoint of the root is 1.

    notes  what the reader must know of the numbers
    moved  the one of them that tells of data that changed after the graph was built
    flat   the graph as arrays, with its partials, which a page computes again
    """

    nodes: Nodes
    edges: Edges
    notes: tuple[str, ...]
    moved: str
    flat: Flat = field(compare=False, repr=False)

    @property
    def root(self) -> Node:
        """The node whose derivatives the picture shows."""
        return self.nodes.make(len(self.nodes) - 1)


def trace(root: Value) -> Graph:
    """Return a snapshot of everything that root was computed from.

    Later changes to the Values do not reach it. The same program gives an equal graph
    in every run. Raises OperandError if root is not a Value.

    >>> x = Value(3.0, label="x")
    >>> graph = trace(x * x)
    >>> [(edge.src, edge.dst, edge.local) for edge in graph.edges]
    [(0, 1, 3.0), (0, 1, 3.0)]
    >>> graph.nodes[0].adjoint
    6.0
    """
    if not isinstance(root, Value):
        raise OperandError(
            f"the root of a picture is a Value, not the {type(root).__name__} "
            f"{one_line(repr(root), 60)}; draw one scalar that was computed from "
            "Values, such as a loss"
        )
    found = flat([root], full=True)
    swept = adjoints(found)
    nodes, edges = Nodes(found, swept), Edges(found, swept)
    changed = _about_data(root, nodes) if any_stale(found) else ""
    notes = [_about_gradients(nodes, edges), changed, *_about_numbers(nodes)]
    return Graph(
        nodes,
        edges,
        tuple(filter(None, notes)),
        changed,
        found._replace(captured=[]),
    )


def _about_numbers(nodes: Nodes) -> Iterator[str]:
    """Yield where the first value and the first gradient that are not finite arose."""
    at = _broken(nodes.flat.data)
    if at is not None:
        broken = nodes.make(at)
        where = f", made at {one_line(broken.source, 60)}" if broken.source else ""
        op = f" by {one_line(broken.op.symbol, 40)}" if broken.op else ""
        yield (
            f"the first value that is not finite: {broken.name} = "
            f"{num(broken.data)}{op}{where}"
        )
    at = _broken(nodes.adjoints[::-1])
    if at is not None:
        broken = nodes.make(len(nodes) - 1 - at)
        yield (
            f"the first gradient that is not finite, going back from the root: "
            f"that of {broken.name}, {num(broken.adjoint)}"
        )


def _broken(numbers: Sequence[float]) -> int | None:
    """Return the place of the first number that is not finite."""
    np = numpy()
    if np.isfinite(numbers).all() if np else all(map(math.isfinite, numbers)):
        return None
    return next(i for i, x in enumerate(numbers) if not math.isfinite(x))


def _about_data(root: Value, nodes: Nodes) -> str:
    """Return which data changed after the graph was built, "" where none did."""
    order = toposort(root)
    change = moved(order)
    if change is None:
        return ""
    held = {v: i for i, v in enumerate(order)}
    names = _listed([nodes[held[v]] for v in change.sources], nodes, change.sure)
    old = [
        f"{n.name} = {num(n.data)}" for v in change.nodes[:1] if (n := nodes[held[v]])
    ]
    but = f", but results such as {old[0]} are those of the old data" if old else ""
    return (
        f"{names} changed after the graph was built, as by optimizer.step(){but}; "
        "build the graph again"
    )


def _listed(some: Sequence[Node], nodes: Sequence[Node], sure: bool) -> str:
    """Return names in a list, with their numbers where a name is not of one alone."""
    used = Counter(node.name for node in nodes)
    found = [
        n.name if used[n.name] == 1 else f"{n.name} (n{n.id})" for n in some[:NAMED]
    ]
    if len(some) > NAMED:
        found.append(f"{len(some) - NAMED:,} more")
    word = " and " if sure else " or "
    return word.join(filter(None, [", ".join(found[:-1]), found[-1]]))


def differing(nodes: Iterable[Node]) -> list[Node]:
    """Return the nodes whose `.grad` is not d root / d node."""
    if isinstance(nodes, Nodes):
        return list(map(nodes.make, _others(nodes)))
    return [n for n in nodes if not _close(n.grad, n.adjoint)]


def _others(nodes: Nodes) -> list[int]:
    """Return the numbers of the nodes whose `.grad` is not d root / d node."""
    grads, adjoints, np = nodes.grads, nodes.adjoints, numpy()
    if np is not None:
        unlike = np.frombuffer(grads) != np.frombuffer(adjoints)
        some: Iterable[int] = np.flatnonzero(unlike).tolist()
    else:
        some = range(len(adjoints))
    return [i for i in some if not _close(grads[i], adjoints[i])]


def _about_gradients(nodes: Nodes, edges: Edges) -> str:
    """Return how `.grad` differs from d root / d node, "" where it does not."""
    others, grads, leaf = _others(nodes), nodes.grads, nodes.leaves
    if not others:
        return ""
    if not any(grads):
        return "backward() has not run: every grad is still 0"
    last = len(nodes) - 1
    if not leaf[last] and not any(
        grad for grad, alone in zip(grads, leaf, strict=True) if not alone
    ):
        return (
            "backward() has not run from this root, whose own grad is 0, not 1: what "
            "leaves hold comes from other graphs"
        )
    if not leaf[last] and not _close(grads[last], 1.0):
        return (
            f"grad is not the derivative of this root: the root's own is "
            f"{num(grads[last])}, not 1, as when backward() ran from another node"
        )
    if by_hand(nodes, edges):
        return (
            "a sweep by hand, not done yet: a node whose grad is 0 waits for its turn"
        )
    which = "leaf" if all(leaf[i] for i in others) else "node"
    many = {"leaf": "leaves"}.get(which, "nodes") if len(others) > 1 else which
    return (
        f"{len(others)} {many} with a grad other than d root / d {which}"
        f"{_reason([(grads[i], nodes.adjoints[i]) for i in others])}"
    )


def _reason(others: Sequence[tuple[float, float]]) -> str:
    """Return why gradients differ although backward() ran, as far as they tell."""
    if not any(grad for grad, _ in others):
        return ": it is 0, as after zero_grad(); run backward() again to fill it in"
    ratios = {round(grad / adjoint, 6) for grad, adjoint in others if adjoint}
    times = ratios.pop() if len(ratios) == 1 else 0.0
    if times > 1.0 and times.is_integer():
        return (
            f", all {num(times)} times as large: backward() ran {num(times)} times; "
            "call zero_grad() before each"
        )
    if 0.0 < times < 1.0:
        return f", all {num(times)} times as large: clipped or scaled after backward()?"
    return (
        ": it holds what other backward() calls added, or was changed since; "
        "call zero_grad() before each backward()"
    )
