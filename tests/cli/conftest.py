"""The command line run in this process, inside an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Command, Told

from dendrograd.__main__ import main


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    """Run `dendrograd` with some arguments; the current folder is `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: object) -> Told:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Told(status, *capsys.readouterr())

    return run


@pytest.fixture
def no_dot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the program `dot`."""
    monkeypatch.setenv("PATH", str(tmp_path))
