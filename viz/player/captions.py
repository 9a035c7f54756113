"""What a reader reads at each step of back-propagation: a sentence with its arithmetic.

A text is a row of words and of places of numbers, so that a page can put other numbers
there after a leaf was changed. What depends on the size of a number, such as "lets 18%
through", is a place too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dendrograd.languages.python import has_operator
from dendrograd.op import Op
from dendrograd.viz.model.picture import Box, Picture
from dendrograd.viz.text import num

from .naming import box_names
from .slopes import Formula, Number, formula

__all__ = ["Teller", "Words"]

SHOWN = 6  # operands that are written out
PRINTED = str.maketrans("*-", "×−")  # single signs, as arithmetic is printed

Word = str | Number | Formula
Words = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Teller:
    """The words of one picture: `into` has the arrows into each box, by index.

    names  what each box is called
    """

    picture: Picture
    into: Sequence[Sequence[int]]
    names: Sequence[str]

    @classmethod
    def of(cls, picture: Picture) -> Teller:
        """Return the teller of a picture."""
        into: list[list[int]] = [[] for _ in picture.boxes]
        for i, arrow in enumerate(picture.arrows):
            into[arrow.dst].append(i)
        return cls(picture, into, box_names(picture))

    def seed(self) -> Words:
        """Return how the sweep begins, with d L / d L = 1."""
        root = self.picture.root
        whole = self.picture.boxes[root].adjoint is not None
        name = self.names[root] if whole else "the root"
        return (f"The way back begins at {name}: its gradient by itself is 1",)

    def computed(self, box: Box) -> Words:
        """Return how a box is computed: d is a * b: 2 × −3 = −6."""
        name, result = self.names[box.id], Number("data", box.id)
        if box.kind == "leaf":
            return (f"{name} is given: ", result)
        if self._complete(box):
            named, valued = self._formulas(box)
            return (f"{name} is ", *named, ": ", *valued, " = ", result)
        if box.kind == "call" and box.parameters == box.nodes:
            return (f"{name} is given: {box.nodes:,} leaves",)
        of = self._sources(box)
        if box.kind != "call":
            made = f"made from {of} by {box.operation}" if of else box.operation
            return (f"{name} is {made}: ", result)
        title = box.label.partition(" → ")[0] if box.node else name
        does = f"{title} turns {of} into " if of else f"{title} gives "
        if box.data is None:
            return (f"{does}{box.outputs} outputs",)
        return (f"{does}{name} = " if name != title else does, result)

    def _sources(self, box: Box) -> str:
        """Return what a box is computed from, and how much of it is not drawn."""
        sources = dict.fromkeys(self.picture.arrows[i].src for i in self.into[box.id])
        drawn = [s for s in sources if self.picture.boxes[s].kind != "rest"]
        of = ", ".join(_few([self._called(s) for s in drawn]))
        more = [self.picture.boxes[s].label for s in sources if s not in drawn]
        return " and ".join(filter(None, [of, *more]))  # a stub is no operand

    def _called(self, box: int) -> str:
        """Return what a box is called as the source of another: c1, h1 of cell."""
        outputs, name = self.picture.boxes[box].outputs, self.names[box]
        title, _, results = name.partition(" → ")
        if results:
            return f"{results} of {title}"
        made = self.picture.boxes[box].nodes > self.picture.boxes[box].parameters
        return f"the {outputs} outputs of {name}" if outputs > 1 and made else name

    def _complete(self, box: Box) -> bool:
        """Return whether each operand of a node is drawn, and few enough to be told."""
        operands = box.node.operands if box.node and box.kind == "op" else ()
        return 0 < len(operands) <= SHOWN and bool(self._operands(box))

    def _operands(self, box: Box) -> list[int | str]:
        """Return the box of each operand of a node, or its number as text.

        There are none where not every operand is drawn as one number.
        """
        operands = box.node.operands if box.node and box.kind == "op" else ()
        sources = [self.picture.arrows[i].src for i in self.into[box.id]]
        known = all(self.picture.boxes[s].data is not None for s in sources)
        if not known or sum(x is None for x in operands) != len(sources):
            return []
        left = iter(sources)
        return [next(left) if x is None else num(x) for x in operands]

    def _formulas(self, box: Box) -> tuple[Words, Words]:
        """Return the operation of a node on names, and on numbers."""
        assert box.node is not None
        assert box.node.op is not None
        op = box.node.op
        guarded = op.infix and not has_operator(op)  # (−3) ** 2
        operands = self._operands(box)
        named = [x if isinstance(x, str) else self.names[x] for x in operands]
        valued = [
            x if isinstance(x, str) else Number("data", x, guarded and slot == 0)
            for slot, x in enumerate(operands)
        ]
        one = len(op.symbol) == 1
        sign = op.symbol.translate(PRINTED) if one else op.symbol
        return _formula(op, named, op.symbol), _formula(op, valued, sign)

    def returned(self, box: Box) -> Words:
        """Return what a call hands back to all that it is computed from."""
        name = self.names[box.id]
        begins: Words = (f"{name} hands its gradients back: ",)
        if box.adjoint is not None:
            begins = (f"The gradient of {name}, ", Number("grad", box.id))
            begins = (*begins, ", goes back through it: ")
        arrows = self.into[box.id]
        parts: list[Word] = []
        for k, i in enumerate(arrows[:SHOWN]):
            source = self.picture.boxes[self.picture.arrows[i].src]
            parts += [", "] if k else []
            if source.adjoint is None:
                parts += [f"{self._called(source.id)} get theirs"]
            else:
                parts += [f"{self.names[source.id]} gets ", Number("term", i)]
        more = len(arrows) - SHOWN
        return (*begins, *parts, f", and {more} more get theirs" if more > 0 else "")

    def handed(self, i: int, first: bool, uses: int) -> Words:
        """Return what an arrow hands back, and what it is added to.

        `uses` is how many such parts its source gets in all.
        """
        source = self.picture.boxes[self.picture.arrows[i].src]
        words = self._part(i)
        if first or source.adjoint is None:
            return words
        name = self.names[source.id]
        often, parts = ("twice", "both") if uses == 2 else (f"{uses} times", "its")
        adds = (Number("before", i), " + ", Number("term", i), " = ")
        told = f". {name} is used {often}, so {parts} parts are added: "
        return (*words, told, *adds, Number("after", i))

    def _part(self, i: int) -> Words:
        """Return what an arrow hands back, in words: its part of a gradient."""
        arrow = self.picture.arrows[i]
        source, user = self.picture.boxes[arrow.src], self.picture.boxes[arrow.dst]
        name, of = self.names[source.id], self.names[user.id]
        if source.adjoint is None:
            giver = user.operation if user.kind == "rest" else of
            return (f"{giver} hands {self._called(source.id)} their gradients",)
        if user.kind == "rest":
            return (f"{name} gets ", Number("term", i), f" from {user.operation}")
        if arrow.local is None or user.adjoint is None:
            some = f"the {user.outputs} outputs of " if user.outputs > 1 else ""
            return (f"{name} gets ", Number("term", i), f" through {some}{of}")
        told, way = self._slope(i, source, user)
        begins = (*told, ". T") if told else ("T",)
        gradient = (f"he gradient of {of}, ", Number("grad", user.id), ", ")
        product = (Number("grad", user.id), " × ", Number("local", i))
        return (*begins, *gradient, *way, ": ", *product, " = ", Number("term", i))

    def _slope(self, i: int, source: Box, user: Box) -> tuple[Words, Words]:
        """Return how a local derivative comes about, and what the gradient does then."""
        name, local = self.names[source.id], Number("local", i)
        that: Words = (f"times that goes to {name}",)
        if user.kind == "sum":
            return (), (f"goes to {name} ", Number("carried", i))
        op, operands = user.node.op if user.node else None, self._operands(user)
        if user.kind == "call" or not operands or op is None:
            told = f"{self.names[user.id]} changes "
            return (told, local, f" times as fast as {name}"), that
        assert user.node is not None
        slot = self._slot(i, user)
        rule = formula(op, user.node.operands, slot)
        if rule is None:
            where = (
                ()
                if source.data is None
                else (f" at {name} = ", Number("data", source.id))
            )
            return (f"{op.symbol} ", Number("passed", i), *where), that
        if rule.constant:
            unit = rule.constant in ("1", "−1")
            one: Words = (f"goes to {name} ", Number("carried", i))
            return (), one if unit else (f"times {rule.constant} goes to {name}",)
        places = [user.id, *operands]
        if rule.only is not None:
            return (), ("times ", *self._valued(places[rule.only]), f" goes to {name}")
        numbers = [x if isinstance(x, str) else Number("data", x) for x in places]
        made = (
            "".join(str(word) for word in self._formulas(user)[0])
            if op.infix
            else op.symbol
        )
        return (f"{made} ", Number("passed", i), rule.at(i, numbers)), that

    def _slot(self, i: int, user: Box) -> int:
        """Return which operand of a node an arrow brings."""
        assert user.node is not None
        brought = [k for k, x in enumerate(user.node.operands) if x is None]
        return brought[list(self.into[user.id]).index(i)]

    def _valued(self, x: int | str) -> Words:
        """Return a box with its number, b = 3, or a number."""
        return (
            (x,) if isinstance(x, str) else (f"{self.names[x]} = ", Number("data", x))
        )


def _formula(op: Op, operands: Sequence[Word], symbol: str) -> Words:
    """Return an operation on some operands as it is written."""
    if op.infix:
        return (operands[0], f" {symbol} ", operands[1])
    if len(operands) == 1 and op.dunder and not op.symbol.isidentifier():
        (only,) = operands
        return (
            symbol,
            replace(only, guarded=True) if isinstance(only, Number) else only,
        )
    inside: list[Word] = []
    for operand in operands:
        inside += [", ", operand] if inside else [operand]
    return (f"{symbol}(", *inside, ")")


def _few(names: Sequence[str]) -> Sequence[str]:
    """Return some names, and how many more there are."""
    if len(names) <= SHOWN:
        return names
    return (*names[: SHOWN - 2], f"… {len(names) - SHOWN + 2} more")
