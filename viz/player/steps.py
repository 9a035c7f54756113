"""Back-propagation as a list of steps: what is computed, in which order, and in words.

Forward, each box is computed from its operands. Then the root's gradient is set to 1,
and backward each arrow adds one term to the gradient of the box that it comes from, in
the order of the engine's own sweep. A player shows the steps; nothing here draws.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from dendrograd.viz.model.picture import Picture
from dendrograd.viz.text import columns, num, one_line

from .captions import Number, Teller, Words

__all__ = ["Step", "Steps", "box_names", "steps", "with_names"]


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
        return (arrow.local if number.kind == "local" else arrow.contribution) or 0.0

    def text(self, step: Step) -> str:
        """Return what a reader reads at a step."""
        return "".join(
            [w if isinstance(w, str) else self._shown(w) for w in step.words]
        )

    def _shown(self, number: Number) -> str:
        text = num(self.value(number))
        return f"({text})" if number.guarded and text.startswith("−") else text

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


def box_names(picture: Picture) -> list[str]:
    """Return what each box is called: its label, with frames where others have it too.

    >>> from dendrograd.nn import MLP
    >>> from dendrograd.viz import draw
    >>> picture = draw(MLP(1, [2, 1], seed=0)([1.0])).picture
    >>> [name for name in box_names(picture) if name.endswith("b")]
    ['layers.0.neurons.0.b', 'neurons.1.b', 'layers.1.neurons.0.b']
    """
    called = [box.name for box in picture.boxes]
    deepest = max([len(box.path) for box in picture.boxes], default=0)
    for depth in range(1, deepest + 1):
        counts = Counter(called)
        for box in picture.boxes:
            if counts[called[box.id]] > 1 and depth <= len(box.path):
                title = picture.titles[box.path[: len(box.path) - depth + 1]]
                frame = one_line("".join(title), 24).replace(" ", "")
                called[box.id] = f"{frame}.{called[box.id]}"
    counts = Counter(called)
    return [
        f"{name} (n{box.node.id})" if counts[name] > 1 and box.node else name
        for name, box in zip(called, picture.boxes, strict=True)
    ]


def with_names(picture: Picture) -> Picture:
    """Return the picture with a label on each box, so that a text can refer to it."""
    boxes = [
        box if box.label or box.kind == "rest" else replace(box, label=box.name)
        for box in picture.boxes
    ]
    return replace(picture, boxes=tuple(boxes))


def steps(picture: Picture) -> Steps:
    """Return the steps that compute the numbers of a picture.

    A partial sum is the float that the engine has at that moment. Where a box stands for
    many nodes, it may have added the same terms in another order; so the last sum is
    what the engine found.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> L = a * b + a
    >>> L.label = "L"
    >>> shown = steps(with_names(draw(L).picture))
    >>> for step in shown.steps:
    ...     print(shown.text(step))
    a = 2
    b = −3
    n2 = a * b = 2 × −3 = −6
    L = n2 + a = −6 + 2 = −4
    L.grad = ∂L/∂L = 1
    n2.grad += ∂L/∂n2 · L.grad = 1 × 1 = 1
    a.grad += ∂L/∂a · L.grad = 1 × 1 = 1
    a.grad += ∂n2/∂a · n2.grad = −3 × 1 = −3   →   1 + −3 = −2
    b.grad += ∂n2/∂b · n2.grad = 2 × 1 = 2
    """
    into: list[list[int]] = [[] for _ in picture.boxes]
    for i, arrow in enumerate(picture.arrows):
        into[arrow.dst].append(i)
    tell = Teller(picture, into, box_names(picture))
    course = [
        Step("forward", box.id, -1, -1, False, tell.computed(box))
        for box in picture.boxes
        if box.kind != "rest"
    ]
    root = picture.boxes[picture.root]
    has = root.id if root.adjoint is not None else -1
    course.append(Step("backward", root.id, -1, has, True, tell.seed()))
    waiting = [len(arrows) for arrows in picture.out()]
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
