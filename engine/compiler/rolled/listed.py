"""The statements of a rolled program as rows for people, and which of them makes each slot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import numpy as np

from dendrograd.compiler.statement import LANES, Statement
from dendrograd.languages.language import Text
from dendrograd.languages.python import Python

from .colours import CONSTANT, INPUT, LARGEST, PRODUCTS, STEP, TOTAL
from .computed import computed
from .factor import GAP
from .layout import Layout, Operand
from .layout import Statement as Filling
from .levels import coloured
from .running import Rolled

__all__ = ["Listed"]

TERMS = 2  # of a sum that are written, where it has more than 3
BEGINS = re.compile(r"# (v\d+):")
FILLS = re.compile(r"v\w+\[|.*\bout=")  # lines that write into an array


class Listed:
    """The statements of a rolled program, and what they compute of it.

    rows    the statements, in order
    arrays  of each slot the name of the array that it stands in; x and X hold inputs
    orders  of some sums their additions, in the order in which the statements add
    parts   of each input what reads it, by which inputs that belong together are told
    """

    def __init__(self, rolled: Rolled, names: Sequence[str]) -> None:
        code = rolled.code
        active = [False] * code.inputs
        for slot in rolled.wanted:
            active[slot] = True
        found = coloured(code, rolled.varies, active)
        self.layout, self.rolled, self.names = Layout(found), rolled, names
        self._lines = lines_of(rolled.source)
        self._slots = [
            np.flatnonzero(rolled.varies == x).tolist() for x in (False, True)
        ]
        blocks, self.orders = computed(found, code)
        self.arrays = list(map(self.array, blocks))
        counts = Counter(blocks[code.inputs :])
        homes = self._homes(counts)
        self.rows = [self._row(s, counts, homes) for s in self.layout.statements]
        self.parts = self._parts()

    def array(self, block: int) -> str:
        """Return the name of the array that a block is."""
        kind = self.layout.blocks[block].kind
        if kind.kind == INPUT:
            return "X" if kind.varies else "x"
        return "c" if kind.kind == CONSTANT else f"v{block}"

    def _homes(self, counts: Counter[int]) -> dict[int, int]:
        """Return of each block without a node of its own the one that ends what it is in."""
        homes: dict[int, int] = {}
        for statement in reversed(self.layout.statements):
            home = homes.get(statement.block, statement.block)
            for operand in statement.operands:
                if not counts[operand.block]:
                    homes[operand.block] = min(home, homes.get(operand.block, home))
        return homes

    def _row(
        self, statement: Filling, counts: Counter[int], homes: dict[int, int]
    ) -> Statement:
        name, nodes = self.array(statement.block), counts[statement.block]
        return Statement(
            name,
            _operation(statement),
            self._lines.get(name, ""),
            self._shape(statement),
            nodes,
            self._first(statement),
            tuple(dict.fromkeys([self.array(o.block) for o in statement.operands])),
            "" if nodes else self.array(homes.get(statement.block, statement.block)),
        )

    def _shape(self, statement: Filling) -> tuple[int | str, ...]:
        sizes: list[int | str] = [size for size in statement.shape if size > 1]
        varies = self.layout.blocks[statement.block].kind.varies
        return tuple([*sizes, LANES] if varies else sizes)

    def _first(self, statement: Filling) -> str:
        """Return the first entry of a statement as an expression."""
        read = [
            [self._entry(o, row) for row in o.rows.reshape(-1, o.rows.shape[-1])[0]]
            if statement.kind != STEP
            else [self._entry(o, o.rows.flat[0])]
            for o in statement.operands
        ]
        terms = [" * ".join(filter(None, pair)) for pair in zip(*read, strict=True)]
        if statement.kind == PRODUCTS or statement.kind == TOTAL:
            return _few([term for term in terms if term], " + ")
        if statement.kind == LARGEST:
            return f"max({_few([term for term in terms if term], ', ')})"
        assert statement.op is not None
        return Python().apply(statement.op, [Text(row[0]) for row in read]).text

    def _entry(self, operand: Operand, row: Any) -> str:
        """Return what stands in a row of a block; "" where there is none."""
        if row == GAP:
            return ""
        block, at = self.layout.blocks[operand.block], int(row)
        if block.values is not None:
            return Python().number(float(block.values[at]))
        if block.kind.kind == INPUT:
            return self.names[self._slots[block.kind.varies][at]]
        return f"{self.array(operand.block)}[{at}]"

    def _parts(self) -> list[tuple[Any, ...]]:
        """Return for each input the operands of statements that read it."""
        parts: list[list[Any]] = [[] for _ in range(self.rolled.code.inputs)]
        for statement in self.layout.statements:
            for place, operand in enumerate(statement.operands):
                kind = self.layout.blocks[operand.block].kind
                if kind.kind == INPUT:
                    for row in set(operand.rows.ravel().tolist()) - {GAP}:
                        parts[self._slots[kind.varies][row]].append(
                            (statement.block, place)
                        )
        return list(map(tuple, parts))


def lines_of(source: str) -> dict[str, str]:
    """Return the lines of a page that fill each array, by its name.

    >>> lines_of("# v2: 2 x tanh\\n  np.tanh(x, out=v2)\\n  y[0] = v2[0]\\n  # back")
    {'v2': 'np.tanh(x, out=v2)'}
    """
    found: dict[str, list[str]] = {}
    into: list[str] = []
    for line in takewhile(_is_forward, map(str.strip, source.splitlines())):
        if begins := BEGINS.match(line):
            into = found.setdefault(begins[1], [])
        elif FILLS.match(line):
            into.append(line)
    return {name: "\n".join(some) for name, some in found.items()}


def _is_forward(line: str) -> bool:
    return line != "# back" and not line.startswith("return ")


def _operation(statement: Filling) -> str:
    """Return in words what a statement does."""
    if statement.kind == STEP:
        return str(getattr(statement.op, "name", ""))
    ragged = any((operand.rows == GAP).any() for operand in statement.operands)
    terms = f"{statement.operands[0].rows.shape[-1]:,}"
    terms = f"up to {terms}" if ragged else terms
    what = {PRODUCTS: f"sums of {terms} products", TOTAL: f"sums of {terms}"}
    return what.get(statement.kind, f"maxima of {terms}")


def _few(terms: Sequence[str], between: str) -> str:
    """Return some terms, the first ones of many."""
    if len(terms) <= TERMS + 1:
        return between.join(terms)
    shown = between.join(terms[:TERMS])
    return f"{shown}{between}… ({len(terms):,} terms)"
