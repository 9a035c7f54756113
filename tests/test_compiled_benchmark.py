"""The benchmark of compiled functions compares like with like."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
NAMES = ("compiled", "engines", "gpt", "gpt_compiled", "recorders", "report", "scalar")


@pytest.fixture(scope="module")
def bench() -> Iterator[SimpleNamespace]:
    """The modules of the folder, which is on the path while this file runs."""
    sys.path.append(str(FOLDER))
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in NAMES})
    sys.path.remove(str(FOLDER))


@pytest.mark.parametrize(("work", "size"), [("ode", 0), ("dag", 30)])
def test_what_is_recorded_gives_what_the_engine_gives(
    bench: Any, work: str, size: int
) -> None:
    made = bench.scalar.WORKS[work](size)
    value, slopes = bench.recorders.eager(made)()
    assert bench.recorders.floats(made)()[0] == value
    for name in ("compiled", "tape"):
        found = bench.recorders.RECORDERS[name](made)()
        assert found[0] == value
        assert [0.0 + x for x in found[1]] == list(slopes)


def test_the_gradient_is_the_slope_of_the_run_with_floats(bench: Any) -> None:
    made = bench.scalar.graph(30)
    _, slopes = bench.recorders.compiled(made)()
    values = []
    for offset in (1e-6, -1e-6):
        wrt = [made.wrt[0] + offset, *made.wrt[1:]]
        values.append(bench.recorders.floats(made._replace(wrt=wrt))()[0])
    assert (values[0] - values[1]) / 2e-6 == pytest.approx(slopes[0], rel=1e-6)


def test_the_network_gives_minus_the_logarithm_of_a_probability(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.scalar, "SIZES", (3, 4, 2))
    made = bench.scalar.network(0)
    marks = [made.rest[:3] + [float(i == k) for i in range(2)] for k in range(2)]
    losses = [bench.recorders.floats(made._replace(rest=x))()[0] for x in marks]
    assert sum(math.exp(-loss) for loss in losses) == pytest.approx(1.0)


def test_the_compiled_step_of_the_gpt_learns_as_the_other_one(bench: Any) -> None:
    ours = bench.gpt_compiled.training(bench.gpt_compiled.recorded())
    theirs = bench.gpt.training(bench.engines.dendrograd())
    for found, wanted in zip(islice(ours, 3), theirs, strict=False):
        assert found == pytest.approx(wanted, rel=1e-10)


def figures(bench: Any) -> Any:
    """Return figures of all tables but for two engines, which are not there."""
    found = bench.report.Figures()
    for row, _ in bench.compiled.jobs([*bench.compiled.TABLES, "growth"]) * 2:
        there = row[0] not in ("heyoka", "JAX")
        counts = dict(
            zip(bench.compiled.GROWTH, bench.compiled.OPERATIONS, strict=True)
        )
        n = counts.get(int(row[1].partition("growth-")[2] or 0), 2)
        told = {"ready": 3.0 * n, "call": float(n**2), "peak": 1.0, "check": [1.0]}
        found.add(row, "on", told if there else "not installed")
    return found


def test_tables_have_all_rows_and_say_what_is_not_there(bench: Any) -> None:
    found = figures(bench)
    for name, table in bench.compiled.TABLES.items():
        shown = bench.compiled.shown(name, table, found)
        assert all(f"| {engine} |" in shown for engine in table.engines)
    shown = bench.compiled.shown("dag", bench.compiled.TABLES["dag"], found)
    assert "| heyoka | not installed |" in shown
    assert "| compiled | 6 [6 .. 6] | 4 [4 .. 4] | 1 [1 .. 1] | 1 [1 .. 1] |" in shown


def test_growth_has_the_exponent_of_its_law(bench: Any) -> None:
    shown = bench.compiled.grown(figures(bench))
    assert "the power 1.00 (ready) and 2.00 (a call)" in shown


def test_a_process_that_fails_is_a_line_of_the_table(bench: Any) -> None:
    assert bench.compiled.measure(("no engine", "dag"), 3) == "'no engine'"
