"""The elementwise statement, and its reverse rule: that of its operation in the table."""

from __future__ import annotations

from collections.abc import Sequence

from dendrograd.compiler.templates import bits, template
from dendrograd.languages.numpy import NumPy
from dendrograd.op import Op
from dendrograd.program import Program

from .colours import INPUT
from .grids import Shape
from .layout import Operand, Statement
from .memory import LANES, Take
from .page import Page
from .reverse import Reverse, target

__all__ = ["back", "filled", "forward", "partials"]

Named = tuple[str, Shape]  # an array or a number, and its shape
COPY, MINUS, NOTHING = (
    "1.0",
    "-1.0",
    ("0.0", "-0.0"),
)  # partials with lines of their own


def forward(page: Page, statement: Statement) -> None:
    """Write the values of a block of steps."""
    page.fill(statement.block)
    out, _ = filled(page, statement, False)
    varies = page.blocks[statement.block].kind.varies
    operands = [page.read(o, varies)[0] for o in statement.operands]
    page.call(_operation(statement), operands, out)


def _operation(statement: Statement) -> Op:
    assert statement.op is not None
    return statement.op


def filled(page: Page, statement: Statement, back: bool) -> Named:
    """Return a statement's values, or their adjoint, in the shape of the statement."""
    block, shape = statement.block, statement.shape
    steps = [1]
    for size in shape[:0:-1]:
        steps.insert(0, steps[0] * size)
    text = page.view(block, 0, shape, tuple(steps), back)
    varies = page.blocks[block].kind.varies
    return text, (*shape, LANES) if varies else shape


def back(page: Reverse, statement: Statement) -> None:
    """Write what a block of steps hands back to its operands."""
    if page.gradient(statement) is None:
        return
    operands = statement.operands
    wanted = tuple([i for i, o in enumerate(operands) if page.is_wanted(o)])
    numbers = [(i, o.literal) for i, o in enumerate(operands)]
    known = tuple([(i, bits(x)) for i, x in numbers if x is not None])
    rule = template(_operation(statement), len(operands), wanted, known)
    varies = page.blocks[statement.block].kind.varies
    needed = {i for _, _, places in rule.steps() for i in places} | set(rule.outputs)
    held = [filled(page, statement, False)]
    for i, operand in enumerate(operands, 1):
        held.append(page.read(operand, varies) if i in needed else ("", ()))
    with page.scratch() as take:
        found = partials(page, rule, held, take)
        up = filled(page, statement, True)
        for i, partial in zip(wanted, found, strict=True):
            if partial[0] not in NOTHING:
                _hand(page, statement, operands[i], up, partial[0])


def partials(
    page: Page, rule: Program, held: Sequence[Named], take: Take
) -> list[Named]:
    """Write the steps of a rule for the output and operands; return its results."""
    named = dict(enumerate(held))
    for i, x in enumerate(rule.constants):
        named[~i] = NumPy().number(float(x)), ()
    for slot, op, places in rule.steps():
        shape = _joined([named[i][1] for i in places])
        named[slot] = take(shape), shape
        page.call(op, [named[i][0] for i in places], named[slot][0])
    return [named[i] for i in rule.outputs]


def _joined(shapes: Sequence[Shape]) -> Shape:
    """Return the shape to which shapes broadcast."""
    length = max(map(len, shapes))
    padded = [(1,) * (length - len(shape)) + shape for shape in shapes]
    axes = zip(*padded, strict=True)
    return tuple([next((n for n in sizes if n != 1), 1) for sizes in axes])


def _hand(
    page: Reverse, statement: Statement, operand: Operand, up: Named, partial: str
) -> None:
    """Write what one operand is handed: the chain rule's product.

    It is summed along the axes on which the operand is one for all.
    """
    g, shape = up
    varies = page.blocks[statement.block].kind.varies
    if partial == COPY and _is_alias(page, statement, operand):
        page.alias[operand.block] = statement.block
        return
    into = target(operand)
    if varies:
        kind = page.blocks[operand.block].kind
        into = (*into, LANES if kind.varies else 1)
    axes = [i for i, (n, m) in enumerate(zip(shape, into, strict=True)) if n != m]

    def product(out: str) -> None:
        page.line(
            f"np.copyto({out}, {g})"
            if partial == COPY
            else f"np.negative({g}, out={out})"
            if partial == MINUS
            else f"np.multiply({g}, {partial}, out={out})"
        )

    def total(out: str) -> None:
        with page.scratch() as take:
            term = g
            if partial != COPY:
                term = take(shape)
                product(term)
            along = tuple(axes) if len(axes) > 1 else axes[0]
            page.line(f"np.add.reduce({term}, axis={along}, keepdims=True, out={out})")

    def more(out: str) -> None:
        add = "add" if partial == COPY else "subtract"
        page.line(f"np.{add}({out}, {g}, out={out})")

    short = more if partial in (COPY, MINUS) and not axes else None
    page.give(operand, varies, total if axes else product, short)


def _is_alias(page: Reverse, statement: Statement, operand: Operand) -> bool:
    """Return whether an operand is handed what the statement was, and nothing else is."""
    block, mine = operand.block, page.blocks[statement.block]
    theirs = page.blocks[block]
    whole = operand.strides is not None and operand.start == 0
    return (
        whole
        and page.uses[block] == 1
        and theirs.size == mine.size
        and theirs.kind.kind != INPUT
        and theirs.kind.varies == mine.kind.varies
        and bool((operand.rows.ravel() == range(theirs.size)).all())
    )
