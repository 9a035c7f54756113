"""The matrix product, and its reverse rule: of each factor, the product with the other.

Axes have letters: c of components, p of left rows, q of right ones, n of terms, l of lanes,
and m of right rows and lanes as one axis. A left factor has c, p, n, a right one c, q, n, in
the order in which they lie; what is filled is c p q; and each may have l at its end. Axes of
size 1 are left out, so that most lines are products of two matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .arrays import products
from .colours import INPUT
from .grids import Shape, strides
from .layout import Operand, Statement
from .memory import LANES
from .page import Page
from .reverse import Reverse

__all__ = ["back", "forward"]


class Factor(NamedTuple):
    """An array by name, the letters of its axes, and what is read, if it is read.

    merges  whether q and l at its end can be one axis without a copy
    """

    text: str
    axes: str
    merges: bool = True
    operand: Operand | None = None


class Product:
    """A statement of products: its sizes by letters, and its three arrays."""

    def __init__(self, page: Page, statement: Statement, back: bool) -> None:
        self.page, self.statement = page, statement
        c, p, q = statement.shape
        n = statement.operands[0].rows.shape[2]
        self.sizes = {"c": c, "q": q, "p": p, "n": n, "l": LANES}
        self.axes = [a for a in "cpq" if self.sizes[a] > 1]
        self.left = self._read(statement.operands[0], "cpn")
        self.right = self._read(statement.operands[1], "cqn")
        axes = self._letters("cpq", statement.block)
        shape = tuple([self.sizes[a] for a in axes if a != "l"])
        steps = [1]
        for size in shape[:0:-1]:
            steps.insert(0, steps[0] * size)
        text = page.view(statement.block, 0, shape, tuple(steps[: len(shape)]), back)
        self.out = Factor(text, axes, True)

    def _letters(self, axes: str, block: int) -> str:
        kept = "".join([a for a in axes if a == "n" or a in self.axes])
        return kept + "l" * self.page.blocks[block].kind.varies

    def _read(self, operand: Operand, axes: str) -> Factor:
        """Return what is read, in the order in which it lies."""
        letters = self._letters(axes, operand.block)
        inner = [a for a in letters if a != "l"]
        rows = operand.rows.reshape(self.shape("".join(inner)))
        steps = strides(rows) if operand.strides is not None else None
        if steps is not None:
            order = np.argsort([-step for step in steps], kind="stable")
        else:  # a copy, with q at its end
            order = np.argsort([a == "q" for a in inner], kind="stable")
        rows = rows.transpose(order)
        inner = [inner[i] for i in order]
        steps = None if steps is None else tuple([steps[i] for i in order])
        lies = steps is not None and _lies(rows.shape, steps, "l" in letters)
        read = Operand(operand.block, rows, steps if lies else None)
        given = self.page.blocks[operand.block].kind.kind == INPUT
        merges = not lies or (steps is not None and steps[-1] == 1 and not given)
        letters = "".join(inner) + "l" * letters.endswith("l")
        return Factor(self.page.read(read)[0], letters, merges, read)

    def shape(self, axes: str) -> Shape:
        return tuple([self.sizes[a] for a in axes])

    def merged(self, factor: Factor) -> Factor:
        """Return an array with q and l as one axis m, if it has them."""
        axes = factor.axes.removesuffix("ql")
        if axes == factor.axes:
            return factor
        sizes = ", ".join(map(str, (*self.shape(axes), -1)))
        return Factor(f"{factor.text}.reshape({sizes})", f"{axes}m")


def _lies(shape: Shape, steps: Shape, lanes: bool) -> bool:
    """Return whether a grid can be a factor as it lies, so that no copy is made."""
    if any(step <= 0 for step, size in zip(steps, shape, strict=True) if size > 1):
        return False
    return lanes or len(shape) < 2 or (steps[-1] == 1 and steps[-2] >= shape[-1])


def forward(page: Page, statement: Statement) -> None:
    """Write a block of products."""
    page.fill(statement.block)
    made = Product(page, statement, False)
    _contract(made, made.left, made.right, made.out)


def back(page: Reverse, statement: Statement) -> None:
    """Write what a product hands back to its factors."""
    if page.gradient(statement) is None:
        return
    made = Product(page, statement, True)
    if _is_square(made):
        _back_of_squares(page, made)
        return
    for one, other in ((made.left, made.right), (made.right, made.left)):
        operand = one.operand
        assert operand is not None
        if page.is_wanted(operand):

            def write(out: str, one: Factor = one, other: Factor = other) -> None:
                _contract(made, made.out, other, one._replace(text=out))

            page.give(operand, False, write)


def _is_square(made: Product) -> bool:
    """Return whether each row is multiplied by itself."""
    one, other = made.left.operand, made.right.operand
    assert one is not None
    assert other is not None
    alike = one.block == other.block and one.rows.shape == other.rows.shape
    return (
        alike and made.left.axes == made.right.axes and (one.rows == other.rows).all()
    )


def _back_of_squares(page: Reverse, made: Product) -> None:
    """Write what both factors are handed, which is twice the same."""
    operand = made.right.operand
    assert operand is not None

    def write(out: str) -> None:
        with page.scratch() as take:
            twice = take(made.shape(made.out.axes))
            page.line(f"np.multiply({made.out.text}, 2.0, out={twice})")
            both = made.out._replace(text=twice)
            _contract(made, both, made.right, made.right._replace(text=out))

    page.give(operand, False, write)


def _contract(made: Product, one: Factor, other: Factor, out: Factor) -> None:
    """Write the product of two arrays into a third, summed over the axes that it lacks."""
    page = made.page
    summed = [a for a in one.axes if a not in out.axes]
    if not summed:
        pair = [_aligned(factor, out.axes) for factor in (one, other)]
        page.line(f"np.multiply({pair[0]}, {pair[1]}, out={out.text})")
        return
    if _merge(made, (one, other, out)):
        one, other, out = (made.merged(part) for part in (one, other, out))
        summed = [a for a in one.axes if a not in out.axes]
    if len(summed) == 2:  # of lanes and rows: the lanes first
        with page.scratch() as take:
            name = take(made.shape(f"q{out.axes}"))
            _contract(made, one, other, Factor(name, f"q{out.axes}"))
            page.line(f"np.add.reduce({name}, axis=0, out={out.text})")
    elif (factors := _in_each_lane(page, one, other, out, summed[0])) is not None:
        page.constants["products"] = products
        page.line(f"products({factors[0]}, {factors[1]}, out={factors[2]})")
    elif (factors := _matrices(one, other, out, summed[0])) is not None:
        page.line(f"np.matmul({factors[0]}, {factors[1]}, out={factors[2]})")
    elif summed == ["l"]:
        how = f"{one.axes},{other.axes}->{out.axes}"
        page.line(f'np.einsum("{how}", {one.text}, {other.text}, out={out.text})')
    else:  # rows by rows
        whole = max(one.axes, other.axes, key=len)
        pair = [_aligned(factor, whole) for factor in (one, other)]
        left = _aligned(out, whole.replace(summed[0], ""))
        with page.scratch() as take:
            name = take(made.shape(whole))
            page.line(f"np.multiply({pair[0]}, {pair[1]}, out={name})")
            axis = whole.index(summed[0])
            page.line(f"np.add.reduce({name}, axis={axis}, out={left})")


def _merge(made: Product, parts: Sequence[Factor]) -> bool:
    """Return whether right rows and lanes can be one axis, in all arrays that have any."""
    having = [part for part in parts if {"q", "l"} & {*part.axes}]
    alike = all(part.axes.endswith("ql") and part.merges for part in having)
    return alike and {"p", "q"} <= {*made.axes}


def _in_each_lane(
    page: Page, one: Factor, other: Factor, out: Factor, summed: str
) -> tuple[str, str, str] | None:
    """Return two arrays as factors for `products`, and its result; None if they are none."""
    alone = [a for a in out.axes if (a in one.axes) != (a in other.axes)]
    varies = all("l" in part.axes for part in (one, other, out))
    if not varies or len(alone) < 2 or any(_is_given(page, i) for i in (one, other)):
        return None
    row, column = alone
    first, last = (one, other) if row in one.axes else (other, one)
    found = [
        _aligned(first, f"c{row}{summed}l"),
        _aligned(last, f"c{column}{summed}l"),
        _aligned(out, f"c{row}{column}l"),
    ]
    if "c" not in out.axes:
        found = [f"{text}[None]" for text in found]
    return found[0], found[1], found[2]


def _is_given(page: Page, factor: Factor) -> bool:
    """Return whether an array lies as its giver has it, perhaps not lane beside lane."""
    operand = factor.operand
    if operand is None or operand.strides is None:
        return False
    return page.blocks[operand.block].kind.kind == INPUT


def _matrices(
    one: Factor, other: Factor, out: Factor, summed: str
) -> tuple[str, str, str] | None:
    """Return two arrays as factors for `np.matmul`, and its result; None if they are none.

    Columns are an axis of one factor alone, the rows one of the other alone; for all other
    axes there is a product of matrices at each place.
    """
    alone = [a for a in out.axes if (a in one.axes) != (a in other.axes)]
    if one.axes == other.axes == summed:  # two vectors
        return one.text, other.text, out.text
    if not alone:
        return None
    column = alone[-1]
    first, last = (other, one) if column in one.axes else (one, other)
    rows = [a for a in alone if a in first.axes]
    if out.axes == column and first.axes == summed:  # a matrix and a vector
        return _aligned(last, column + summed), first.text, out.text
    if not rows and first.axes != summed:
        return None
    row = "".join(rows[-1:])
    outer = "".join([a for a in out.axes if a not in (row, column)])
    return (
        _aligned(first, (outer if row else "") + row + summed),
        _aligned(last, outer + summed + column),
        _aligned(out, outer + row + column),
    )


def _aligned(factor: Factor, axes: str) -> str:
    """Return an array with its axes as in `axes`, those that it lacks having size 1."""
    text, mine = factor.text, "".join([a for a in axes if a in factor.axes])
    if mine == factor.axes[::-1] and len(mine) == 2:
        text += ".T"
    elif mine != factor.axes:
        places = [str(factor.axes.index(a)) for a in mine]
        text += f".transpose({', '.join(places)})"
    lacks = [a not in factor.axes for a in axes]
    while lacks and lacks[0]:  # NumPy adds leading axes by itself
        lacks.pop(0)
    if not any(lacks):
        return text
    return f"{text}[{', '.join(['None' if lack else ':' for lack in lacks])}]"
