"""check_grads: the derivatives of your function against four independent oracles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dendrograd.notices.lost import quiet

from .checks import Check, Point, examine
from .function import derivative, flat_point
from .report import GradientError, Report, failure
from .verdicts import PASSES

__all__ = ["MODES", "check_grads", "check_point"]

__tracebackhide__ = True  # pytest shows a person's own lines

MODES = ("rev", "fwd")
EACH = 1000  # inputs of f up to which each is tried, not random directions
MOST = 8  # the same limit for a higher derivative, where every input costs more


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = MODES,
) -> Report:
    """Check the derivatives of f at args, up to an order, and return what was found.

    f takes scalars, or trees of them, and returns a scalar or a tree of them, as for
    `grad`; args is the tuple of its arguments. Each derivative by each of our modes
    ("rev", "fwd", and for order 2 each of them over each) is held against

    - forward mode on dual numbers, which shares our table but no sweep;
    - the complex step, which shares neither (operations that cmath can continue);
    - central differences of f itself, with an error-controlled step;
    - differences in 50 digits or more, from definitions (where mpmath is installed).

    A point at a kink, or within reach of one, is reported as such and does not fail.
    Of a higher derivative with more than eight inputs or outputs, random combinations
    are checked instead of each. Raises GradientError, an AssertionError, where figures
    differ or where none could be had: with the point, each oracle's figure, the
    expression and the first node whose local derivative is wrong.

    >>> from dendrograd import tanh
    >>> report = check_grads(lambda w, x: tanh(w[0] * x + w[1]), ([0.5, -1.0], 2.0))
    >>> print(str(report).splitlines()[0])
    d f / d w[0] = 2: agree
    """
    chosen = (modes,) if isinstance(modes, str) else tuple(modes)
    if not chosen or not set(chosen) <= set(MODES):
        raise ValueError(
            f"check_grads: modes={modes!r}, but they are 'rev', 'fwd' or both"
        )
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"check_grads: order={order!r}, but it is 1, 2, ...")
    return check_point(flat_point(f, args), order, chosen)


def check_point(
    point: Point,
    order: int,
    modes: Sequence[str],
    name: str = "check_grads",
    strict: bool = True,
) -> Report:
    """Check a function at a point, each order after the one below it was right.

    Unless it is `strict`, a derivative that cannot be told is left to the caller.
    """
    fine = PASSES if strict else (*PASSES, "cannot tell")
    # the report tells a gradient that was lost
    return quiet(_checked, point, order, modes, name, fine)


def _checked(
    point: Point, order: int, modes: Sequence[str], name: str, fine: Sequence[str]
) -> Report:
    checks: list[Check] = []
    level = [point]
    for depth in range(1, order + 1):
        for each in level:
            new = examine(each, modes, most=EACH if depth == 1 else MOST)
            checks += new
            bad = [check for check in new if check.comparison.verdict not in fine]
            if bad:
                message = failure(name, each, bad, len(new))
                raise GradientError(message, Report(tuple(checks)))
        if depth < order:
            level = [derivative(each, mode, MOST) for each in level for mode in modes]
    return Report(tuple(checks))
