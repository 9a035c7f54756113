"""Measure compiled functions over many lanes beside their peers: `python benchmarks/lanes.py`.

As `compiled.py`: each figure comes from a process of its own with one thread, rounds go
through all rows in turn, a figure is a median with its range, and a ratio the median of the
ratios within a round. README.md beside this file says what is measured and what came out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from compiled import measured, over
from report import Figures, Row, agree, machine, markdown, spread

MEASURE = Path(__file__).with_name("measure_lanes.py")


class Table(NamedTuple):
    """A table: its heading, the engines, the lanes, and which rows it is compared with.

    `operations` are those of the function in one lane, its gradient not counted.
    """

    heading: str
    engines: tuple[str, ...]
    lanes: int
    operations: int
    bases: tuple[str, ...]


OURS = ("eager", "compiled, lane by lane", "compiled", "compiled, exact")
ARRAYS = ("NumPy by hand", "PyTorch", "JAX")

TABLES = {
    "dag": Table(
        "Random graph of 15,666 operations, 1,000 lanes, a gradient for each",
        (*OURS, "PyTorch", "CasADi", "heyoka"),
        1_000,
        15_666,
        ("CasADi", "heyoka"),
    ),
    "heston": Table(
        "Asian option in Heston's model, 252 steps, 10,000 paths, 9 Greeks",
        (*OURS, *ARRAYS, "CasADi"),
        10_000,
        5_295,
        ("NumPy by hand", "PyTorch"),
    ),
    "mlp": Table(
        "MLP(2, [16, 16, 1]), 100 points, hinge loss + L2",
        (*OURS, *ARRAYS, "CasADi"),
        100,
        1_319,
        ("NumPy by hand", "PyTorch"),
    ),
    "barrier": Table(
        "Barrier option, 52 steps, 100,000 paths that stop early, 7 slopes",
        (*OURS, "compiled, branch-free", *ARRAYS),
        100_000,
        795,
        ("compiled, branch-free", "NumPy by hand"),
    ),
}


def jobs(names: list[str]) -> list[tuple[Row, int]]:
    """Return the rows of tables, each with its lanes, in the order of measuring."""
    return [
        ((engine, name), TABLES[name].lanes)
        for name in names
        for engine in TABLES[name].engines
    ]


def shown(name: str, table: Table, figures: Figures) -> str:
    """Return a table in Markdown; a ratio is how much of the base's time a call takes."""
    head = ["engine", "ready, ms", "a call, us", "ns an operation", "peak, MB"]
    lines = [head + [f"time over that of {base}" for base in table.bases]]
    for engine in table.engines:
        row = (engine, name)
        ready, call, peak = (
            figures.cell(row, "on", part) for part in ("ready", "call", "peak")
        )
        work = table.lanes * table.operations
        each = [us * 1e3 / work for us in figures.of(row, "on", "call")]
        told = [over(figures, row, (base, name)) for base in table.bases]
        lines.append([engine, ready, call, spread(each) if each else "-", peak, *told])
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
    names = only or list(TABLES)
    figures, loads = measured(jobs(names) * rounds, MEASURE)
    print(machine(loads))
    for name in names:
        print(f"\n### {TABLES[name].heading}\n\n{shown(name, TABLES[name], figures)}")
    faults = agree(figures)
    print("\n" + "\n".join(faults or ["Every value and gradient agrees."]))
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    typer.run(main)
