"""The benchmarks compare like with like: the same values, gradients and rows for all."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dendrograd import implementation

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
NAMES = ("eager", "engines", "gpt", "measure", "ode", "report", "sweep", "tables")
HERE = {"native": "dendrograd", "pure": "dendrograd (pure)"}[implementation]
ALWAYS = {"C", "floats", "microgpt", HERE}  # engines that need no installation


@pytest.fixture(scope="module")
def bench() -> Iterator[SimpleNamespace]:
    """The modules of the folder, which is on the path while this file runs."""
    sys.path.append(str(FOLDER))
    yield SimpleNamespace(
        **{name: importlib.import_module(name) for name in (*NAMES, "workloads")}
    )
    sys.path.remove(str(FOLDER))


def chain(bench: Any, engine: Any) -> list[float]:
    v, leaves = bench.workloads.chain(engine, 12)
    engine.backward(v)
    return [engine.data(v), engine.grad(leaves[0])]


def step(bench: Any, engine: Any) -> list[float]:
    return list(next(bench.workloads.demo(engine)))


def ode(bench: Any, engine: Any) -> list[float]:
    return bench.ode.gradient(engine)[:2]  # type: ignore[no-any-return]


def gpt(bench: Any, engine: Any) -> list[float]:
    return list(next(bench.gpt.training(engine)))


def moved(engine: Any, which: int, offset: float) -> Any:
    """Return the engine with an offset in one of the leaves that it will make."""
    made = count()
    return replace(
        engine,
        leaf=lambda x: engine.leaf(x + offset if next(made) == which else x),
        backward=lambda root: None,
        grad=lambda leaf: 0.0,
        descend=lambda leaf, rate: leaf,
    )


@pytest.mark.parametrize("work", [chain, step, ode])
def test_the_gradient_of_a_workload_is_the_slope_of_its_run_with_floats(
    bench: Any, work: Callable[[Any, Any], list[float]]
) -> None:
    value, slope = work(bench, bench.engines.dendrograd())
    alone = bench.engines.floats()
    assert work(bench, moved(alone, 0, 0.0))[0] == pytest.approx(value, rel=1e-13)
    up, down = (work(bench, moved(alone, 0, h))[0] for h in (1e-6, -1e-6))
    assert (up - down) / 2e-6 == pytest.approx(slope, rel=1e-6)


def test_the_gradient_of_the_gpt_is_the_slope_of_its_loss(bench: Any) -> None:
    engine = bench.engines.dendrograd()
    value, slope = gpt(bench, engine)
    first = (bench.gpt.LETTERS + 1 + bench.gpt.BLOCK) * bench.gpt.WIDTH  # of the logits
    ahead = gpt(bench, moved(engine, first, 1e-6))[0]
    assert (ahead - value) / 1e-6 == pytest.approx(slope, rel=1e-4)


@pytest.fixture(scope="module")
def measured(bench: Any) -> Iterator[Callable[[str], Any]]:
    """The figures of a table, measured in this process and as small as can be."""

    @cache
    def figures(name: str) -> Any:
        found = bench.report.Figures()
        size = 12 if bench.tables.TABLES[name].size > 12 else 1
        for row, state in bench.eager.jobs([name], 1):
            if state == "off" or row[0] not in ALWAYS:
                found.add(row, state, "not tried")
                continue
            try:
                found.add(row, state, bench.measure.measure(*row, size))
            except RuntimeError as why:
                found.add(row, state, str(why))
        return found

    with pytest.MonkeyPatch.context() as patch:
        for name in ("WARM", "ENOUGH", "BATCH", "SWEPT"):
            patch.setattr(bench.measure, name, 0)
        yield figures


TABLES = ("chain", "short", "sweep", "sweep-short", "step", "gpt", "ode")
NO_COMPILER = "no C compiler"


def test_every_table_is_tried_here_but_the_memory_of_a_process(bench: Any) -> None:
    assert {*TABLES, "memory"} == set(bench.tables.TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_table_is_measured_agrees_and_is_shown(
    bench: Any, measured: Callable[[str], Any], name: str
) -> None:
    found = measured(name)
    assert bench.report.agree(found) == []
    shown = bench.tables.TABLES[name].shown(found)
    for row in bench.tables.TABLES[name].rows:
        assert f"| {bench.report.label(row)} |" in shown
        if row[0] in ALWAYS and found.missing.get((row, "on")) != NO_COMPILER:
            assert found.rounds[row, "on"][0]["total"] > 0.0


@pytest.mark.parametrize("place", [0, 1])
def test_a_wrong_value_or_gradient_in_one_row_is_told(
    bench: Any, measured: Callable[[str], Any], place: int
) -> None:
    found = deepcopy(measured("ode"))
    wrong = (HERE, "ode by backward")
    found.rounds[wrong, "on"][0]["check"][place] *= 1.0 + 1e-9
    assert any(HERE in line for line in bench.report.agree(found))


def test_the_first_loss_of_the_gpt_has_the_bits_that_microgpts_own_class_gives(
    bench: Any, measured: Callable[[str], Any]
) -> None:
    shown = bench.tables.TABLES["gpt"].shown(measured("gpt"))
    assert f"last loss of {HERE} and microgpt: the same bits" in shown


def test_the_loops_in_c_give_the_bits_of_the_sweep(
    measured: Callable[[str], Any],
) -> None:
    found = measured("sweep")
    if NO_COMPILER in found.missing.values():
        pytest.skip(NO_COMPILER)
    checks = [one["check"] for rounds in found.rounds.values() for one in rounds]
    assert len(checks) == 3
    assert all(check == checks[0] for check in checks)


def test_a_row_of_the_class_in_python_comes_from_a_process_that_has_it(
    bench: Any,
) -> None:
    row = ("dendrograd (pure)", "chain in a scope")
    figures = bench.eager.measure(row, 12, "on", quick=True)
    assert figures["check"][:2] == chain(bench, bench.engines.dendrograd())


def test_what_stands_in_the_place_of_a_figure_says_why_there_is_none(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "")
    monkeypatch.setenv("PATH", "")
    row = ("C", "sweep in known order")
    assert bench.eager.measure(row, 12, "on", quick=True) == NO_COMPILER


def test_another_name_than_a_tables_is_refused_with_those_that_there_are(
    bench: Any,
) -> None:
    assert bench.eager.picked(["ode", "chain"]) == ["chain", "ode"]
    assert bench.eager.picked(None) == list(bench.tables.TABLES)
    with pytest.raises(Exception, match="unknown table 'odd'; use one of chain, short"):
        bench.eager.picked(["odd"])
