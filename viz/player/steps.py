"""Back-propagation as a list of steps: what is computed, in which order, and in words.

Forward, each box is computed from its operands. Then the root's gradient is set to 1,
and backward each arrow adds one term to the gradient of the box that it comes from, in
the order of the engine's own sweep. A player shows the steps; nothing here draws.
"""

from __future__ import annotations

from dataclasses import dataclass

from dendrograd.viz.model.picture import Picture
from dendrograd.viz.text import columns, num

from .captions import Teller, Word, Words
from .naming import box_names
from .slopes import Formula, Number, carried, passed

__all__ = ["Step", "Steps", "steps"]

IN_WORDS = {"passed": passed, "carried": carried}


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    phase  "forward" or "backward"
    box    what is computed; backward, whose gradient is handed on, or the root
    arrow  the index of the arrow that hands it on, -1 for none
    gains  the box whose gradient grows or is set, -1 for none
    last   whether that gradient is complete now
    words  what a reader reads
    """

    phase: str
    box: int
    arrow: int
    gains: int
    last: bool
    words: Words


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a picture, and the partial sums of its gradients.

    before, after  for each arrow the gradient of the box it comes from, before it added
                   its term and afterwards; 0 where an arrow has no step
    """

    picture: Picture
    steps: tuple[Step, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def backward(self) -> int:
        """The index of the first step backward, in which the root gets its 1."""
        return next(i for i, s in enumerate(self.steps) if s.phase == "backward")

    def value(self, number: Number) -> float:
        """Return a number of a text."""
        if number.kind in ("data", "grad"):
            box = self.picture.boxes[number.of]
            return (box.data if number.kind == "data" else box.adjoint) or 0.0
        if number.kind in ("before", "after"):
            return (self.before if number.kind == "before" else self.after)[number.of]
        arrow = self.picture.arrows[number.of]
        return (arrow.contribution if number.kind == "term" else arrow.local) or 0.0

    def text(self, step: Step) -> str:
        """Return what a reader reads at a step."""
        return "".join(map(self.shown, step.words))

    def shown(self, word: Word) -> str:
        """Return a word or a number as it is read."""
        if isinstance(word, str):
            return word
        if isinstance(word, Formula):
            return word.text(self.value)
        if word.kind in IN_WORDS:
            return IN_WORDS[word.kind](self.value(word))
        text = num(self.value(word))
        return f"({text})" if word.guarded and text.startswith("−") else text

    def total(self, step: Step) -> float:
        """Return the gradient of the box that gains, after a step."""
        return 1.0 if step.arrow < 0 else self.after[step.arrow]

    def gradients(self, at: int) -> dict[int, float]:
        """Return the gradients that are there after the step of this index."""
        grown: dict[int, float] = {}
        for step in self.steps[: at + 1]:
            if step.gains >= 0:
                grown[step.gains] = self.total(step)
        return grown

    def widest(self) -> dict[int, int]:
        """Return for each box how many columns its gradient needs in the course."""
        widths: dict[int, int] = {}
        for step in self.steps:
            if step.arrow >= 0 and step.gains >= 0:
                width = columns(f"grad {num(self.total(step))}")
                widths[step.gains] = max(width, widths.get(step.gains, 0))
        return widths


def steps(picture: Picture) -> Steps:
    """Return the steps that compute the numbers of a picture.

    A partial sum is the float that the engine has at that moment. Where a box stands for
    many nodes, it may have added the same terms in another order; so the last sum is
    what the engine found.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> from dendrograd.viz.player.naming import with_names
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> L = a * b + a
    >>> L.label = "L"
    >>> shown = steps(with_names(draw(L).picture))
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
    into: list[list[int]] = [[] for _ in picture.boxes]
    for i, arrow in enumerate(picture.arrows):
        into[arrow.dst].append(i)
    uses = [len(arrows) for arrows in picture.out()]
    tell = Teller(picture, into, box_names(picture), uses)
    course = [
        Step("forward", box.id, -1, -1, False, tell.computed(box))
        for box in picture.boxes
        if box.kind != "rest"
    ]
    root = picture.boxes[picture.root]
    has = root.id if root.adjoint is not None else -1
    course.append(Step("backward", root.id, -1, has, True, tell.seed()))
    waiting = list(uses)
    total: dict[int, float] = {}
    before, after = [0.0] * len(picture.arrows), [0.0] * len(picture.arrows)
    for box in reversed(picture.boxes):
        for i in into[box.id]:
            arrow = picture.arrows[i]
            source = picture.boxes[arrow.src]
            if source.kind == "rest":
                continue
            waiting[source.id] -= 1
            last, first = not waiting[source.id], source.id not in total
            before[i] = total.get(source.id, 0.0)
            grown = arrow.contribution if first else before[i] + arrow.contribution
            exact = source.adjoint is not None and last
            after[i] = total[source.id] = (source.adjoint or 0.0) if exact else grown
            gains = source.id if source.adjoint is not None else -1
            words = tell.handed(i, first)
            course.append(Step("backward", box.id, i, gains, last, words))
    return Steps(picture, tuple(course), tuple(before), tuple(after))
