"""What a reader reads at each step of back-propagation, with the numbers left open.

A text is a row of words and of places of numbers, so that a page can put other numbers
there after a leaf was changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dendrograd.languages.python import has_operator
from dendrograd.op import Op
from dendrograd.viz.model.picture import Box, Picture
from dendrograd.viz.text import num

__all__ = ["Number", "Teller", "Words"]

SHOWN = 6  # operands that are written out
PRINTED = str.maketrans("*-", "×−")  # single signs, as arithmetic is printed
THEN = "   →   "


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text, by its place in the picture.

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
class Teller:
    """The words of one picture: `into` has the arrows into each box, by index."""

    picture: Picture
    into: Sequence[Sequence[int]]
    names: Sequence[str]

    def seed(self) -> Words:
        """Return how the sweep begins: L.grad = ∂L/∂L = 1."""
        root = self.picture.root
        whole = self.picture.boxes[root].adjoint is not None
        name = self.names[root] if whole else "root"
        return (f"{name}.grad = ∂{name}/∂{name} = 1",)

    def computed(self, box: Box) -> Words:
        """Return how a box is computed: d = a * b = 2 × −3 = −6."""
        name, result = self.names[box.id], Number("data", box.id)
        if box.kind == "leaf":
            return (name, " = ", result)
        if self._complete(box):
            named, valued = self._formulas(box)
            return (f"{name} = ", *named, " = ", *valued, " = ", result)
        sources = dict.fromkeys(self.picture.arrows[i].src for i in self.into[box.id])
        what = name if box.kind == "call" else box.operation
        drawn = [s for s in sources if self.picture.boxes[s].kind != "rest"]
        of = ", ".join(_few([self.names[s] for s in drawn]))
        made = f"{what}({of})" if of else what
        if len(drawn) < len(sources):  # a stub is no operand
            more = [self.picture.boxes[s].label for s in sources if s not in drawn]
            made = f"{what} of {' and '.join(filter(None, [of, *more]))}"
        if box.data is None:
            return (f"{made}: {box.outputs} outputs" if box.outputs > 1 else made,)
        return (made if what == name else f"{name} = {made}", " = ", result)

    def _complete(self, box: Box) -> bool:
        """Return whether each operand of a node is drawn, and few enough to be told."""
        operands = box.node.operands if box.node and box.kind == "op" else ()
        arrows = [self.picture.arrows[i] for i in self.into[box.id]]
        known = all(self.picture.boxes[arrow.src].data is not None for arrow in arrows)
        brought = sum(x is None for x in operands)
        return known and 0 < len(operands) <= SHOWN and brought == len(arrows)

    def _formulas(self, box: Box) -> tuple[Words, Words]:
        """Return the operation of a node on names, and on numbers."""
        assert box.node is not None
        assert box.node.op is not None
        op = box.node.op
        arrows = iter(self.into[box.id])
        guarded = op.infix and not has_operator(op)  # (−3) ** 2
        named: list[str | Number] = []
        valued: list[str | Number] = []
        for slot, plain in enumerate(box.node.operands):
            if plain is None:
                source = self.picture.arrows[next(arrows)].src
                named.append(self.names[source])
                valued.append(Number("data", source, guarded and slot == 0))
            else:
                named.append(num(plain))
                valued.append(num(plain))
        one = len(op.symbol) == 1
        sign = op.symbol.translate(PRINTED) if one else op.symbol
        return _formula(op, named, op.symbol), _formula(op, valued, sign)

    def handed(self, i: int, first: bool) -> Words:
        """Return what an arrow hands back: a.grad += ∂d/∂a · d.grad = −3 × 2 = −6."""
        arrow = self.picture.arrows[i]
        source, user = self.picture.boxes[arrow.src], self.picture.boxes[arrow.dst]
        name, of = self.names[source.id], self.names[user.id]
        one = source.adjoint is not None
        gets = f"{name}.grad += " if one else f"{name} gets "
        if arrow.local is None or user.adjoint is None:
            some = f"{user.outputs} outputs of " if user.outputs > 1 else ""
            giver = user.operation if user.kind == "rest" else some + of
            if not one:
                return (f"{gets}gradients of its outputs from {giver}",)
            words: Words = (gets, Number("term", i), f", from {giver}")
        else:
            rule = f"{gets}∂{of}/∂{name}{self._use(i)} · {of}.grad = "
            factors = (Number("local", i), " × ", Number("grad", user.id))
            words = (rule, *factors, " = ", Number("term", i))
        if first or not one:
            return words
        adds = (Number("before", i), " + ", Number("term", i), " = ")
        return (*words, THEN, *adds, Number("after", i))

    def _use(self, i: int) -> str:
        """Return which of the uses of a box by another an arrow is, "" if the only."""
        source, user = self.picture.arrows[i].src, self.picture.arrows[i].dst
        same = [k for k in self.into[user] if self.picture.arrows[k].src == source]
        return f" (use {same.index(i) + 1} of {len(same)})" if len(same) > 1 else ""


def _formula(op: Op, operands: Sequence[str | Number], symbol: str) -> Words:
    """Return an operation on some operands as it is written."""
    if op.infix:
        return (operands[0], f" {symbol} ", operands[1])
    if len(operands) == 1 and op.dunder and not op.symbol.isidentifier():
        (only,) = operands
        return (symbol, only if isinstance(only, str) else replace(only, guarded=True))
    inside: list[str | Number] = []
    for operand in operands:
        inside += [", ", operand] if inside else [operand]
    return (f"{symbol}(", *inside, ")")


def _few(names: Sequence[str]) -> Sequence[str]:
    """Return some names, and how many more there are."""
    if len(names) <= SHOWN:
        return names
    return (*names[: SHOWN - 2], f"… {len(names) - SHOWN + 2} more")
