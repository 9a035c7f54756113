"""Nodes and edges of a graph that is held as arrays, made when they are asked for.

A picture asks for some hundred of a million nodes. Each time it gets an equal one.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress, pairwise
from typing import Any, NamedTuple, overload

from dendrograd.flat import CUT, Flat
from dendrograd.mode import Call
from dendrograd.op import Op
from dendrograd.sweeps import product
from dendrograd.viz.text import one_line

from .stale import numpy

__all__ = ["Edge", "Edges", "Node", "Nodes", "names"]


@dataclass(frozen=True, slots=True)
class Node:
    """One node: a leaf, or the result of an operation.

    id        its position in topological order, operands first
    op        the operation that made it, None for a leaf
    grad      what `.grad` held, 0 for None; adjoint is d root / d node, recomputed
    operands  one entry per operand: a plain number, or None where an edge arrives
    scope     names of the modules it was made in, outermost first
    source    "file.py:12" where it made an inf or a nan
    call      the entry into a module that it was made in; no part of what is equal,
              since each run of a program has calls of its own
    """

    id: int
    label: str
    op: Op | None
    data: float
    grad: float
    adjoint: float
    operands: tuple[float | None, ...]
    scope: tuple[str, ...]
    source: str | None
    call: Call = field(compare=False, repr=False)

    @property
    def is_leaf(self) -> bool:
        """Whether nothing was recorded that it was computed from."""
        return not self.operands

    @property
    def name(self) -> str:
        """What prose calls it, on one short line: its label, or n and its number."""
        return one_line(self.label, 24) or f"n{self.id}"


class Edge(NamedTuple):
    """One use of a node as an operand: `a * a` has two edges.

    slot          the position among the operands of `dst`
    local         d dst / d src along this edge alone
    contribution  what the edge adds to the adjoint of `src`: local * adjoint of `dst`
    """

    src: int
    dst: int
    slot: int
    local: float
    contribution: float


class Made(Sequence[Any]):
    """A sequence whose entries are made when they are asked for."""

    def make(self, index: int) -> Any:
        """Return the entry at an index from 0 on."""
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        """Return an entry, or a tuple of those in a slice."""
        at = range(len(self))[index]
        return self.make(at) if isinstance(at, int) else tuple(map(self.make, at))

    def __iter__(self) -> Iterator[Any]:
        """Yield each entry."""
        return map(self.make, range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Return whether another sequence has equal entries."""
        if not isinstance(other, Made):
            return NotImplemented
        return len(self) == len(other) and all(map(_equal, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return all entries as a tuple shows them."""
        return repr(tuple(self))


def _equal(one: object, other: object) -> bool:
    return one == other


class Nodes(Made):
    """The nodes of a graph; `flat` was read in full, and `adjoints` swept over it."""

    def __init__(self, flat: Flat, adjoints: array[float]) -> None:
        self.flat, self.adjoints = flat, adjoints
        self.ops: list[Op | None] = [*flat.table, *[None] * -CUT]  # found by codes < 0
        self.grads: Sequence[float] = flat.grads or ()
        self.calls: Sequence[Call] = flat.calls or ()
        self.labels: Sequence[Any] = flat.labels or ()

    def __len__(self) -> int:
        """Return how many nodes there are."""
        return len(self.adjoints)

    def make(self, index: int) -> Node:
        """Return the node of a number."""
        flat, call, label = self.flat, self.calls[index], self.labels[index]
        places = flat.operands[flat.starts[index] : flat.starts[index + 1]]
        return Node(
            id=index,
            label="" if label is None else str(label),
            op=self.ops[flat.codes[index]],
            data=_one_nan(flat.data[index]),
            grad=_one_nan(self.grads[index]),
            adjoint=_one_nan(self.adjoints[index]),
            operands=tuple(
                [None if p >= 0 else _one_nan(flat.constants[~p]) for p in places]
            ),
            scope=names(call),
            source=call.source,
            call=call,
        )

    def is_leaf(self, index: int) -> bool:
        """Return whether nothing was recorded that a node was computed from."""
        return self.flat.starts[index] == self.flat.starts[index + 1]

    @cached_property
    def leaves(self) -> bytes:
        """For each node 1 where it is a leaf, else 0."""
        return bytes([a == b for a, b in pairwise(self.flat.starts)])


class Edges(Made):
    """The edges of a graph, by the node that they arrive at and its operands.

    places  where each stands among the operands of all nodes, plain numbers included
    src     the node that each comes from
    dst     the node that each arrives at
    local   its local derivative
    """

    def __init__(self, flat: Flat, adjoints: array[float]) -> None:
        self.starts, self.adjoints = flat.starts, adjoints
        partials = flat.partials if flat.partials is not None else array("d")
        np, ends = numpy(), array("i")
        if np is not None:
            sizes = np.diff(np.asarray(flat.starts))
            ends.frombytes(np.repeat(np.arange(len(sizes), dtype="i"), sizes).tobytes())
        else:
            for node, (a, b) in enumerate(pairwise(flat.starts)):
                ends.extend([node] * (b - a))
        self.places: Sequence[int] = range(len(ends))
        self.src, self.dst, self.local = flat.operands, ends, partials
        if flat.constants:
            arrive = [place >= 0 for place in flat.operands]
            self.places = array("i", compress(range(len(ends)), arrive))
            self.src = array("i", compress(flat.operands, arrive))
            self.dst = array("i", compress(ends, arrive))
            self.local = array("d", compress(partials, arrive))

    def __len__(self) -> int:
        """Return how many edges there are."""
        return len(self.src)

    def make(self, index: int) -> Edge:
        """Return the edge of a number."""
        dst, local = self.dst[index], _one_nan(self.local[index])
        slot = self.places[index] - self.starts[dst]
        term = _one_nan(product(local, self.adjoints[dst]))
        return Edge(self.src[index], dst, slot, local, term)

    def into(self, node: int) -> Sequence[Edge]:
        """Return the edges from a node's operands to it, by their slots."""
        start = bisect_left(self.dst, node)
        return list(
            map(self.make, range(start, bisect_left(self.dst, node + 1, start)))
        )

    def slot(self, index: int) -> int:
        """Return the position of an edge among the operands of its end."""
        return self.places[index] - self.starts[self.dst[index]]


def _one_nan(x: float) -> float:
    """Return x, and for any nan the same one, by which what holds it equals itself."""
    return x if x == x else math.nan


def names(call: Call) -> tuple[str, ...]:
    """Return the names of the calls around a node, outermost first."""
    return tuple([str(each.name) for each in call.path])
