"""What the oracles say of one derivative, and what each of them can tell.

No tolerance fits every function: that of the differences follows their measured error,
that of the others the rounding of the derivative itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from .differences import Estimate
from .oracles import Slope

__all__ = ["EXACT", "SPREADS", "Figures", "off"]

EXACT = 1e-9  # relative tolerance against an oracle without truncation error
RESOLVED = 1e-11  # relative tolerance against differences, beside their own error
ERRORS = 10.0  # a difference is trusted to so many times its estimated error
TELLING = 1e-2  # of a figure: an oracle that is less certain than that tells nothing
ROUGHLY = 0.3  # of a figure that another oracle has confirmed
LITTLE = 1e-20  # of how fast the function moves: the truncation of mpmath's differences
NOISE = 1e-8  # of a slope, relative to the size of the function
TINY = 1e-305  # a smaller figure has few digits, or none
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
    whole        whether the recorded graph moves as the function does; None if not asked
    """

    differences: Estimate
    exact: Mapping[str, Slope] = field(default_factory=dict)
    noise: float = 0.0
    at_kink: tuple[str, ...] = ()
    near_kink: tuple[str, ...] = ()
    branch: bool = False
    value: float = 0.0
    whole: bool | None = None

    @property
    def slack(self) -> float:
        """How far rounding may have moved a derivative."""
        seen = self.differences
        move = seen.swing if math.isfinite(seen.swing) else 0.0
        return SPREADS * self.noise + EXACT * seen.noise + LITTLE * move

    @property
    def independent(self) -> dict[str, Slope]:
        """The oracles that run on the graph and do not share the table's partials.

        At a kink the complex step sees one side alone.
        """
        unfit = ("dual", "complex") if self.at_kink else ("dual",)
        return {way: slope for way, slope in self.exact.items() if way not in unfit}

    def tolerance(self, ours: float) -> float:
        """Return how far the differences may be from a derivative that is right."""
        seen = self.differences
        scale = max(abs(ours), abs(seen.slope))
        return RESOLVED * scale + ERRORS * seen.error + SPREADS * self.noise

    def near(self, ours: float) -> bool:
        """Return whether the differences are as close as their error lets them be."""
        return abs(ours - self.differences.slope) <= self.tolerance(ours)

    def telling(self, ours: float) -> bool:
        """Return whether the differences are certain enough to tell anything.

        Their error is small beside the slope, or beside how fast the function moves
        with their steps. Where another oracle agrees and the graph is the function, it
        is enough to see the slope roughly, or that it is next to nothing beside the
        size of the function; where both are exactly 0, of the terms that it is made of.
        """
        seen = self.differences
        room = self.tolerance(ours)
        if room <= TELLING * max(abs(ours), abs(seen.slope), seen.swing):
            return True
        if seen.flat and abs(ours) <= EXACT * seen.noise:
            return True  # constant, up to one rounding of its terms
        still = ours == seen.slope == 0.0  # then only its terms were rounded
        enough = max(
            NOISE * seen.size, ROUGHLY * abs(ours), TELLING * seen.noise * still
        )
        return self.known(ours) and room <= enough

    def known(self, ours: float) -> bool:
        """Return whether an exact oracle agrees, and the graph is the function."""
        return bool(self.whole) and any(
            not off(ours, slope.middle, self.slack + SPREADS * slope.spread)
            for slope in self.independent.values()
        )

    def confirms(self, ours: float) -> bool:
        """Return whether the differences alone agree with a derivative."""
        return self.near(ours) and not self.differences.kink and self.telling(ours)

    def apart(self, ours: float, other: float) -> bool:
        """Return whether two figures are far from each other, whatever their errors.

        Next to a function of size 1, figures of 1e-17 and 0 are the same.
        """
        largest = max(abs(ours), abs(other))
        seen = self.differences
        least = max(TELLING * largest, NOISE * seen.size, NOISE * seen.swing)
        least = max(least, EXACT * seen.noise)  # one rounding of the terms that cancel
        return math.isfinite(largest) and abs(ours - other) > least


def off(a: float, b: float, slack: float) -> bool:
    """Return whether two exact figures differ by more than rounding may do."""
    return abs(a - b) > EXACT * max(abs(a), abs(b)) + slack + TINY
