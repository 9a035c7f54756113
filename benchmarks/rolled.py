"""Measure networks in scalar code beside arrays: `python benchmarks/rolled.py`.

As `compiled.py`: each figure comes from a process of its own with one thread, rounds go
through all rows in turn, a figure is a median with its range, and a ratio the median of the
ratios within a round. README.md beside this file says what is measured and what came out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from compiled import measured, over
from report import Figures, Row, agree, machine, markdown

MEASURE = Path(__file__).with_name("measure_rolled.py")
OURS = ("compiled", "compiled, tape", "compiled, rolled")
ARRAYS = ("NumPy by hand", "PyTorch", "JAX")


class Table(NamedTuple):
    """A table: its heading, the network, the rows, and what it is compared with."""

    heading: str
    network: str
    rows: int
    bases: tuple[str, ...] = ("NumPy by hand", "PyTorch", "JAX")


TABLES = {
    "classifier-128": Table(
        "MLP(784, [64, 10]) in scalar code, 128 rows", "classifier", 128
    ),
    "classifier-32": Table("The same, 32 rows", "classifier", 32),
    "nn-128": Table("The same by `dendrograd.nn`, 128 rows", "classifier, nn", 128),
    "nn-32": Table("The same by `dendrograd.nn`, 32 rows", "classifier, nn", 32),
    "nn-values": Table(
        "The same on the Values of the model, 128 rows", "classifier, nn, Values", 128
    ),
    "transformer": Table(
        "A layer of attention, 32 sequences of 16",
        "transformer",
        32,
        ("PyTorch", "JAX"),
    ),
    "residual": Table("Four blocks h + V tanh(W h + b) + c, 64 rows", "residual", 64),
    "recurrent": Table("A recurrence of 12 steps, 64 rows", "recurrent", 64),
}


def jobs(names: list[str]) -> list[tuple[Row, int]]:
    """Return the rows of tables, each with its size, in the order of measuring."""
    return [
        ((engine, TABLES[name].network), TABLES[name].rows)
        for name in names
        for engine in (*OURS, *ARRAYS)
    ]


def shown(table: Table, figures: Figures) -> str:
    """Return a table in Markdown; a ratio is how much of the base's time a call takes."""
    head = ["engine", "ready, ms", "a call, us", "peak, MB"]
    lines = [head + [f"time over that of {base}" for base in table.bases]]
    for engine in (*OURS, *ARRAYS):
        row = (engine, table.network)
        cells = [figures.cell(row, "on", part) for part in ("ready", "call", "peak")]
        told = [over(figures, row, (base, table.network)) for base in table.bases]
        lines.append([engine, *cells, *told])
    return markdown(lines)


def main(
    rounds: Annotated[int, typer.Option(min=1, help="A figure is a median.")] = 5,
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"A table: {', '.join(TABLES)}. May be given again."),
    ] = None,
) -> None:
    """Measure every engine that is installed, and print the tables in Markdown.

    Exit status 1 where engines disagree on a value or a gradient.
    """
    faults, loads = [], []
    texts = []
    for name in only or list(TABLES):
        figures, while_measured = measured(jobs([name]) * rounds, MEASURE)
        loads += while_measured
        faults += agree(figures)
        texts.append(f"\n### {TABLES[name].heading}\n\n{shown(TABLES[name], figures)}")
    print(machine(loads))
    print("\n".join(texts))
    print("\n" + "\n".join(faults or ["Every value and gradient agrees."]))
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    typer.run(main)
