"""Statements that reduce rows of terms, sums and maxima, and their reverse rules."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dendrograd.compiler.templates import template
from dendrograd.ops import maximum

from .arrays import ufunc
from .colours import TOTAL
from .layout import Statement
from .page import Page
from .reverse import Reverse
from .steps import filled

__all__ = ["back", "forward"]

Floats = NDArray[np.float64]


def forward(page: Page, statement: Statement) -> None:
    """Write the sum, or the maximum, of each row of terms."""
    page.fill(statement.block)
    out, _ = filled(page, statement, False)
    op, gap = ("np.add", 0.0) if statement.kind == TOTAL else ("np.maximum", -inf)
    terms, _ = page.read(statement.operands[0], gap=gap)
    page.line(f"{op}.reduce({terms}, axis=1, out={out})")


def back(page: Reverse, statement: Statement) -> None:
    """Write what a sum, or a maximum, hands back to its terms."""
    operand = statement.operands[0]
    if page.gradient(statement) is None or not page.is_wanted(operand):
        return
    g, _ = filled(page, statement, True)
    varies = page.blocks[statement.block].kind.varies
    if statement.kind == TOTAL:
        page.give(
            operand,
            varies,
            lambda out: page.line(f"np.copyto({out}, {g}[:, None])"),
            lambda out: page.line(f"np.add({out}, {g}[:, None], out={out})"),
        )
        return
    terms, shape = page.read(operand, gap=-inf)
    top, _ = filled(page, statement, False)
    page.constants["shares"] = shares
    with page.scratch() as take:
        found = take(shape)
        page.line(f"shares({terms}, {top}, out={found})")
        page.give(
            operand,
            varies,
            lambda out: page.line(f"np.multiply({found}, {g}[:, None], out={out})"),
        )


def shares(terms: Floats, top: Floats, out: Floats) -> None:
    """Return the share of each term in the derivative of a chain of maxima, along axis 1.

    Where one term alone is the largest, it has all. Else a term is handed what its link
    hands on to it, times what all links after that hand on to the one before: at a tie the
    table halves it there.
    """
    is_top = np.equal(terms, top[:, None])
    if np.count_nonzero(is_top) == top.size and not np.isnan(top).any():
        np.copyto(out, is_top)
        return
    run = np.maximum.accumulate(terms, axis=1)
    before, own = _links(run[:, 1:], run[:, :-1], terms[:, 1:])
    out[:, :1] = 1.0
    out[:, 1:] = own
    out[:, :-1] *= np.multiply.accumulate(before[:, ::-1], axis=1)[:, ::-1]


def _links(top: Floats, before: Floats, own: Floats) -> list[Floats]:
    """Return the partials of a maximum by its two operands, as the table has them."""
    rule = template(maximum, 2, (0, 1))
    held: dict[int, Any] = dict(enumerate((top, before, own)))
    held |= {~i: float(x) for i, x in enumerate(rule.constants)}
    for slot, op, places in rule.steps():
        held[slot] = np.empty(top.shape)
        ufunc(op)(*[held[i] for i in places], out=held[slot])
    return [held[i] for i in rule.outputs]
