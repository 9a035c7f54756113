"""What a picture shows: boxes and arrows, each with exact numbers; nothing draws here.

A `Graph` holds every node. A `Picture` holds what is drawn of it: a box may stand for
one node, for a call with all that it computed (`fold.py`), for a sum of many terms
(`fuse.py`), or for what was left out (`focus.py`). Whatever a box stands for, its
numbers are exact: the contributions of the arrows that leave it add up to its adjoint.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dendrograd.viz.text import clip, num, one_line

from .frames import Frames, Path, Title
from .snapshot import Graph, Node

__all__ = ["Arrow", "Box", "Picture", "operation", "pictured"]

WIDEST = 48  # columns of an operation with its plain numbers
RESULTS = 2  # labels in the name of a folded call


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a picture.

    id          its position; arrows lead from lower ids to higher ones
    kind        "leaf", "op", "sum" (a fused one), "call" (a folded frame) or "rest" (a
                stub for what was cut off)
    label       what the user calls it
    operation   what computes it: "* 2"; of a folded call, what it holds: "16 neurons"
    data, grad  of its one output: the number, and what `.grad` held; None of several
    adjoint     d root / d output, recomputed; None if it has several outputs, and of a
                stub, which is none of the graph's nodes
    path        the frames around it, outermost first
    nodes       how many nodes it stands for
    parameters  how many leaves a folded call has absorbed, and the norm of their
    norm        gradient
    outputs     how many of its nodes are used outside, the root included
    frame       of a folded call, the path of the frame that it folds
    node        the node that holds its output, None where there are several
    own         the norm of what `.grad` of those leaves held
    held        labels of the nodes in a folded call
    said        what prose calls it where that is not its label: see `names.py`
    """

    id: int
    kind: str
    label: str
    operation: str
    data: float | None
    grad: float | None
    adjoint: float | None
    path: Path
    nodes: int = 1
    parameters: int = 0
    norm: float = 0.0
    outputs: int = 1
    frame: Path = ()
    node: Node | None = None
    own: float = 0.0
    held: tuple[str, ...] = ()
    said: str = ""

    def numbered(self, number: int) -> Box:
        """Return the box with another id."""
        if number == self.id:
            return self
        return Box(  # not replace(), which is twice as slow
            number,
            self.kind,
            self.label,
            self.operation,
            self.data,
            self.grad,
            self.adjoint,
            self.path,
            self.nodes,
            self.parameters,
            self.norm,
            self.outputs,
            self.frame,
            self.node,
            self.own,
            self.held,
            self.said,
        )

    @property
    def name(self) -> str:
        """Its label, or n and the number of its node."""
        if self.label:
            return one_line(self.label, 24)
        return self.node.name if self.node else self.operation

    @property
    def spoken(self) -> str:
        """What prose calls it: its label, told apart from others, or its expression."""
        mine = not self.label or self.said.startswith(one_line(self.label, 24))
        return self.said if self.said and mine else self.name

    @property
    def term(self) -> str:
        """How it stands in d y / d x: an expression in parentheses."""
        return f"({self.spoken})" if " " in self.said else self.spoken


@dataclass(frozen=True, slots=True)
class Arrow:
    """What one box hands to another.

    local         d output of dst / d what comes from src, along this arrow: into a folded
                  call the exact total derivative; None where dst has several outputs,
                  or where it comes from several outputs of src
    contribution  what it adds to the adjoint of src
    uses          how many operands of nodes it stands for
    strong        whether it is part of a path that the picture points out
    edges         the edges of the graph that it stands for, by their positions there
    """

    src: int
    dst: int
    local: float | None
    contribution: float
    uses: int = 1
    strong: bool = False
    edges: tuple[int, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes in topological order, arrows, titles of the frames, and what to know.

    root    the id of the box that holds the root of the graph
    places  for each node of the graph the box that holds it, -1 if none does
    notes   what the reader must know about the numbers, and about what was left out
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    titles: Mapping[Path, Title]
    notes: tuple[str, ...]
    root: int
    places: Sequence[int] = field(repr=False)

    def into(self) -> list[list[Arrow]]:
        """Return for each box the arrows that end at it."""
        arrows: list[list[Arrow]] = [[] for _ in self.boxes]
        for arrow in self.arrows:
            arrows[arrow.dst].append(arrow)
        return arrows

    def out(self) -> list[list[Arrow]]:
        """Return for each box the arrows that leave it."""
        arrows: list[list[Arrow]] = [[] for _ in self.boxes]
        for arrow in self.arrows:
            arrows[arrow.src].append(arrow)
        return arrows

    def moved(self, number: Mapping[int, int]) -> tuple[int, ...]:
        """Return `places` where boxes get new numbers, and some are gone."""
        return tuple([number.get(box, -1) for box in self.places])

    def noting(self, *notes: str) -> Picture:
        """Return the picture with further notes below it."""
        return replace(self, notes=(*self.notes, *notes))


def pictured(graph: Graph, frames: Frames) -> Picture:
    """Return a picture with a box for each node and an arrow for each operand.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> from dendrograd.viz.model.frames import frames
    >>> graph = trace(Value(3.0, label="x") * 2)
    >>> [box.operation for box in pictured(graph, frames(graph)).boxes]
    ['', '* 2']
    """
    return Picture(
        tuple([box_of(n, n.id, p) for n, p in zip(graph.nodes, frames.paths)]),  # noqa: B905  # speed
        tuple(
            [
                Arrow(e.src, e.dst, e.local, e.contribution, edges=(i,))
                for i, e in enumerate(graph.edges)
            ]
        ),
        frames.titles,
        graph.notes,
        graph.root.id,
        tuple(range(len(graph.nodes))),
    )


def box_of(node: Node, number: int, path: Path) -> Box:
    """Return the box of one node."""
    return Box(
        number,
        "leaf" if node.is_leaf else "op",
        node.label,
        operation(node),
        node.data,
        node.grad,
        node.adjoint,
        path,
        node=node,
    )


def operation(node: Node) -> str:
    """Return the operation with the plain numbers among its operands in their places.

    Empty for a leaf. A dot stands for an operand that an arrow brings.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> x = Value(3.0)
    >>> [operation(trace(y).root) for y in (x * 2, 2 - x, x + x, x.tanh(), x)]
    ['* 2', '2 -', '+', 'tanh', '']
    """
    if node.op is None:
        return ""
    symbol = node.op.symbol
    if all(x is None for x in node.operands):
        return symbol
    shown = ["·" if x is None else num(x) for x in node.operands]
    if node.op.infix:
        left, right = ("" if text == "·" else text for text in shown)
        return f"{left} {symbol} {right}".strip()
    return clip(f"{symbol}({', '.join(shown)})", WIDEST)


def called(title: str, outputs: Iterable[Node]) -> str:
    """Return what a folded call is called: its name, and the labels of its results.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> y = Value(1.0) * 2
    >>> y.label = "y"
    >>> called("layers.2", trace(y).nodes)
    'layers.2 → y'
    """
    labels = [one_line(node.label, 24) for node in outputs if node.label and node.op]
    more = ", …" if len(labels) > RESULTS else ""
    results = f"{', '.join(labels[:RESULTS])}{more}"
    return title if results in ("", title) else f"{title} → {results}"


def labels_of(labels: Iterable[object]) -> tuple[str, ...]:
    """Return the labels of some nodes as text, once each."""
    return tuple(dict.fromkeys(str(label) for label in labels if label))


def norm(values: Iterable[float]) -> float:
    """Return the Euclidean length of some numbers."""
    return math.hypot(*values)
