"""Newton's method in floats, with its steps halved, and bisection in a bracket.

Steps go on until the residual stops falling, so that no tolerance, neither ours nor that
of a solver that came before, is left in a root or in a derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dendrograd.linalg.factors import lu, unknowns

from .errors import SolveError

__all__ = ["bisected", "newton"]

Floats = list[float]
Residual = Callable[[Floats], tuple[Floats, list[Floats]]]  # with its Jacobian
STEPS, SHORTEST = 100, 1e-10  # of Newton; a part of a step
LAST, NEAR = 8e-16, 1e-6  # of a root: the last step, and one that only rounding stops
SLOW = 22  # steps in a row that shrink by less than half: a multiple root
BISECTIONS = 30  # until Newton's method takes over


def newton(residual: Residual, start: Sequence[float], name: str) -> Floats:
    """Return the root to which a start leads.

    Raises SolveError, in the name of a function, where there is none or no derivative.
    """
    x, before, slow = list(start), 0.0, 0
    r, jacobian = residual(x)
    for _ in range(STEPS):
        size = _largest(r)
        if not math.isfinite(size):
            raise SolveError(
                f"{name}: the residual is {size} at {shown(x)}; start from another "
                "guess, or give a bracket"
            )
        if size == 0.0:
            return x
        step = _step(r, jacobian, x, name)
        now = _largest(step)
        slow = slow + 1 if 0.3 * before < now < before else 0
        before = now
        if slow > SLOW:
            raise SolveError(
                f"{name}: a multiple root near {shown(x)}, to which steps shrink by a "
                "constant factor; it has no derivative"
            )
        near = _is_within(NEAR, step, x)  # a residual that no longer falls is rounding
        found = _shortened(residual, x, step, size, 1.0 if near else SHORTEST)
        new, r, jacobian = found
        if not _largest(r) < size:
            if near:
                return x
            raise SolveError(
                f"{name}: no root: the residual falls no further than {size:.3g}, at "
                f"{shown(x)}; start from another guess, or give a bracket"
            )
        if _is_within(LAST, step, x):
            return new
        x = new
    raise SolveError(
        f"{name}: no root after {STEPS} steps: the residual is {_largest(r):.3g} at "
        f"{shown(x)}; start from another guess, or give a bracket"
    )


def _largest(xs: Sequence[float]) -> float:
    """Return the largest size; nan where there is a nan, which max would lose."""
    return max(map(abs, xs)) + 0.0 * sum(xs)


def shown(x: Sequence[float]) -> str:
    """Return a point in six digits, for a message."""
    texts = [f"{v:.6g}" for v in x]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _step(r: Floats, jacobian: list[Floats], x: Floats, name: str) -> Floats:
    factors = lu(jacobian)
    if factors.rank < len(x) or not factors.upper[-1][-1]:
        raise SolveError(
            f"{name}: the Jacobian is singular at {shown(x)}: the residual does not "
            "change there with every unknown (a multiple root, or equations that "
            "depend on each other)"
        )
    return unknowns(factors, [-v for v in r])


def _is_within(part: float, step: Floats, x: Floats) -> bool:
    pairs = zip(step, x, strict=True)
    return all(abs(d) <= part * abs(v) + 1e-300 for d, v in pairs)


def _shortened(
    residual: Residual, x: Floats, step: Floats, size: float, shortest: float
) -> tuple[Floats, Floats, list[Floats]]:
    """Return the point after a step, halved until the residual falls."""
    part = 1.0
    while True:
        new = [v + part * d for v, d in zip(x, step, strict=True)]
        r, jacobian = residual(new)
        if _largest(r) < size or part <= shortest:
            return new, r, jacobian
        part *= 0.5


def bisected(f: Callable[[float], float], low: float, high: float, name: str) -> float:
    """Return a point near a root between two ends, at which f has opposite signs."""
    a, b = f(low), f(high)
    if a == 0.0 or b == 0.0:
        return low if a == 0.0 else high
    if not (a < 0.0 < b or b < 0.0 < a):
        raise SolveError(
            f"{name}: the residual is {a:.3g} and {b:.3g} at the ends of the bracket "
            f"({low:.6g}, {high:.6g}); give one at whose ends it has opposite signs"
        )
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if (f(middle) > 0.0) == (a > 0.0):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
