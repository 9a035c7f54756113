"""A verdict follows from the figures: what each oracle can tell, and what it cannot."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from dendrograd.testing.comparison import Comparison
from dendrograd.testing.differences import Estimate
from dendrograd.testing.figures import Figures
from dendrograd.testing.oracles import Slope
from dendrograd.testing.verdicts import PASSES

NAN, INF = math.nan, math.inf
SMOOTH = Estimate(2.0, 1e-12, 2.0, 2.0, kink=False, noise=1e-9)
BLURRED = Estimate(NAN, INF, NAN, NAN, kink=False, noise=1e-9)
CORNER = Estimate(1.0, 1e-12, 0.0, 2.0, kink=True, noise=1e-9)
ROUGH = replace(SMOOTH, error=1e-4)
VAGUE = replace(SMOOTH, error=1.0, size=4.0)
FLAT = Estimate(0.0, 1e-14, 0.0, 0.0, kink=False, noise=1e-12, size=1.0)
CONSTANT = replace(FLAT, noise=1e-8, flat=True)
JUMPS = replace(CORNER, kink=False, jump=True, error=10.0)
TINY, LOST = Slope(1e-20, 1e-20, 1e-20), Slope(NAN, NAN, NAN)
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
        ((2.0,), BLURRED, {"mpmath": TWO}, {}, "cannot tell"),  # of f itself
        ((2.0,), BLURRED, {"dual": TWO}, {}, "cannot tell"),  # nothing independent
        ((2.0,), BLURRED, {"mpmath": UNBOUNDED}, {}, "cannot tell"),
        ((2.0,), BLURRED, {}, NEAR, "kink"),
        ((0.0,), BLURRED, {"mpmath": UNBOUNDED}, KINK, "kink"),  # sqrt at 0
        ((1.5,), CORNER, {"mpmath": SIDES}, KINK, "kink"),
        ((2.5,), CORNER, {"mpmath": SIDES}, {}, "differ"),
        ((2.0,), CORNER, {"mpmath": TWO}, NEAR, "kink"),  # straddled
        ((0.0,), CORNER, {"complex": Slope(0.0, 0.0, 0.0)}, KINK, "kink"),  # one side
        ((3.0,), SMOOTH, {}, NEAR, "kink"),  # differences straddle it
        ((3.0,), SMOOTH, {}, {}, "differ"),
        ((2.0 + 1e-11,), SMOOTH, {"mpmath": TWO}, {}, "agree"),
        ((2.0 + 1e-10,), SMOOTH, {"mpmath": TWO}, {}, "differ"),  # they are that good
        ((2.0 + 1e-4,), ROUGH, {}, {}, "agree"),
        ((2.0,), VAGUE, {"dual": TWO}, {}, "cannot tell"),
        ((2.0,), VAGUE, {"dual": TWO, "mpmath": TWO}, {}, "cannot tell"),
        ((2.0,), VAGUE, {"mpmath": TWO}, {"whole": True}, "cannot tell"),  # it is huge
        ((1e-20,), FLAT, {"dual": TINY}, {}, "cannot tell"),
        ((1e-20,), FLAT, {"mpmath": TINY}, {}, "cannot tell"),  # is the graph all of f?
        ((1e-20,), FLAT, {"mpmath": TINY}, {"whole": True}, "agree"),
        ((0.0,), CONSTANT, {}, {}, "agree"),
        ((1e-20,), CONSTANT, {}, {}, "agree"),  # one rounding of the terms
        ((2.0,), JUMPS, {}, {}, "cannot tell"),
        ((2.0,), JUMPS, {"mpmath": TWO}, NEAR, "jump"),
        ((0.0,), JUMPS, {"mpmath": Slope(1e30, 1e30, 1e30)}, KINK, "jump"),
        ((2.0,), SMOOTH, {"dual": TWO, "complex": LOST}, {}, "agree"),
        (
            (3.0,),
            SMOOTH,
            {"dual": THREE, "mpmath": TWO},
            KINK,
            "differ",
        ),  # it is smooth
        ((3.0,), SMOOTH, {"dual": THREE}, KINK, "differ"),
        ((2.0 + 1e-7,), SMOOTH, {"mpmath": TWO}, {}, "differ"),
        ((2.0 + 1e-7,), SMOOTH, {"mpmath": TWO}, {"noise": 1e-8}, "agree"),
        ((2.0,), CORNER, {"mpmath": TWO}, {"branch": True}, "branch"),
        ((3.0,), CORNER, {"mpmath": THREE}, {"branch": True}, "differ"),  # of no side
        ((2.0,), SMOOTH, {"mpmath": TWO}, {"branch": True}, "agree"),  # of another f
        ((2.0,), SMOOTH, {"mpmath": TWO}, {"value": NAN}, "not finite"),
        ((INF, INF), SMOOTH, {}, {}, "not finite"),
        ((INF, 2.0), SMOOTH, {}, {}, "differ"),
        ((NAN, NAN), SMOOTH, {}, {}, "not finite"),
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
    assert found.good == (verdict in PASSES)
