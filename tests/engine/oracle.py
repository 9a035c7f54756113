"""Independent references: every operation in mpmath at 50 digits, from its definition.

Nothing here uses dendrograd. Derivatives are central differences at 60 digits, whose
error (about h**2) is far below a float's.
"""

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
from mpmath import mp, mpf

mp.dps = 60
Number = Any


def _sign(x: Number) -> Number:
    return mpf(mpmath.sign(x))


ORACLE: dict[str, Callable[..., Number]] = {
    "pos": lambda x: x,
    "neg": lambda x: -x,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "floordiv": lambda a, b: mpmath.floor(a / b),
    "mod": lambda a, b: a - b * mpmath.floor(a / b),
    "pow": lambda a, b: mpmath.exp(b * mpmath.log(a)),
    "exp": mpmath.exp,
    "expm1": lambda x: mpmath.exp(x) - 1,
    "exp2": lambda x: mpf(2) ** x,
    "log": mpmath.log,
    "log1p": lambda x: mpmath.log(1 + x),
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "log10": lambda x: mpmath.log(x) / mpmath.log(10),
    "sqrt": mpmath.sqrt,
    "cbrt": lambda x: _sign(x) * abs(x) ** (mpf(1) / 3),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "atan2": mpmath.atan2,
    "sinh": lambda x: (mpmath.exp(x) - mpmath.exp(-x)) / 2,
    "cosh": lambda x: (mpmath.exp(x) + mpmath.exp(-x)) / 2,
    "tanh": mpmath.tanh,
    "sech": lambda x: 2 / (mpmath.exp(x) + mpmath.exp(-x)),
    "asinh": lambda x: mpmath.log(x + mpmath.sqrt(x * x + 1)),
    "acosh": lambda x: mpmath.log(x + mpmath.sqrt(x * x - 1)),
    "atanh": lambda x: mpmath.log((1 + x) / (1 - x)) / 2,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "relu": lambda x: max(x, mpf(0)),
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "digamma": mpmath.digamma,
    "polygamma": lambda n, x: mpmath.psi(int(n), x),
    "abs": abs,
    "sign": _sign,
    "step": lambda x: mpf(x > 0),
    "compare": lambda a, b: _sign(a - b),
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "maximum": max,
    "minimum": min,
    "where": lambda c, a, b: a if c else b,
    "hypot": lambda a, b: mpmath.sqrt(a * a + b * b),
    "direction": lambda a, b: mpmath.cos(mpmath.atan2(b, a)),
    "norm": lambda *xs: mpmath.sqrt(mpmath.fsum(x * x for x in xs)),
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "logsumexp": lambda *xs: mpmath.log(mpmath.fsum(map(mpmath.exp, xs))),
    "sum": lambda *xs: mpmath.fsum(xs),
    "dot": lambda *v: (
        v[-1]
        + mpmath.fsum(
            w * x for w, x in zip(v[: len(v) // 2], v[len(v) // 2 : -1], strict=True)
        )
    ),
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
