"""The operation table: one entry per operation, and nothing else knows a derivative.

**The rule: `partials` uses only operators and other table operations**, no `math.` and
no `if`. So the same text means floats in, a local derivative out; Values in, a
derivative that can be differentiated again; recordings in, a program out.

**At a kink** the promised derivative is the subgradient of smallest norm: 0 for relu,
abs, sqrt and norm at 0, one half each for a tie of maximum. (Of sqrt, extended by +inf
below 0, every number is a subgradient at 0; Rockafellar & Wets 1998, definition 8.3.)

**A partial is as exact as the primal**, over the whole range of floats and at second
order too. `y` is the output, so that `exp` costs no second exponential, but it stands in
a rule only where it loses nothing: of tanh, 1 - y * y has no digit right at 20, while
sech(x)**2 and all that follows from it have theirs.

Rows are wider than the rest of the code, so that a row stays a row.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from . import special
from .domain import FLAG, NONZERO, ORDER, POSITIVE, REAL, UNIT, Interval
from .op import Op, Real, install_operators
from .special import ERF_SLOPE, INF, LN2, LOG2E, LOG10E, NAN, NORMAL_SLOPE

OPS: dict[str, Op] = {}
BIG, HUGE = 2.0**64, 2.0**500  # of scales: neither is near the end of the floats


def op(
    name: str,
    primal: Callable[..., Any],
    partials: Callable[..., tuple[Any, ...]],
    *domain: Interval,
    **facts: Any,
) -> Op:
    """Enter an operation into the table; the fields are those of `Op`."""
    OPS[name] = Op(name, primal, partials, domain, **facts)
    return OPS[name]


# Used in a row above their own
abs: Op
ceil: Op
compare: Op
cos: Op
cosh: Op
digamma: Op
direction: Op
erf: Op
exp: Op
exp2: Op
floor: Op
hypot: Op
log: Op
log1p: Op
logsumexp: Op
norm: Op
polygamma: Op
pow: Op
sech: Op
sign: Op
sqrt: Op
step: Op
sum: Op
tanh: Op
trunc: Op
where: Op


def itself(x: Any) -> Any:
    """Decide by the sign of the operand."""
    return x


def nonzero(x: Any, *_: Any) -> Any:
    """Decide by whether the first operand is 0."""
    return abs(x)


def order(a: Any, b: Any) -> Any:
    """Decide by which of two operands is larger."""
    return compare(a, b)


def length(*xs: Any) -> Any:
    """Decide by whether all operands are 0."""
    return norm(*xs)


def quotient(a: Any, b: Any) -> Any:
    """Decide by the whole number of times that b goes into a."""
    return floor(a / b)


def steps(x: Any) -> Any:
    """Decide by the whole numbers that lie below, at or above the operand."""
    return floor(x) + ceil(x)


def tie(a: Any, b: Any) -> Any:
    """Return 0 where two operands are equal."""
    return a - b


def jump(x: Any) -> Any:
    """Return the distance to the nearest whole number, with its sign."""
    return x - floor(x + 0.5)


def quotient_jump(a: Any, b: Any) -> Any:
    """Return the distance of a / b to the nearest whole number, with its sign."""
    return jump(a / b)


def unit_gap(x: Any) -> Any:
    """Return 1 - x**2 in the form that loses no digit, and whose slope loses none.

    The product rounds well up to x = 1, where x * x would cancel; its own slope,
    (1 - x) - (1 + x), cancels at 0, where that of 1 - x * x is exact.
    """
    return where(step(abs(x) - 0.5), (1.0 - x) * (1.0 + x), 1.0 - x * x)


def gauss(x: Any, rate: float) -> Any:
    """Return exp(-rate * x**2), for a rate of 1/2 or 1, with all its digits.

    The exponential magnifies the rounding of x * x, at 24 by 576. So x is split into a
    front part of 26 bits (Dekker 1971), whose square is exact, and the rest. Past 40, where
    the result is 0 in floats, the parts may be past the floats.
    """
    long = x * (2.0**27 + 1.0)
    front = long - (long - x)
    split = exp(-rate * (front * front)) * exp(rate * ((front - x) * (front + x)))
    return where(step(1600.0 - x * x), split, exp(-rate * x * x))


def power_slope(y: Any, a: Any, b: Any) -> Any:
    """Return b * a**(b - 1), the derivative of y = a**b by a; 0 at a = 0 <= b < 1.

    For -1 < b < 0.25, b - 1.0 would be rounded. Beside 0, where 0 < b < 1, the slope of
    pow(a, b - 1.0) alone may be past the floats, and that of its square root is not. The root
    is spelled in two ways, since what occurs twice is computed whether taken or not.
    """
    low = where(a - a, 0.0, a * step(1.0 - abs(b)) * step(0.25 - b))
    beside = step(b * (1.0 - b)) * step(1.0 - HUGE * a)
    square = b * pow(a, 0.5 * b - 0.5) * pow(a, 0.5 * (b - 1.0))
    power = where(beside, square, b * pow(a, b - 1.0))
    return where(low, b * y / a, where(abs(a) + abs(floor(b)), power, 0.0))


def unit(y: Any, xs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return x / y for each x, where y = norm(xs); 0 where y is 0.

    Where y is past the floats, y - y is nan, which is truthy: then both are scaled down.
    """
    scale = step(y) / where(y - y, BIG, 1.0)
    length = where(y - y, norm(*[x / BIG for x in xs]), where(y, y, 1.0))
    return tuple([scale * x / length for x in xs])


