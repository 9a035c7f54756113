"""What every operation must give at the edges of the floats, without the engine.

Values are NumPy's (IEEE 754 and annex F of C), or limits stated here. Derivatives are
central differences in mpmath; at an infinity or at the end of a domain the limit of
those. Where no limit is meant (outside the domain, beside a nan) the promise is "what
the formula gives", so the formula's text is evaluated in NumPy's arithmetic.
"""

import math

import numpy as np
from mpmath import mp, mpf
from oracle import ORACLE

from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.rules import formulas, is_flat

INF, NAN = math.inf, math.nan
DIGITS = 420  # the largest and the smallest float are 10**632 apart; most need half
WIDE = {"asinh", "direction", "hypot", "norm", "cos", "cosh"}  # and these all of it
FLAT = {op.name for op in OPS.values() if is_flat(op)}
# Of these the formula is inf / inf or inf * 0 at an infinity, where a limit exists
UNSEEN = {"pow", "atan2", "direction", "hypot", "norm"}


def _pole(name, *x):
    """Return the limit of a gamma function where mpmath has none; None elsewhere."""
    at = float(x[-1])
    if name == "polygamma" and x[0] not in (0.0, 1.0, 2.0):
        return NAN
    if at and math.isfinite(at):
        return None  # mpmath knows
    if name == "lgamma":
        return INF
    order = x[0] if name == "polygamma" else 0.0
    if at == 0.0:
        return INF if order == 1.0 else math.copysign(INF, -at)
    return NAN if at < 0.0 else 0.0 if order else INF


def _special(name):
    """Return a function of floats by mpmath, with the limits of `_pole`."""

    def found(*x):
        at = float(x[-1])
        pole = NAN if at != at else _pole(name, *x) if "gamma" in name else None
        if pole is not None:
            return pole
        try:
            y = float(ORACLE[name](*map(mpf, x)))
        except OverflowError:  # erfc of 1e308, below the smallest float
            return 0.0
        except ValueError:  # outside the domain
            return NAN
        return math.copysign(y, at) if y == at == 0.0 else y

    return found


def _larger(a, b):
    both = np.maximum(a, b)  # of two zeros NumPy returns either
    return np.float64(a + b) if a == b == 0.0 else both


def _dot(*v):
    ws, xs = v[: len(v) // 2], v[len(v) // 2 : -1]
    return v[-1] + np.sum([w * x for w, x in zip(ws, xs, strict=True)])


def _direction(a, b):
    if a == 0.0 or (math.isinf(a) and math.isfinite(b)):
        return np.sign(a) if a else NAN if b != b else a
    return a / np.hypot(a, b)


def _compare(a, b):
    return NAN if a != a or b != b else float(a > b) - float(a < b)


VALUES = {
    **{name: getattr(np, name) for name in OPS if hasattr(np, name)},
    "pos": np.positive,
    "neg": np.negative,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
    "atan2": np.arctan2,
    "sigmoid": lambda x: 1.0 / (1.0 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "sech": lambda x: 1.0 / np.cosh(x),
    "direction": _direction,
    "relu": lambda x: np.where(np.isnan(x) | (x > 0.0), x, 0.0),
    "abs": np.abs,
    "step": lambda x: np.heaviside(x, 0.0),
    "compare": _compare,
    "maximum": _larger,
    "minimum": lambda a, b: -_larger(-a, -b),
    "where": lambda c, a, b: np.where(c, a, b),
    "norm": lambda *xs: np.hypot.reduce(xs),
    "logsumexp": lambda *xs: np.logaddexp.reduce(xs),
    "sum": lambda *xs: np.sum(xs) + 0.0,
    "dot": _dot,
}
# By a math library, to a few ulps; the others round correctly everywhere
ROUNDED = {op.name for op in OPS.values() if not op.rational} - {"sqrt"} | {"pow"}


for op in OPS.values():  # the rest has mpmath alone
    VALUES.setdefault(op.name, _special(op.name))


def value(op: Op, xs: tuple[float, ...]) -> float:
    """Return the value of an operation at floats."""
    with np.errstate(all="ignore"):
        found = float(VALUES[op.name](*map(np.float64, xs)))
    finite = found and all(map(math.isfinite, (found, *xs)))
    if finite and op.name in ROUNDED - {"polygamma"}:
        with mp.workdps(DIGITS):  # to the last bit
            return float(ORACLE[op.name](*map(mpf, xs)))
    return found


def formula(op: Op, xs: tuple[float, ...], i: int) -> float:
    """Return what the formula of a local derivative gives in NumPy's arithmetic."""
    names = [f"x{k}" for k in range(len(xs))]
    at = dict(zip(names, map(np.float64, xs), strict=True), y=np.float64(value(op, xs)))
    with np.errstate(all="ignore"):
        return float(eval(formulas(op, names)[i], {**VALUES, "float": float}, at))


def slope(op: Op, xs: tuple[float, ...], i: int) -> float:
    """Return the local derivative by operand i that is promised at a point."""
    for at, promised in op.kinks:
        if len(at) == len(xs) and tuple(xs) == at:
            return promised[i]
    if op.name in FLAT:
        return 0.0
    domain = op.domain * len(xs) if op.variadic else op.domain
    if math.isnan(value(op, xs)) or i in op.constant or any(x != x for x in xs):
        return formula(op, xs, i)
    if op.name == "mod" and not 1e-9 < abs(op.crease(*xs)) < INF:
        return formula(op, xs, i)  # at a jump, or the quotient has no fraction
    if math.isnan(found := formula(op, xs, i)) and op.name in UNSEEN:
        return found
    with mp.workdps(2 * DIGITS if op.name in WIDE else DIGITS):
        at_edge = [
            math.isinf(x) or x not in at for x, at in zip(xs, domain, strict=True)
        ]
        if not any(at_edge):
            return _float(_difference(op, xs, i))
        k = at_edge.index(True)
        beside = math.copysign(1e60 if math.isinf(xs[k]) else 1e-100, xs[k])
        inside = beside in domain[k] and not (math.isfinite(xs[k]) and xs[k])
        return _limit(op, xs, i, k) if inside else found


def _limit(op, xs, i, k):
    """Return the limit of the derivative by i as operand k goes to its edge."""
    steps = (20, 40, 60) if math.isinf(xs[k]) else (-100, -200, -300)
    sign = math.copysign(1.0, xs[k])
    near = [[*xs[:k], sign * mpf(10) ** n, *xs[k + 1 :]] for n in steps]
    a, b, c = [_difference(op, at, i) for at in near]
    if abs(c - b) <= abs(c) * mpf(10) ** -15:
        return _float(c)
    if abs(c) < abs(b) < abs(a):
        return 0.0
    return math.copysign(INF, c) if abs(c) > abs(b) > abs(a) else NAN


def _difference(op, xs, i):
    x = mpf(xs[i])
    h = mpf(10) ** -15 * (min(1, abs(x)) or 1)

    def f(at):
        return ORACLE[op.name](*[at if k == i else mpf(v) for k, v in enumerate(xs)])

    try:
        return (f(x + h) - f(x - h)) / (2 * h)
    except OverflowError:  # erfc of the largest float
        return mpf(0)


def _float(x):
    return math.copysign(INF, x) if abs(x) >= mpf(2) ** 1024 else float(x)
