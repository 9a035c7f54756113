"""What each oracle says of a derivative by itself, and what a table may call agreement.

`Comparison.verdict` asks whether anything speaks against a derivative. Beside figures
that are printed, "agree" must mean more: that these figures agree, one by one.
"""

from __future__ import annotations

import math

from .comparison import Comparison, off

__all__ = ["ORACLE", "gravest_verdict", "oracle_verdicts"]

ORACLE = {
    "fwd": "forward mode",
    "dual": "dual numbers",
    "complex": "complex step",
    "mpmath": "mpmath",
    "differences": "differences",
}
GRAVEST = ("differ", "not finite", "unclear", "branch", "kink", "rounding", "agree")


def oracle_verdicts(one: Comparison) -> dict[str, str]:
    """Return the word of each oracle that knows the function, held against ours.

    agree       the figures are the same, up to the tolerance
    rounding    they are not, but rounding moves them as far, so they tell nothing
    kink        slopes to the left and the right differ, or a kink is within reach
    branch      the function takes another branch of its own beside the point
    unclear     the figure is less certain than it is far from ours
    not finite  the function, our derivative or the figure is an infinity or a nan
    differ      none of these excuses it

    >>> from dendrograd.testing.comparison import compare
    >>> oracle_verdicts(compare(abs, 1e-9, 1.0, 1.0))
    {'fwd': 'agree', 'differences': 'kink'}
    """
    figures = one.figures
    words = {way: _shared(one, x) for way, x in one.modes.items() if way != "rev"}
    for way, slope in figures.exact.items():
        if way == "dual":
            words[way] = _shared(one, slope.middle)
        else:
            sides = off(slope.left, slope.right, figures.slack)
            words[way] = "kink" if sides else _exact(one, slope.middle)
    return words | {"differences": _differences(one)}


def gravest_verdict(one: Comparison) -> str:
    """Return the gravest word: agree only where all figures that are shown agree."""
    whole = "not finite" if _endless(one, one.ours) else one.verdict
    return min([whole, *oracle_verdicts(one).values()], key=GRAVEST.index)


def _endless(one: Comparison, figure: float) -> bool:
    return not all(map(math.isfinite, (one.figures.value, one.ours, figure)))


def _endless_word(one: Comparison) -> str:
    """Return the word for an oracle's infinity: at a kink, as of sqrt at 0, a slope."""
    return "kink" if one.figures.at_kink and not _endless(one, 0.0) else "not finite"


def _shared(one: Comparison, figure: float) -> str:
    """Return the word of a way that shares our table: a kink is none to it."""
    if _endless(one, figure):
        return "not finite" if repr(figure) == repr(one.ours) else "differ"
    return (
        "differ" if off(one.ours, figure, one.figures.slack) else _blurred(one, figure)
    )


def _exact(one: Comparison, figure: float) -> str:
    """Return the word of an oracle that runs on the recorded graph."""
    if _endless(one, figure):
        return _endless_word(one)
    if not off(one.ours, figure, one.figures.slack):
        return _blurred(one, figure)
    return "kink" if one.figures.at_kink else "differ"


def _blurred(one: Comparison, figure: float) -> str:
    """Return whether figures agree, or are only not told apart by their rounding."""
    return "rounding" if one.figures.apart(one.ours, figure) else "agree"


def _differences(one: Comparison) -> str:
    """Return the word of the differences, which alone call the function itself."""
    figures, seen, ours = one.figures, one.figures.differences, one.ours
    if _endless(one, seen.slope):
        return _endless_word(one)
    if figures.confirms(ours):
        return "agree"
    gap = abs(ours - seen.slope)
    if not seen.kink and gap <= max(figures.slack, seen.noise):
        return "rounding"
    if figures.branch:
        return "branch"
    if figures.near_kink or (seen.kink and set(figures.exact) <= {"dual"}):
        return "kink"
    return "unclear" if seen.kink or gap <= figures.tolerance(ours) else "differ"
