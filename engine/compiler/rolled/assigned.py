"""Which class computes each scalar of a program, those that a sum took in included.

What has a node of its own is of that node's class. A product that is a term of a sum is of
the class in which the sum adds its products. An addition inside of a sum adds terms of
some classes: of the one that it adds another term to, or of the link that adds their sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from dendrograd.compiler.code import Code, program
from dendrograd.ops import dot, mul

from .colours import CONSTANT, INPUT, LARGEST, PRODUCTS, STEP, TOTAL, Colouring

__all__ = ["NONE", "Assigned"]

Classes = frozenset[int]
NONE = -1
SUMS = PRODUCTS, TOTAL, LARGEST


class Assigned:
    """Slots of which some have no class yet, since a sum took them in.

    own    the class of each slot, NONE where it has none so far
    steps  of each slot its operation and the places of its operands
    zeros  the places of the constant 0, which sums leave out
    tops   for each slot without a class of its own the sum which took it in
    mixed  the sums in which an addition adds more than the terms of its class
    links  of each class what it was made of: its kind, its operation, the classes it reads
    """

    def __init__(self, found: Colouring, code: Code, own: list[int]) -> None:
        self.own = own
        self.mixed: set[int] = set()
        self.tops: dict[int, int] = {}
        self.steps = {slot: (op, at) for slot, op, at in program(code).steps()}
        self.zeros = {~i for i, x in enumerate(code.constants.tolist()) if x == 0.0}
        self.kinds, self.known = found.kinds, found.known
        self.links = {number: key for key, number in found.known.items()}
        constants = found.constants
        self.constant = int(found.colour[constants[0]]) if len(constants) else NONE
        self.term, self.link = cache(self._term), cache(self._link)

    def fill(self) -> None:
        """Find the class of each slot."""
        tops = self.tops = self._tops()
        terms = {slot: self._terms(slot, tops) for slot in {*tops, *tops.values()}}
        whole: dict[int, Counter[int]] = {}  # how many terms of each class a sum has
        for slot, some in terms.items():
            whole.setdefault(tops.get(slot, slot), Counter()).update(some)
        below: dict[int, Counter[int]] = {}  # how many are added up in a slot
        for slot in sorted(tops):
            mine = below[slot] = Counter(terms[slot])
            inner = [place for place in self.steps[slot][1] if place in below]
            for place in inner:
                mine.update(below.pop(place))  # nothing else reads it
            home = self._home(tops[slot], mine, whole[tops[slot]], inner)
            if self.kinds[home].kind in SUMS and {*mine} != {home}:
                self.mixed.add(tops[slot])
            self.own[slot] = home

    def bin(self, top: int, place: int) -> int:
        """Return the class in which a sum adds a term."""
        if place in self.tops:  # a product
            return self.own[place]
        return self.term(self.own[top], self._single(self._class(place)))

    def _home(
        self, top: int, mine: Counter[int], whole: Counter[int], inner: Sequence[int]
    ) -> int:
        """Return the class of an addition inside of a sum that has added some terms so far.

        Where it has all terms of these classes, it is the link that adds their sums. Else
        it adds further terms to the last of them.
        """
        reads = max([*mine, *[self.own[place] for place in inner]], default=NONE)
        sums = [x for x in mine if self.kinds[x].kind in SUMS]
        part = any(mine[x] < whole[x] for x in mine)
        if part and sums and max(sums) >= reads:
            return max(sums)
        return max(reads, self.link(self.own[top], frozenset(mine)))

    def _tops(self) -> dict[int, int]:
        """Return for each slot without a class the sum which took it in."""
        own, users = self.own, dict[int, int]()  # each has one
        for slot, (_, places) in self.steps.items():
            users |= {p: slot for p in places if p >= 0 and own[p] == NONE}
        tops: dict[int, int] = {}
        for slot in sorted(users, reverse=True):
            tops[slot] = tops.get(users[slot], users[slot])
        return tops

    def _terms(self, slot: int, tops: dict[int, int]) -> list[int]:
        """Return the classes of the terms that a step adds; a product is one itself."""
        op, places = self.steps[slot]
        top = self.own[tops.get(slot, slot)]
        if op is mul and slot in tops:
            return [self.term(top, self._product(*map(self._class, places)))]
        half = (len(places) - 1) // 2 if op is dot else 0
        pairs = zip(places[:half], places[half : 2 * half], strict=True)
        found = [self._product(self._class(a), self._class(b)) for a, b in pairs]
        singles = [
            p for p in places[2 * half :] if p not in tops and p not in self.zeros
        ]
        found += [self._single(self._class(place)) for place in singles]
        return [self.term(top, some) for some in found]

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
            first, last = self.below(at)
            if first == NONE:
                return top
            at = last if last in some else first
        return at

    def _link(self, top: int, some: Classes) -> int:
        """Return the first link of a sum that has all of some classes among its terms."""
        at = top
        while True:
            first, last = self.below(at)
            if at in some or first == NONE:
                return at
            if last in some:
                return last if len(some) == 1 and not self._is_given(last) else at
            if first in some and self._is_given(first):
                return at
            at = first

    def _is_given(self, number: int) -> bool:
        return self.kinds[number].kind in (INPUT, CONSTANT)

    def below(self, at: int) -> tuple[int, int]:
        """Return the classes that a link adds: that of the links before it, and of a term."""
        kind, _, *below = self.links.get(at, (INPUT, None))
        if kind != STEP or not below:
            return NONE, NONE
        return below[0], below[1] if len(below) > 1 else NONE
