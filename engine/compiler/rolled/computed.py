"""Which class computes each scalar of a program, those that a sum took in included.

What has a node of its own is of that node's class. A product that is a term of a sum is of
the class in which the sum adds its products. An addition inside of a sum adds terms of
some classes, and is of the first link of the sum that has all of these.
"""

from __future__ import annotations

from functools import cache

from dendrograd.compiler.code import Code, program
from dendrograd.ops import dot, mul
from dendrograd.program import Places

from .colours import CONSTANT, INPUT, LARGEST, PRODUCTS, STEP, TOTAL, Colouring

__all__ = ["computed"]

Classes = frozenset[int]
NONE = -1


def computed(found: Colouring, code: Code) -> list[int]:
    """Return of each slot of code the class that it is computed in; `found` are its classes.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.compiler.rolled.levels import coloured
    >>> from dendrograd.program import record
    >>> code = from_program(record(lambda a, b, x, y, c: (a * x + b * y + c).tanh(), 5))
    >>> found = coloured(code, [False] * 5, [True] * 5)
    >>> computed(found, code)[5:]  # two products and their sum, the addition of c, tanh
    [1, 1, 1, 2, 3]
    """
    colour = found.colour.tolist()
    places = found.places[: code.slots].tolist()
    own = [colour[place] if place >= 0 else NONE for place in places]
    if NONE in own:
        Computed(found, code, own).fill()
    return own


class Computed:
    """Slots of which some have no class yet, since a sum took them in.

    own    the class of each slot, NONE where it has none so far
    links  of each class what it was made of: its kind, its operation, the classes it reads
    """

    def __init__(self, found: Colouring, code: Code, own: list[int]) -> None:
        self.own, self.program = own, program(code)
        self.kinds, self.known = found.kinds, found.known
        self.links = {number: key for key, number in found.known.items()}
        constants = found.constants
        self.constant = int(found.colour[constants[0]]) if len(constants) else NONE
        self.term, self.link = cache(self._term), cache(self._link)

    def fill(self) -> None:
        """Find the class of each slot."""
        tops = self._tops()
        parts: dict[int, Classes] = {}  # of each slot that was taken in, its terms'
        for slot, op, places in self.program.steps():
            if slot in tops:
                top = tops[slot]
                mine = [
                    self.term(top, some) for some in self._wanted(op, places, parts)
                ]
                inner = [parts[place] for place in places if place in parts]
                parts[slot] = frozenset(mine).union(*inner * (op is not mul))
                self.own[slot] = self.link(top, parts[slot])

    def _tops(self) -> dict[int, int]:
        """Return for each slot without a class that of the sum which took it in."""
        own, users = self.own, dict[int, int]()  # each has one
        for slot, _, places in self.program.steps():
            users |= {
                place: slot for place in places if place >= 0 and own[place] == NONE
            }
        tops: dict[int, int] = {}
        for slot in sorted(users, reverse=True):
            user = users[slot]
            tops[slot] = tops[user] if own[user] == NONE else own[user]
        return tops

    def _wanted(
        self, op: object, places: Places, parts: dict[int, Classes]
    ) -> list[Classes]:
        """Return for each term of a step the classes that it may be added in, or be."""
        if op is mul:
            return [self._product(*map(self._class, places))]
        half = (len(places) - 1) // 2 if op is dot else 0
        pairs = zip(places[:half], places[half : 2 * half], strict=True)
        found = [self._product(self._class(a), self._class(b)) for a, b in pairs]
        singles = [place for place in places[2 * half :] if place not in parts]
        return found + [self._single(self._class(place)) for place in singles]

    def _class(self, place: int) -> int:
        return self.own[place] if place >= 0 else self.constant

    def _product(self, a: int, b: int) -> Classes:
        kinds = (PRODUCTS, None), (STEP, mul)
        keys = [(*kind, *pair) for kind in kinds for pair in ((a, b), (b, a))]
        return frozenset([self.known[key] for key in keys if key in self.known])

    def _single(self, a: int) -> Classes:
        keys = [(kind, None, a) for kind in (TOTAL, LARGEST)]
        return frozenset([a, *[self.known[key] for key in keys if key in self.known]])

    def _term(self, top: int, some: Classes) -> int:
        """Return the one of some classes that a sum, link by link, is added up from."""
        at = top
        while at not in some:
            first, last = self._below(at)
            if first == NONE:
                return top
            at = last if last in some else first
        return at

    def _link(self, top: int, some: Classes) -> int:
        """Return the first link of a sum that has all of some classes among its terms."""
        at = top
        while at not in some:
            first, last = self._below(at)
            if first == NONE:
                return top
            if last in some:
                alone = len(some) == 1 and self.kinds[last].kind not in (
                    INPUT,
                    CONSTANT,
                )
                return last if alone else at
            if first in some and self.kinds[first].kind in (INPUT, CONSTANT):
                return at
            at = first
        return at

    def _below(self, at: int) -> tuple[int, int]:
        """Return the classes that a link adds: that of the links before it, and of a term."""
        kind, _, *below = self.links.get(at, (INPUT, None))
        if kind != STEP or not below:
            return NONE, NONE
        return below[0], below[1] if len(below) > 1 else NONE
