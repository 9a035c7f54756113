"""Sums, maxima and products of one term, where steps that are alike have several.

A causal attention weighs one position in its first row and sixteen in its last. The first
row is spelled without a maximum and without a sum, so its steps would have colours, and so
statements, of their own, and so would everything that hangs on them. Here such steps read a
reduction of one term, and so have the colour of the others. No number changes by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.code import Code
from dendrograd.ops import add, mul, sub

from .absorb import NONE, Absorbed
from .colours import LARGEST, PRODUCTS, STEP, TOTAL, Colouring
from .factor import factored, rectangle

__all__ = ["with_singles"]

Slots = NDArray[np.int64]
SHARE = 3  # reductions there must be for each one of a single term that is made


def with_singles(
    made: Colouring, code: Code, sums: Absorbed
) -> tuple[Code, Absorbed] | None:
    """Return code with reductions of one term where that makes colours equal, or None.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.program import record
    >>> from dendrograd.compiler.rolled.levels import coloured
    >>> from dendrograd.ops import sum as total
    >>> parts = lambda *x: [a / total(*x[:n]) for n in range(1, 9) for a in x[:n]]
    >>> found = coloured(from_program(record(parts, 8)), [False] * 8, [True] * 8)
    >>> [(sum(len(part.nodes) for part in one)) for one in found.members]  # x, sums, parts
    [8, 36, 36]
    """
    edits = Edits(made, code, sums)
    for block, (place, reduction) in _lifts(made).items():
        kind, op = made.kinds[reduction].kind, made.kinds[block].op
        if kind == PRODUCTS:
            edits.make_products(block, reduction)
        elif op in (add, sub):
            edits.reduce_terms(block, kind, place, op is sub and place == 1)
        else:
            edits.reduce_operands(block, kind, place)
    return edits.result()


def _lifts(made: Colouring) -> dict[int, tuple[int, int]]:
    """Return classes, each with a place, and the reduction that many others have there.

    Of products the place is -1: what others have is their sum. Classes that become equal by
    what was found so far are one, so what hangs on them is found too.
    """
    keys = {block: key for key, block in made.known.items()}
    same = list(range(len(made.kinds)))
    found: dict[int, tuple[int, int]] = {}
    while True:
        before = [*same], len(found)
        known: dict[Any, int] = {}
        for block in keys:
            same[block] = known.setdefault(
                _spelled(made, keys, block, same, found), block
            )
        for block, key in keys.items():
            if key[0] == STEP and block not in found:
                spelled = _spelled(made, keys, block, same, found)
                arity = made.members[block][0].rows.shape[1]
                for place, reduction in _reductions(spelled, arity, known):
                    if _few(made, block, reduction):
                        found[block] = place, reduction
        if before == (same, len(found)):
            return found


def _spelled(
    made: Colouring, keys: Any, block: int, same: list[int], found: Any
) -> tuple[Any, ...]:
    """Return what makes nodes of a class alike, by classes that are one for several."""
    kind, op, *colours = keys[block]
    arity = made.members[block][0].rows.shape[1]
    colours[:arity] = [same[colour] for colour in colours[:arity]]
    place, reduction = found.get(block, (None, None))
    if place == -1:
        return PRODUCTS, None, *colours
    if place is not None:
        colours[place] = same[reduction]
    return kind, op, *(sorted(colours) if op is add else colours)


def _reductions(
    spelled: tuple[Any, ...], arity: int, known: Any
) -> Iterator[tuple[int, int]]:
    """Yield places where a step might read a reduction as another does, and that."""
    _, op, *colours = spelled
    if op is mul and (PRODUCTS, None, *colours) in known:
        yield -1, known[PRODUCTS, None, *colours]
    for place, colour in enumerate(colours[:arity]):
        for kind in (TOTAL, LARGEST):
            reduction = known.get((kind, None, colour))
            other = [*colours[:place], reduction, *colours[place + 1 :]]
            if reduction is not None and (
                (STEP, op, *(sorted(other) if op is add else other)) in known
            ):
                yield place, reduction


def _few(made: Colouring, block: int, reduction: int) -> bool:
    sizes = [
        sum(len(part.nodes) for part in made.members[i]) for i in (block, reduction)
    ]
    return SHARE * sizes[0] <= sizes[1]


class Edits:
    """What is changed in code and its sums, class by class of a colouring."""

    def __init__(self, made: Colouring, code: Code, sums: Absorbed) -> None:
        self.made, self.code, self.sums = made, code, sums
        places = made.places[code.inputs :]
        self.colour = np.where(places >= 0, made.colour[places], -1)  # of each step
        self.is_plain = np.zeros(len(code.codes), bool)
        self.is_plain[sums.plain] = True
        self.starts = np.searchsorted(sums.roots, np.arange(len(code.codes) + 1))
        self.operands, self.left = code.operands.copy(), sums.left.copy()
        self.kept = sums.kept.copy()
        self.added: list[tuple[int, Slots]] = []  # kind of reduction, its terms
        self.roots: list[Slots] = []  # steps that become sums of one product
        self.slots, self.changed = code.slots, False

    def _reduced(self, kind: int, operands: NDArray[Any]) -> Slots:
        """Return slots of reductions of one term each, one for each different operand."""
        terms, which = np.unique(operands, return_inverse=True)
        self.added.append((kind, terms))
        self.slots += len(terms)
        slots: Slots = self.slots - len(terms) + which
        return slots

    def reduce_operands(self, block: int, kind: int, place: int) -> None:
        """Let the steps of a class read reductions at a place."""
        steps = np.flatnonzero((self.colour == block) & self.is_plain)
        at = self.code.starts[steps] + place
        self.operands[at] = self._reduced(kind, self.operands[at])

    def reduce_terms(self, block: int, kind: int, place: int, minus: bool) -> None:
        """Let sums and differences of two terms read reductions at a place."""
        made, sums = self.made, self.sums
        colour = made.colour[made.members[block][0].rows[0, place]]
        roots = np.flatnonzero((self.colour == block) & ~self.is_plain)
        roots = roots[self.starts[roots + 1] - self.starts[roots] == 2]
        terms = (self.starts[roots][:, None] + [0, 1]).ravel()
        mine = (sums.right[terms] == NONE) & (sums.minus[terms] == minus)
        terms = terms[mine]
        terms = terms[made.colour[made.node(sums.left[terms])] == colour]
        self.left[terms] = self._reduced(kind, self.left[terms])

    def make_products(self, block: int, reduction: int) -> None:
        """Let products of a class be sums of one product, if that is a matrix product."""
        if not self._factors(block, reduction):
            return
        steps = np.flatnonzero(self.colour == block)
        roots = steps[~self.is_plain[steps]]
        roots = roots[self.starts[roots + 1] - self.starts[roots] == 1]
        self.roots.append(steps[self.is_plain[steps]])
        self.kept[roots] = True
        self.changed |= len(steps) > 0

    def _factors(self, block: int, reduction: int) -> bool:
        """Return whether sums of products, and single ones, are those of matrices."""
        parts = self.made.members[reduction]
        counts = np.concatenate([part.counts for part in parts])
        rows = np.concatenate([part.rows for part in parts])
        single = np.concatenate([part.rows for part in self.made.members[block]])
        counts = np.concatenate([counts, np.ones(len(single), np.int64)])
        rows = np.concatenate([rows, single])
        found = factored(*[rectangle(part, counts) for part in rows.T])
        return bool(found.left.shape[1] * found.right.shape[1] > 1)

    def result(self) -> tuple[Code, Absorbed] | None:
        """Return the code and its sums, None if nothing was changed."""
        terms = [part for _, part in self.added]
        if not self.changed and not any(map(len, terms)):
            return None
        code, sums = self.code, self.sums
        count = len(code.codes)
        new = np.concatenate([np.zeros(0, np.int64), *terms])
        kinds = np.repeat([kind for kind, _ in self.added], list(map(len, terms)))
        steps = count + np.arange(len(new))
        products = np.concatenate([np.zeros(0, np.int64), *self.roots])
        factors: Any = self.operands[code.starts[products][:, None] + [0, 1]]
        roots = np.concatenate([sums.roots, products, steps])
        order = np.argsort(roots, kind="stable")
        none = np.full(len(new), NONE)
        self.is_plain[products], self.kept[products] = False, True
        return code._replace(
            codes=np.concatenate([code.codes, np.zeros(len(new), np.int32)]),
            starts=np.concatenate([code.starts, code.starts[-1] + 1 + steps - count]),
            operands=np.concatenate([self.operands, new]).astype(np.int32),
        ), Absorbed(
            np.flatnonzero(self.is_plain),
            np.concatenate([sums.sums, products, steps[kinds == TOTAL]]),
            np.concatenate([sums.maxima, steps[kinds == LARGEST]]),
            roots[order],
            np.concatenate([sums.minus, np.zeros(len(products) + len(new), bool)])[
                order
            ],
            np.concatenate([self.left, factors[:, 0], new])[order],
            np.concatenate([sums.right, factors[:, 1], none])[order],
            np.concatenate([self.kept, np.ones(len(new), bool)]),
        )
