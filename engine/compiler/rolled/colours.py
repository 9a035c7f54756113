"""Colours: which scalars of a program are alike, so that one array holds them all.

The colour of an input says whether it varies by lane and whether it is differentiated. The
colour of a step is its operation with the colours of its operands, that of a sum of
products the colours of their factors, however many they are. So all operands that stand at
one place of a colour have one colour: they are rows of one array. (This is partition
refinement from the leaves on, as in the minimisation of automata.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.adjoint import DISTINCT
from dendrograd.compiler.code import HOLD, Code, distinct, numbered
from dendrograd.op import Op

from .normal import ranges

__all__ = [
    "CONSTANT",
    "INPUT",
    "LARGEST",
    "PRODUCTS",
    "STEP",
    "TOTAL",
    "Colouring",
    "Kind",
    "Members",
    "Nodes",
    "parts",
]

Nodes = NDArray[np.int64]
INPUT, CONSTANT, STEP, PRODUCTS, TOTAL, LARGEST = range(6)


class Kind(NamedTuple):
    """What a class is: its kind, operation, and whether it varies and is differentiated."""

    kind: int
    op: Op | None
    varies: bool
    active: bool


class Members(NamedTuple):
    """Nodes of a class: each has a row of operands, or a number of terms.

    nodes   their numbers
    counts  of terms, of each node; empty for a step
    rows    operands of steps, (nodes, arity); of terms, (terms, 2) or (terms, 1)
    """

    nodes: Nodes
    counts: Nodes
    rows: Nodes


class Colouring:
    """Classes of nodes, in an order in which operands come first.

    kinds     what each class is
    members   its nodes, in chunks
    colour    of each node its class
    places    of each slot of the code its node; -1 for what was absorbed
    constants of each constant its node
    """

    def __init__(self, code: Code, varies: Any, active: Any) -> None:
        self.code, self.varies = code, np.asarray(varies, bool)
        self.kinds: list[Kind] = []
        self.members: list[list[Members]] = []
        self.known: dict[Any, int] = {}
        self.nodes = self.levels = self.seen = 0
        self._colour = np.zeros(2 * code.slots + len(code.constants) + 64, np.int32)
        self.places = np.full(code.slots, -1, np.int64)
        state = np.stack([~self.varies, np.asarray(active, bool)], axis=1)
        for key in ((1, 1), (1, 0), (0, 1), (0, 0)):
            slots = np.flatnonzero((state == key).all(axis=1))
            if len(slots):
                kind = Kind(INPUT, None, not key[0], bool(key[1]))
                self.places[slots] = self._block(self._new(kind), slots[:, None])
        distinct = code.constants.view(np.int64)[:, None]
        self.constants = np.zeros(0, np.int64)
        if len(distinct):
            count, which = numbered(distinct)
            values = np.zeros(count, np.int64)
            values[which] = np.arange(len(distinct))
            block = self._new(Kind(CONSTANT, None, False, False))
            self.constants = self._block(block, values[:, None])[which]

    @property
    def colour(self) -> NDArray[np.int32]:
        """The class of each node."""
        return self._colour[: self.nodes]

    def node(self, operands: NDArray[Any]) -> Nodes:
        """Return the node of each operand: a slot, or below 0 a constant."""
        found = np.empty(operands.shape, np.int64)
        slot = operands >= 0
        found[slot] = self.places[operands[slot]]
        found[~slot] = self.constants[~operands[~slot]]
        return found

    def fixed(self, rows: Nodes) -> Nodes | None:
        """Return the constants among operands, -1 for others; None if they are many.

        The rule of an operation may be shorter where an operand is known.
        """
        if not len(self.constants):
            return None
        is_constant = self.colour[rows] == self.colour[self.constants[0]]
        if len(distinct(rows[is_constant])) > DISTINCT:
            return None
        return np.where(is_constant, rows, -1)

    def add(self, kind: int, op: Op | None, rows: Nodes, extra: Any = None) -> Nodes:
        """Append a step for each row of operands, by nodes; return their nodes.

        `extra` is a further part of what makes two of them alike.
        """
        keys = self.colour[rows].astype(np.int64)
        if extra is not None:
            keys = np.concatenate([keys, extra], axis=1)
        found = np.empty(len(rows), np.int64)
        for colours, mine in parts(keys):
            block = self._class(kind, op, colours, rows.shape[1])
            found[mine] = self._block(block, rows[mine])
        return found

    def add_sums(self, kind: int, counts: Nodes, rows: Nodes, firsts: Nodes) -> Nodes:
        """Append a sum of so many rows for each count; return their nodes."""
        keys = self.colour[rows[firsts]].astype(np.int64)
        found = np.empty(len(counts), np.int64)
        for colours, mine in parts(keys):
            block = self._class(kind, None, colours, rows.shape[1])
            picked = ranges(firsts[mine], counts[mine])
            found[mine] = self._block(block, rows[picked], counts[mine])
        return found

    def _class(self, kind: int, op: Op | None, colours: Any, arity: int) -> int:
        key = (kind, op, *colours)
        if key not in self.known:
            below = [self.kinds[c] for c in colours[:arity]]
            varies, active = any(k.varies for k in below), any(k.active for k in below)
            self.known[key] = self._new(Kind(kind, op, varies, active and op != HOLD))
        return self.known[key]

    def _new(self, kind: Kind) -> int:
        self.kinds.append(kind)
        self.members.append([])
        return len(self.kinds) - 1

    def _block(self, block: int, rows: Nodes, counts: Nodes | None = None) -> Nodes:
        count = len(rows) if counts is None else len(counts)
        while self.nodes + count > len(self._colour):
            self._colour = np.concatenate([self._colour, np.zeros_like(self._colour)])
        found = np.arange(self.nodes, self.nodes + count)
        self._colour[found] = block
        self.nodes += count
        counts = np.zeros(0, np.int64) if counts is None else counts
        self.members[block].append(Members(found, counts, rows))
        return found


def parts(keys: NDArray[Any]) -> Iterator[tuple[tuple[int, ...], Nodes]]:
    """Yield the different rows of keys, in the order of their appearance, and where."""
    if not len(keys):
        return
    if (keys == keys[0]).all():  # most often
        yield tuple(keys[0].tolist()), np.arange(len(keys))
        return
    count, kinds = numbered(keys)
    order = np.argsort(kinds, kind="stable")
    parts = np.split(order, np.searchsorted(kinds[order], np.arange(1, count)))
    for part in sorted(parts, key=lambda part: int(part[0])):
        yield tuple(keys[part[0]].tolist()), part
