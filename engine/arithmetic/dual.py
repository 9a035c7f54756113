"""Dual numbers x + x' e with e**2 = 0: forward mode in the smallest space (Clifford 1873).

They know every operation of the table, and those of a person's own, by their partials.
"""

from __future__ import annotations

from typing import Any

from dendrograd.op import Op

__all__ = ["Dual", "apply", "expanded", "tangent"]

Dual = tuple[float, float]


def apply(op: Op, *operands: Dual | float) -> Dual:
    """Return an operation on dual numbers: y + (sum of partial * x') e.

    >>> from dendrograd.ops import mul
    >>> apply(mul, (3.0, 1.0), 4.0)
    (12.0, 4.0)
    """
    y, terms = expanded(op, *operands)
    return y, sum(terms, 0.0)


def expanded(op: Op, *operands: Dual | float) -> tuple[float, list[float]]:
    """Return y and the terms partial * x' whose sum is the tangent."""
    duals = [x if isinstance(x, tuple) else (x, 0.0) for x in operands]
    y, partials = op.linearize(*[x for x, _ in duals])
    return y, [p * t for p, (_, t) in zip(partials, duals, strict=True) if p and t]


def tangent(y: Any) -> float:
    """Return x' of a dual number; 0 of a float."""
    return float(y[1]) if isinstance(y, tuple) else 0.0
