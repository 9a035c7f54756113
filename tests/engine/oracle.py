"""References at sixty digits: the operations of mpmath, and differences of them.

The definitions are those of the kit (`dendrograd.arithmetic.mpmath`), which know no
derivative of the table. Derivatives are central differences, whose error (about h**2)
is far below a float's. `edge_reference.py` has a second reference, NumPy's.
"""

from collections.abc import Callable, Sequence
from typing import Any

from mpmath import mp, mpf

from dendrograd.arithmetic.mpmath import Precise
from dendrograd.ops import OPS

mp.dps = 60
Number = Any
PRECISE = Precise(60)
PRECISE.m = mp  # numbers of the tests' own context
ORACLE: dict[str, Callable[..., Number]] = {
    name: PRECISE.function(op) for name, op in OPS.items()
}


def primal(name: str, xs: Sequence[float]) -> Number:
    return ORACLE[name](*map(mpf, xs))


def slope(f: Callable[..., Number], xs: Sequence[Number], i: int) -> Number:
    """Return df/dx_i by a central difference."""
    h = mpf(10) ** -15

    def moved(by: Number) -> Number:
        return f(*[mpf(x) + (by if j == i else 0) for j, x in enumerate(xs)])

    return (moved(h) - moved(-h)) / (2 * h)


def curvature(f: Callable[..., Number], xs: Sequence[Number], i: int, j: int) -> Number:
    """Return d2f / dx_i dx_j by central differences of central differences."""
    return slope(lambda *at: slope(f, at, i), xs, j)


def close(ours: float, exact: Number, rel: float, absolute: float = 1e-14) -> bool:
    return bool(abs(mpf(ours) - exact) <= rel * abs(exact) + absolute)
