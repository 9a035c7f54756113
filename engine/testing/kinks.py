"""Where an expression is not smooth: operations at, or within reach of, a kink."""

from __future__ import annotations

from collections.abc import Sequence

from dendrograd.notices.describe import called
from dendrograd.op import Op

from .expression import Expression

__all__ = ["kinks"]


def kinks(expression: Expression, reach: float) -> list[str]:
    """Return the operations whose operands are within reach of a kink, as text.

    The entry of an operation says where its kinks are: sample points, the zeros of its
    crease, or an end of its domain that the operand stands on. `reach` is relative to
    the operands, absolute below 1.

    >>> from dendrograd import Value, relu
    >>> x = Value(0.0)
    >>> kinks(Expression.of([relu(x)], [x]), 1e-9)
    ['relu(0.0)']
    """
    texts: list[str] = []

    def apply(op: Op, *xs: float) -> float:
        if _creased(op, xs, reach) and (text := called(op, xs)) not in texts:
            texts.append(text)
        return op.evaluate(*xs)

    expression.run(expression.point, apply)
    return texts


def _creased(op: Op, xs: Sequence[float], reach: float) -> bool:
    if any(_near(xs, at, reach) for at, _ in op.kinks):
        return True
    if op.crease and abs(op.crease(*xs)) <= reach * max(1.0, *map(abs, xs)):
        return True
    domain = op.domain * len(xs) if op.variadic else op.domain
    return any(
        not interval.whole and x in (interval.low, interval.high)
        for x, interval in zip(xs, domain, strict=True)
    )


def _near(xs: Sequence[float], at: Sequence[float], reach: float) -> bool:
    """Return whether xs is at a kink; that of a variadic operation is at its origin."""
    if len(xs) != len(at):
        return not any(at) and all(abs(x) <= reach for x in xs)
    return all(
        abs(x - k) <= reach * max(1.0, abs(k)) for x, k in zip(xs, at, strict=True)
    )
