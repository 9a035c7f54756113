"""The benchmark of lanes compares like with like."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import dendrograd
from dendrograd import Value, value_and_grad
from dendrograd.flat import flat

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
NAMES = ("batched", "batches", "by_hand", "lanes", "measure_lanes", "report")
LANES = {"heston": 3, "mlp": 12, "barrier": 40}

each = pytest.mark.parametrize("work", LANES)


@pytest.fixture(scope="module")
def bench() -> Iterator[SimpleNamespace]:
    """The modules of the folder, which is on the path while this file runs."""
    sys.path.append(str(FOLDER))
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in NAMES})
    sys.path.remove(str(FOLDER))


def eager(f: Any, batch: Any) -> list[float]:
    """Return the means over lanes of value and gradient, a lane after another."""
    both = value_and_grad(lambda p, x: f(dendrograd, p, x))
    p = batch.wrt.tolist()
    found = [both(p, x) for x in batch.columns.T.tolist()]
    return np.mean([[value, *slopes] for value, slopes in found], axis=0).tolist()  # type: ignore[no-any-return]


def near(found: Any, wanted: Any) -> bool:
    """Return whether arrays are equal, up to 1e-12 of the largest entry."""
    gap = np.abs(np.subtract(found, wanted)).max()
    return bool(gap <= 1e-12 * np.abs(wanted).max())


@each
def test_what_is_derived_by_hand_is_what_the_engine_gives(
    bench: Any, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.by_hand, "BLOCK", 30)
    batch = bench.batches.WORKS[work](LANES[work])
    wanted = eager(batch.f, batch)
    value, slopes = bench.by_hand.BY_HAND[work](batch.wrt, batch.columns)
    assert near(value, wanted[0])
    assert near(slopes, wanted[1:])


def test_the_payoff_without_branches_is_the_one_with_branches(bench: Any) -> None:
    batch = bench.batches.knocked(40)
    assert near(eager(batch.smooth, batch), eager(batch.f, batch))


def test_some_paths_stop_early_and_some_pay_and_some_do_not(bench: Any) -> None:
    batch = bench.batches.knocked(200)
    early = batch._replace(wrt=np.array([*batch.wrt[:-1], 0.0]))
    pays = [early.f(math, early.wrt.tolist(), x) for x in batch.columns.T.tolist()]
    stopped = bench.by_hand.barrier(batch.wrt, batch.columns)[1][-1]  # by the rebate
    assert 0.1 < stopped < 0.9
    assert 0.1 < np.mean(np.array(pays) > 0.0) < 0.9


def test_lane_after_lane_gives_the_mean_or_the_sum(bench: Any) -> None:
    batch = bench.batches.network(8)
    wanted = eager(batch.f, batch)
    for name in ("eager", "compiled, lane by lane"):
        value, slopes = bench.batched.ENGINES[name]("mlp", batch)()
        assert near([value, *slopes], wanted)


@pytest.mark.parametrize("work", ["dag", *LANES])
def test_a_lane_has_the_operations_that_its_table_says(bench: Any, work: str) -> None:
    batch = bench.batches.WORKS[work](1)
    count = len(batch.wrt)
    leaves = list(map(Value, [*batch.wrt.tolist(), *batch.columns[:, 0].tolist()]))
    f = batch.smooth or batch.f
    graph = flat([f(dendrograd, leaves[:count], leaves[count:])], leaves)
    operations = sum(code >= 0 for code in graph.codes)
    assert operations == bench.lanes.TABLES[work].operations


def test_gradients_of_all_lanes_are_compared_by_their_means(bench: Any) -> None:
    of_lanes = np.arange(12.0).reshape(4, 3)  # 4 lanes, 3 parameters
    wanted = bench.measure_lanes.means(1.5, of_lanes.mean(0), 3)
    for slopes in (of_lanes, of_lanes.T):
        assert bench.measure_lanes.means(np.array([1.0, 2.0]), slopes, 3) == wanted


def test_tables_have_all_rows_and_say_what_is_not_there(bench: Any) -> None:
    figures = bench.report.Figures()
    for row, _ in bench.lanes.jobs(list(bench.lanes.TABLES)) * 2:
        told = {"ready": 3.0, "call": 15.666, "peak": 1.0, "check": [1.0]}
        there = row[0] not in ("heyoka", "JAX")
        figures.add(row, "on", told if there else "not installed")
    for name, table in bench.lanes.TABLES.items():
        shown = bench.lanes.shown(name, table, figures)
        assert all(f"| {engine} |" in shown for engine in table.engines)
    shown = bench.lanes.shown("dag", bench.lanes.TABLES["dag"], figures)
    assert "| heyoka | not installed | not installed | - | not installed |" in shown
    assert (
        "| CasADi | 3 [3 .. 3] | 15.7 [15.7 .. 15.7] | 0.001 [0.001 .. 0.001]" in shown
    )
