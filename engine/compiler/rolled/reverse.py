"""What is handed back: where each contribution is written, and where it is added.

The first one to reach a row is written where it belongs, later ones are added; rows that
none reaches are filled with 0 beforehand. Which is which is known from the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .factor import GAP, rectangle
from .grids import Shape
from .layout import Layout, Operand, Statement
from .memory import LANES, Take, sizes
from .page import Page, thin

__all__ = ["Reverse", "target"]

MOST = 4  # times as many places as there are, for sums by rectangles
RUNS = 4  # of rows one behind the other, for one line each
Write = Callable[[str], None]  # of a contribution, into an array of a name


class Reverse(Page):
    """A page with the sweep back.

    written  of each block, which rows of its adjoint are written so far
    zeroed   the arrays to be filled with 0 before anything is written to them
    uses     of each block, how many operands read it
    """

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.written: dict[int, NDArray[np.bool_]] = {}
        self.zeroed: dict[str, None] = {}
        self.adjoints: list[str] = []
        self.pending: Counter[str] = Counter()  # blocks with the adjoint of another
        self.uses = Counter(o.block for s in layout.statements for o in s.operands)

    def gradient(self, statement: Statement) -> str | None:
        """Return the adjoint of what a statement fills; None where nothing came back."""
        block = statement.block
        if block in self.alias:
            return self.adjoint(block)
        if block not in self.written:
            return None
        if not self.written[block].all():
            self.zeroed[self.adjoint(block)] = None
        return self.adjoint(block)

    def adjoint(self, block: int) -> str:
        """Return the name of what is handed back to a block."""
        new = f"d{block}" not in self._named
        name = super().adjoint(block)
        if new and name == f"d{block}":
            self.adjoints.append(name)
            self.line(f"{name}.fill(0.0)")  # which is left out unless it is zeroed
        return name

    def release(self, block: int) -> None:
        """Free what held the values of a block, and what was handed back to it.

        An adjoint that is that of other blocks too is freed with the last one of them.
        """
        varies, size = self.blocks[block].kind.varies, self.blocks[block].size
        self.free(f"v{block}", size, varies)
        for rows, name in self.copies[block]:
            flat = f"{name}.reshape({sizes((rows, *[LANES] * varies))})"
            self.free(self.keep(name, flat), rows, varies)
        array = (
            self.adjoint(block) if block in self.written or block in self.alias else ""
        )
        others = [one for one, other in self.alias.items() if other == block]
        self.pending[array] += len(others) - (block in self.alias)
        if array and not self.pending[array]:
            self.free(array, size, varies)

    def is_wanted(self, operand: Operand) -> bool:
        return self.blocks[operand.block].kind.active

    def seed(self, block: int, row: int) -> None:
        """Write what the root is handed."""
        self.written[block] = np.zeros(self.blocks[block].size, bool)
        self.written[block][row] = True
        varies = self.blocks[block].kind.varies
        seed = "seed" if varies else "seed * lanes"  # it is in all lanes
        self.line(f"{self.adjoint(block)}[{row}] = {seed}")

    def give(
        self, operand: Operand, varies: bool, write: Write, more: Write | None = None
    ) -> None:
        """Write what an operand is handed: `write` makes it, in the shape `target`.

        `more` adds it to what is there, if that is no more than one line. Where the
        statement `varies`, what is handed has an axis of lanes, of size 1 if it is shared.
        """
        rows, block = operand.rows.reshape(-1), operand.block
        varying = self.blocks[block].kind.varies
        shape = target(operand)
        tail = (LANES,) if varying else (1,) if varies else ()
        if _is_direct(operand):
            steps = operand.strides or ()
            first = self._is_first(block, np.unique(rows))
            text = self.view(block, operand.start, shape, steps, True)
            text += "[..., None]" if varies and not varying else ""
            self._write(text, (*shape, *tail), first, write, more)
            return
        sums = Sums(rows)
        with self.scratch() as take:
            name = take((len(rows) + sums.ragged, *tail))
            whole = f"{name}[:{len(rows)}]" if sums.ragged else name
            write(self.keep(name, f"{whole}.reshape({sizes((*shape, *tail))})"))
            if sums.ragged:
                self.line(f"{name}[{len(rows)}] = 0.0")
            flat = name if varying or not varies else f"{name}[:, 0]"
            self._scatter(block, sums, flat, take)

    def _write(
        self, text: str, shape: Shape, first: bool, write: Write, more: Write | None
    ) -> None:
        if first:
            write(text)
        elif more is not None:
            more(text)
        else:
            with self.scratch() as take:
                name = take(shape)
                write(name)
                self.line(f"np.add({text}, {name}, out={text})")

    def _is_first(self, block: int, rows: NDArray[Any]) -> bool:
        """Return whether nothing was written to rows yet, and note that it was."""
        there = self.written.setdefault(block, np.zeros(self.blocks[block].size, bool))
        before = there[rows]
        if before.any() and not before.all():
            self.zeroed[self.adjoint(block)] = None
            before[:] = True
        there[rows] = True
        return not before.any()

    def _scatter(self, block: int, sums: Sums, flat: str, take: Take) -> None:
        """Write the sum of what comes back to each row from several places."""
        rows, tail = sums.rows, (LANES,) if self.blocks[block].kind.varies else ()
        first = self._is_first(block, rows)
        ends = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
        if len(ends) - 1 > RUNS:
            into = f"{self.adjoint(block)}[{self.hold('i', rows)}]"
            found = self._sums(sums, flat, tail, take, None)
            self.line(f"{into} {'=' if first else '+='} {found}")
            return
        parts = [
            self.view(block, int(rows[start]), (end - start,), (1,), True)
            for start, end in pairwise(ends)
        ]
        whole = parts[0] if first and len(parts) == 1 else None
        found = self._sums(sums, flat, tail, take, whole)
        for part, (start, end) in zip(parts, pairwise(ends), strict=True):
            given = found if len(parts) == 1 else f"{found}[{start}:{end}]"
            if not first:
                self.line(f"np.add({part}, {given}, out={part})")
            elif given != part:
                self.line(f"np.copyto({part}, {given})")

    def _sums(
        self, sums: Sums, flat: str, tail: Shape, take: Take, out: str | None
    ) -> str:
        """Write sums into an array, if they are not one already; return its name."""
        places, starts = sums.places, sums.starts
        if sums.whole and out is None:
            return flat
        found = out or take((len(sums.rows), *tail))
        terms = found if starts is None else take((*places.shape, *tail))
        self.take(flat, places, terms)
        if places.ndim > 1:
            self.line(f"np.add.reduce({terms}, axis=0, out={found})")
        elif starts is not None:
            at = self.hold("i", starts)
            self.line(f"np.add.reduceat({terms}, {at}, axis=0, out={found})")
        return found


class Sums:
    """Which places come to which row.

    rows    those that any place comes to
    places  the first of each row, the second of each, and so on, (terms, rows); where a row
            has fewer terms, the place behind the last one. Or one after the other, if that
            would be far more; or one of each row, if that is all
    starts  where in these a row begins; None if there is one of each
    ragged  whether some have fewer; `whole` whether each place comes to a row, in order
    """

    def __init__(self, rows: NDArray[Any]) -> None:
        real = np.flatnonzero(rows != GAP)
        order = real[np.argsort(rows[real], kind="stable")]
        starts = np.flatnonzero(np.diff(rows[order], prepend=-1))
        self.rows, self.places = rows[order][starts], order
        self.starts = starts if len(starts) < len(order) else None
        self.whole = len(starts) == len(rows) and bool((np.diff(order) > 0).all())
        counts = np.diff(starts, append=len(order))
        size = int(counts.max()) * len(counts)
        self.ragged = len(order) < size <= MOST * len(order)
        if len(starts) < len(order) and size <= MOST * len(order):
            table = rectangle(order, counts).T
            self.places = np.where(table == GAP, len(rows), table)


def target(operand: Operand) -> Shape:
    """Return the shape in which an operand is handed something: thin, where that lies so."""
    return thin(operand) if _is_direct(operand) else operand.rows.shape


def _is_direct(operand: Operand) -> bool:
    """Return whether an operand is a grid, of no row twice but along thin axes."""
    if operand.strides is None:
        return False
    return len(np.unique(operand.rows)) == prod(thin(operand))
