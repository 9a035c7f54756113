"""The profile of the kit: a failing test of an expression does not take minutes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import Phase, settings

from dendrograd.errors import MissingToolError
from dendrograd.testing import profile

pytestmark = pytest.mark.long

STOP = 100  # an explanation takes hundreds of calls: no need to see them all
CODE = f"""
from hypothesis import given, settings
from dendrograd.testing import expressions, profile

class Stopped(BaseException):
    pass

def calls():
    count = 0

    @given(expressions(["mul", "sin"], depth=2))
    def test(f):
        nonlocal count
        count += 1
        if count == {STOP}:
            raise Stopped
        assert all(op.name != "mul" for op, _ in f.steps)

    try:
        test()
    except (AssertionError, Stopped):
        return count

settings.register_profile("all", database=None, derandomize=True)
settings.load_profile("all")
print(calls())
profile(database=None, derandomize=True)
print(calls())
"""


def test_a_failing_test_is_not_explained_and_so_is_called_less_often() -> None:
    # A process of its own: where coverage is measured, nothing is explained.
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    )
    default, kit = map(int, done.stdout.split())
    assert kit < default == STOP


def test_the_profiles_of_the_suite_do_not_explain() -> None:
    for name in ("ci", "deep"):
        found = settings.get_profile(name)
        assert set(Phase) - set(found.phases) == {Phase.explain}


def test_options_are_those_of_settings_and_keep_the_rest() -> None:
    before = settings.get_current_profile_name()
    try:
        found = profile(max_examples=7)
        assert settings.get_current_profile_name() == "dendrograd"
    finally:
        settings.load_profile(before)
    assert (found.max_examples, found.deadline) == (7, None)
    assert Phase.shrink in found.phases
    assert Phase.explain not in found.phases


def test_without_hypothesis_the_way_to_install_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(
        MissingToolError, match=r"in a clone, pip install '\.\[testing\]'"
    ):
        profile()
