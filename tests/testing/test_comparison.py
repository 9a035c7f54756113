"""A verdict follows from the figures: what each oracle can tell, and what it cannot."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dendrograd.testing.comparison import Comparison, Figures
from dendrograd.testing.differences import Estimate
from dendrograd.testing.oracles import Slope

NAN, INF = math.nan, math.inf
SMOOTH = Estimate(2.0, 1e-12, 2.0, 2.0, kink=False, noise=1e-9)
BLURRED = Estimate(NAN, INF, NAN, NAN, kink=False, noise=1e-9)
CORNER = Estimate(1.0, 1e-12, 0.0, 2.0, kink=True, noise=1e-9)
TWO, THREE = Slope(2.0, 2.0, 2.0), Slope(3.0, 3.0, 3.0)
SIDES, UNBOUNDED = Slope(1.0, 0.0, 2.0), Slope(INF, NAN, INF)
KINK = {"at_kink": ("relu(0.0)",), "near_kink": ("relu(0.0)",)}
NEAR = {"near_kink": ("relu(1e-09)",)}


@pytest.mark.parametrize(
    ("modes", "seen", "exact", "facts", "verdict"),
    [
        ((2.0, 2.0), SMOOTH, {}, {}, "agree"),
        ((2.0, 2.1), SMOOTH, {}, {}, "differ"),  # the modes, with each other
        ((2.0,), SMOOTH, {"dual": THREE}, {}, "differ"),
        ((2.0,), SMOOTH, {"dual": THREE}, KINK, "differ"),  # also at a kink
        ((2.0,), SMOOTH, {"dual": TWO, "complex": THREE}, {}, "differ"),
        ((2.0,), SMOOTH, {"dual": TWO, "mpmath": THREE}, {}, "differ"),
        ((3.0,), SMOOTH, {"mpmath": THREE}, {}, "differ"),  # f is not its graph
        ((2.0,), BLURRED, {"mpmath": TWO}, {}, "agree"),
        ((2.0,), BLURRED, {"dual": TWO}, {}, "unclear"),  # nothing independent
        ((2.0,), BLURRED, {"mpmath": UNBOUNDED}, {}, "unclear"),
        ((2.0,), BLURRED, {}, NEAR, "kink"),
        ((0.0,), BLURRED, {"mpmath": UNBOUNDED}, KINK, "kink"),  # sqrt at 0
        ((1.5,), CORNER, {"mpmath": SIDES}, KINK, "kink"),
        ((2.5,), CORNER, {"mpmath": SIDES}, {}, "differ"),
        ((2.0,), CORNER, {"mpmath": TWO}, NEAR, "agree"),  # smooth at the point itself
        ((0.0,), CORNER, {"complex": Slope(0.0, 0.0, 0.0)}, KINK, "kink"),  # one side
        ((3.0,), SMOOTH, {}, NEAR, "kink"),  # differences straddle it
        ((3.0,), SMOOTH, {}, {}, "differ"),
        ((2.0 + 1e-10,), SMOOTH, {"mpmath": TWO}, {}, "agree"),
        ((2.0 + 1e-7,), SMOOTH, {"mpmath": TWO}, {}, "differ"),
        ((2.0 + 1e-7,), SMOOTH, {"mpmath": TWO}, {"noise": 1e-8}, "agree"),
        ((2.0,), CORNER, {"mpmath": TWO}, {"branch": True}, "branch"),
        ((3.0,), CORNER, {"mpmath": THREE}, {"branch": True}, "differ"),  # of no side
        ((2.0,), SMOOTH, {"mpmath": TWO}, {"branch": True}, "agree"),  # of another f
        ((2.0,), SMOOTH, {"mpmath": TWO}, {"value": NAN}, "unclear"),
        ((INF, INF), SMOOTH, {}, {}, "unclear"),
        ((INF, 2.0), SMOOTH, {}, {}, "differ"),
        ((NAN, NAN), SMOOTH, {}, {}, "unclear"),
    ],
)
def test_the_figures_decide(
    modes: tuple[float, ...],
    seen: Estimate,
    exact: dict[str, Slope],
    facts: dict[str, Any],
    verdict: str,
) -> None:
    named = dict(zip(("rev", "fwd"), modes, strict=False))
    found = Comparison(named, Figures(seen, exact, **facts))
    assert found.verdict == verdict
    assert found.good == (verdict in ("agree", "kink", "branch"))
