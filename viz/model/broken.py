"""Where inf and nan begin in a graph, and which way they take: data to the root, gradients
to the leaves.

Each kind has one way, from the first node on it. What begins elsewhere is told by its
number alone, since the first is the one to look at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dendrograd.sweeps import product
from dendrograd.viz.text import clip

from .names import Names
from .picture import Picture
from .snapshot import Graph

__all__ = ["NOWHERE", "SAYS", "Marks", "Way", "marked", "shown_ways", "ways"]

LONGEST, WIDEST = 200, 40  # characters and columns of a name: a mark may have no width
SAYS = {  # of the node at which a way begins, and of those behind it
    "data": ("data not finite from here on", "data not finite, from {}"),
    "grad": ("gradient not finite from here back", "gradient not finite, from {}"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """What numbers that are not finite go through.

    first  the node at which they begin: the first in the order of computation, of
           gradients the first in the sweep back; -1 where all are finite
    name   what prose calls it
    nodes  all that they reach, the first included
    edges  those along which they go, by position; of gradients also those that made
           the first one
    """

    kind: str
    first: int = -1
    name: str = ""
    nodes: frozenset[int] = frozenset()
    edges: frozenset[int] = frozenset()

    @property
    def words(self) -> tuple[str, str]:
        """What is said of the node where it begins, and of those behind it."""
        here, behind = SAYS[self.kind]
        return here, behind.format(self.name)

    def says(self, node: int) -> str:
        """Return what is said of a node, "" where the way does not lead through it."""
        if node not in self.nodes:
            return ""
        return self.words[node != self.first]


def ways(graph: Graph) -> tuple[Way, Way]:
    """Return the way of the first bad data to the root, and of gradients to the leaves.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> x = Value(-1.0, label="x")
    >>> data, grad = ways(trace(x.log() * 2 + x))
    >>> data.first, sorted(data.nodes), data.says(3), grad.first
    (1, [1, 2, 3], 'data not finite, from log(x)', -1)
    """
    return _of_data(graph), _of_gradients(graph)


def shown_ways(graph: Graph, grad: str) -> tuple[Way, ...]:
    """Return those of which a picture may tell; `grad` is its mode, as `own.py` has it."""
    data, gradients = ways(graph)
    return (data, gradients) if grad in ("own", "true") else (data,)


def _of_data(graph: Graph) -> Way:
    data, edges = graph.nodes.flat.data, graph.edges
    first = _first(data)
    if first < 0:
        return Way("data")
    nodes, along = {first}, set[int]()
    for i, (src, dst) in enumerate(zip(edges.src, edges.dst, strict=True)):
        if src in nodes:
            along.add(i)
            if not math.isfinite(data[dst]):
                nodes.add(dst)
    name = _called(graph, first)
    return Way("data", first, name, frozenset(nodes), frozenset(along))


def _of_gradients(graph: Graph) -> Way:
    adjoints, edges = graph.nodes.adjoints, graph.edges
    last = _first(adjoints[::-1])
    if last < 0:
        return Way("grad")
    first = len(adjoints) - 1 - last
    nodes, along = {first}, set[int]()
    for i in range(len(edges) - 1, -1, -1):  # a consumer before its operands
        src, dst = edges.src[i], edges.dst[i]
        if src != first and dst not in nodes:
            continue
        if not math.isfinite(product(edges.local[i], adjoints[dst])):
            along.add(i)
            nodes.add(src)
    name = _called(graph, first)
    return Way("grad", first, name, frozenset(nodes), frozenset(along))


def _called(graph: Graph, node: int) -> str:
    """Return what prose calls a node; an expression may be of any length."""
    return clip(Names(graph, [node]).name(node)[:LONGEST], WIDEST)


def _first(numbers: Sequence[float]) -> int:
    """Return the place of the first number that is not finite, -1 where all are."""
    return next((i for i, x in enumerate(numbers) if not math.isfinite(x)), -1)


@dataclass(frozen=True, slots=True)
class Marks:
    """The same of the boxes and arrows of a picture, by kind: "data" and "grad".

    first   the box in which it begins
    arrows  those along which it goes, by position
    says    for each box on a way what is said of it, data before gradients
    """

    first: Mapping[str, int] = field(default_factory=dict)
    arrows: Mapping[str, frozenset[int]] = field(default_factory=dict)
    says: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def begins(self, box: int) -> list[str]:
        """Return the kinds that begin in a box."""
        return [kind for kind, first in self.first.items() if first == box]

    def along(self, arrows: Iterable[int]) -> list[str]:
        """Return the kinds that go along some of the arrows."""
        return [k for k, some in self.arrows.items() if not some.isdisjoint(arrows)]


NOWHERE = Marks()


def marked(
    picture: Picture, both: Iterable[Way], nodes: Sequence[int] | None = None
) -> Marks:
    """Return the marks of a picture; of a part of the graph, `nodes` are its nodes."""
    found = [way for way in both if way.first >= 0]
    if not found:
        return NOWHERE
    first, arrows = dict[str, int](), dict[str, frozenset[int]]()
    says = dict[int, tuple[str, ...]]()
    places = dict(zip(nodes or range(len(picture.places)), picture.places, strict=True))
    for way in found:
        first[way.kind] = places.get(way.first, -1)
        arrows[way.kind] = frozenset(
            i
            for i, arrow in enumerate(picture.arrows)
            if not way.edges.isdisjoint(arrow.edges)
        )
        for box in sorted({places.get(node, -1) for node in way.nodes} - {-1}):
            here, behind = way.words
            says[box] = (*says.get(box, ()), here if box == first[way.kind] else behind)
    return Marks(first, arrows, says)
