"""Which oracle says otherwise, how far apart, on which scale, and where to look next."""

from __future__ import annotations

from .comparison import Comparison
from .figures import Figures
from .verdicts import ORACLE

__all__ = ["apart", "where_to_look"]


def apart(one: Comparison) -> str:
    """Return, in a line or two, who says otherwise, or why nothing can be told.

    >>> from dendrograd.testing.comparison import compare
    >>> print(apart(compare(lambda x: x * x, 3.0, 6.5, 6.5)))
    differences say 6, which is 0.5 (7.7%) from 6.5; they can tell 6.5e-11
    """
    figures, ours = one.figures, one.ours
    against = [way for way, word in one.words.items() if word == "differ"]
    if not against:
        return where_to_look(figures, ours)
    way = against[-1]
    figure = _figure(one, way)
    gap = abs(figure - ours)
    share = gap / max(abs(figure), abs(ours))
    limit = figures.tolerance(ours) if way == "differences" else figures.slack
    return (
        f"{ORACLE[way]} say{'s' * (way not in ('dual', 'differences'))} {figure:.9g}, "
        f"which is {gap:.2g} ({share:.2g} of it) from {ours:.9g}; "
        f"up to {limit:.2g} would be explained by errors"
    )


def where_to_look(figures: Figures, ours: float) -> str:
    """Return on which scale the differences can tell nothing, and where they could."""
    seen = figures.differences
    room = figures.tolerance(ours)
    return (
        f"with steps of {seen.scale / 16.0:.2g} the differences can tell slopes of "
        f"{room:.2g} and more, and the function is of size {seen.size * seen.scale:.2g}; "
        "check it without the large numbers that cancel or stay, or at another point"
    )


def _figure(one: Comparison, way: str) -> float:
    """Return what an oracle says."""
    if way in one.modes:
        return one.modes[way]
    exact = one.figures.exact
    return exact[way].middle if way in exact else one.figures.differences.slope
