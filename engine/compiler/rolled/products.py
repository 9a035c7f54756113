"""The matrix product, and its reverse rule: of each factor, the product with the other.

Axes have letters: c of components, p of left rows, q of right ones, n of terms, l of lanes.
A left factor is c p n, a right one c q n, what is filled c q p, and each may have l at its
end. Axes of size 1 are left out, so that most lines are products of two matrices.
"""

from __future__ import annotations

from typing import NamedTuple

from .grids import Shape, strides
from .layout import Operand, Statement
from .page import LANES, Page
from .reverse import Reverse

__all__ = ["back", "forward"]


class Factor(NamedTuple):
    """An array by name, the letters of its axes, and what is read, if it is read."""

    text: str
    axes: str
    operand: Operand | None = None


class Product:
    """A statement of products: its sizes by letters, and its three arrays."""

    def __init__(self, page: Page, statement: Statement, back: bool) -> None:
        self.page, self.statement = page, statement
        c, q, p = statement.shape
        n = statement.operands[0].rows.shape[2]
        self.sizes = {"c": c, "q": q, "p": p, "n": n, "l": LANES}
        self.axes = [a for a in "cqp" if self.sizes[a] > 1]
        self.left = self._read(statement.operands[0], "cpn")
        self.right = self._read(statement.operands[1], "cqn")
        axes = self._letters("cqp", statement.block)
        shape = tuple([self.sizes[a] for a in axes if a != "l"])
        steps = [1]
        for size in shape[:0:-1]:
            steps.insert(0, steps[0] * size)
        text = page.view(statement.block, 0, shape, tuple(steps[: len(shape)]), back)
        self.out = Factor(text, axes)

    def _letters(self, axes: str, block: int) -> str:
        kept = "".join([a for a in axes if a == "n" or a in self.axes])
        return kept + "l" * self.page.blocks[block].kind.varies

    def _read(self, operand: Operand, axes: str) -> Factor:
        letters = self._letters(axes, operand.block)
        rows = operand.rows.reshape([self.sizes[a] for a in letters if a != "l"])
        steps = strides(rows) if operand.strides is not None else None
        lies = steps is not None and _lies(rows.shape, steps, "l" in letters)
        read = Operand(operand.block, rows, steps if lies else None)
        return Factor(self.page.read(read)[0], letters, read)

    def shape(self, axes: str) -> Shape:
        return tuple([self.sizes[a] for a in axes])


def _lies(shape: Shape, steps: Shape, lanes: bool) -> bool:
    """Return whether a grid can be a factor as it lies, so that no copy is made."""
    if any(step <= 0 for step, size in zip(steps, shape, strict=True) if size > 1):
        return False
    if lanes or len(shape) < 2:
        return True
    (m, n), (outer, inner) = shape[-2:], steps[-2:]
    return (inner == 1 and outer >= n) or (outer == 1 and inner >= m)


def forward(page: Page, statement: Statement) -> None:
    """Write a block of products."""
    page.fill(statement.block)
    made = Product(page, statement, False)
    _contract(made, made.left, made.right, made.out.axes, made.out.text)


def back(page: Reverse, statement: Statement) -> None:
    """Write what a product hands back to its factors."""
    if page.gradient(statement) is None:
        return
    made = Product(page, statement, True)
    for one, other in ((made.left, made.right), (made.right, made.left)):
        operand = one.operand
        assert operand is not None
        if page.is_wanted(operand):

            def write(out: str, one: Factor = one, other: Factor = other) -> None:
                _contract(made, made.out, other, one.axes, out)

            page.give(operand, False, write)


