"""Measure `dendrograd.compile` beside its peers, in one run: `python benchmarks/compiled.py`.

Each figure comes from a process of its own with one thread, and rounds go through all
rows in turn, so that a busy machine slows them alike. A figure is a median with its
range, a ratio the median of the ratios within a round. README.md beside this file says
what is measured and what came out.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from statistics import linear_regression, median
from typing import Annotated, Any, NamedTuple

import typer
from report import Figures, Row, agree, load, machine, markdown, spread
from rich.console import Console
from rich.progress import track

MEASURE = Path(__file__).with_name("measure_compiled.py")
PATIENCE = 60  # seconds that a process may take
ALONE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
OURS = "compiled"


class Table(NamedTuple):
    """A table: its heading, the engines, the size, and which rows it is compared with."""

    heading: str
    engines: tuple[str, ...]
    size: int
    bases: tuple[str, ...] = ()


TABLES = {
    "ode": Table(
        "ODE fit, 200 steps of Runge and Kutta's method, 11,720 operations",
        ("floats", "micrograd", "dendrograd", OURS, "CasADi", "JAX"),
        0,
        ("floats", "dendrograd"),
    ),
    "dag": Table(
        "Random graph, 15,666 operations",
        ("dendrograd", OURS, "CasADi", "heyoka"),
        10_000,
        ("CasADi",),
    ),
    "dag-large": Table(
        "Random graph, 149,593 operations",
        ("dendrograd", OURS, "CasADi"),
        100_000,
        ("CasADi",),
    ),
    "mlp": Table(
        "MLP(784, [64, 10]) in scalar code, one row of data, 101,758 operations",
        ("dendrograd", OURS, "CasADi"),
        0,
        ("dendrograd",),
    ),
    "gpt": Table(
        "A training step of microgpt, a mean over the first 15 names",
        ("microgpt", "dendrograd", OURS),
        15,
        ("microgpt",),
    ),
}
GROWTH = (640, 6_400, 64_000, 640_000)  # nodes of the random graph, and its operations:
OPERATIONS = (1_564, 10_304, 96_032, 953_958)


def measure(row: Row, size: int, script: Path = MEASURE) -> dict[str, Any] | str:
    """Return the figures of a fresh process, or why there are none."""
    name, work = row
    command = [sys.executable, script, name, work.split("-")[0], str(size)]
    asked = {**os.environ, **dict.fromkeys(ALONE, "1"), "XLA_FLAGS": XLA}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=asked,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return f"not ready after {PATIENCE} s"
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
        missing = "No module named" in lines[-1]
        return "not installed" if missing else lines[-1].split("Error: ")[-1]
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def shown(name: str, table: Table, figures: Figures) -> str:
    """Return a table in Markdown; a ratio is how much of the base's time a call takes."""
    head = ["engine", "ready, ms", "a call, us", "peak, MB"]
    lines = [head + [f"time over that of {base}" for base in table.bases]]
    for engine in table.engines:
        row = (engine, name)
        cells = [figures.cell(row, "on", part) for part in ("ready", "call", "peak")]
        told = [over(figures, row, (base, name)) for base in table.bases]
        lines.append([engine, *cells, *told])
    return markdown(lines) + pays(figures, name)


def over(figures: Figures, row: Row, base: Row) -> str:
    """Return the time of a call over that of another row, within each round."""
    ours, theirs = (figures.of(each, "on", "call") for each in (row, base))
    ratios = [a / b for a, b in zip(ours, theirs, strict=False)]
    return spread(ratios) if ratios else "-"


def pays(figures: Figures, name: str) -> str:
    """Return after how many calls recording took less time than eager calls."""
    ready, call, eager = (
        figures.of((engine, name), "on", part)
        for engine, part in ((OURS, "ready"), (OURS, "call"), ("dendrograd", "call"))
    )
    calls = [
        1e3 * r / (e - c) for r, c, e in zip(ready, call, eager, strict=False) if e > c
    ]
    return (
        f"\n\nCompiling pays after {spread(calls)} calls, beside eager ones."
        if calls
        else ""
    )


def grown(figures: Figures) -> str:
    """Return ready and run time by size, and the exponents of their growth."""
    lines = [["operations", "ready, ms", "a call, us", "ns an operation"]]
    for size, count in zip(GROWTH, OPERATIONS, strict=True):
        row = (OURS, f"growth-{size}")
        calls = figures.of(row, "on", "call")
        cells = [figures.cell(row, "on", part) for part in ("ready", "call")]
        lines.append(
            [
                f"{count:,}",
                *cells,
                spread([c / count * 1e3 for c in calls] or [math.nan]),
            ]
        )
    exponents = [exponent(figures, part) for part in ("ready", "call")]
    return (
        markdown(lines)
        + "\n\nTime grows as the number of operations to the power "
        + f"{exponents[0]} (ready) and {exponents[1]} (a call)."
    )


def exponent(figures: Figures, part: str) -> str:
    """Return the slope of log time by log size, by least squares."""
    times = [figures.of((OURS, f"growth-{size}"), "on", part) for size in GROWTH]
    if not all(times):
        return "-"
    logs = [math.log(median(each)) for each in times]
    return f"{linear_regression(list(map(math.log, OPERATIONS)), logs).slope:.2f}"


def jobs(names: list[str]) -> list[tuple[Row, int]]:
    """Return the rows of tables, each with its size, in the order of measuring."""
    found = []
    for name in names:
        if name == "growth":
            found += [((OURS, f"growth-{size}"), size) for size in GROWTH]
        else:
            table = TABLES[name]
            found += [((engine, name), table.size) for engine in table.engines]
    return found


def measured(
    todo: list[tuple[Row, int]], script: Path = MEASURE
) -> tuple[Figures, list[float]]:
    """Return the figures of rows, measured in this order, and the loads meanwhile."""
    figures, loads = Figures(), []
    for row, size in track(
        todo, "measuring", console=Console(stderr=True), transient=True
    ):
        if (row, "on") in figures.missing:
            continue  # it will not be there in the next round
        loads.append(load())
        figures.add(row, "on", measure(row, size, script))
    return figures, loads


def main(
    rounds: Annotated[int, typer.Option(min=1, help="A figure is a median.")] = 5,
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"A table: {', '.join(TABLES)}, growth. May be given again."),
    ] = None,
) -> None:
    """Measure every engine that is installed, and print the tables in Markdown.

    Exit status 1 where engines disagree on a value or a gradient.
    """
    names = only or [*TABLES, "growth"]
    figures, loads = measured(jobs(names) * rounds)
    print(machine(loads))
    for name in names:
        if name == "growth":
            print(f"\n### Growth of the random graph\n\n{grown(figures)}")
        else:
            print(
                f"\n### {TABLES[name].heading}\n\n{shown(name, TABLES[name], figures)}"
            )
    faults = agree(figures)
    print("\n" + "\n".join(faults or ["Every value and gradient agrees."]))
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    typer.run(main)
