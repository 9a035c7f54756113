"""The notebooks in examples/ run, and every cell of them shows a picture or a table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long

FOLDER = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PICTURES = {"image/svg+xml", "text/html"}
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def code_cells(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@each_notebook
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    for cell in code_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@each_notebook
def test_every_cell_of_a_notebook_shows_a_picture_and_no_error(
    path: Path, tmp_path: Path
) -> None:
    # Ten seconds: a kernel of its own starts, and nbconvert, and a network is trained.
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook"]
    done = subprocess.run(
        [*command, "--output-dir", str(tmp_path), str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for cell in code_cells(tmp_path / path.name):
        source, outputs = "".join(cell["source"]), cell["outputs"]
        assert [one["output_type"] for one in outputs] == ["execute_result"], source
        shown = outputs[0]["data"]
        assert shown.keys() & PICTURES, source
        assert "text/plain" in shown, source
