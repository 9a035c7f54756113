"""What is handed back: where each contribution is written, and where it is added.

The first one to reach a row is written where it belongs, later ones are added; rows that
none reaches are filled with 0 beforehand. Which is which is known from the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .factor import GAP
from .grids import Shape
from .layout import Layout, Operand, Statement
from .page import LANES, Page, thin

__all__ = ["Reverse", "target"]

Write = Callable[[str], None]  # of a contribution, into an array of a name


class Reverse(Page):
    """A page with the sweep back.

    written  of each block, which rows of its adjoint are written so far
    zeroed   the arrays to be filled with 0 before the sweep
    uses     of each block, how many operands read it
    """

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self.written: dict[int, NDArray[np.bool_]] = {}
        self.zeroed: dict[str, None] = {}
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
        with self.scratch() as take:
            name = take((*shape, *tail))
            write(name)
            self._scatter(block, rows, name)

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

    def _scatter(self, block: int, rows: NDArray[Any], name: str) -> None:
        """Write the sum of what comes back to each row from several places."""
        array = self.adjoint(block)
        sizes = (len(rows), "lanes") if self.blocks[block].kind.varies else (len(rows),)
        flat = f"{name}.reshape({', '.join(map(str, sizes))})"
        real = np.flatnonzero(rows != GAP)
        order = real[np.argsort(rows[real], kind="stable")]
        starts = np.flatnonzero(np.diff(rows[order], prepend=-1))
        picked = rows[order][starts]
        if len(order) < len(rows) or (order != np.arange(len(rows))).any():
            flat = f"{flat}[{self.hold('i', order)}]"
        if len(picked) < len(order):
            flat = f"np.add.reduceat({flat}, {self.hold('i', starts)}, axis=0)"
        into = f"{array}[{self.hold('i', picked)}]"
        self.line(f"{into} {'=' if self._is_first(block, picked) else '+='} {flat}")


def target(operand: Operand) -> Shape:
    """Return the shape in which an operand is handed something: thin, where that lies so."""
    return thin(operand) if _is_direct(operand) else operand.rows.shape


def _is_direct(operand: Operand) -> bool:
    """Return whether an operand is a grid, of no row twice but along thin axes."""
    if operand.strides is None:
        return False
    return len(np.unique(operand.rows)) == prod(thin(operand))
