"""The page in the making: names, the arrays that are kept, views of them, and lines.

A shape has a size for each axis, LANES for the one along which lanes lie, always the last.
In a statement that varies by lane, what is shared has an axis of 1 there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

__all__ = ["LANES", "Page", "Take", "sizes", "thin"]

LANES = -1
Take = Callable[[Shape], str]  # of an array for some time; it returns the name


class Page:
    """Lines of NumPy, and what they name.

    kept       lines that make arrays and views once
    views      lines that make views of what a call is given
    lines      what a call does
    constants  by name: indices, arrays of constants, functions
    gaps       of an array by name, what rows behind its last one hold
    entries    how many numbers of a lane stand in the arrays
    """

    def __init__(self, layout: Layout) -> None:
        self.layout, self.blocks = layout, layout.blocks
        self.kept: list[str] = []
        self.views: list[str] = []
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.gaps: dict[str, list[float]] = {}
        self.entries = 0
        self._named: dict[str, str] = {}  # by expression
        self._held: dict[Any, str] = {}
        self._free: dict[Shape, list[str]] = defaultdict(list)
        self._count: Counter[str] = Counter()
        self.alias: dict[int, int] = {}  # blocks whose adjoint is that of another

    def name(self, stem: str) -> str:
        """Return a new name."""
        self._count[stem] += 1
        return f"{stem}{self._count[stem] - 1}"

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
            self._allocate(f"d{block}", self.shape(block))
        return f"d{block}"

    def shape(self, block: int) -> Shape:
        found: Block = self.blocks[block]
        return (found.size, LANES) if found.kind.varies else (found.size,)

    def fill(self, block: int) -> None:
        """Make the array that a statement fills."""
        self._allocate(f"v{block}", self.shape(block))

    def _allocate(self, name: str, shape: Shape) -> None:
        if LANES in shape:
            self.entries += prod(size for size in shape if size != LANES)
        self.kept.append(f"{name} = np.empty({sizes(shape)})")

    @contextmanager
    def scratch(self) -> Iterator[Take]:
        """Give out arrays that are free again at the end of the block."""
        taken: list[tuple[Shape, str]] = []

        def take(shape: Shape) -> str:
            if self._free[shape]:
                name = self._free[shape].pop()
            else:
                name = self.name("t")
                self._allocate(name, shape)
            taken.append((shape, name))
            return name

        yield take
        for shape, name in taken:
            self._free[shape].append(name)

    def hold(self, stem: str, value: NDArray[Any]) -> str:
        """Keep an array of constants or an index; return its name."""
        key = (stem, value.shape, value.tobytes())
        if key not in self._held:
            self._held[key] = self.name(stem)
            self.constants[self._held[key]] = value
        return self._held[key]

    def keep(self, stem: str, text: str) -> str:
        """Make a view of what is kept once; return its name."""
        if text not in self._named:
            self._named[text] = self.name(f"{stem}_")
            self.kept.append(f"{self._named[text]} = {text}")
        return self._named[text]

    # Views --------------------------------------------------------------------------

    def view(
        self, block: int, start: int, shape: Shape, steps: Shape, back: bool = False
    ) -> str:
        """Return the name of a grid of rows of a block, or of its adjoint."""
        array = self.adjoint(block) if back else self.array(block)
        kind = self.blocks[block].kind
        given = kind.kind == INPUT
        whole = not given and prod(shape) == self.blocks[block].size
        turned = given and kind.varies and not back
        tail = None if turned else ", lanes" if kind.varies else ""
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
        self._allocate(name, (*rows.shape, LANES) if block.kind.varies else rows.shape)
        lacks = rows == GAP
        if block.kind.kind == INPUT or not lacks.any():
            self.take(array, np.maximum(rows, 0), name)
            if lacks.any():
                self.line(f"{name}[{self.hold('i', lacks)}] = {NumPy().number(gap)}")
            return name
        gaps = self.gaps.setdefault(array, [])
        if gap not in gaps:
            gaps.append(gap)
        behind = block.size + gaps.index(gap)
        self.take(f"{array}_all", np.where(lacks, behind, rows), name)
        return name

    def take(self, array: str, rows: NDArray[Any], out: str) -> None:
        """Write the copy of rows of an array."""
        index = self.hold("i", rows)
        self.line(f'np.take({array}, {index}, axis=0, out={out}, mode="clip")')

    def made(self) -> Iterator[str]:
        """Yield the lines that make what is kept, each array with the rows behind it."""
        shapes = {self.array(i): self.shape(i) for i in range(len(self.blocks))}
        for line in self.kept:
            name = line.partition(" = np.empty")[0]
            gaps = self.gaps.get(name)
            if gaps is None:
                yield line
                continue
            size, *lanes = shapes[name]
            yield f"{name}_all = np.empty({sizes((size + len(gaps), *lanes))})"
            for i, gap in enumerate(gaps, size):
                yield f"{name}_all[{i}] = {NumPy().number(gap)}"
            yield f"{name} = {name}_all[:{size}]"

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


def sizes(shape: Shape) -> str:
    """Return a shape as an expression."""
    each = ["lanes" if size == LANES else str(size) for size in shape]
    return f"({', '.join(each)}{',' * (len(each) == 1)})"


def _view(
    array: str, start: int, shape: Shape, steps: Shape, whole: bool, tail: str | None
) -> str:
    """Return a grid as an expression; `tail` is the axis of lanes in a reshape."""
    axes = [(size, step) for size, step in zip(shape, steps, strict=True) if size > 1]
    inner = ", ".join(map(str, shape)) + "," * (len(shape) == 1)
    if not shape:
        return f"{array}[{start}]" if tail != "" else f"{array}[{start}, ...]"
    stretch = contiguous(shape, steps)
    if (not stretch and len(axes) > 1) or (tail is None and len(shape) > 1):
        return f"view({array}, {start}, ({inner}), {steps})"
    step = 1 if stretch else axes[0][1]
    end = start + (prod(shape) - 1) * step + 1
    picked = f"[{start}:{end}" + (f":{step}]" if step > 1 else "]")
    text = array if whole and stretch else array + picked
    return text if len(shape) == 1 else f"{text}.reshape({inner}{tail})"
