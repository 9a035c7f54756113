"""Which number colours each box and each line of a picture; nothing else depends on it.

grad          d root / d box, and of a line what it adds to that of its tail: together
              they make the gradient of the box that they leave
data          what the box holds, and of a line what it hands on
contribution  data times gradient: to first order what the root loses where the box becomes
              0, since f(x) - f(0) is about x f'(x). The sum over the lines that leave a box
              is its own. "Gradient * input" in A. Shrikumar et al., "Not Just a Black Box"
              (2016, arXiv:1605.01713); its size ranks what may be left out of a network in
              P. Molchanov et al., "Pruning Convolutional Neural Networks for Resource
              Efficient Inference" (2017, arXiv:1611.06440), section 2.2
statement     in the tree of a rolled function: the number of the statement that computes the
              box; a line has none
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dendrograd.sweeps import product

from .own import untold
from .picture import Arrow, Box, Picture
from .snapshot import Graph
from .statements import array_of

__all__ = ["COLORS", "STATEMENT", "Amounts", "along", "amounts"]

COLORS = "grad", "data", "contribution"
STATEMENT = "statement"  # of trees in which nodes know theirs


@dataclass(frozen=True, slots=True)
class Amounts:
    """The numbers that colour a picture.

    boxes   None where there is no one number
    arrows  0 there
    secret  boxes whose gradient may not be told yet
    tails   for each arrow the box that it leaves
    """

    color: str
    boxes: Sequence[float | None]
    arrows: Sequence[float]
    secret: frozenset[int]
    tails: Sequence[int]

    @property
    def hidden(self) -> frozenset[int]:
        """The boxes that have no colour yet; they count for the scale alone."""
        return frozenset() if self.color in ("data", STATEMENT) else self.secret

    def of_box(self, box: int) -> float | None:
        """Return the number that colours a box."""
        return None if box in self.hidden else self.boxes[box]

    def together(self, arrows: Sequence[int]) -> float:
        """Return the number of a line that several arrows from one box share.

        They add up, but all hand on the same data.
        """
        if self.tails[arrows[0]] in self.hidden:
            return 0.0
        some = [self.arrows[i] for i in arrows]
        if self.color != "data":
            return sum(some)
        alike = all(x == some[0] or (x != x and some[0] != some[0]) for x in some)
        return some[0] if alike else 0.0


def amounts(picture: Picture, graph: Graph, color: str, grad: str) -> Amounts:
    """Return the numbers of a picture of a graph, or of a part of it.

    `grad` is the mode of its gradients, as `own.py` has it: until one is told, nothing
    that is made of it has a colour. Data gives none away.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> drawn = draw(y).drawn
    >>> for color in COLORS:
    ...     made = amounts(drawn.picture, drawn.graph, color, "own")
    ...     print(made.boxes, made.arrows)
    [6.0, 1.0] [3.0, 3.0]
    [3.0, 9.0] [3.0, 3.0]
    [18.0, 9.0] [9.0, 9.0]
    """
    boxes = [
        None if box.kind == "rest" else _of_box(box, color) for box in picture.boxes
    ]
    arrows = [
        along(arrow, picture.boxes[arrow.src], graph, color) for arrow in picture.arrows
    ]
    tails = [arrow.src for arrow in picture.arrows]
    return Amounts(color, boxes, arrows, untold(picture.boxes, grad), tails)


def _of_box(box: Box, color: str) -> float | None:
    if color == STATEMENT:
        array = array_of(box)
        return None if array is None else float(array.number)
    if color == "grad":
        return box.adjoint
    if color == "data" or box.data is None or box.adjoint is None:
        return box.data if color == "data" else None
    return float(product(box.data, box.adjoint))


def along(arrow: Arrow, tail: Box, graph: Graph, color: str) -> float:
    """Return the number that colours an arrow from a box."""
    if color == STATEMENT:
        return 0.0
    if color == "grad":
        return arrow.contribution
    data, edges = graph.nodes.flat.data, graph.edges
    if color == "contribution":
        if not arrow.edges:  # what the root has at the border of a view
            return float(product(tail.data or 0.0, arrow.contribution))
        src, dst, local, adjoints = edges.src, edges.dst, edges.local, edges.adjoints
        terms = [
            product(data[src[i]], product(local[i], adjoints[dst[i]]))
            for i in arrow.edges
        ]
        return float(sum(terms))
    sources = {edges.src[i] for i in arrow.edges}
    if not sources:
        return tail.data or 0.0
    return data[sources.pop()] if len(sources) == 1 else 0.0
