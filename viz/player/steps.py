"""Back-propagation as a list of steps: what is computed, in which order, and in words.

Forward, each box is computed from its operands. Then the root's gradient is set to 1,
and backward each arrow adds one term to the gradient of the box that it comes from, in
the order of the engine's own sweep. A player shows the steps; nothing here draws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dendrograd.viz.model.picture import Arrow, Picture
from dendrograd.viz.model.snapshot import Graph
from dendrograd.viz.text import columns, num

from .captions import Teller, Word, Words
from .slopes import Formula, Number, carried, passed

__all__ = ["Move", "Step", "Steps", "arrows_into", "by_arrow", "told"]

IN_WORDS = {"passed": passed, "carried": carried}


@dataclass(frozen=True, slots=True)
class Move:
    """What happens in a step: a box of a picture is computed, or arrows are used.

    phase   "forward" or "backward"
    view    which of the pictures shows it
    box     what is computed; backward, whose gradient is handed on, or the root
    arrows  the indices of the arrows that hand it on
    """

    phase: str
    view: int
    box: int
    arrows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a move, what it does to gradients, and what a reader reads.

    gains   the box whose gradient grows or is set, -1 for none or several
    totals  the gradients that it changes, by node, as they are afterwards
    before  the gradient of the one that gains, before
    """

    move: Move
    gains: int
    totals: dict[int, float] = field(hash=False)
    before: float
    words: Words

    @property
    def phase(self) -> str:
        """Whether it is "forward" or "backward"."""
        return self.move.phase

    @property
    def box(self) -> int:
        """The box that is computed, or whose gradient is handed on."""
        return self.move.box

    @property
    def arrow(self) -> int:
        """The one arrow that is used, -1 if there is none, or several."""
        return self.move.arrows[0] if len(self.move.arrows) == 1 else -1


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps, and the pictures that show them: one, or others in which a call is open."""

    pictures: tuple[Picture, ...]
    steps: tuple[Step, ...]

    @property
    def picture(self) -> Picture:
        """The first picture, in which nothing was opened."""
        return self.pictures[0]

    @property
    def backward(self) -> int:
        """The index of the first step backward, in which the root gets its 1."""
        return next(i for i, s in enumerate(self.steps) if s.phase == "backward")

    def value(self, step: Step, number: Number) -> float:
        """Return a number of the text of a step."""
        picture = self.pictures[step.move.view]
        if number.kind in ("data", "grad"):
            box = picture.boxes[number.of]
            return (box.data if number.kind == "data" else box.adjoint) or 0.0
        if number.kind == "before":
            return step.before
        if number.kind == "after":
            return self.total(step)
        arrow = picture.arrows[number.of]
        return (arrow.contribution if number.kind == "term" else arrow.local) or 0.0

    def text(self, step: Step) -> str:
        """Return what a reader reads at a step."""
        return "".join([self.shown(step, word) for word in step.words])

    def shown(self, step: Step, word: Word) -> str:
        """Return a word or a number as it is read."""
        if isinstance(word, str):
            return word
        if isinstance(word, Formula):
            return word.text(lambda number: self.value(step, number))
        if word.kind in IN_WORDS:
            return IN_WORDS[word.kind](self.value(step, word))
        text = num(self.value(step, word))
        return f"({text})" if word.guarded and text.startswith("−") else text

    def total(self, step: Step) -> float:
        """Return the gradient of the box that gains, after a step."""
        node = self.pictures[step.move.view].boxes[step.gains].node
        return step.totals[node.id] if node else 0.0

    def gradients(self, at: int, view: int = 0) -> dict[int, float]:
        """Return the gradients of a picture's boxes after the step of this index."""
        grown: dict[int, float] = {}
        for step in self.steps[: at + 1]:
            grown |= step.totals
        return {
            box.id: grown[box.node.id]
            for box in self.pictures[view].boxes
            if box.adjoint is not None and box.node and box.node.id in grown
        }

    def widest(self, view: int = 0) -> dict[int, int]:
        """Return for each box how many columns its gradient needs in the course."""
        widths: dict[int, int] = {}
        for step in self.steps:
            for node, total in step.totals.items() if step.move.arrows else ():
                width = columns(f"grad {num(total)}")
                widths[node] = max(width, widths.get(node, 0))
        return {
            box.id: widths[box.node.id]
            for box in self.pictures[view].boxes
            if box.node and box.node.id in widths
        }


