"""Back-propagation as a list of steps: what is computed, in which order, and in words.

Forward, each box is computed from its operands. Then the root's gradient is set to 1,
and backward each arrow adds one term to the gradient of the box that it comes from, in
the order of the engine's own sweep. A player shows the steps; nothing here draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dendrograd.op import Op
from dendrograd.printing import has_operator

from .picture import Arrow, Box, Picture
from .text import columns, num

__all__ = ["Number", "Step", "Steps", "Words", "steps", "with_names"]

SHOWN = 6  # operands that are written out
SIGNS = {"*": "×", "-": "−"}  # as arithmetic is printed, not programmed


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text, by its place in the picture, so that it can change there.

    kind     "data" or "grad" of a box; "local" or "term" of an arrow, which is what it
             contributes; "before" and "after" are the gradient that an arrow adds to
    of       the id of the box, or the index of the arrow
    guarded  whether it stands in parentheses if it is negative
    """

    kind: str
    of: int
    guarded: bool = False


Words = tuple[str | Number, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    phase  "forward" or "backward"
    box    what is computed; backward, whose gradient is handed on, or the root
    arrow  the index of the arrow that hands it on, -1 for none
    gains  the box whose gradient grows or is set, -1 for none
    last   whether that gradient is complete now
    words  what a reader is told
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
        """Return what a reader is told at a step."""
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
        found: dict[int, float] = {}
        for step in self.steps[: at + 1]:
            if step.gains >= 0:
                found[step.gains] = self.total(step)
        return found

    def widest(self) -> dict[int, int]:
        """Return for each box how many columns its gradient needs in the course."""
        found: dict[int, int] = {}
        for step in self.steps:
            if step.arrow >= 0 and step.gains >= 0:
                width = columns(f"grad {num(self.total(step))}")
                found[step.gains] = max(width, found.get(step.gains, 0))
        return found


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
    found = [
        Step("forward", box.id, -1, -1, False, _computed(picture, box, into[box.id]))
        for box in picture.boxes
        if box.kind != "rest"
    ]
    root = picture.boxes[picture.root]
    name = root.name if root.adjoint is not None else "root"
    seed: Words = (f"{name}.grad = ∂{name}/∂{name} = 1",)
    has = root.id if root.adjoint is not None else -1
    found.append(Step("backward", root.id, -1, has, True, seed))
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
            words = _handed(picture, i, arrow, _place(picture, into[box.id], i))
            if not first and gains >= 0:
                words += ("   →   ", Number("before", i), " + ", Number("term", i))
                words += (" = ", Number("after", i))
            found.append(Step("backward", box.id, i, gains, last, words))
    return Steps(picture, tuple(found), tuple(before), tuple(after))


def _computed(picture: Picture, box: Box, into: Sequence[int]) -> Words:
    """Return how a box is computed: d = a * b = 2 × −3 = −6."""
    arrows = [picture.arrows[i] for i in into]
    result: Words = (" = ", Number("data", box.id))
    if box.kind == "leaf":
        return (box.name, *result)
    if box.kind == "op" and box.node and box.node.op and _complete(picture, box, into):
        op, plain = box.node.op, box.node.operands
        slots = iter(arrows)
        sources = [None if x is not None else next(slots).src for x in plain]
        shown = [num(x) if x is not None else "" for x in plain]
        names = [
            t if s is None else picture.boxes[s].name
            for s, t in zip(sources, shown, strict=True)
        ]
        guard = not has_operator(op)  # (−3) ** 2
        numbers = [
            t if s is None else Number("data", s, guard and op.infix and k == 0)
            for k, (s, t) in enumerate(zip(sources, shown, strict=True))
        ]
        return (
            f"{box.name} = ",
            *_formula(op, names, op.symbol),
            " = ",
            *_formula(op, numbers, SIGNS.get(op.symbol, op.symbol)),
            *result,
        )
    sources = list(dict.fromkeys(arrow.src for arrow in arrows))
    names = [picture.boxes[s].name for s in sources if s is not None]
    what = box.operation if box.kind in ("op", "sum") else box.name
    of = f"{what}({', '.join(_few(names))})" if names else what
    if box.data is None:
        return (f"{of}: {box.outputs} outputs" if box.outputs > 1 else of,)
    return (of if what == box.name else f"{box.name} = {of}", *result)


def _complete(picture: Picture, box: Box, into: Sequence[int]) -> bool:
    """Return whether each operand of a node is known, and few enough to be written."""
    operands = box.node.operands if box.node else ()
    known = all(
        picture.boxes[picture.arrows[i].src].data is not None for i in into
    )
    brought = sum(x is None for x in operands)
    return known and brought == len(into) and len(operands) <= SHOWN


def _formula(op: Op, operands: Sequence[str | Number], symbol: str) -> Words:
    """Return an operation on some operands as it is written."""
    if op.infix:
        return (operands[0], f" {symbol} ", operands[1])
    if len(operands) == 1 and op.dunder and not op.symbol.isidentifier():
        (only,) = operands
        guarded = only if isinstance(only, str) else replace(only, guarded=True)
        return (symbol, guarded)
    inside: list[str | Number] = []
    for operand in operands:
        inside += [", ", operand] if inside else [operand]
    return (f"{symbol}(", *inside, ")")


def _few(names: Sequence[str]) -> Iterable[str]:
    """Return some names, and how many more there are."""
    if len(names) <= SHOWN:
        return names
    return (*names[: SHOWN - 2], f"… {len(names) - SHOWN + 2} more")


def _place(picture: Picture, into: Sequence[int], i: int) -> str:
    """Return which operand an arrow is where several come from one box; "" if not."""
    source = picture.arrows[i].src
    same = [k for k in into if picture.arrows[k].src == source]
    return f" (use {same.index(i) + 1} of {len(same)})" if len(same) > 1 else ""


def _handed(picture: Picture, i: int, arrow: Arrow, place: str) -> Words:
    """Return what an arrow hands back: a.grad += ∂d/∂a · d.grad = −3 × 2 = −6."""
    source, user = picture.boxes[arrow.src], picture.boxes[arrow.dst]
    gets = f"{source.name}.grad += " if source.adjoint is not None else ""
    gets = gets or f"{source.name} gets "
    term = Number("term", i)
    if arrow.local is None or user.adjoint is None:
        some = f"{user.outputs} outputs of " if user.outputs > 1 else ""
        giver = user.operation if user.kind == "rest" else f"{some}{user.name}"
        if source.adjoint is None:
            return (f"{source.name} gets gradients of its outputs from {giver}",)
        return (gets, term, f", from {giver}")
    rule = f"∂{user.name}/∂{source.name}{place} · {user.name}.grad = "
    factors = (Number("local", i), " × ", Number("grad", user.id))
    return (f"{gets}{rule}", *factors, " = ", term)
