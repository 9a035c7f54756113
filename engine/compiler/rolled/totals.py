"""Statements that reduce rows of terms, sums and maxima, and their reverse rules."""

from __future__ import annotations

from math import inf

from dendrograd.compiler.templates import template
from dendrograd.ops import maximum

from .colours import TOTAL
from .grids import Shape
from .layout import Statement
from .page import Page, Take
from .reverse import Reverse
from .steps import filled, partials

__all__ = ["back", "forward"]


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
    with page.scratch() as take:
        shares = _shares(page, statement, take)
        page.give(
            operand,
            varies,
            lambda out: page.line(f"np.multiply({shares}, {g}[:, None], out={out})"),
        )


def _shares(page: Page, statement: Statement, take: Take) -> str:
    """Write the share of each term in the derivative of a chain of maxima.

    A term is handed what its link hands on to it, times what all links after that hand on
    to the one before: at a tie the table halves it there.
    """
    terms, shape = page.read(statement.operands[0], gap=-inf)
    run, shares = take(shape), take(shape)
    page.line(f"np.maximum.accumulate({terms}, axis=1, out={run})")
    links: Shape = (shape[0], shape[1] - 1, *shape[2:])
    held = [f"{run}[:, 1:]", f"{run}[:, :-1]", f"{terms}[:, 1:]"]
    rule = template(maximum, 2, (0, 1))
    before, own = partials(page, rule, [(text, links) for text in held], take)
    after = take(links)
    page.line(
        f"np.multiply.accumulate({before[0]}[:, ::-1], axis=1, out={after}[:, ::-1])"
    )
    page.line(f"{shares}[:, :1] = 1.0")
    page.line(f"{shares}[:, 1:] = {own[0]}")
    page.line(f"{shares}[:, :-1] *= {after}")
    return shares
