"""One derivative by our modes, held against the oracles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .differences import Function, estimate
from .figures import Figures
from .verdicts import PASSES, oracle_words, verdict

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """A derivative by our modes ("rev", "fwd"), held against oracles."""

    modes: Mapping[str, float]
    figures: Figures

    @property
    def verdict(self) -> str:
        """What the figures say together: a word of `verdicts.MEANING`."""
        return verdict(self.modes, self.figures)

    @property
    def words(self) -> dict[str, str]:
        """What each oracle says by itself."""
        return oracle_words(self.modes, self.figures)

    @property
    def good(self) -> bool:
        """Whether nothing speaks against the derivative, and something for it."""
        return self.verdict in PASSES

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
    figures = Figures(estimate(f, x, max(magnitude, own)), value=f(x))
    return Comparison({"rev": reverse, "fwd": forward}, figures)