def arrows_into(picture: Picture) -> list[list[int]]:
    """Return for each box the indices of the arrows that end at it."""
    into: list[list[int]] = [[] for _ in picture.boxes]
    for i, arrow in enumerate(picture.arrows):
        into[arrow.dst].append(i)
    return into


def by_arrow(picture: Picture) -> list[Move]:
    """Return the moves in which each box is computed, and each arrow used, by itself."""
    boxes, into = picture.boxes, arrows_into(picture)
    forward = [Move("forward", 0, box.id) for box in boxes if box.kind != "rest"]
    back = [
        Move("backward", 0, box.id, (i,))
        for box in reversed(boxes)
        for i in into[box.id]
        if boxes[picture.arrows[i].src].kind != "rest"
    ]
    return [*forward, Move("backward", 0, picture.root), *back]


def told(graph: Graph, pictures: Sequence[Picture], moves: Sequence[Move]) -> Steps:
    """Return the steps of some moves, with the gradients as they grow, and the words.

    A partial sum is the float that the engine has at that moment. Where a box stands for
    many nodes, it may have added the same terms in another order; so the last sum is
    what the engine found.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> from dendrograd.viz.player.naming import with_names
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> L = a * b + a
    >>> L.label = "L"
    >>> drawn = draw(L).drawn
    >>> picture = with_names(drawn.bare)
    >>> shown = told(drawn.graph, [picture], by_arrow(picture))
    >>> for step in shown.steps:
    ...     print(shown.text(step))
    a is given: 2
    b is given: −3
    n2 is a * b: 2 × −3 = −6
    L is n2 + a: −6 + 2 = −4
    The way back begins at L: its gradient by itself is 1
    The gradient of L, 1, goes to n2 as it is: 1 × 1 = 1
    The gradient of L, 1, goes to a as it is: 1 × 1 = 1
    The gradient of n2, 1, times b = −3 goes to a: 1 × −3 = −3. a is used twice, so both parts are added: 1 + −3 = −2
    The gradient of n2, 1, times a = 2 goes to b: 1 × 2 = 2
    """
    tellers = [Teller.of(picture) for picture in pictures]
    sums = Sums(graph, pictures, moves)
    return Steps(tuple(pictures), tuple([sums.step(m, tellers[m.view]) for m in moves]))


class Sums:
    """The gradients of all nodes as they grow from move to move."""

    def __init__(
        self, graph: Graph, pictures: Sequence[Picture], moves: Sequence[Move]
    ) -> None:
        self.graph, self.pictures = graph, pictures
        self.total: dict[int, float] = {}
        self.waiting = Counter[int]()  # terms that a node has still to get
        for move in moves:
            for i in move.arrows:
                for node, _ in self._terms(pictures[move.view], i):
                    self.waiting[node] += 1
        self.uses = dict(self.waiting)

    def _terms(self, picture: Picture, i: int) -> list[tuple[int, float]]:
        """Return what an arrow adds to which nodes: to one, or to outputs of a call."""
        arrow: Arrow = picture.arrows[i]
        source = picture.boxes[arrow.src]
        if source.adjoint is not None and source.node:
            return [(source.node.id, arrow.contribution)]
        edges = [self.graph.edges[e] for e in arrow.edges]
        return [(edge.src, edge.contribution) for edge in edges]

    def step(self, move: Move, tell: Teller) -> Step:
        """Return the step of a move, which is the next."""
        picture = self.pictures[move.view]
        box = picture.boxes[move.box]
        if move.phase == "forward":
            return Step(move, -1, {}, 0.0, tell.computed(box))
        if not move.arrows:
            has = box.node is not None and box.adjoint is not None
            totals = {box.node.id: 1.0} if has and box.node else {}
            return Step(move, box.id if has else -1, totals, 0.0, tell.seed())
        first, before, uses, totals = True, 0.0, 0, dict[int, float]()
        for i in move.arrows:
            for node, term in self._terms(picture, i):
                first, before = node not in self.total, self.total.get(node, 0.0)
                uses = self.uses[node]
                self.waiting[node] -= 1
                grown = term if first else before + term
                exact = self.graph.nodes[node].adjoint
                totals[node] = self.total[node] = grown if self.waiting[node] else exact
        source = picture.boxes[picture.arrows[move.arrows[0]].src]
        one = len(move.arrows) == 1
        gains = source.id if one and source.adjoint is not None else -1
        words = tell.handed(move.arrows[0], first, uses) if one else tell.returned(box)
        return Step(move, gains, totals, before, words)
