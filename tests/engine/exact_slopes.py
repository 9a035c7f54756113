"""Derivatives of every operation to sixty digits, at any floats, from its definition.

Central differences in mpmath, with as many digits as it takes: the derivative of tanh
at 300 is 1e-260, so that hundreds of digits cancel. Digits are doubled until twenty-five
are left, or until the derivative is known to be below the smallest float (Ziv's
strategy, ACM TOMS 17, 1991).
"""

import itertools
import math
import sys
from collections.abc import Callable, Sequence

from dendrograd.arithmetic.mpmath import Precise
from dendrograd.ops import OPS

TINY, HUGE = sys.float_info.min, sys.float_info.max
PRECISE = Precise()
CONTEXT = PRECISE.m
STEP, LEFT, LIMIT = 45, 25, 4000  # of digits: a step's, those left over, the most


def derivative(name: str, xs: Sequence[float], by: Sequence[int]):
    """Return the derivative of an operation by the operands at `by`, one after another.

    None where a kink is too near for a difference, or the digits do not suffice.
    """
    size = max([1.0, *map(abs, xs)])
    digits = 160 + int(math.log10(size))
    while digits < LIMIT:
        CONTEXT.dps = digits
        found, noise = _difference(PRECISE.function(OPS[name]), xs, by, STEP)
        if noise < CONTEXT.mpf(10) ** -345 and abs(found) < TINY:
            return CONTEXT.mpf(0)
        if abs(found) > noise * CONTEXT.mpf(10) ** LEFT:
            nearer, _ = _difference(PRECISE.function(OPS[name]), xs, by, STEP + 1)
            smooth = abs(nearer - found) < abs(found) * CONTEXT.mpf(10) ** -20
            return found if smooth else None
        digits *= 2
    return None


def _difference(f: Callable, xs: Sequence[float], by: Sequence[int], step: int):
    """Return a central difference and the size of its rounding."""
    m = CONTEXT
    exact = [m.mpf(x) for x in xs]
    h = [min(m.mpf(1), abs(x)) * m.mpf(10) ** -step for x in exact]
    total, largest = m.mpf(0), m.mpf(1)
    for signs in itertools.product((1, -1), repeat=len(by)):
        moved = list(exact)
        for sign, i in zip(signs, by, strict=True):
            moved[i] += sign * h[i]
        try:
            y = f(*moved)
        except OverflowError:  # erfc of 1e150: mpmath's own exponent is too large
            y = m.mpf(0)
        total += math.prod(signs) * y
        largest = max(largest, abs(y))
    width = math.prod([2 * h[i] for i in by])
    return total / width, largest * m.mpf(10) ** (5 - m.dps) / width


def error(
    ours: float, name: str, xs: Sequence[float], by: Sequence[int], free
) -> float:
    """Return how many ulp a derivative is off, beyond the condition of the function.

    The unit is that by which the derivative moves when each operand that has one, and
    the result, moves by one half ulp: eps * (|d| + sum |x_j * d d / d x_j|). What is
    within two units of the first term is so of the sum, which then is not computed. Nan
    where the derivative is not a normal float, or a kink is near.
    """
    exact = derivative(name, xs, by)
    if exact is None or not TINY <= abs(exact) <= HUGE:
        return math.nan
    if not math.isfinite(ours):
        return math.inf
    off, unit = abs(CONTEXT.mpf(ours) - exact) / 2.0**-52, abs(exact)
    for j in free:
        if off <= 2 * unit:
            break
        slope = derivative(name, xs, [*by, j])
        unit += abs(slope * CONTEXT.mpf(xs[j])) if slope is not None else 0
    return float(off / unit)
