"""What each oracle says of a derivative, and what they say together.

One word is for the function, the kit and the command line alike. Nobody is accused
whose figures an oracle's own error explains, and nobody is assured by an oracle that
could not have told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from .differences import Estimate
from .figures import SPREADS, Figures, off
from .oracles import Slope

__all__ = ["MEANING", "ORACLE", "PASSES", "oracle_words", "verdict"]

ORACLE = {
    "fwd": "forward mode",
    "dual": "dual numbers",
    "complex": "complex step",
    "mpmath": "mpmath",
    "differences": "differences",
}
SIDE = 1e-2  # relative tolerance against the slope of one side, from a single step
PASSES = ("agree", "kink", "jump", "branch")
MEANING = {
    "agree": "agree: reverse mode, forward mode and differences",
    "kink": "at a kink, or so near that differences straddle it: there is no one slope",
    "jump": "beside a jump: the function is not continuous within reach of differences",
    "branch": "at a branch: the function is another one beside the point, and reverse "
    "mode gives the slope of the branch taken",
    "cannot tell": "cannot tell: the error of the differences, or rounding, is larger "
    "than what is to be checked",
    "differ": "differ",
    "not finite": "not finite: the function, or a figure, is an infinity or a nan",
}
GRAVEST = ("differ", "not finite", "branch", "jump", "kink", "cannot tell", "agree")


def verdict(modes: Mapping[str, float], figures: Figures) -> str:
    """Return what all figures say together: the gravest word of any oracle.

    Where the slopes to both sides are known exactly and differ, ours between them, no
    other oracle is asked. Rounding that blurs one oracle does not count where another
    agrees.
    """
    words = oracle_words(modes, figures)
    if "differ" in words.values():
        return "differ"
    if not _finite(figures.value, *modes.values()):
        return "not finite"
    if words.get("mpmath") in ("kink", "jump"):
        return words["mpmath"]
    known = figures.independent.items()
    told = [words[way] for way, slope in known if _finite(*slope)]
    told = [] if "agree" in told else told
    told += [word for way, word in words.items() if way in ("fwd", "dual")]
    return min([words["differences"], *told], key=GRAVEST.index)


def oracle_words(modes: Mapping[str, float], figures: Figures) -> dict[str, str]:
    """Return the word of each oracle that knows the function, held against ours.

    agree        the figures are the same, up to the error of the oracle
    cannot tell  the oracle is less certain than that
    kink         slopes to the left and the right differ, or a kink is within reach
    jump         the function is not continuous within reach
    branch       the function takes another branch of its own beside the point
    not finite   the function, our derivative or the figure is an infinity or a nan
    differ       none of these excuses it

    >>> from dendrograd.testing.comparison import compare
    >>> found = compare(abs, 0.0, 0.0, 0.0)
    >>> oracle_words(found.modes, found.figures)
    {'fwd': 'agree', 'differences': 'kink'}
    """
    ours = next(iter(modes.values()))
    _, *others = modes
    words = {way: _shared(ours, modes[way], figures) for way in others}
    for way, slope in figures.exact.items():
        if way == "dual":
            words[way] = _shared(ours, slope.middle, figures)
        else:
            words[way] = _exact(ours, way, slope, figures)
    return words | {"differences": _differences(ours, figures)}


def _finite(*xs: float) -> bool:
    return all(map(math.isfinite, xs))


def _shared(ours: float, figure: float, figures: Figures) -> str:
    """Return the word of a way that shares our table: a kink is none to it."""
    if not _finite(ours, figure):
        return "not finite" if repr(figure) == repr(ours) else "differ"
    if off(ours, figure, figures.slack):
        return "differ"
    return "cannot tell" if figures.apart(ours, figure) else "agree"


def _exact(ours: float, way: str, slope: Slope, figures: Figures) -> str:
    """Return the word of an oracle that runs on the recorded graph."""
    if not _finite(figures.value, ours):
        return "not finite"
    if not _finite(*slope):
        return "kink" if figures.at_kink else "cannot tell"
    slack = figures.slack + SPREADS * slope.spread
    if off(slope.left, slope.right, slack):
        return "kink" if _between(slope, ours) else "differ"
    if not off(ours, slope.middle, slack):
        return "cannot tell" if figures.apart(ours, slope.middle) else "agree"
    if figures.at_kink and figures.differences.jump:
        return "jump"
    one_side = way == "complex" and figures.at_kink
    return "kink" if one_side else "differ"


def _differences(ours: float, figures: Figures) -> str:
    """Return the word of the differences, which alone call the function itself."""
    if not _finite(figures.value, ours):
        return "not finite"
    if figures.confirms(ours):
        return "agree"
    word = _otherwise(ours, figures)
    return "cannot tell" if word == "differ" and figures.known(ours) else word


def _otherwise(ours: float, figures: Figures) -> str:
    """Return the word of differences that do not agree."""
    seen = figures.differences
    if figures.branch and not figures.whole:
        return _beside_branch(ours, figures)
    if seen.jump or not _finite(seen.slope):
        near = figures.near_kink
        return "cannot tell" if not near else "jump" if seen.jump else "kink"
    if seen.kink:
        between = _between(Slope(seen.slope, seen.left, seen.right), ours)
        beside = figures.near_kink and not figures.at_kink
        return "kink" if between or beside else "differ"
    if figures.near(ours):
        return "cannot tell"
    smooth = figures.at_kink and _smooth(seen)
    return "kink" if figures.near_kink and not smooth else "differ"


def _smooth(seen: Estimate) -> bool:
    """Return whether a function is smooth at a kink of an operation inside it."""
    least = SIDE * max(abs(seen.slope), seen.swing)
    return max(abs(seen.left - seen.slope), abs(seen.right - seen.slope)) <= least


def _beside_branch(ours: float, figures: Figures) -> str:
    """Return the word beside a branch: ours is the slope of the side taken."""
    seen = figures.differences
    gaps = [abs(ours - side) / max(abs(ours), 1e-9) for side in (seen.left, seen.right)]
    if any(gap <= SIDE for gap in gaps):
        return "branch"
    return "cannot tell" if figures.near(ours) else "differ"


def _between(sides: Slope, x: float) -> bool:
    low, high = sorted((sides.left, sides.right))
    room = 1e-3 * (high - low)
    return low - room <= x <= high + room
