"""The profile of the kit: a failing test of an expression does not take minutes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import Phase, settings

from dendrograd.errors import MissingToolError
from dendrograd.testing import profile

CODE = """
import os
from hypothesis import given, settings
from dendrograd.testing import expressions, profile
PROFILE
calls = 0

@given(expressions(["mul", "sin"], depth=2))
def test(f):
    global calls
    calls += 1
    if calls == STOP:
        print(calls, flush=True)
        os._exit(1)
    assert all(op.name != "mul" for op, _ in f.steps)

try:
    test()
finally:
    print(calls)
"""


def calls(line: str, stop: int) -> int:
    """Return how often a failing test was called under a profile, `stop` at most."""
    code = CODE.replace("PROFILE", line).replace("STOP", str(stop))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr  # the test failed, or was stopped
    return int(done.stdout.split()[-1])


def test_a_failing_test_is_not_explained_and_so_is_called_less_often() -> None:
    kit = calls("profile(database=None, derandomize=True)", stop=100)
    default = calls(
        "settings.register_profile('all', database=None, derandomize=True);"
        "settings.load_profile('all')",
        stop=100,  # the explanation takes hundreds of calls: no need to see them all
    )
    assert kit < default == 100


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
    with pytest.raises(MissingToolError, match=r"pip install 'dendrograd\[testing\]'"):
        profile()
