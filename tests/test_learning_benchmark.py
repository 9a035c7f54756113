"""The benchmark of the estimators compares the same nets on the same rows."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    """The module, whose folder is on the path while this file runs."""
    sys.path.append(str(FOLDER))
    yield importlib.import_module("learning")
    sys.path.remove(str(FOLDER))


def test_a_row_tells_that_both_nets_are_one(
    bench: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "SPLITS", 1)
    settings = {**bench.SAME, "max_iter": 2, "n_iter_no_change": 2}
    with pytest.warns(match="poch|teration"):  # both say that they are not done
        bench.compare("breast_cancer", "a net", settings)
    cells = [cell.strip() for cell in capsys.readouterr().out.split("|")[1:-1]]
    assert cells[0] == "breast_cancer, a net"
    assert cells[4] == cells[5]  # the scores
    assert float(cells[6]) < 1e-12


def test_a_formula_is_timed_beside_the_loss_that_it_stands_for(
    bench: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.warns(match="still learning"):
        bench.formula()
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("digits, log_loss: ")
    assert second.startswith("digits, the same, written as a formula: ")
