"""Every operation from its definition, on numbers of mpmath: no derivative in sight.

`m` is an mpmath context, the other arguments are its real numbers, with as many digits
as asked for. Where the engine computes another way (a stable formula, a series), the
textbook formula stands here, since digits are plenty.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["DEFINITIONS"]

Definition = Callable[..., Any]


def _pow(m: Any, a: Any, b: Any) -> Any:
    return m.mpf(1) if b == 0 else m.power(a, b)  # nan ** 0 and inf ** 0 are 1


def _atan2(m: Any, a: Any, b: Any) -> Any:
    return m.atan2(a, b) if a or b else m.mpf(0)


def _softplus(m: Any, x: Any) -> Any:
    return m.log1p(m.exp(x)) if x < 0 else x + m.log1p(m.exp(-x))


def _logsumexp(m: Any, *xs: Any) -> Any:
    top = max(xs)  # digits are plenty, but not for exp(-1000) + exp(1000)
    return top + m.log(m.fsum([m.exp(x - top) for x in xs]))


def _dot(m: Any, *v: Any) -> Any:
    n = len(v) // 2
    return v[-1] + m.fdot(v[:n], v[n:-1])


DEFINITIONS: dict[str, Definition] = {
    "pos": lambda m, x: x,
    "neg": lambda m, x: -x,
    "add": lambda m, a, b: a + b,
    "sub": lambda m, a, b: a - b,
    "mul": lambda m, a, b: a * b,
    "div": lambda m, a, b: a / b,
    "floordiv": lambda m, a, b: m.floor(a / b),
    "mod": lambda m, a, b: a - b * m.floor(a / b),
    "pow": _pow,
    "exp": lambda m, x: m.exp(x),
    "expm1": lambda m, x: m.expm1(x),
    "exp2": lambda m, x: m.power(2, x),
    "log": lambda m, x: m.log(x),
    "log1p": lambda m, x: m.log1p(x),
    "log2": lambda m, x: m.log(x) / m.log(2),
    "log10": lambda m, x: m.log(x) / m.log(10),
    "sqrt": lambda m, x: m.sqrt(x),
    "cbrt": lambda m, x: m.sign(x) * m.root(abs(x), 3),
    "sin": lambda m, x: m.sin(x),
    "cos": lambda m, x: m.cos(x),
    "tan": lambda m, x: m.tan(x),
    "asin": lambda m, x: m.asin(x),
    "acos": lambda m, x: m.acos(x),
    "atan": lambda m, x: m.atan(x),
    "atan2": _atan2,
    "sinh": lambda m, x: m.sinh(x),
    "cosh": lambda m, x: m.cosh(x),
    "tanh": lambda m, x: m.tanh(x),
    "sech": lambda m, x: m.sech(x),
    "asinh": lambda m, x: m.asinh(x),
    "acosh": lambda m, x: m.acosh(x),
    "atanh": lambda m, x: m.atanh(x),
    "sigmoid": lambda m, x: 1 / (1 + m.exp(-x)),
    "softplus": _softplus,
    "relu": lambda m, x: max(x, m.mpf(0)),
    "erf": lambda m, x: m.erf(x),
    "erfc": lambda m, x: m.erfc(x),
    "lgamma": lambda m, x: m.log(abs(m.gamma(x))) if x < 0 else m.loggamma(x),
    "digamma": lambda m, x: m.digamma(x),
    "polygamma": lambda m, n, x: m.psi(int(n), x),
    "abs": lambda m, x: abs(x),
    "sign": lambda m, x: m.sign(x),
    "step": lambda m, x: m.mpf(x > 0),
    "compare": lambda m, a, b: m.sign(a - b),
    "floor": lambda m, x: m.floor(x),
    "ceil": lambda m, x: m.ceil(x),
    "maximum": lambda m, a, b: max(a, b),
    "minimum": lambda m, a, b: min(a, b),
    "where": lambda m, c, a, b: a if c else b,
    "hypot": lambda m, a, b: m.sqrt(a * a + b * b),
    "direction": lambda m, a, b: a / m.sqrt(a * a + b * b) if a else m.mpf(0),
    "norm": lambda m, *xs: m.sqrt(m.fsum([x * x for x in xs])),
    "logaddexp": _logsumexp,
    "logsumexp": _logsumexp,
    "sum": lambda m, *xs: m.fsum(xs),
    "dot": _dot,
}
