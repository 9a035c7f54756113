"""One derivative, the oracles it is held against, and what they say together.

A verdict knows what each oracle can resolve: it neither calls noise a bug nor excuses
one by a tolerance that fits all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from .differences import Estimate, Function, estimate
from .oracles import Slope

__all__ = [
    "EXACT",
    "RESOLVED",
    "SPREADS",
    "Comparison",
    "Figures",
    "compare",
    "off",
]

EXACT = 1e-9  # relative tolerance against an oracle without truncation error
RESOLVED = 1e-6  # relative tolerance against differences
SIDE = 1e-2  # relative tolerance against the slope of one side, from a single step
NOISE = 1e-8  # of a slope, relative to the size of the function
SPREADS = 16.0  # roundings are random; their spread over six runs may be a small one


@dataclass(frozen=True)
class Figures:
    """What the oracles say of one derivative.

    differences  of the function itself, called on numbers
    exact        name -> slope, for the oracles without truncation error that know it
    noise        how far rounding moves the derivative
    at_kink      the operations that stand at a kink, as text
    near_kink    those within reach of one
    branch       whether the function takes another branch of its own beside the point
    value        that of the function
    """

    differences: Estimate
    exact: Mapping[str, Slope] = field(default_factory=dict)
    noise: float = 0.0
    at_kink: tuple[str, ...] = ()
    near_kink: tuple[str, ...] = ()
    branch: bool = False
    value: float = 0.0

    @property
    def slack(self) -> float:
        """How far rounding may have moved a derivative."""
        return SPREADS * self.noise + EXACT * self.differences.noise

    def tolerance(self, ours: float) -> float:
        """Return how far the differences may be from a derivative that is right."""
        seen = self.differences
        scale = max(abs(ours), abs(seen.slope))
        return RESOLVED * scale + 10.0 * seen.error + SPREADS * self.noise

    def confirms(self, ours: float) -> bool:
        """Return whether the differences alone agree with a derivative."""
        seen = self.differences
        close = abs(ours - seen.slope) <= self.tolerance(ours)
        return close and not seen.kink and not self.apart(ours, seen.slope)

    def apart(self, ours: float, other: float) -> bool:
        """Return whether two figures are far from each other, whatever their errors.

        Next to a function of size 1, figures of 1e-17 and 0 are the same.
        """
        least = max(1e-2 * max(abs(ours), abs(other)), NOISE * self.differences.size)
        return abs(ours - other) > least


@dataclass(frozen=True)
class Comparison:
    """A derivative by our modes ("rev", "fwd"), held against oracles.

    The verdict is "agree"; "kink" at or within reach of a kink, where oracles have no
    common answer (where they do have slopes to both sides, ours is between them);
    "branch" where the function itself takes another branch beside the point, and ours
    is the slope to one side; "differ"; or "unclear" where the function is not finite or
    not continuous around the point, so that nothing could be compared.
    """

    modes: Mapping[str, float]
    figures: Figures

    @property
    def verdict(self) -> str:
        """What the figures say together: agree, kink, branch, differ or unclear."""
        return _verdict(list(self.modes.values()), self.figures)

    @property
    def good(self) -> bool:
        """Whether nothing speaks against the derivative."""
        return self.verdict in ("agree", "kink", "branch")

    @property
    def ours(self) -> float:
        """The derivative by the first of our modes."""
        return next(iter(self.modes.values()))

    @property
    def relative(self) -> float:
        """|ours - differences| over the larger of them; 0 where both are noise."""
        seen = self.figures.differences
        scale = max(abs(self.ours), abs(seen.slope), seen.noise)
        return abs(self.ours - seen.slope) / scale if scale else 0.0


def compare(
    f: Function, x: float, reverse: float, forward: float, magnitude: float = 0.0
) -> Comparison:
    """Compare the derivatives of f at x by reverse and forward mode with differences.

    `magnitude` is the sum of |node * d f / d node| over the graph of f, whose rounding
    the differences see; it counts as |x * reverse| and |f(x)| at least.

    >>> import math
    >>> compare(math.exp, 1.0, math.e, math.e).verdict
    'agree'
    >>> compare(math.exp, 1.0, 2.718, 2.718).verdict
    'differ'
    >>> compare(abs, 0.0, 0.0, 0.0).verdict
    'kink'
    """
    own = abs(x * reverse) if math.isfinite(x * reverse) else 0.0
    seen = estimate(f, x, max(magnitude, own))
    return Comparison({"rev": reverse, "fwd": forward}, Figures(seen))


def _verdict(modes: list[float], figures: Figures) -> str:
    ours, exact = modes[0], figures.exact
    if not all(map(math.isfinite, modes)):
        same = all(mode == ours for mode in modes) or ours != ours
        return "unclear" if same else "differ"
    if not math.isfinite(figures.value):
        return "unclear"
    slack = figures.slack
    sharing = [*modes, *[exact[way].middle for way in ("dual",) if way in exact]]
    if any(off(ours, other, slack) for other in sharing):  # one table, several sweeps
        return "differ"
    word = _by_oracles(ours, figures, slack)
    return "kink" if figures.at_kink and word != "agree" else word


def _by_oracles(ours: float, figures: Figures, slack: float) -> str:
    """Return what the oracles say that do not share the table."""
    seen, on_kink = figures.differences, bool(figures.at_kink)
    known = {
        way: slope
        for way, slope in figures.exact.items()
        if way != "dual" and math.isfinite(sum(slope))
        if way == "mpmath" or not on_kink  # the complex step sees one side alone
    }
    sides = known.get("mpmath") or known.get("complex")
    if sides:
        kink = off(sides.left, sides.right, slack)
    else:
        sides, kink = Slope(seen.slope, seen.left, seen.right), seen.kink
    if kink and not (figures.branch and not known):
        return "kink" if _between(sides, ours) else "differ"
    if any(off(ours, slope.middle, slack) for slope in known.values()):
        return "differ"
    if figures.branch:
        return _by_sides(ours, figures)
    return _by_differences(ours, figures, confirmed=bool(known))


def _by_sides(ours: float, figures: Figures) -> str:
    """Return the verdict beside a branch: ours is the slope of the side taken."""
    seen = figures.differences
    if figures.confirms(ours):
        return "agree"
    gaps = [abs(ours - side) / max(abs(ours), 1e-9) for side in (seen.left, seen.right)]
    return "branch" if any(gap <= SIDE for gap in gaps) else "differ"


def _by_differences(ours: float, figures: Figures, confirmed: bool) -> str:
    """Return the verdict where nothing else spoke against a derivative."""
    seen = figures.differences
    blurred = "agree" if confirmed else "kink" if figures.near_kink else "unclear"
    scale = max(abs(ours), abs(seen.slope))
    if not math.isfinite(seen.slope) or seen.error > max(1e-2 * scale, seen.noise):
        return blurred
    if seen.kink:  # they straddle a kink beside a point that is smooth itself
        return blurred
    if abs(ours - seen.slope) <= figures.tolerance(ours):
        return "agree"
    return "kink" if figures.near_kink else "differ"


def off(a: float, b: float, slack: float) -> bool:
    """Return whether two exact figures differ by more than rounding may do."""
    return abs(a - b) > EXACT * max(abs(a), abs(b)) + slack


def _between(sides: Slope, x: float) -> bool:
    low, high = sorted((sides.left, sides.right))
    room = 1e-3 * (high - low)
    return low - room <= x <= high + room
