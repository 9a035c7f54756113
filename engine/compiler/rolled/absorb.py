"""Sums without their order: additions that only feed each other become one root.

A root is a sum of terms with signs, each of them a number or a product of two. A chain of
maxima becomes a root of terms too; these keep their order, since at a tie the table halves
a derivative link by link.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.code import Code
from dendrograd.compiler.passes import sources
from dendrograd.ops import add, dot, maximum, mul, sub
from dendrograd.ops import sum as total

__all__ = ["NONE", "Absorbed", "absorbed"]

Slots = NDArray[np.int64]
Flags = NDArray[np.bool_]
NONE = np.iinfo(np.int64).min  # the second factor of a term that is no product


class Absorbed(NamedTuple):
    """Steps, and which of them are left: by themselves, or as roots with terms.

    plain   the steps that stay as they are
    sums    the roots of sums; `maxima` those of maxima
    roots   of each term its root, ascending
    minus   whether it is subtracted
    left    its number, or its first factor, as an operand
    right   its second factor, or NONE
    kept    of each step, whether it is a reduction even if it has one term
    """

    plain: Slots
    sums: Slots
    maxima: Slots
    roots: Slots
    minus: Flags
    left: Slots
    right: Slots
    kept: Flags


class Edges:
    """The operands of all steps, one by one: whose they are, and what they stand for."""

    def __init__(self, code: Code) -> None:
        of = [code.codes == code.table.index(op) for op in (add, sub, total, dot)]
        self.additive = of[0] | of[1] | of[2] | of[3]
        self.maximal = code.codes == code.table.index(maximum)
        self.products = code.codes == code.table.index(mul)
        self.step = sources(code)
        self.at = np.arange(len(code.operands)) - code.starts[self.step]
        factors = (np.diff(code.starts) - 1) // 2 * of[3]
        self.left = self.at < factors[self.step]  # with the right one `factors` behind
        self.behind = factors[self.step]
        right = ~self.left & (self.at < 2 * self.behind)
        self.whole = self.additive[self.step] & ~self.left & ~right
        self.minus = of[1][self.step] & (self.at == 1)
        self.target = code.operands.astype(np.int64) - code.inputs  # of a step
        self.target[code.operands < code.inputs] = -1
        used = np.bincount(self.target[self.target >= 0], minlength=len(code.codes))
        used[code.outputs[code.outputs >= code.inputs] - code.inputs] += 2
        self.once = used == 1


def absorbed(code: Code) -> Absorbed:
    """Return the sums and maxima of code, and what is neither.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.program import record
    >>> code = from_program(record(lambda a, b, c: a * b + (c - a * c), 3))
    >>> found = absorbed(code)
    >>> found.left.tolist(), found.minus.tolist(), len(found.plain)
    ([2, 0, 0], [False, True, False], 0)
    """
    edges = Edges(code)
    inner = edges.target >= 0
    alone = inner & edges.once[edges.target]
    adding = alone & edges.whole & edges.additive[edges.target]
    linking = _first_of_each(
        alone & edges.maximal[edges.step] & edges.maximal[edges.target], edges.step
    )
    taken = np.flatnonzero(adding | linking)
    gone = np.zeros(len(code.codes), bool)
    gone[edges.target[taken]] = True
    top, minus, depth = _followed(edges, taken)
    product = alone & edges.whole & edges.products[edges.target]
    folded = np.zeros(len(code.codes), bool)
    folded[edges.target[product]] = True
    is_term = (edges.whole | edges.left | edges.maximal[edges.step]) & ~(
        adding | linking
    )
    terms = np.flatnonzero(is_term)
    step = edges.step[terms]
    order = np.lexsort((-depth[step] * edges.maximal[step], top[step]))
    terms, step = terms[order], step[order]
    left, right = _factors(code, edges, terms, product)
    found = Absorbed(
        np.flatnonzero(~(edges.additive | edges.maximal | folded)),
        np.flatnonzero(edges.additive & ~gone),
        np.flatnonzero(edges.maximal & ~gone),
        top[step],
        minus[step] ^ edges.minus[terms],
        left,
        right,
        np.zeros(len(code.codes), bool),
    )
    return _without_zeros(code, found)


def _first_of_each(flags: Flags, step: Slots) -> Flags:
    """Return the flags with only the first one of each step left."""
    at = np.flatnonzero(flags)
    found = np.zeros(len(flags), bool)
    found[at[np.diff(step[at], prepend=-1) > 0]] = True
    return found


def _followed(edges: Edges, taken: Slots) -> tuple[Slots, Flags, Slots]:
    """Return of each step its root, whether it is subtracted there, and how far it is.

    Each absorbed step points at the one that absorbs it; a pointer is doubled until all
    are at their roots, so a chain of n takes log n rounds.
    """
    steps = np.arange(len(edges.once))
    top, minus = steps.copy(), np.zeros(len(steps), bool)
    depth = np.zeros(len(steps), np.int64)
    left = edges.target[taken]
    top[left], minus[left], depth[left] = edges.step[taken], edges.minus[taken], 1
    while len(left):
        over = top[left]
        left, over = left[top[over] != over], over[top[over] != over]
        minus[left], depth[left] = minus[left] ^ minus[over], depth[left] + depth[over]
        top[left] = top[over]
    return top, minus, depth


def _factors(
    code: Code, edges: Edges, terms: Slots, product: Flags
) -> tuple[Slots, Slots]:
    """Return the first factor of each term, or its number, and the second or NONE."""
    left = code.operands[terms].astype(np.int64)
    right = np.full(len(terms), NONE)
    dots = edges.left[terms]
    right[dots] = code.operands[terms[dots] + edges.behind[terms[dots]]]
    folded = product[terms]
    starts = code.starts[edges.target[terms[folded]]]
    left[folded], right[folded] = code.operands[starts], code.operands[starts + 1]
    return left, right


def _without_zeros(code: Code, found: Absorbed) -> Absorbed:
    """Leave out the constants 0 of sums, unless one is all that a sum has."""
    sums = np.zeros(len(code.codes), bool)
    sums[found.sums] = True
    zero = (found.left < 0) & (found.right == NONE) & sums[found.roots]
    zero[zero] = code.constants[~found.left[zero]] == 0.0
    if not zero.any():
        return found
    kept = ~zero
    has = np.zeros(len(code.codes), bool)
    has[found.roots[kept]] = True
    kept |= ~has[found.roots] & np.r_[True, found.roots[1:] != found.roots[:-1]]
    return found._replace(
        roots=found.roots[kept],
        minus=found.minus[kept],
        left=found.left[kept],
        right=found.right[kept],
    )
