"""Measure dendrograd beside its peers, in one run: `python benchmarks/eager.py`.

Each figure comes from a process of its own, and rounds go through all rows in turn, so
that a busy machine slows them alike. Times are taken with Python's cyclic collector on
and, right after, off. README.md beside this file says what is measured and what came
out; tables.py has the rows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from engines import PURE
from report import ROUGH, TOLERANCE, Figures, Row, agree, kind_of, load, machine
from rich.console import Console
from rich.progress import track
from tables import TABLES

HERE = Path(__file__).resolve().parent
AGREED = (
    f"Every value and gradient agrees to {TOLERANCE:.0e}, "
    f"those by finite differences to {ROUGH:.0e}."
)


def measure(
    row: Row, size: int, collector: str, quick: bool = False
) -> dict[str, Any] | str:
    """Return the figures of a fresh process, or why there are none."""
    command = [sys.executable, HERE / "measure.py", *row, str(size)]
    command += ["--no-gc"] * (collector == "off") + ["--quick"] * quick
    asked = {**os.environ, "DENDROGRAD_PURE": "1" if row[0] == PURE else "0"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=asked
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
        missing = "No module named" in lines[-1]
        return "not installed" if missing else lines[-1].split("Error: ")[-1]
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def jobs(names: list[str], rounds: int) -> list[tuple[Row, str]]:
    """Return (row, state of the collector) in the order of measuring."""
    chosen = [TABLES[name] for name in names]
    each, last = (
        [
            (row, state)
            for table in chosen
            if table.once == once
            for row in table.rows
            for state in table.states
        ]
        for once in (False, True)
    )
    return each * rounds + last


def picked(names: list[str] | None) -> list[str]:
    """Return the tables that are asked for, in our order; all where none is.

    Raises BadParameter, which typer shows, for another name.
    """
    for name in names or []:
        if name not in TABLES:
            known = ", ".join(TABLES)
            raise typer.BadParameter(f"unknown table {name!r}; use one of {known}")
    return [name for name in TABLES if not names or name in names]


def main(
    rounds: Annotated[
        int, typer.Option(min=1, help="Rounds; a figure is a median.")
    ] = 5,
    quick: Annotated[
        bool, typer.Option(help="A tenth of the size, one round.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"A table: {', '.join(TABLES)}. May be given again."),
    ] = None,
) -> None:
    """Measure every engine that is installed, and print the tables in Markdown.

    Exit status 1 where engines disagree on a value or a gradient.
    """
    names = picked(only)
    sizes = {name: TABLES[name].quick if quick else TABLES[name].size for name in names}
    figures, loads = Figures(), []
    todo = jobs(names, 1 if quick else rounds)
    for row, state in track(
        todo, "measuring", console=Console(stderr=True), transient=True
    ):
        loads.append(load())
        figures.add(row, state, measure(row, sizes[kind_of(row)], state, quick))
    print(machine(loads))
    for name in names:
        heading = TABLES[name].heading.format(n=sizes[name])
        print(f"\n### {heading}\n\n{TABLES[name].shown(figures)}")
    faults = agree(figures)
    print("\n" + "\n".join(faults or [AGREED]))
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    typer.run(main)