def shares(y: Any, xs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return softmax(xs) = exp(x - y) for each x, where y = logsumexp(xs).

    Where y is infinite, y - y is nan, which is truthy, and x - y may be inf - inf:
    those x that are y share evenly, as in a tie of maximum. Divided by their sum, since y is
    rounded: beside 1e16 its log(2) is lost, and the shares would add up to 2.
    """
    ties = [1e4 * compare(x, y) for x in xs]
    parts = [exp(where(y - y, tie, x - y)) for x, tie in zip(xs, ties, strict=True)]
    whole = sum(*parts)
    return tuple([part / whole for part in parts])


# fmt: off

# Arithmetic ------------------------------------------------------------------------
pos      = op("pos", operator.pos, lambda y, x: (1.0,), REAL, symbol="+", dunder="pos", rational=True, aliases=("positive", "conjugate"))
neg      = op("neg", operator.neg, lambda y, x: (-1.0,), REAL, symbol="-", dunder="neg", rational=True, aliases=("negative",))
add      = op("add", operator.add, lambda y, a, b: (1.0, 1.0), REAL, REAL, symbol="+", dunder="add", rational=True, cancels=True)
sub      = op("sub", operator.sub, lambda y, a, b: (1.0, -1.0), REAL, REAL, symbol="-", dunder="sub", rational=True, cancels=True, aliases=("subtract",))
mul      = op("mul", operator.mul, lambda y, a, b: (b, a), REAL, REAL, symbol="*", makes="product", dunder="mul", rational=True, aliases=("multiply",))
div      = op("div", operator.truediv, lambda y, a, b: (1.0 / b, -y / b), REAL, NONZERO, symbol="/", makes="quotient", dunder="truediv", beyond=special.div_beyond, rational=True, aliases=("divide",))
floordiv = op("floordiv", operator.floordiv, lambda y, a, b: (0.0, 0.0), REAL, NONZERO, symbol="//", makes="whole quotient", dunder="floordiv", beyond=special.div_beyond, crease=quotient_jump, decides=quotient, rational=True, definition=lambda a, b: floor(a / b), aliases=("floor_divide",))
mod      = op("mod", operator.mod, lambda y, a, b: (1.0, -(a // b)), REAL, NONZERO, symbol="%", makes="remainder", dunder="mod", crease=quotient_jump, decides=quotient, rational=True, definition=lambda a, b: a - b * floor(a / b), aliases=("remainder",))
pow      = op("pow", math.pow, lambda y, a, b: (
                  power_slope(y, a, b),
                  where(abs(a) + step(-b),                                   # 0 at a = 0 <= b; nan for a < 0
                        where(where(a, y - y, 0.0), pow(a, 0.5 * b) * log(a) * pow(a, b / 2.0), y * log(a)), 0.0)),  # past the floats, in halves
              POSITIVE, REAL, symbol="**", makes="power", dunder="pow", decides=nonzero, rational=True, beyond=special.pow_beyond, aliases=("power", "float_power"),
              kinks=(((0.0, 0.0), (0.0, 0.0)), ((0.0, 0.5), (0.0, 0.0)), ((0.0, 1.0), (1.0, 0.0)), ((0.0, 2.0), (0.0, 0.0))), slopes=lambda y, a, b: (b * a ** (b - 1.0), y * log(a)))

# Exponentials, logarithms, roots ---------------------------------------------------
exp      = op("exp", math.exp, lambda y, x: (y,), REAL, beyond=lambda x: INF)
expm1    = op("expm1", math.expm1, lambda y, x: (exp(x),), REAL, beyond=lambda x: INF)
exp2     = op("exp2", math.exp2, lambda y, x: (where(y - y, exp2(x - 1.0) * LN2 * 2.0, y * LN2),), REAL, beyond=lambda x: INF, definition=lambda x: pow(2.0, x), slopes=lambda y, x: (y * LN2,))
log      = op("log", math.log, lambda y, x: (1.0 / x,), POSITIVE, beyond=lambda x: -INF if x == 0.0 else NAN, cancels=True)
log1p    = op("log1p", math.log1p, lambda y, x: (1.0 / (1.0 + x),), Interval(low=-1.0), beyond=lambda x: -INF if x == -1.0 else NAN)
log2     = op("log2", math.log2, lambda y, x: (LOG2E / x,), POSITIVE, beyond=lambda x: -INF if x == 0.0 else NAN, cancels=True)
log10    = op("log10", math.log10, lambda y, x: (LOG10E / x,), POSITIVE, beyond=lambda x: -INF if x == 0.0 else NAN, cancels=True)
sqrt     = op("sqrt", math.sqrt, lambda y, x: (where(y, 0.5 / y, 0.0),), POSITIVE, kinks=(((0.0,), (0.0,)),), decides=nonzero, slopes=lambda y, x: (0.5 / y,))
cbrt     = op("cbrt", math.cbrt, lambda y, x: (1.0 / (3.0 * y * y),), NONZERO, slopes=lambda y, x: (1.0 / (3.0 * y**2.0),))

# Trigonometry ----------------------------------------------------------------------
sin      = op("sin", math.sin, lambda y, x: (cos(x),), REAL)
cos      = op("cos", math.cos, lambda y, x: (-sin(x),), REAL)
tan      = op("tan", math.tan, lambda y, x: (1.0 + y * y,), Interval(-math.pi / 2, math.pi / 2), slopes=lambda y, x: (1.0 + y**2.0,))
asin     = op("asin", math.asin, lambda y, x: (1.0 / sqrt(unit_gap(x)),), UNIT, aliases=("arcsin",), slopes=lambda y, x: (1.0 / sqrt(1.0 - x**2.0),))
acos     = op("acos", math.acos, lambda y, x: (-1.0 / sqrt(unit_gap(x)),), UNIT, aliases=("arccos",), cancels=True, slopes=lambda y, x: (-1.0 / sqrt(1.0 - x**2.0),))
atan     = op("atan", math.atan, lambda y, x: (1.0 / hypot(1.0, x) / hypot(1.0, x),), REAL, aliases=("arctan",), slopes=lambda y, x: (1.0 / (1.0 + x**2.0),))
atan2    = op("atan2", math.atan2, lambda y, a, b: (direction(b, a) / hypot(a, b), -direction(a, b) / hypot(a, b)), NONZERO, POSITIVE, aliases=("arctan2",), slopes=lambda y, a, b: (b / (a**2.0 + b**2.0), -a / (a**2.0 + b**2.0)))

# Hyperbolic ------------------------------------------------------------------------
sinh     = op("sinh", math.sinh, lambda y, x: (cosh(x),), REAL, beyond=lambda x: math.copysign(INF, x))
cosh     = op("cosh", math.cosh, lambda y, x: (sinh(x),), REAL, beyond=lambda x: INF)
tanh     = op("tanh", math.tanh, lambda y, x: (sech(x) * sech(x),), REAL, slopes=lambda y, x: (1.0 - y**2.0,))
sech     = op("sech", special.sech, lambda y, x: (-y * tanh(x),), REAL, beyond=lambda x: 0.0, definition=lambda x: 1.0 / cosh(x))
asinh    = op("asinh", math.asinh, lambda y, x: (1.0 / hypot(1.0, x),), REAL, aliases=("arcsinh",), slopes=lambda y, x: (1.0 / sqrt(1.0 + x**2.0),))
acosh    = op("acosh", math.acosh, lambda y, x: (1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0)),), Interval(low=1.0), aliases=("arccosh",), cancels=True, slopes=lambda y, x: (1.0 / sqrt(x**2.0 - 1.0),))
atanh    = op("atanh", math.atanh, lambda y, x: (1.0 / unit_gap(x),), UNIT, beyond=lambda x: x * INF if abs(x) == 1.0 else NAN, aliases=("arctanh",), slopes=lambda y, x: (1.0 / (1.0 - x**2.0),))

# Activations -----------------------------------------------------------------------
sigmoid  = op("sigmoid", special.sigmoid, lambda y, x: (0.5 * sech(0.5 * x) * (0.5 * sech(0.5 * x)),), REAL, definition=lambda x: 1.0 / (1.0 + exp(-x)), aliases=("expit",), slopes=lambda y, x: (y * (1.0 - y),))
softplus = op("softplus", special.softplus, lambda y, x: (sigmoid(x),), REAL, definition=lambda x: log1p(exp(x)))
relu     = op("relu", special.relu, lambda y, x: (step(x),), NONZERO, symbol="ReLU", kinks=(((0.0,), (0.0,)),), decides=itself, rational=True)

# Special functions -----------------------------------------------------------------
erf      = op("erf", math.erf, lambda y, x: (ERF_SLOPE * gauss(x, 1.0),), REAL, slopes=lambda y, x: (ERF_SLOPE * exp(-(x**2.0)),))
erfc     = op("erfc", math.erfc, lambda y, x: (-(ERF_SLOPE * gauss(x, 1.0)),), REAL, definition=lambda x: 1.0 - erf(x), slopes=lambda y, x: (-ERF_SLOPE * exp(-(x**2.0)),))
erfinv   = op("erfinv", special.erfinv, lambda y, x: (exp(y * y) / ERF_SLOPE,), UNIT, beyond=lambda x: x * INF if abs(x) == 1.0 else NAN, slopes=lambda y, x: (exp(y**2.0) / ERF_SLOPE,))
ndtr     = op("ndtr", special.ndtr, lambda y, x: (NORMAL_SLOPE * gauss(x, 0.5),), REAL, instead=("statistics.NormalDist.cdf",), slopes=lambda y, x: (NORMAL_SLOPE * exp(-0.5 * x**2.0),))
lgamma   = op("lgamma", math.lgamma, lambda y, x: (digamma(x),), POSITIVE, beyond=lambda x: INF, cancels=True, aliases=("gammaln",))
digamma  = op("digamma", special.digamma, lambda y, x: (polygamma(1.0, x),), POSITIVE, beyond=lambda x: special.polygamma_beyond(0.0, x), cancels=True, aliases=("psi",))
polygamma = op("polygamma", special.polygamma, lambda y, n, x: (NAN, polygamma(n + 1.0, x)), ORDER, POSITIVE, beyond=special.polygamma_beyond, constant=(0,))

# Piecewise -------------------------------------------------------------------------
abs      = op("abs", operator.abs, lambda y, x: (sign(x),), NONZERO, dunder="abs", kinks=(((0.0,), (0.0,)),), aliases=("absolute", "fabs"), decides=itself, rational=True)
sign     = op("sign", lambda x: special.compare(x, 0.0), lambda y, x: (0.0,), NONZERO, kinks=(((0.0,), (0.0,)),), decides=itself, rational=True)
step     = op("step", special.step, lambda y, x: (0.0,), NONZERO, kinks=(((0.0,), (0.0,)),), decides=itself, rational=True)
compare  = op("compare", special.compare, lambda y, a, b: (0.0, 0.0), REAL, REAL, symbol="<=>", makes="comparison", kinks=(((1.0, 1.0), (0.0, 0.0)),), crease=tie, decides=order, rational=True, cancels=True)
floor    = op("floor", special.floor, lambda y, x: (0.0,), REAL, kinks=(((2.0,), (0.0,)),), crease=jump, decides=steps, rational=True)
ceil     = op("ceil", special.ceil, lambda y, x: (0.0,), REAL, kinks=(((2.0,), (0.0,)),), crease=jump, decides=steps, rational=True)
trunc    = op("trunc", special.trunc, lambda y, x: (0.0,), REAL, kinks=(((2.0,), (0.0,)),), crease=jump, decides=lambda x: trunc(x), rational=True, definition=lambda x: sign(x) * floor(abs(x)))
maximum  = op("maximum", special.maximum, lambda y, a, b: (0.5 + 0.5 * compare(a, b), 0.5 - 0.5 * compare(a, b)), REAL, REAL, symbol="max", kinks=(((1.0, 1.0), (0.5, 0.5)),), crease=tie, decides=order, rational=True)
minimum  = op("minimum", special.minimum, lambda y, a, b: (0.5 - 0.5 * compare(a, b), 0.5 + 0.5 * compare(a, b)), REAL, REAL, symbol="min", kinks=(((1.0, 1.0), (0.5, 0.5)),), crease=tie, decides=order, rational=True)
where    = op("where", special.where, lambda y, c, a, b: (0.0, where(c, 1.0, 0.0), where(c, 0.0, 1.0)), FLAG, REAL, REAL, decides=nonzero, rational=True, constant=(0,))

# Of two, and of any number ---------------------------------------------------------
hypot    = op("hypot", math.hypot, lambda y, a, b: (direction(a, b), direction(b, a)), NONZERO, NONZERO, kinks=(((0.0, 0.0), (0.0, 0.0)),), decides=length, definition=lambda a, b: norm(a, b), slopes=lambda y, a, b: (a / y, b / y))
direction = op("direction", special.direction, lambda y, a, b: (           # in this order: the square of a slight direction is 0
                  where(hypot(a, b), direction(b, a) * (direction(b, a) / hypot(a, b)), 0.0),
                  where(hypot(a, b), -y * (direction(b, a) / hypot(a, b)), 0.0)),
              NONZERO, NONZERO, kinks=(((0.0, 0.0), (0.0, 0.0)),), decides=length, definition=lambda a, b: where(a, a / norm(a, b), 0.0), slopes=lambda y, a, b: (b**2.0 / hypot(a, b) ** 3.0, -a * b / hypot(a, b) ** 3.0))
norm     = op("norm", math.hypot, lambda y, *xs: unit(y, xs), NONZERO, variadic=True, kinks=(((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),), decides=length, neutral=0.0, slopes=lambda y, *xs: tuple([x / y for x in xs]))
logaddexp = op("logaddexp", special.logaddexp, lambda y, *xs: shares(y, xs), REAL, REAL, cancels=True, definition=lambda a, b: logsumexp(a, b), slopes=lambda y, a, b: (exp(a - y), exp(b - y)))
xlogy    = op("xlogy", special.xlogy, lambda y, a, b: (where(abs(a) + step(b), log(b), 0.0), where(abs(a) + step(b), a / b, 0.0)), REAL, POSITIVE, kinks=(((0.0, 0.0), (0.0, 0.0)),), decides=nonzero, beyond=special.xlogy_beyond, cancels=True, definition=lambda a, b: where(a, a * log(b), 0.0 * step(b)), slopes=lambda y, a, b: (log(b), a / b))
logsumexp = op("logsumexp", special.logsumexp, lambda y, *xs: shares(y, xs), REAL, variadic=True, cancels=True, neutral=-INF, slopes=lambda y, *xs: tuple([exp(x - y) for x in xs]))
sum      = op("sum", special.total, lambda y, *xs: (1.0,) * len(xs), REAL, symbol="Σ", variadic=True, rational=True, cancels=True, neutral=0.0, instead=("math.fsum",))
dot      = op("dot", special.dot, lambda y, *v: (*v[len(v) // 2 : -1], *v[: len(v) // 2], 1.0), REAL, makes="dot product", variadic=True, rational=True, cancels=True)  # v = (w1..wn, x1..xn, bias)
# fmt: on

install_operators(Real, OPS)
