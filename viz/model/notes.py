"""What a reader must know of the numbers of a graph, in words that name nodes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from dendrograd import Value
from dendrograd.backprop import toposort
from dendrograd.diagnose import moved
from dendrograd.viz.text import num, one_line

from .names import Names
from .nodes import Edges, Nodes
from .own import by_hand, close
from .stale import numpy

if TYPE_CHECKING:
    from .snapshot import Graph

__all__ = ["Change", "Named", "Note", "Pieces", "about", "changed", "others"]

NAMED = 3  # Values in a list


class Named(NamedTuple):
    """The name of a node in a text."""

    name: str
    node: int


Pieces = tuple[str | Named, ...]


class Note(NamedTuple):
    """A note in pieces; `moved` tells whether it is of data that changed."""

    pieces: Pieces
    moved: bool = False

    @property
    def text(self) -> str:
        """The whole note."""
        return "".join([x if isinstance(x, str) else x.name for x in self.pieces])


class Change(NamedTuple):
    """What changed after the graph was built: its nodes, results of old data, if sure."""

    sources: list[int]
    nodes: list[int]
    sure: bool


def changed(root: Value) -> Change | None:
    """Return which data changed after the graph was built."""
    order = toposort(root)
    change = moved(order)
    if change is None:
        return None
    held = {v: i for i, v in enumerate(order)}
    sources, nodes = ([held[v] for v in vs] for vs in (change.sources, change.nodes))
    return Change(sources, nodes, change.sure)


def about(
    graph: Graph, change: Change | None, numbered: bool = False
) -> Iterator[Note]:
    """Yield what is to know of a graph, by names or by numbers of nodes."""
    nodes = graph.nodes
    if text := _about_gradients(nodes, graph.edges):
        yield Note((text,))
    broken = _broken(nodes.flat.data), _broken(nodes.adjoints, backward=True)
    listed = [i for i in broken if i is not None]
    if change:
        listed += [*change.sources[:NAMED], *change.nodes[:1]]
    names = Names(graph, listed, numbered)
    if change:
        yield Note(tuple(_about_data(change, names)), moved=True)
    yield from map(Note, _about_numbers(broken, names))


def _named(names: Names, node: int) -> Named:
    return Named(names.name(node), node)


def _about_numbers(broken: Sequence[int | None], names: Names) -> Iterator[Pieces]:
    """Yield where the first value and the first gradient that are not finite arose."""
    value, gradient = broken
    nodes = names.graph.nodes
    if value is not None:
        node, said = nodes.make(value), _named(names, value)
        where = f", made at {one_line(node.source, 60)}" if node.source else ""
        symbol = one_line(node.op.symbol, 40) if node.op else ""
        told = symbol in said.name and not node.label.strip()
        op = f" by {symbol}" if symbol and not told else ""
        start = "the first value that is not finite: "
        yield start, said, f" = {num(node.data)}{op}{where}"
    if gradient is not None:
        start = (
            "the first gradient that is not finite, going back from the root: that of "
        )
        yield start, _named(names, gradient), f", {num(nodes.make(gradient).adjoint)}"


def _broken(numbers: Sequence[float], backward: bool = False) -> int | None:
    """Return the place of the first number that is not finite, or of the last."""
    np, count = numpy(), len(numbers)
    if np.isfinite(numbers).all() if np else all(map(math.isfinite, numbers)):
        return None
    places = range(count - 1, -1, -1) if backward else range(count)
    return next(i for i in places if not math.isfinite(numbers[i]))


def _about_data(change: Change, names: Names) -> Iterator[str | Named]:
    """Yield which data changed after the graph was built."""
    listed: list[str | Named] = [_named(names, x) for x in change.sources[:NAMED]]
    if len(change.sources) > NAMED:
        listed.append(f"{len(change.sources) - NAMED:,} more")
    word = " and " if change.sure else " or "
    marks = [""] + [", "] * (len(listed) - 2) + [word] * (len(listed) > 1)
    yield from chain(*zip(marks, listed, strict=True))
    yield " changed after the graph was built, as by optimizer.step()"
    for node in change.nodes[:1]:
        yield ", but results such as "
        yield _named(names, node)
        yield f" = {num(names.graph.nodes[node].data)} are those of the old data"
    yield "; build the graph again"


def others(nodes: Nodes) -> list[int]:
    """Return the numbers of the nodes whose `.grad` is not d root / d node."""
    grads, adjoints, np = nodes.grads, nodes.adjoints, numpy()
    if np is not None:
        unlike = np.frombuffer(grads) != np.frombuffer(adjoints)
        some: Iterable[int] = np.flatnonzero(unlike).tolist()
    else:
        some = range(len(adjoints))
    return [i for i in some if not close(grads[i], adjoints[i])]


def _about_gradients(nodes: Nodes, edges: Edges) -> str:
    """Return how `.grad` differs from d root / d node, "" where it does not."""
    unlike, grads, leaf = others(nodes), nodes.grads, nodes.leaves
    if not unlike:
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
    if not leaf[last] and not close(grads[last], 1.0):
        return (
            f"grad is not the derivative of this root: the root's own is "
            f"{num(grads[last])}, not 1, as when backward() ran from another node"
        )
    if by_hand(nodes, edges):
        return (
            "a sweep by hand, not done yet: a node whose grad is 0 waits for its turn"
        )
    which = "leaf" if all(leaf[i] for i in unlike) else "node"
    many = {"leaf": "leaves"}.get(which, "nodes") if len(unlike) > 1 else which
    return (
        f"{len(unlike)} {many} with a grad other than d root / d {which}"
        f"{_reason([(grads[i], nodes.adjoints[i]) for i in unlike])}"
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
