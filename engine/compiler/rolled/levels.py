"""Level by level: the steps of a program get their colours once their operands have them.

A level is all steps whose operands are there. Those of one operation are coloured at once,
and so are all sums: their terms are sorted by sign and colour, those of one colour are
added up in one class, and what these come to is added link by link.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dendrograd.compiler.code import HOLD, Code
from dendrograd.ops import OPS

from .absorb import NONE, Absorbed, absorbed
from .colours import LARGEST, PRODUCTS, STEP, TOTAL, Colouring, Nodes, parts
from .normal import normal, ranges
from .singles import with_singles

__all__ = ["NotAlike", "coloured"]

ADD, SUB, MUL, NEG = OPS["add"], OPS["sub"], OPS["mul"], OPS["neg"]
ROUNDS = 4  # of making reductions of one term
MAX_LEVELS, MOST, FREE = 200, 0.3, 100  # levels; classes of nodes seen, past so many


class NotAlike(Exception):
    """The program has too little repeated structure to be worth arrays."""


def coloured(code: Code, varies: Any, active: Any) -> Colouring:
    """Return the classes of code, of whose inputs some vary or are differentiated.

    Raises NotAlike where there would be nearly as many classes as nodes.

    >>> from dendrograd.compiler.code import from_program
    >>> from dendrograd.program import record
    >>> code = from_program(record(lambda a, b, c, d: [(a * b).tanh(), (c * d).tanh()], 4))
    >>> found = coloured(code, [False] * 4, [True] * 4)
    >>> [(len(one[0].nodes), kind.op) for one, kind in zip(found.members, found.kinds)]
    [(4, None), (2, <op mul>), (2, <op tanh>)]
    """
    code = normal(code)
    sums = absorbed(code)
    made = _coloured(code, sums, varies, active)
    rounds = 0  # one is enough as a rule, and none changes a number
    while rounds < ROUNDS and (more := with_singles(made, code, sums)) is not None:
        code, sums = more
        made = _coloured(code, sums, varies, active)
        rounds += 1
    return made


def _coloured(code: Code, sums: Absorbed, varies: Any, active: Any) -> Colouring:
    """Return the classes of code with the sums that were found in it."""
    made = Colouring(code, varies, active)
    levels = Levels(code, sums)
    while len(levels.ready):
        made.levels += 1
        ready = levels.ready
        is_plain, is_sum = levels.is_plain[ready], levels.is_sum[ready]
        _add_plain(made, ready[is_plain])
        _add_roots(made, sums, levels, ready[is_sum], True)
        _add_roots(made, sums, levels, ready[~is_plain & ~is_sum], False)
        made.seen += len(ready) + levels.passed
        if len(made.kinds) > MOST * made.seen + FREE or made.levels > MAX_LEVELS:
            raise NotAlike(
                f"{len(made.kinds):,} classes of the first {made.seen:,} nodes, on "
                f"{made.levels} levels"
            )
        levels.advance()
    return made


class Levels:
    """What is left of code, level by level: steps whose operands are all there."""

    def __init__(self, code: Code, sums: Absorbed) -> None:
        steps, n = len(code.codes), code.inputs
        self.is_plain, self.is_sum = np.zeros(steps, bool), np.zeros(steps, bool)
        self.is_plain[sums.plain] = self.is_sum[sums.sums] = True
        plain = np.repeat(self.is_plain, np.diff(code.starts))
        step = np.repeat(np.arange(steps), np.diff(code.starts))
        product = sums.right != NONE
        source = [code.operands[plain], sums.left, sums.right[product]]
        user = np.concatenate([step[plain], sums.roots, sums.roots[product]])
        made = np.concatenate(source) - n
        inner = made >= 0
        made, user = made[inner], user[inner]
        self.waiting = np.bincount(user, minlength=steps)
        order = np.argsort(made, kind="stable")
        self.users = user[order]
        self.starts = np.searchsorted(made[order], np.arange(steps + 1))
        self.terms = np.searchsorted(sums.roots, np.arange(steps + 1))
        left = np.concatenate([sums.plain, sums.sums, sums.maxima])
        self.ready = np.sort(left[self.waiting[left] == 0])
        self.passed = 0  # terms of the roots of this level

    def advance(self) -> None:
        """Go on to the steps that waited for those of this level alone."""
        starts = self.starts[self.ready]
        users = self.users[ranges(starts, self.starts[self.ready + 1] - starts)]
        np.subtract.at(self.waiting, users, 1)
        users = np.sort(users[self.waiting[users] == 0])
        self.ready = users[np.diff(users, prepend=-1) > 0]
        self.passed = 0


def _add_plain(made: Colouring, steps: Nodes) -> None:
    """Add steps that are no sums, those of one operation together."""
    code = made.code
    kinds: Any = np.stack([code.codes[steps], np.diff(code.starts)[steps]], axis=1)
    for (number, arity), mine in parts(kinds):
        picked = steps[mine]
        read: Any = code.operands[code.starts[picked][:, None] + np.arange(arity)]
        rows = made.node(read)
        op = code.table[number]
        extra = None if op in (MUL, HOLD) else made.fixed(rows)
        made.places[code.inputs + picked] = made.add(STEP, op, rows, extra)


def _add_roots(
    made: Colouring, sums: Absorbed, levels: Levels, steps: Nodes, adds: bool
) -> None:
    """Add roots: their terms by colours, then what these come to."""
    if not len(steps):
        return
    counts = levels.terms[steps + 1] - levels.terms[steps]
    levels.passed += int(counts.sum())
    terms = ranges(levels.terms[steps], counts)
    root = np.repeat(np.arange(len(steps)), counts)
    left, minus = made.node(sums.left[terms]), sums.minus[terms]
    product = sums.right[terms] != NONE
    right = left.copy()
    right[product] = made.node(sums.right[terms][product])
    left, right = _ordered(made, left, right)
    kept = sums.kept[steps]
    if adds:
        bins = _binned(made, root, minus, product, left, right, kept)
    else:
        bins = _chained(made, root, left, kept)
    made.places[made.code.inputs + steps] = _combined(made, *bins)


def _ordered(made: Colouring, left: Nodes, right: Nodes) -> tuple[Nodes, Nodes]:
    """Return factors so that the one with the lower colour, or that is shared, is left."""
    varies = np.array([kind.varies for kind in made.kinds])
    rank = made.colour + len(made.kinds) * varies[made.colour]
    swap = rank[left] > rank[right]
    return np.where(swap, right, left), np.where(swap, left, right)


def _binned(
    made: Colouring,
    root: Nodes,
    minus: Any,
    product: Any,
    left: Nodes,
    right: Nodes,
    kept: Any,
) -> tuple[Nodes, Nodes, Any]:
    """Add what the terms of one sign and colour come to; return root, node and sign."""
    a, b = made.colour[left].astype(np.int64), made.colour[right].astype(np.int64)
    width = len(made.kinds) + 1
    key = (minus * width + a) * width + np.where(product, b + 1, 0)
    if (key != key[0]).any():
        order = np.lexsort((key, root))
        root, left, right, key = root[order], left[order], right[order], key[order]
        product, minus = product[order], minus[order]
    cut = np.flatnonzero(np.r_[True, (root[1:] != root[:-1]) | (key[1:] != key[:-1])])
    size = np.diff(np.r_[cut, len(root)])
    node = left[cut].copy()
    many = (size > 1) | kept[root[cut]]
    one = ~many
    both = np.stack([left, right], axis=1)
    mine = product[cut] & one
    node[mine] = made.add(STEP, MUL, both[cut[mine]])
    mine = product[cut] & many
    node[mine] = made.add_sums(PRODUCTS, size[mine], both, cut[mine])
    mine = ~product[cut] & many
    node[mine] = made.add_sums(TOTAL, size[mine], left[:, None], cut[mine])
    return root[cut], node, minus[cut]


def _chained(
    made: Colouring, root: Nodes, left: Nodes, kept: Any
) -> tuple[Nodes, Nodes, Any]:
    """Add the maximum of each run of terms of one colour; return root, node and sign."""
    colour = made.colour[left]
    cut = np.flatnonzero(
        np.r_[True, (root[1:] != root[:-1]) | (colour[1:] != colour[:-1])]
    )
    size = np.diff(np.r_[cut, len(root)])
    node = left[cut].copy()
    many = (size > 1) | kept[root[cut]]
    node[many] = made.add_sums(LARGEST, size[many], left[:, None], cut[many])
    return root[cut], node, np.full(len(cut), None)


def _combined(made: Colouring, root: Nodes, node: Nodes, minus: Any) -> Nodes:
    """Return the node of each root, from those of its terms: link by link."""
    adds = minus[0] is not None
    if adds:  # what is added comes first
        order = np.lexsort((made.colour[node], minus.astype(bool), root))
        root, node, minus = root[order], node[order], minus[order]
    first = np.flatnonzero(np.r_[True, root[1:] != root[:-1]])
    count = np.diff(np.r_[first, len(root)])
    found = node[first].copy()
    if adds and (down := minus[first].astype(bool)).any():
        found[down] = made.add(STEP, NEG, found[down][:, None])
    for i in range(1, int(count.max())):
        for op in (ADD, SUB) if adds else (OPS["maximum"],):
            mine = np.flatnonzero(count > i)
            if adds:
                mine = mine[minus[first[mine] + i] == (op is SUB)]
            rows = np.stack([found[mine], node[first[mine] + i]], axis=1)
            found[mine] = made.add(STEP, op, rows)
    return found
