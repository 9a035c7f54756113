"""How far apart the figures are, on which scale, and where to look next."""

from __future__ import annotations

import math

from .comparison import Comparison
from .verdicts import ORACLE

__all__ = ["advice"]

TRUSTED = ("mpmath", "complex", "differences", "dual", "fwd")  # in this order


def advice(one: Comparison) -> list[str]:
    """Return in a line who says otherwise, or why nothing can be told; or no line.

    >>> from dendrograd.testing.comparison import compare
    >>> advice(compare(lambda x: x * x, 3.0, 6.5, 6.5))
    ['0.5 (8.33%) away from differences; errors explain 7e-11, within 0.05 of the point']
    """
    against = [way for way in TRUSTED if one.words.get(way) == "differ"]
    if against:
        return [_apart(one, against)]
    return [_blurred(one)] if one.verdict == "cannot tell" else []


def _apart(one: Comparison, against: list[str]) -> str:
    """Return how far a derivative is from the oracles that speak against it."""
    figures, ours = one.figures, one.ours
    figure = _figure(one, against[0])
    gap = abs(figure - ours)
    by_differences = against[0] == "differences"
    room = figures.tolerance(ours) if by_differences else figures.slack
    names = " and ".join([ORACLE[way] for way in against])
    within = figures.differences.scale / 16.0
    return (
        f"{gap:.3g}{_share(gap, figure)} away from {names}; errors explain "
        f"{room:.1g}, within {within:.1g} of the point"
    )


def _share(gap: float, figure: float) -> str:
    """Return a distance as a part of a figure, in brackets; nothing of 0."""
    if not figure:
        return ""
    share = gap / abs(figure)
    return f" ({100 * share:.3g}%)" if 1e-3 <= share < 1e3 else f" ({share:.2g} of it)"


def _blurred(one: Comparison) -> str:
    """Return why the differences tell nothing, and where they might."""
    seen = one.figures.differences
    within = seen.scale / 16.0
    if seen.jump or not math.isfinite(seen.slope):
        return (
            f"within {within:.1g} of the point the function jumps, or has no value; "
            "look at a point further from there"
        )
    return (
        f"within {within:.1g} of the point, where the function is of size "
        f"{seen.size * seen.scale:.1g}, a slope must be {one.figures.tolerance(one.ours):.1g} "
        "or more to be seen; look where less is lost: without large terms that cancel "
        "or stay, or further away"
    )


def _figure(one: Comparison, way: str) -> float:
    """Return what an oracle says."""
    exact = one.figures.exact
    if way in one.modes:
        return one.modes[way]
    return exact[way].middle if way in exact else one.figures.differences.slope
