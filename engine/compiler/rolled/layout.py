"""Classes as arrays: the row of each node, and what each statement reads.

Each class is a block, an array with a row for each node, and is filled by one statement.
The rows of a class are put in an order in which it reads its operands from one end to the
other, so that most operands are views of whole blocks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dendrograd.op import Op

from .colours import CONSTANT, INPUT, PRODUCTS, STEP, Colouring, Kind
from .factor import GAP, factored, rectangle
from .grids import Shape, common, strides

__all__ = ["Block", "Layout", "Operand", "Statement"]

Rows = NDArray[np.int64]


class Block(NamedTuple):
    """An array: what it holds, and how many rows it has; of constants, their values."""

    kind: Kind
    size: int
    values: NDArray[np.float64] | None = None


class Operand(NamedTuple):
    """What a statement reads: rows of a block, in the shape of the statement.

    rows     the index into the block; GAP where there is none
    strides  that of each axis, where the rows are a grid
    literal  the number, if it is one constant
    """

    block: int
    rows: Rows
    strides: Shape | None
    literal: float | None = None

    @property
    def start(self) -> int:
        """The first row."""
        return int(self.rows.flat[0])


class Statement(NamedTuple):
    """What fills a block.

    kind      STEP, PRODUCTS, TOTAL or LARGEST
    shape     of a step that of its rows; (components, left, right) of products; (rows,)
    operands  those of a step; the left and right factors; the terms, (rows, terms)
    """

    block: int
    kind: int
    op: Op | None
    shape: Shape
    operands: tuple[Operand, ...]


class Layout:
    """Blocks and statements of a colouring.

    blocks      by class
    statements  in an order in which they can run
    row         of each node, in its block
    """

    def __init__(self, found: Colouring) -> None:
        self.colour, self.code = found.colour, found.code
        self.varies = found.varies
        self.row = np.zeros(found.nodes, np.int64)
        self.blocks: list[Block] = []
        self.statements: list[Statement] = []
        for kind, chunks in zip(found.kinds, found.members, strict=True):
            nodes = np.concatenate([chunk.nodes for chunk in chunks])
            rows = np.concatenate([chunk.rows for chunk in chunks])
            if kind.kind in (INPUT, CONSTANT):
                self._leaves(kind, nodes, rows[:, 0])
            elif kind.kind == STEP:
                self._step(kind, nodes, rows)
            else:
                counts = np.concatenate([chunk.counts for chunk in chunks])
                fill = self._products if kind.kind == PRODUCTS else self._total
                fill(kind, nodes, counts, rows)

    def _leaves(self, kind: Kind, nodes: Rows, slots: Rows) -> None:
        if kind.kind == INPUT:
            alike = self.varies == kind.varies
            self.row[nodes] = (np.cumsum(alike) - 1)[slots]
            self.blocks.append(Block(kind, int(alike.sum())))
            return
        self.row[nodes] = np.arange(len(nodes))
        values = self.code.constants[slots]
        self.blocks.append(Block(kind, len(nodes), values))

    def _step(self, kind: Kind, nodes: Rows, operands: Rows) -> None:
        rows = self.row[operands]
        spread = [len(np.unique(column)) for column in rows.T]
        latest = self.colour[operands[0]]  # what was computed last gives the order
        widest = max(range(len(spread)), key=lambda i: (spread[i], latest[i]))
        others = [column for i, column in enumerate(rows.T) if i != widest]
        order = np.lexsort((*others, rows[:, widest]))
        rows = rows[order]
        self.row[nodes[order]] = np.arange(len(nodes))
        shape = common(
            [c for c, n in zip(rows.T, spread, strict=True) if n > 1] or [rows[:, 0]]
        )
        read = [
            self._operand(int(operands[0, i]), column.reshape(shape))
            for i, column in enumerate(rows.T)
        ]
        self._fill(kind, len(nodes), shape, *read)

    def _products(self, kind: Kind, nodes: Rows, counts: Rows, factors: Rows) -> None:
        rows = self.row[factors]
        left, right = (rectangle(part, counts) for part in rows.T)
        made = factored(left, right)
        self.row[nodes] = made.places
        count, p, _ = made.left.shape
        q = made.right.shape[1]
        read = [
            self._operand(int(factors[0, i]), part)
            for i, part in enumerate((made.left, made.right))
        ]
        self._fill(kind, count * p * q, (count, p, q), *read)

    def _total(self, kind: Kind, nodes: Rows, counts: Rows, terms: Rows) -> None:
        rows = rectangle(self.row[terms[:, 0]], counts)
        order = np.argsort(rows[:, 0], kind="stable")
        self.row[nodes[order]] = np.arange(len(nodes))
        read = self._operand(int(terms[0, 0]), rows[order])
        if read.strides is not None and 0 in read.strides[len(nodes) == 1 :]:
            read = read._replace(strides=None)  # each term has a place of its own
        self._fill(kind, len(nodes), (len(nodes),), read)

    def _fill(self, kind: Kind, size: int, shape: Shape, *operands: Operand) -> None:
        made = Statement(len(self.blocks), kind.kind, kind.op, shape, operands)
        self.blocks.append(Block(kind, size))
        self.statements.append(made)

    def _operand(self, node: int, rows: Rows) -> Operand:
        """Return rows of the block that a node is in."""
        block = int(self.colour[node])
        values = self.blocks[block].values
        if values is not None and (rows == rows.flat[0]).all() and rows.flat[0] != GAP:
            return Operand(block, rows, (0,) * rows.ndim, float(values[rows.flat[0]]))
        gaps = bool((rows == GAP).any())
        return Operand(block, rows, None if gaps else strides(rows))

    def place(self, node: int) -> tuple[int, int]:
        """Return the block and the row of a node."""
        return int(self.colour[node]), int(self.row[node])
