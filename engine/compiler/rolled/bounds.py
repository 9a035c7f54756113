"""How far numbers of statements may be from those of the eager engine: lines of a page.

Of each block that guards hang on, a line computes a bound of |array - eager|, one for all
rows and lanes. A sum of n terms differs by the order in which they are added, so by at most
2 n u Σ|term| (Higham 2002, section 4.2). A function hands on what its operands are off by:
|f(x + e) - f(x)| <= |f'| e + 2 (1 + |f'|) e**2, since |f''| <= 2 (1 + |f'|) for those that
are smooth everywhere; one with a kink moves by e at most.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.templates import bits, template
from dendrograd.ops import OPS

from .colours import CONSTANT, INPUT, PRODUCTS, STEP, TOTAL
from .layout import Layout, Operand, Statement
from .page import Page
from .steps import filled, partials

__all__ = ["Bounds"]

UNIT = 2.0**-53  # what a number is off by, as a part of it
FUNCTION = 32.0  # of these, by which an array's function may differ from the table's
FAR = 0.5  # past it a bound is none
ADDING = OPS["add"], OPS["sub"]


def size(array: NDArray[np.float64]) -> float:
    """Return the largest absolute value, nan where there is one."""
    return float(max(array.max(), -array.min()))


def handed(slope: float, error: float) -> float:
    """Return how far a smooth function moves, by its slope, where its operand is off."""
    if not error <= FAR:
        return np.inf
    return (slope + 2.0 * (1.0 + slope) * error) * error if error else 0.0


class Bounds:
    """The lines that compute bounds, for blocks that some nodes hang on.

    page    where they are written, behind the statements
    """

    def __init__(self, page: Page, layout: Layout, nodes: list[int]) -> None:
        self.page, self.layout = page, layout
        self.unit = _unit(layout)
        self._sizes: dict[int, str] = {}
        self._needed = {layout.place(node)[0] for node in nodes}
        for statement in reversed(layout.statements):
            if statement.block in self._needed:
                self._needed |= {o.block for o in statement.operands}
        page.constants |= {"size": size, "handed": handed}

    def error(self, block: int) -> str:
        """Return by how much a block may be off, as an expression."""
        exact = self.layout.blocks[block].kind.kind in (INPUT, CONSTANT)
        return "0.0" if exact else f"e{block}"

    def add(self, statement: Statement) -> None:
        """Write the bound of a statement, if a guard hangs on it."""
        if statement.block not in self._needed:
            return
        find = {STEP: self._step, PRODUCTS: self._products, TOTAL: self._total}
        terms = find.get(statement.kind, self._largest)(statement)
        text = " + ".join([t for t in terms if t != "0.0"]) or "0.0"
        self.page.line(f"e{statement.block} = {text}")

    def _size(self, operand: Operand) -> str:
        """Return the largest number that an operand may be, as an expression."""
        block = self.layout.blocks[operand.block]
        if block.values is not None:
            return repr(float(np.abs(block.values).max()))
        return self._size_of(operand.block)

    def _size_of(self, block: int) -> str:
        if block not in self._sizes:
            self._sizes[block] = f"m{block}"
            self.page.line(f"m{block} = size({self.page.array(block)})")
        return self._sizes[block]

    def _products(self, statement: Statement) -> list[str]:
        a, b = statement.operands
        n, sizes = a.rows.shape[-1], (self._size(a), self._size(b))
        errors = [self.error(o.block) for o in (a, b)]
        return [
            f"{self.unit * n!r} * {sizes[0]} * {sizes[1]}",
            *[
                f"{n} * {m} * {e}"
                for m, e in zip(sizes, errors[::-1], strict=True)
                if e != "0.0"
            ],
            f"{n} * {errors[0]} * {errors[1]}" if "0.0" not in errors else "0.0",
        ]

    def _total(self, statement: Statement) -> list[str]:
        (terms,) = statement.operands
        n, error = terms.rows.shape[-1], self.error(terms.block)
        more = "0.0" if error == "0.0" else f"{n} * {error}"
        return [f"{self.unit * n!r} * {self._size(terms)}", more]

    def _largest(self, statement: Statement) -> list[str]:
        return [self.error(statement.operands[0].block)]

    def _step(self, statement: Statement) -> list[str]:
        """Return what the operands of an operation are off by, and its own rounding."""
        page, operands, op = self.page, statement.operands, statement.op
        assert op is not None
        errors = {i: self.error(o.block) for i, o in enumerate(operands)}
        off = tuple([i for i, error in errors.items() if error != "0.0"])
        found = [f"{FUNCTION * UNIT!r} * {self._size_of(statement.block)}"]
        if op in ADDING:
            found += [f"{self.unit!r} * {self._size(o)}" for o in operands]
        if op.kinks or op in ADDING:
            return [*found, *[errors[i] for i in off]]
        known = [
            (i, bits(o.literal))
            for i, o in enumerate(operands)
            if o.literal is not None
        ]
        rule = template(op, len(operands), off, tuple(known))
        varies = page.blocks[statement.block].kind.varies
        held: list[Any] = [filled(page, statement, False)]
        held += [page.read(operand, varies) for operand in operands]
        with page.scratch() as take:
            slopes = partials(page, rule, held, take)
            for i, (text, shape) in zip(off, slopes, strict=True):
                name = page.name("s")
                slope = f"size({text})" if shape else f"abs({text})"
                page.line(f"{name} = {slope}")
                found.append(f"handed({name}, {errors[i]})")
        return found


def _unit(layout: Layout) -> float:
    """Return the unit of rounding times the terms of any sum on a page, and twice."""
    terms = [1]
    for statement in layout.statements:
        if statement.kind in (PRODUCTS, TOTAL):
            terms.append(statement.operands[0].rows.shape[-1])
    return 2.0 * UNIT * (sum(terms) + len(layout.statements))
