"""Complex numbers: operations continued to them, for derivatives without subtraction.

f(x + ih) = f(x) + ih f'(x) + O(h**2), so Im f(x + ih) / h is the slope with no
cancellation, and h may be 1e-40 (Squire & Trapp, SIAM Review 40, 1998; Martins, Sturdza
& Alonso, ACM TOMS 29, 2003). A piecewise operation continues the piece that it is on,
told by the real part.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

from dendrograd.op import Op

from . import meaning

__all__ = ["STEP", "continued"]

STEP = 1e-40
Definition = Callable[..., complex]


def continued(op: Op, *operands: Any) -> complex:
    """Return the result of an operation on complex numbers; nan where it has none.

    Raises LookupError for an operation that is not continued here.
    """
    function = meaning(op, OWN, cmath, continued, ABSENT)
    if function is None:
        raise LookupError(f"{op.name} is not continued to complex numbers")
    try:
        return complex(function(*map(complex, operands)))
    except (ArithmeticError, ValueError):
        return complex(math.nan, math.nan)


def _expm1(z: complex) -> complex:
    """e**(a+ib) - 1 = expm1(a) cos b + (cos b - 1) + i e**a sin b, and cos b = 1."""
    return complex(math.expm1(z.real), math.exp(z.real) * math.sin(z.imag))


def _log1p(z: complex) -> complex:
    return complex(math.log1p(z.real), math.atan2(z.imag, 1.0 + z.real))


def _pow(a: complex, b: complex) -> complex:
    """A whole power of a negative base is that of -a, up to the sign."""
    if not b:
        return complex(1.0)
    if a.real > 0.0:
        return cmath.exp(b * cmath.log(a))
    if b.imag or b.real != math.floor(b.real) or (not a.real and b.real < 1.0):
        return complex(math.nan, math.nan)
    if not a.real:
        return a if b.real == 1.0 else complex(0.0)
    sign = -1.0 if math.fmod(b.real, 2.0) else 1.0
    return sign * cmath.exp(b * cmath.log(-a))


def _cbrt(z: complex) -> complex:
    root = cmath.exp(cmath.log(z if z.real > 0.0 else -z) / 3.0)
    return root if z.real > 0.0 else -root


def _atan2(a: complex, b: complex) -> complex:
    """Return the angle by the quotient that is at most 1, plus that of its axis."""
    axis = math.atan2(a.real, b.real)
    if abs(a.real) <= abs(b.real):
        return complex(axis, cmath.atan(a / b).imag)
    return complex(axis, -cmath.atan(b / a).imag)


def _direction(a: complex, b: complex) -> complex:
    """Return a / sqrt(a**2 + b**2) by a quotient of at most 1, so that no step cancels."""
    large, small = (a, b) if abs(a.real) > abs(b.real) else (b, a)
    q = small / large
    unit = math.copysign(1.0, large.real) / cmath.sqrt(1.0 + q * q)
    return unit if large is a else q * unit


def _sigmoid(z: complex) -> complex:
    if z.real >= 0.0:
        return 1.0 / (1.0 + cmath.exp(-z))
    return cmath.exp(z) / (1.0 + cmath.exp(z))


def _softplus(z: complex) -> complex:
    return _log1p(cmath.exp(z)) if z.real < 0.0 else z + _log1p(cmath.exp(-z))


def _logsumexp(*zs: complex) -> complex:
    top = max(z.real for z in zs)
    return top + cmath.log(sum(cmath.exp(z - top) for z in zs))


def _dot(*v: complex) -> complex:
    n = len(v) // 2
    return v[-1] + sum(w * x for w, x in zip(v[:n], v[n:-1], strict=True))


def _whole(z: complex) -> complex:
    return complex(math.floor(z.real))


def _sign(z: complex) -> complex:
    return complex((z.real > 0.0) - (z.real < 0.0))


OWN: dict[str, Definition] = {
    "pos": lambda z: z,
    "neg": lambda z: -z,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": _pow,
    "expm1": _expm1,
    "log1p": _log1p,
    "log2": lambda z: cmath.log(z) / math.log(2.0),
    "cbrt": _cbrt,
    "atan2": _atan2,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "relu": lambda z: z if z.real > 0.0 else 0.0,
    "abs": lambda z: z if z.real > 0.0 else -z,
    "sign": _sign,
    "step": lambda z: complex(z.real > 0.0),
    "compare": lambda a, b: _sign(a - b),
    "floor": _whole,
    "ceil": lambda z: complex(math.ceil(z.real)),
    "maximum": lambda a, b: a if a.real > b.real else b,
    "minimum": lambda a, b: a if a.real < b.real else b,
    "where": lambda c, a, b: a if c.real else b,
    "direction": _direction,
    "norm": lambda *zs: cmath.sqrt(sum(z * z for z in zs)),
    "logsumexp": _logsumexp,
    "sum": lambda *zs: sum(zs),
    "dot": _dot,
}
LACKS = "cmath has no such function"
ABSENT: dict[str, str] = dict.fromkeys(
    ("erf", "erfc", "erfinv", "ndtr", "lgamma", "digamma", "polygamma"), LACKS
)
