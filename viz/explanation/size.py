"""Products of many local derivatives, which floats alone would overflow or lose.

The size of a product is a pair (exponent, mantissa) with a mantissa from 0.5 to 1, as of
`math.frexp`. Sizes compare as the products do, and a product of 100,000 factors is
neither too large nor too small for one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from dendrograd.viz.model.snapshot import Edge

__all__ = ["ONE", "product_along", "size_of", "times"]

ONE = 1, 0.5  # 0.5 * 2**1
# Exponents larger than that of any number, for inf and nan.
INFINITE, MISSING = 1 << 60, 1 << 90


def times(exponent: int, mantissa: float) -> tuple[int, float]:
    """Return a size whose mantissa is a product, from 0.25 to 1; doubling it is exact."""
    if mantissa >= 0.5:
        return exponent, mantissa
    return exponent - 1, mantissa + mantissa


def size_of(local: float) -> tuple[int, float]:
    """Return exponent and mantissa of |local|, which is not 0."""
    if local - local == 0.0:
        mantissa, exponent = math.frexp(abs(local))
        return exponent, mantissa
    return (MISSING if local != local else INFINITE), 0.5


def product_along(edges: Sequence[Edge]) -> float:
    """Return the product of local derivatives, none of them 0, from the last edge on.

    It is rounded after each factor, but leaves the range of floats at the end at most.

    >>> there, back = Edge(0, 1, 0, 1e200, 0.0), Edge(1, 2, 0, 1e-200, 0.0)
    >>> product_along([back, back, there, there])
    1.0
    """
    exponent, mantissa = ONE
    for edge in reversed(edges):
        more, factor = size_of(edge.local)
        exponent, mantissa = times(exponent + more, mantissa * factor)
    negative = sum(edge.local < 0.0 for edge in edges) % 2
    if exponent > MISSING // 2:
        return math.nan
    try:
        size = math.ldexp(mantissa, exponent)
    except OverflowError:  # INFINITE too
        size = math.inf
    return -size if negative else size
