"""A program as a page of NumPy: every statement forward, then every statement back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from . import products, steps, totals
from .arrays import view
from .bounds import Bounds
from .colours import INPUT, LARGEST, PRODUCTS, STEP, TOTAL, Colouring
from .layout import Layout
from .page import Page
from .reverse import Reverse

__all__ = ["Printed", "printed"]

KINDS: dict[int, Any] = {
    STEP: steps,
    PRODUCTS: products,
    TOTAL: totals,
    LARGEST: totals,
}


class Printed(NamedTuple):
    """A page, and the arrays and functions that it names."""

    text: str
    constants: dict[str, Any]
    statements: int
    entries: int

    def prepared(self) -> Any:
        """Return the function of the page that makes what is kept between calls."""
        space: dict[str, Any] = {"np": np, "view": view, **self.constants}
        exec(compile(self.text, "<rolled>", "exec"), space)  # noqa: S102  # our own text
        return space["prepared"]


def printed(
    found: Colouring,
    outputs: Sequence[int],
    root: int | None,
    asked: int | None = None,
    bounded: bool = False,
) -> Printed:
    """Return the page of a colouring: its outputs, and the gradient of one of them.

    A place in `outputs` is a slot, or below 0 a constant; `root` is one of these, or None
    where no gradient is wanted. From place `asked` on they are asked about on the way, unless
    that is None; if `bounded`, with a bound of how far each is from the eager number.
    """
    layout = Layout(found)
    page = Reverse(layout)
    nodes = found.node(np.array(outputs, np.int64)).tolist()
    bounds = Bounds(page, layout, nodes[asked:] if bounded else [])
    for statement in layout.statements:
        page.line(_said(layout, statement))
        KINDS[statement.kind].forward(page, statement)
        bounds.add(statement)
    for i, node in enumerate(nodes):
        block, row = layout.place(node)
        values = layout.blocks[block].values
        told = f"{page.array(block)}[{row}]"
        page.line(f"y[{i}] = {told if values is None else repr(float(values[row]))}")
    if asked is not None:
        errors = [bounds.error(layout.place(node)[0]) for node in nodes[asked:]]
        page.line(f"holds(y[{asked}:], [{', '.join(errors if bounded else [])}])")
    if root is not None:
        _backward(page, layout, int(found.node(np.array([root]))[0]))
    count = len(layout.statements)
    return Printed(_text(page), page.constants, count, page.entries)


def _backward(page: Reverse, layout: Layout, root: int) -> None:
    """Write the sweep from the root to the inputs."""
    forward, page.lines = page.lines, []
    block, row = layout.place(root)
    page.uses[block] += 1
    page.seed(block, row)
    for statement in reversed(layout.statements):
        if page.blocks[statement.block].kind.active:
            KINDS[statement.kind].back(page, statement)
            page.release(statement.block)
    for i, held in enumerate(page.blocks):
        if held.kind.kind == INPUT and held.kind.active:
            rows = layout.row[layout.colour == i]
            if i not in page.written or not page.written[i][rows].all():
                page.zeroed[page.adjoint(i)] = None
    given = [f"{name}.fill(0.0)" for name in page.zeroed if name in ("dx", "dX")]
    none = {f"{name}.fill(0.0)" for name in page.adjoints if name not in page.zeroed}
    back = [line for line in page.lines if line not in none]
    page.lines = [*forward, "# back", *given, *back]


def _said(layout: Layout, statement: Any) -> str:
    """Return a comment that says what a statement computes."""
    size = layout.blocks[statement.block].size
    if statement.kind == STEP:
        return f"# v{statement.block}: {size} x {statement.op.name}"
    terms = statement.operands[0].rows.shape[-1]
    what = {PRODUCTS: "sums of products", TOTAL: "sums", LARGEST: "maxima"}
    return f"# v{statement.block}: {size} {what[statement.kind]}, of {terms} terms"


HEAD = """\
# x: the numbers of inputs; X: those that vary by lane, a column for each lane.
# y: the results; dx, dX: the gradients by x and X of the first, times seed;
# v, d: a value and its d.
# holds: raises an error where the code does not hold for some lane; m, e: the largest number
# of an array, and how far it may be off.
"""


def _text(page: Page) -> str:
    kept = ["def prepared(lanes):", *[f"    {line}" for line in page.made()]]
    call = ["    def run(x, X, y, dx, dX, seed, holds):"]
    call += [f"        {line}" for line in (*page.views, *page.lines)]
    return HEAD + "\n".join([*kept, "", *call, "", "    return run", ""])
