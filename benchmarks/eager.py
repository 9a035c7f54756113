"""Measure dendrograd beside its peers, in one run: `python benchmarks/eager.py`.

Each figure comes from a process of its own, and rounds go through all engines in turn,
so that a busy machine slows them alike. Times are taken with Python's cyclic collector
on and, right after, off. README.md beside this file says what is measured and what came
out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from engines import BASE, ENGINES
from report import (
    COLLECTOR,
    Figures,
    Row,
    agree,
    load,
    machine,
    memory,
    phases,
    totals,
)
from rich.console import Console
from rich.progress import track

HERE = Path(__file__).resolve().parent
OURS, SORTER = "dendrograd", "microgpt"  # the second has the sweep to compare with
TIMED = ("chain", "short", "step")
CHAIN, SHORT = 199_998, 1_002  # operations, of one chain and of many short ones
MEMORY, STEPS = 600_000, 4  # operations, training steps
QUICK_CHAIN, QUICK_MEMORY, QUICK_STEPS = 19_998, 60_000, 1
HEADINGS = {
    "chain": "Chain of {chain:,} mixed operations, CPU ns per operation",
    "short": "Chains of {short:,} mixed operations, CPU ns per operation",
    "step": "micrograd's demo step, MLP(2, [16, 16, 1]) on 100 points, CPU ms",
    "memory": "Memory of a chain of {memory:,} operations, bytes per operation",
}


def measure(row: Row, size: int, collector: str) -> dict[str, Any] | str:
    """Return the figures of a fresh process, or why there are none."""
    command = [sys.executable, HERE / "measure.py", *row, str(size)]
    command += ["--no-gc"] if collector == "off" else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
        return "not installed" if "No module named" in lines[-1] else lines[-1]
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def jobs(rounds: int) -> list[tuple[Row, str]]:
    """Return (row, state of the collector) in the order of measuring."""
    rows = [(engine, kind) for kind in TIMED for engine in ENGINES]
    rows += [(OURS, f"step with {form}") for form in ("dot", "nn")]
    one_round = [(row, state) for row in rows for state in COLLECTOR]
    once = [((engine, "memory"), "on") for engine in ENGINES]  # repeats exactly
    return one_round * rounds + once


def show(figures: Figures, sizes: dict[str, int]) -> None:
    """Print the tables."""
    tables = {"step": totals(figures, "step", BASE), "memory": memory(figures)}
    for kind in ("chain", "short"):
        parts = [
            totals(figures, kind, BASE),
            phases(figures, kind),
            "The sweep alone:",
            totals(figures, kind, SORTER, "sweep"),
        ]
        tables[kind] = "\n\n".join(parts)
    for kind, heading in HEADINGS.items():
        print(f"\n### {heading.format(**sizes)}\n\n{tables[kind]}")


def main(
    rounds: Annotated[
        int, typer.Option(min=1, help="Rounds; a figure is a median.")
    ] = 5,
    quick: Annotated[
        bool, typer.Option(help="A tenth of the size, one round.")
    ] = False,
) -> None:
    """Measure chains and the demo step with every engine that is installed.

    Exit status 1 where engines disagree on a value or a gradient.
    """
    full = {"chain": CHAIN, "short": SHORT, "memory": MEMORY, "step": STEPS}
    small = {**full, "chain": QUICK_CHAIN, "memory": QUICK_MEMORY, "step": QUICK_STEPS}
    sizes = small if quick else full
    figures, loads = Figures(), []
    todo = jobs(1 if quick else rounds)
    for row, state in track(
        todo, "measuring", console=Console(stderr=True), transient=True
    ):
        loads.append(load())
        figures.add(row, state, measure(row, sizes[row[1].split()[0]], state))
    print(machine(loads))
    show(figures, sizes)
    faults = agree(figures, BASE)
    print("\n" + "\n".join(faults or ["Every value and gradient agrees to 1e-10."]))
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    typer.run(main)
