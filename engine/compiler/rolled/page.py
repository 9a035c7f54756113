"""The page in the making: names of blocks, views of them, and lines.

In a statement that varies by lane, what is shared has an axis of 1 behind its rows.
"""

from __future__ import annotations

from collections import defaultdict
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.languages.numpy import NumPy
from dendrograd.op import Op

from .arrays import function_of
from .colours import CONSTANT, INPUT
from .factor import GAP
from .grids import Shape, contiguous
from .layout import Block, Layout, Operand
from .memory import LANES, Memory

__all__ = ["Page", "thin"]


class Page(Memory):
    """Lines of NumPy, and what they name.

    views      lines that make views of what a call is given
    lines      what a call does
    constants  by name: indices, arrays of constants, functions
    copies     of each block the arrays of rows picked from it: how many, names
    """

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.layout, self.blocks = layout, layout.blocks
        self.views: list[str] = []
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.copies: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._held: dict[Any, str] = {}
        self.alias: dict[int, int] = {}  # blocks whose adjoint is that of another

    def line(self, text: str) -> None:
        self.lines.append(text)

    # Arrays -------------------------------------------------------------------------

    def array(self, block: int) -> str:
        """Return the name of a block."""
        kind = self.blocks[block].kind
        if kind.kind == INPUT:
            return "X" if kind.varies else "x"
        if kind.kind == CONSTANT:
            return "c"
        return f"v{block}"

    def adjoint(self, block: int) -> str:
        """Return the name of what is handed back to a block."""
        while block in self.alias:
            block = self.alias[block]
        kind = self.blocks[block].kind
        if kind.kind == INPUT:
            return "dX" if kind.varies else "dx"
        if f"d{block}" not in self._named:
            self._named[f"d{block}"] = f"d{block}"
            self.place(f"d{block}", self.shape(block))
        return f"d{block}"

    def shape(self, block: int) -> Shape:
        found: Block = self.blocks[block]
        return (found.size, LANES) if found.kind.varies else (found.size,)

    def fill(self, block: int) -> None:
        """Make the array that a statement fills."""
        self.allocate(f"v{block}", self.shape(block))

    def hold(self, stem: str, value: NDArray[Any]) -> str:
        """Keep an array of constants or an index; return its name."""
        key = (stem, value.shape, value.tobytes())
        if key not in self._held:
            self._held[key] = self.name(stem)
            self.constants[self._held[key]] = value
        return self._held[key]

    # Views --------------------------------------------------------------------------

    def view(
        self, block: int, start: int, shape: Shape, steps: Shape, back: bool = False
    ) -> str:
        """Return the name of a grid of rows of a block, or of its adjoint."""
        array = self.adjoint(block) if back else self.array(block)
        kind = self.blocks[block].kind
        given = kind.kind == INPUT
        whole = not given and prod(shape) == self.blocks[block].size
        tail = ", lanes" if kind.varies else ""
        text = _view(array, start, shape, steps, whole, tail)
        if text == array:
            return array
        if text not in self._named:
            self._named[text] = self.name(f"{array}_")
            where = self.views if given else self.kept
            where.append(f"{self._named[text]} = {text}")
        return self._named[text]

    def read(
        self, operand: Operand, varies: bool = False, gap: float = 0.0
    ) -> tuple[str, Shape]:
        """Return an operand of a statement, as a name or a number, and its shape.

        Where there is no row, it holds `gap`.
        """
        if operand.literal is not None:
            return NumPy().number(operand.literal), ()
        block, shape = self.blocks[operand.block], operand.rows.shape
        if block.values is not None:
            lacks = operand.rows == GAP
            text = self.hold("c", np.where(lacks, gap, block.values[operand.rows]))
        elif operand.strides is None:
            text = self._gathered(operand, gap)
        else:
            shape = thin(operand)
            text = self.view(operand.block, operand.start, shape, operand.strides)
        if block.kind.varies:
            return text, (*shape, LANES)
        return (f"{text}[..., None]", (*shape, 1)) if varies else (text, shape)

    def _gathered(self, operand: Operand, gap: float) -> str:
        """Write the copy of rows that are no grid; return its name, the same each time."""
        array, rows = self.array(operand.block), operand.rows
        key = (array, rows.shape, rows.tobytes(), gap)
        if key in self._held:
            return self._held[key]
        self._held[key] = name = self.name(f"{array}_at")
        block = self.blocks[operand.block]
        self.allocate(name, (*rows.shape, LANES) if block.kind.varies else rows.shape)
        self.copies[operand.block].append((rows.size, name))
        lacks = rows == GAP
        if block.kind.kind == INPUT or not lacks.any():
            self.take(array, np.maximum(rows, 0), name)
            if lacks.any():
                self.line(f"{name}[{self.hold('i', lacks)}] = {NumPy().number(gap)}")
            return name
        more, behind = self.behind(array, self.shape(operand.block), gap)
        self.take(more, np.where(lacks, behind, rows), name)
        return name

    def take(self, array: str, rows: NDArray[Any], out: str) -> None:
        """Write the copy of rows of an array."""
        index = self.hold("i", rows)
        self.line(f'np.take({array}, {index}, axis=0, out={out}, mode="clip")')

    def call(self, op: Op, operands: list[str], out: str) -> None:
        """Write an operation of arrays."""
        text, function = function_of(op)
        if function is not None:
            self.constants[text] = function
        self.line(f"{text}({', '.join(operands)}, out={out})")


def thin(operand: Operand) -> Shape:
    """Return the shape of a grid with 1 where one row stands for all along an axis."""
    axes = zip(operand.rows.shape, operand.strides or (), strict=True)
    return tuple([size if step else 1 for size, step in axes])


def _view(
    array: str, start: int, shape: Shape, steps: Shape, whole: bool, tail: str
) -> str:
    """Return a grid as an expression; `tail` is the axis of lanes in a reshape."""
    axes = [(size, step) for size, step in zip(shape, steps, strict=True) if size > 1]
    inner = ", ".join(map(str, shape)) + "," * (len(shape) == 1)
    if not shape:
        return f"{array}[{start}]" if tail != "" else f"{array}[{start}, ...]"
    stretch = contiguous(shape, steps)
    if not stretch and len(axes) > 1:
        return f"view({array}, {start}, ({inner}), {steps})"
    step = 1 if stretch else axes[0][1]
    end = start + (prod(shape) - 1) * step + 1
    picked = f"[{start}:{end}" + (f":{step}]" if step > 1 else "]")
    text = array if whole and stretch else array + picked
    return text if len(shape) == 1 else f"{text}.reshape({inner}{tail})"
