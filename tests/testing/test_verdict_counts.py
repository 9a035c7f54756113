"""A sample of `verdict_counts.py`: wrong rules are found, right functions not accused."""

from __future__ import annotations

import pytest
from planted import WRONG, outcome
from right_functions import FORMULAS, functions, verdict

FEW = list(WRONG)[::6]


def test_forty_wrong_rules_are_planted() -> None:
    assert len(WRONG) == 40


@pytest.mark.parametrize("name", FEW)
def test_a_planted_wrong_rule_is_found(name: str) -> None:
    assert outcome(WRONG[name]) == "found"


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_on_its_own_scale_agrees(name: str) -> None:
    assert verdict(FORMULAS[name]) == "agree"


def test_random_right_functions_on_random_scales_are_never_accused() -> None:
    words = [verdict(right) for right in functions(24)]
    assert set(words) <= {"agree", "cannot tell", "kink"}
    assert words.count("agree") > 20
