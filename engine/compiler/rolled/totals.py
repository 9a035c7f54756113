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
from .factor import GAP
from .grids import strides
from .layout import Operand, Statement
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
    operand = statement.operands[0]._replace(literal=None)  # one array of equal terms
    axis = int(operand.strides is not None)
    if not axis:  # a copy, and that with the terms outermost, which is quicker
        operand = operand._replace(rows=operand.rows.T)
    terms, _ = page.read(operand, gap=gap)
    page.line(f"{op}.reduce({terms}, axis={axis}, out={out})")


def back(page: Reverse, statement: Statement) -> None:
    """Write what a sum, or a maximum, hands back to its terms."""
    operand = statement.operands[0]
    if page.gradient(statement) is None or not page.is_wanted(operand):
        return
    if operand.strides is None:
        _back_one_by_one(page, statement)
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
    terms, shape = page.read(operand)
    top, _ = filled(page, statement, False)
    page.constants["shares"] = shares
    with page.scratch() as take:
        found = take(shape)
        page.line(f"shares({terms}, {top}[:, None], out={found})")
        page.give(
            operand,
            varies,
            lambda out: page.line(f"np.multiply({found}, {g}[:, None], out={out})"),
        )


def _back_one_by_one(page: Reverse, statement: Statement) -> None:
    """Write the same where terms are no grid: for each of them, in the order of its array."""
    rows = statement.operands[0].rows
    flat = rows.reshape(-1)
    real = np.flatnonzero(flat != GAP)
    order = real[np.argsort(flat[real], kind="stable")]
    steps = strides(flat[order])
    each = Operand(
        statement.operands[0].block, flat[order], None if steps == (0,) else steps
    )
    row = order // rows.shape[1]  # of each term
    g, shape = filled(page, statement, True)
    shape = (len(order), *shape[1:])
    varies = page.blocks[statement.block].kind.varies
    if statement.kind == TOTAL:
        page.give(each, varies, lambda out: page.take(g, row, out))
        return
    place = np.full(len(flat), GAP)
    place[order] = np.arange(len(order))
    chains = page.hold("i", place.reshape(rows.shape))
    top, _ = filled(page, statement, False)
    page.constants["shares"] = shares
    with page.scratch() as take:
        found, other = take(shape), take(shape)
        page.take(top, row, other)
        terms, _ = page.read(each)
        page.line(f"shares({terms}, {other}, out={found}, chains={chains})")
        page.take(g, row, other)
        page.give(
            each,
            varies,
            lambda out: page.line(f"np.multiply({found}, {other}, out={out})"),
        )


def shares(terms: Floats, top: Floats, out: Floats, chains: Any = None) -> None:
    """Return the share of each term in the derivative of a chain of maxima.

    The terms of a chain lie along axis 1, or at places that `chains` has in rows, GAP where
    one is shorter. Where one term alone is the largest, it has all. Else a term is handed
    what its link hands on to it, times what all links after that hand on to the one before:
    at a tie the table halves it there.
    """
    count = top.size if chains is None else len(chains) * terms[0].size
    is_top = np.equal(terms, top)
    if np.count_nonzero(is_top) == count and not np.isnan(top).any():
        np.copyto(out, is_top)
    elif chains is None:
        out[...] = _link_by_link(terms, np.zeros(terms.shape[:2], bool))
    else:
        lacks = chains == GAP
        rows = terms[np.maximum(chains, 0)]
        rows[lacks] = -inf
        out[chains[~lacks]] = _link_by_link(rows, lacks)[~lacks]


def _link_by_link(terms: Floats, lacks: NDArray[np.bool_]) -> Floats:
    run = np.maximum.accumulate(terms, axis=1)
    before, own = _links(run[:, 1:], run[:, :-1], terms[:, 1:])
    before[lacks[:, 1:]], own[lacks[:, 1:]] = 1.0, 0.0
    found = np.ones(terms.shape)
    found[:, 1:] = own
    found[:, :-1] *= np.multiply.accumulate(before[:, ::-1], axis=1)[:, ::-1]
    return found


def _links(top: Floats, before: Floats, own: Floats) -> list[Floats]:
    """Return the partials of a maximum by its two operands, as the table has them."""
    rule = template(maximum, 2, (0, 1))
    held: dict[int, Any] = dict(enumerate((top, before, own)))
    held |= {~i: float(x) for i, x in enumerate(rule.constants)}
    for slot, op, places in rule.steps():
        held[slot] = np.empty(top.shape)
        ufunc(op)(*[held[i] for i in places], out=held[slot])
    return [held[i] for i in rule.outputs]