def _contract(made: Product, one: Factor, other: Factor, axes: str, out: str) -> None:
    """Write the product of two arrays into a third, summed over the axes that it lacks."""
    page = made.page
    summed = [a for a in one.axes if a not in axes]
    pair = [_aligned(factor, axes) for factor in (one, other)]
    if not summed and None not in pair:
        page.line(f"np.multiply({pair[0]}, {pair[1]}, out={out})")
        return
    if len(summed) == 2 and "q" in summed:  # of lanes and rows: the lanes first
        longer = axes.replace("p", "qp") if "p" in axes else axes.replace("n", "qn")
        with page.scratch() as take:
            name = take(made.shape(longer))
            _contract(made, one, other, longer, name)
            page.line(f"np.add.reduce({name}, axis={longer.index('q')}, out={out})")
        return
    factors = _matrices(one, other, axes, summed)
    if factors is not None:
        page.line(f"np.matmul({factors[0]}, {factors[1]}, out={out})")
        return
    factors = _in_each_lane(one, other, axes, summed)
    if factors is not None:
        out = _turned(Factor(out, axes), _lanes_inside(axes))
        page.line(f"np.matmul({factors[0]}, {factors[1]}, out={out})")
        return
    whole = "".join([*axes.removesuffix("l"), *summed, *"l" * axes.endswith("l")])
    pair = [_aligned(factor, whole) for factor in (one, other)]
    if (
        summed == ["n"]
        and None not in pair
        and not {"p", "q"} <= {*one.axes, *other.axes}
    ):
        with page.scratch() as take:  # rows by rows: no product of matrices
            name = take(made.shape(whole))
            page.line(f"np.multiply({pair[0]}, {pair[1]}, out={name})")
            page.line(f"np.add.reduce({name}, axis={whole.index('n')}, out={out})")
        return
    how = f"{one.axes},{other.axes}->{axes}"
    page.line(f'np.einsum("{how}", {one.text}, {other.text}, out={out})')


def _matrices(
    one: Factor, other: Factor, axes: str, summed: list[str]
) -> tuple[str, str] | None:
    """Return two arrays as factors for `np.matmul`, or None where they are none."""
    (s,) = summed
    for first, last in ((one, other), (other, one)):
        if first.axes == axes + s and last.axes == s:  # a matrix and a vector
            return first.text, last.text
        if len(axes) == 1 and first.axes == s and last.axes == s + axes:
            return first.text, last.text
        if len(axes) > 1 and axes[-2] not in last.axes and axes[-1] not in first.axes:
            left = _aligned(first, axes[:-1] + s)
            right = _aligned(last, axes[:-2] + s + axes[-1])
            return None if left is None or right is None else (left, right)
    return None


def _in_each_lane(
    one: Factor, other: Factor, axes: str, summed: list[str]
) -> tuple[str, str] | None:
    """Return two arrays as factors of a product of matrices for each lane, if it is one."""
    varies = all("l" in part for part in (axes, one.axes, other.axes))
    if not varies or len(summed) != 1 or axes[-3:-2] in ("", "c"):
        return None
    left, right = axes[-3] + summed[0], summed[0] + axes[-2]
    first, last = (one, other) if axes[-3] in one.axes else (other, one)
    outer = f"{axes[:-3]}l"
    return _turned(first, outer + left), _turned(last, outer + right)


def _lanes_inside(axes: str) -> str:
    """Return axes with that of the lanes before those of the matrices."""
    return f"{axes[:-3]}l{axes[-3:-1]}"


def _turned(factor: Factor, axes: str) -> str:
    """Return an array with its axes in another order."""
    places = [str(factor.axes.index(a)) for a in axes]
    return f"{factor.text}.transpose({', '.join(places)})"


def _aligned(factor: Factor, axes: str) -> str | None:
    """Return an array with its axes as in `axes`, those that it lacks having size 1."""
    mine = [a for a in axes if a in factor.axes]
    if len(mine) < len(factor.axes):
        return None
    text = factor.text
    if "".join(mine) != factor.axes:
        if "".join([*mine[:-2], mine[-1], mine[-2]]) != factor.axes:
            return None
        text += ".T" if len(mine) == 2 else ".swapaxes(-1, -2)"
    missing = [a not in factor.axes for a in axes]
    while missing and missing[0]:  # NumPy adds leading axes by itself
        missing.pop(0)
    if not any(missing):
        return text
    return f"{text}[{', '.join(['None' if lacks else ':' for lacks in missing])}]"
