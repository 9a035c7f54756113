"""The memory of a page: arrays that are made once and kept, and what is free to hold others.

A shape has a size for each axis, LANES for the one along which lanes lie, always the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from typing import NamedTuple

from dendrograd.languages.numpy import NumPy

from .grids import Shape

__all__ = ["LANES", "Memory", "Take", "sizes"]

LANES = -1
Take = Callable[[Shape], str]  # of an array for some time; it returns the name


class Spare(NamedTuple):
    """An array that holds nothing: its name, its rows, and whether these have lanes."""

    name: str
    rows: int
    varies: bool


class Memory:
    """Names of arrays, and lines that make them.

    kept     the lines
    gaps     of an array by name, its shape and what rows behind its last one hold
    entries  how many numbers of a lane stand in the arrays
    """

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.gaps: dict[str, tuple[Shape, list[float]]] = {}
        self.entries = 0
        self._named: dict[str, str] = {}  # by expression
        self._spare: list[Spare] = []
        self._count: Counter[str] = Counter()

    def name(self, stem: str) -> str:
        """Return a new name."""
        self._count[stem] += 1
        return f"{stem}{self._count[stem] - 1}"

    def keep(self, stem: str, text: str) -> str:
        """Make a view of what is kept once; return its name."""
        if text not in self._named:
            self._named[text] = self.name(stem if stem == "t" else f"{stem}_")
            self.kept.append(f"{self._named[text]} = {text}")
        return self._named[text]

    def allocate(self, name: str, shape: Shape) -> None:
        """Make an array that holds its numbers to the end."""
        if LANES in shape:
            self.entries += _rows(shape)
        self.kept.append(f"{name} = np.empty({sizes(shape)})")

    def free(self, name: str, rows: int, varies: bool) -> None:
        """Say that what stands in an array of so many rows is needed no more."""
        self._spare.append(Spare(name, rows, varies))

    def place(self, name: str, shape: Shape) -> None:
        """Make an array in memory that is free, or in new one."""
        found = self._taken(shape)
        if found is None:
            self.allocate(name, shape)
            return
        whole = "" if found.rows == shape[0] else f"[:{shape[0]}]"
        self.kept.append(f"{name} = {found.name}{whole}")

    def _taken(self, shape: Shape) -> Spare | None:
        """Return the smallest of the arrays that are free and large enough, the last one."""
        varies, rows = LANES in shape, _rows(shape)
        spare = [one for one in self._spare[::-1] if one.varies == varies]
        fits = [one for one in spare if one.rows >= rows]
        if not fits:
            return None
        found = min(fits, key=lambda one: one.rows)
        self._spare.remove(found)
        return found

    @contextmanager
    def scratch(self) -> Iterator[Take]:
        """Give out arrays that are free again at the end of the block."""
        taken: list[Spare] = []

        def take(shape: Shape) -> str:
            flat = (_rows(shape), LANES) if LANES in shape else (_rows(shape),)
            memory = self._taken(shape)
            if memory is None:
                memory = Spare(self.name("t"), flat[0], LANES in shape)
                self.allocate(memory.name, flat)
            taken.append(memory)
            text = (
                memory.name if memory.rows == flat[0] else f"{memory.name}[:{flat[0]}]"
            )
            if shape != flat:
                text += f".reshape({sizes(shape)})"
            return text if text == memory.name else self.keep("t", text)

        yield take
        self._spare += taken

    def behind(self, name: str, shape: Shape, gap: float) -> tuple[str, int]:
        """Return an array with a row behind those of another that holds a number, and which."""
        gaps = self.gaps.setdefault(name, (shape, []))[1]
        if gap not in gaps:
            gaps.append(gap)
        return f"{name}_all", shape[0] + gaps.index(gap)

    def made(self) -> Iterator[str]:
        """Yield the lines that make what is kept, each array with the rows behind it."""
        for line in self.kept:
            name = line.partition(" = np.empty")[0]
            if name not in self.gaps:
                yield line
                continue
            (size, *lanes), gaps = self.gaps[name]
            yield f"{name}_all = np.empty({sizes((size + len(gaps), *lanes))})"
            for i, gap in enumerate(gaps, size):
                yield f"{name}_all[{i}] = {NumPy().number(gap)}"
            yield f"{name} = {name}_all[:{size}]"


def _rows(shape: Shape) -> int:
    return prod(size for size in shape if size != LANES)


def sizes(shape: Shape) -> str:
    """Return a shape as an expression.

    >>> sizes((15, LANES)), sizes((3,))
    ('(15, lanes)', '(3,)')
    """
    each = ["lanes" if size == LANES else str(size) for size in shape]
    return f"({', '.join(each)}{',' * (len(each) == 1)})"
