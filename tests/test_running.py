"""Where tests run: a test that is not marked `dot` never sees Graphviz's program dot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
ASK = "import shutil; print(shutil.which('dot'))"


def seen_by_another_process() -> str:
    done = subprocess.run(
        [sys.executable, "-c", ASK], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_test_that_is_not_marked_sees_no_dot_and_neither_do_its_processes() -> None:
    assert shutil.which("dot") is None
    assert seen_by_another_process() == "None"


def test_the_programs_beside_dot_are_still_there() -> None:
    assert shutil.which("git")
    assert subprocess.run(["git", "--version"], check=True, capture_output=True).stdout


@pytest.mark.dot
@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is absent")
def test_a_test_that_is_marked_sees_dot_where_it_is() -> None:
    assert shutil.which("dot")
    assert seen_by_another_process() == shutil.which("dot")


def test_what_a_command_prints_is_compared_to_the_last_digit(
    request: pytest.FixtureRequest,
) -> None:
    conftest: Any = request.config.pluginmanager.get_plugin(str(ROOT / "conftest.py"))

    def wrong(shown: str) -> str | None:
        text = f'$ dendrograd draw "2**x" x=-0.5\nvalue {shown}\nname ...\nx ...\n'
        region = SimpleNamespace(parsed=text)
        return conftest.commands(
            SimpleNamespace(path="a.md", parsed=text, region=region)
        )

    assert wrong("0.7071067811865476") is None  # sqrt(0.5), 0.70710678118654752...
    assert "0.7071067811865476" in (wrong("0.7071067811865475") or "")


def test_only_a_single_file_runs_without_workers(
    request: pytest.FixtureRequest,
) -> None:
    plugins = request.config.pluginmanager
    conftest: Any = plugins.get_plugin(str(ROOT / "conftest.py"))

    def workers(*arguments: str) -> int | None:
        config = SimpleNamespace(args=arguments)
        return conftest.pytest_xdist_auto_num_workers(config)

    here = os.path.relpath(__file__)
    assert workers(here) == workers(f"{here}::a", f"{here}::b") == 0
    assert workers("tests", here) is workers("tests") is None
    assert workers(here, str(ROOT / "README.md")) is None
