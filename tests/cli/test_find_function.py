"""Finding a person's function leaves the path as a script in that folder would have it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dendrograd.cli.find_function import find_function


def test_the_current_folder_goes_on_the_path_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    assert find_function("math:sqrt") is find_function("math:sqrt")
    assert sys.path.count(str(tmp_path)) == 1
