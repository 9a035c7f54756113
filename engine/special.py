"""Float functions for the table: those that `math` lacks, or that it refuses at a limit.

Functions here take floats and return a float. Where Python raises, a `..._beyond`
function gives the value of IEEE 754 instead (section 9.2 of the standard).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any, Self

from . import digamma_root
from .number import ranked

INF, NAN = math.inf, math.nan


class Constant(float):
    """A number of a rule that has a meaning beyond its rounding, as log(2) has.

    `formula` says it in the words of Python's math, which are those of mpmath too, so
    that a kind of number with more digits computes it in its own.
    """

    formula: str

    def __new__(cls, formula: str) -> Self:
        self = super().__new__(cls, eval(formula, vars(math).copy()))  # our own text
        self.formula = formula
        return self


def deferring(name: str) -> Callable[[Constant, Any], Any]:
    """Return an operator of floats that leaves other kinds of number to theirs."""
    operate = getattr(float, name)

    def operator(self: Constant, other: Any) -> Any:
        return NotImplemented if ranked(other) else operate(self, other)

    return operator


for name in ("__add__", "__sub__", "__mul__", "__truediv__"):
    setattr(Constant, name, deferring(name))

LN2, LOG2E, LOG10E = Constant("log(2)"), Constant("1/log(2)"), Constant("log10(e)")
ERF_SLOPE = Constant("2/sqrt(pi)")  # of erf at 0
NORMAL_SLOPE = Constant("1/sqrt(2*pi)")  # of ndtr at 0


def odd(x: float) -> bool:
    return math.fmod(x, 2.0) in (1.0, -1.0)


def div_beyond(a: float, b: float) -> float:
    """Return a / 0: an infinity with the product of the signs, nan for 0 / 0."""
    return math.copysign(INF, a) * math.copysign(1.0, b) if a and a == a else NAN


def pow_beyond(a: float, b: float) -> float:
    """Return a ** b at a pole or past the largest float; nan for a negative root."""
    if a < 0.0 and b != math.floor(b):
        return NAN  # (-8) ** (1/3) stays real: never complex
    return math.copysign(INF, a) if odd(b) else INF


def floor(x: float) -> float:
    return math.copysign(math.floor(x), x) if math.isfinite(x) else x  # floor(-0.0)


def ceil(x: float) -> float:
    return math.copysign(math.ceil(x), x) if math.isfinite(x) else x  # ceil(-0.5)


def trunc(x: float) -> float:
    return math.copysign(math.trunc(x), x) if math.isfinite(x) else x  # trunc(-0.5)


def step(x: float) -> float:
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else NAN


def compare(a: float, b: float) -> float:
    """Return -1, 0 or 1 as a < b, a == b or a > b; nan where they have no order."""
    return 1.0 if a > b else -1.0 if a < b else 0.0 if a == b else NAN


def maximum(a: float, b: float) -> float:
    """Return the larger; nan if either is one, and 0.0 of 0.0 and -0.0."""
    if a == b == 0.0:
        return a + b
    return a if a > b or a != a else b


def minimum(a: float, b: float) -> float:
    """Return the smaller; nan if either is one, and -0.0 of 0.0 and -0.0."""
    if a == b == 0.0:
        return -(-a - b)
    return a if a < b or a != a else b


def relu(x: float) -> float:
    return x if x > 0.0 or x != x else 0.0


def where(condition: float, a: float, b: float) -> float:
    return a if condition else b


def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)), with an exponential that cannot overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    small = math.exp(x)
    return small / (1.0 + small)


def sech(x: float) -> float:
    """Return 1 / cosh(x), which raises past 710 as math.cosh does."""
    return 1.0 / math.cosh(x)


def direction(a: float, b: float) -> float:
    """Return a / hypot(a, b), the cosine of (a, b) to its first axis; 0 at (0, 0)."""
    length = math.hypot(a, b)
    if length == INF and math.isfinite(b):  # a is infinite, or the length alone
        return math.copysign(1.0, a) if math.isinf(a) else direction(a / 4.0, b / 4.0)
    return a / length if length else a


def erfinv(x: float) -> float:
    """Return y with erf(y) = x, for -1 < x < 1.

    A start of four digits (Winitzki 2008), then three steps of Halley's method on erf,
    or on erfc where 1 - x is the exact number; each step triples the digits.
    """
    if abs(x) < 1e-9:
        return x / ERF_SLOPE  # the next term of the series is x**3
    if not abs(x) < 1.0:
        raise ValueError("erfinv: outside (-1, 1)")
    size, rest = abs(x), 1.0 - abs(x)
    log = math.log(rest * (1.0 + size))
    half = 2.0 / (math.pi * 0.147) + 0.5 * log
    y = math.sqrt(math.sqrt(half * half - log / 0.147) - half)
    for _ in range(3):
        miss = math.erf(y) - size if size < 0.5 else rest - math.erfc(y)
        step = miss * math.exp(y * y) / ERF_SLOPE
        y -= step / (1.0 + y * step)
    return math.copysign(y, x)


def ndtr(x: float) -> float:
    """Return the normal distribution function, erfc(-x / sqrt(2)) / 2."""
    return 0.5 * math.erfc(-x * math.sqrt(0.5))


def softplus(x: float) -> float:
    """Return log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))."""
    return relu(x) + math.log1p(math.exp(-abs(x)))


def xlogy(a: float, b: float) -> float:
    """Return a * log(b), and 0 where a is 0, whatever b is, short of nan."""
    return 0.0 if a == 0.0 and b == b else a * math.log(b)


def xlogy_beyond(a: float, b: float) -> float:
    """Return a * log(b) at its pole, and nan for a negative b."""
    return -a * INF if b == 0.0 else NAN


def logaddexp(a: float, b: float) -> float:
    return logsumexp(a, b)


def logsumexp(*xs: float) -> float:
    """Return log(sum(exp(xs))), shifted by the largest so that none overflows."""
    top = reduce(maximum, xs, -INF)
    if not math.isfinite(top):
        return top
    at = xs.index(top)  # its exponential is 1, and log1p sees what is beside 1
    others = [math.exp(x - top) for x in (*xs[:at], *xs[at + 1 :])]
    return top + math.log1p(reduce(add, others, 0.0))


def total(*xs: float) -> float:
    """Return the sum from left to right (`sum` rounds otherwise since Python 3.12)."""
    y = 0.0
    for x in xs:
        y += x
    return y


def dot(*operands: float) -> float:
    """Return bias + w1*x1 + ... + wn*xn of the operands (w1..wn, x1..xn, bias)."""
    y = operands[-1]
    for w, x in zip(operands, operands[len(operands) // 2 : -1]):  # noqa: B905  # w1..wn
        y += w * x
    return y


# B_2, B_4, ... B_18: the Bernoulli numbers of the asymptotic series below
BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
)


def digamma(x: float) -> float:
    """Return the derivative of lgamma at x; raise at its poles 0, -1, -2, ...

    Reflection for x < 0, the recurrence psi(x) = psi(x + 1) - 1/x up to 12, then the
    asymptotic series (DLMF 5.5.4, 5.5.2 and 5.11.2). Beside the root a series of its own.
    """
    if digamma_root.beside(x):
        return digamma_root.series(x)
    if not math.isfinite(x):
        return x if x == INF else NAN
    if x <= 0.0 and x == math.floor(x):
        raise ValueError("digamma: a pole")
    if x < 0.0:
        return digamma(1.0 - x) - math.pi / math.tan(math.pi * math.fmod(x, 1.0))
    shift = 0.0
    while x < 12.0:
        shift += 1.0 / x
        x += 1.0
    square = 1.0 / (x * x)
    series = 0.0
    for k in range(len(BERNOULLI), 0, -1):
        series = (series + BERNOULLI[k - 1] / (2 * k)) * square
    return math.log(x) - 0.5 / x - series - shift


def polygamma(n: float, x: float) -> float:
    """Return the n-th derivative of digamma at x, for a whole n of 0..170; else nan.

    Recurrence up to x = 12 + n, then the asymptotic series (DLMF 5.15.5, 5.15.8);
    for x < 0 the reflection of 5.15.6. It raises at the poles 0, -1, -2, ...
    """
    if n == 0.0:
        return digamma(x)
    if not 0.0 < n <= 170.0 or n != math.floor(n) or x == -INF:
        return NAN
    if x <= 0.0:
        return _reflected(int(n), x)
    order, tail = int(n), 0.0
    while x < 12.0 + order:
        tail += _power(order + 1, x)
        x += 1.0
    series = 0.0
    for k in range(len(BERNOULLI), 0, -1):  # comb: (2k+n-1)! / (2k)! / (n-1)!
        series += BERNOULLI[k - 1] * math.comb(2 * k + order - 1, 2 * k) * x ** (-2 * k)
    size = tail + _power(order, x) * (1.0 + 0.5 * order / x + series)
    return size if order % 2 else -size


def polygamma_beyond(n: float, x: float) -> float:
    """Return what is at a pole: inf for odd n, where both sides agree.

    For even n it is nan, but at 0 the infinity of the side that the sign of the zero
    tells, as digamma is -inf at 0.0 and inf at -0.0.
    """
    return INF if n % 2.0 else math.copysign(INF, -x) if x == 0.0 else NAN


def _power(n: int, x: float) -> float:
    """Return (n-1)! / x^n, though (n-1)! or x^n alone may leave the range of floats."""
    return math.prod([k / x for k in range(1, n)]) / x


def _reflected(n: int, x: float) -> float:
    """Return polygamma(n, x) for x <= 0 from its value at 1 - x.

    psi_n(x) = (-1)^n psi_n(1 - x) - pi d^n cot(pi x) / dx^n, and every derivative of
    cot is a polynomial in c = cot, since c' = -(1 + c^2).
    """
    if x == math.floor(x):
        raise ValueError("polygamma: a pole")
    if x * x == 0.0:
        return INF if n % 2 else math.copysign(INF, -x)
    poly = [0.0, math.pi]  # pi * c, lowest power first
    for _ in range(n):
        slope = [k * a for k, a in enumerate(poly)][1:]
        poly = [0.0] * (len(slope) + 2)
        for k, a in enumerate(slope):  # times -(1 + c^2) * pi
            poly[k] -= math.pi * a
            poly[k + 2] -= math.pi * a
    c = 1.0 / math.tan(math.pi * math.fmod(x, 1.0))
    cot_derivative = reduce(lambda value, a: value * c + a, reversed(poly), 0.0)
    mirrored = polygamma(float(n), 1.0 - x)
    return (-mirrored if n % 2 else mirrored) - cot_derivative
