"""From raw figures to tables: medians, ranges, and ratios within a round."""

from __future__ import annotations

import math
import os
import platform
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

TOLERANCE = 1e-10
COLUMNS = {
    "chain": ("build", "sweep", "free", "total"),
    "step": ("total",),
    "memory": ("built", "peak"),
}
PACKAGES = ("dendrograd", "micrograd", "torch", "xad", "numpy")


class Figures:
    """The figures of each (engine, workload), a list over rounds."""

    def __init__(self) -> None:
        self.rounds: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self.missing: dict[tuple[str, str], str] = {}

    def add(self, engine: str, workload: str, figures: dict[str, Any] | str) -> None:
        """Keep the figures of a round, or why there are none."""
        if isinstance(figures, str):
            self.missing[engine, workload] = figures
        else:
            self.rounds[engine, workload].append(figures)

    def of(self, row: tuple[str, str], column: str) -> list[float]:
        """Return a column of a row, one entry for each round."""
        return [figures[column] for figures in self.rounds[row]]

    def rows(self, kind: str) -> list[tuple[str, str]]:
        """Return the rows of a table, those that could not be measured last."""
        here = [row for row in self.rounds if row[1].startswith(kind)]
        return here + [row for row in self.missing if row[1].startswith(kind)]


def table(figures: Figures, kind: str, base: str) -> str:
    """Return a Markdown table of one kind of workload."""
    columns = COLUMNS[kind]
    last = "freed without gc" if kind == "memory" else f"times faster than {base}"
    lines = [["engine", *columns, last], ["---"] + ["---:"] * (len(columns) + 1)]
    for row in figures.rows(kind):
        name = row[0] + row[1].removeprefix(kind)
        if row in figures.missing:
            lines.append([name, figures.missing[row], *[""] * len(columns)])
        else:
            cells = [spread(figures.of(row, column)) for column in columns]
            end = share if kind == "memory" else ratio
            lines.append([name, *cells, end(figures, row, (base, kind))])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def spread(numbers: list[float]) -> str:
    """Return the median, and the range where there is one."""
    shown = short(median(numbers))
    if len(numbers) > 1:
        shown += f" [{short(min(numbers))} .. {short(max(numbers))}]"
    return shown


def short(x: float) -> str:
    """Return three digits or more: 1,234 or 12.3 or 0.123."""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def ratio(figures: Figures, row: tuple[str, str], base: tuple[str, str]) -> str:
    """Return the median of the ratios to the base, each within its round."""
    ours, theirs = figures.of(row, "total"), figures.of(base, "total")
    if not theirs:
        return "-"
    return spread([b / a for a, b in zip(ours, theirs, strict=True)])


def share(figures: Figures, row: tuple[str, str], base: tuple[str, str]) -> str:
    """Return which share of the memory blocks went with the last name."""
    shares = [found["freed"] for found in figures.rounds[row]]
    return "-" if None in shares else f"{max(0.0, median(shares)):.0%}"


def agree(figures: Figures, base: str) -> list[str]:
    """Return a line for each engine whose values or gradients differ from the base's."""
    faults = []
    for row, rounds in figures.rounds.items():
        kind = row[1].split()[0]
        others = figures.rounds.get((base, kind)) or figures.rounds["dendrograd", kind]
        for found in rounds:
            pairs = zip(found["check"], others[0]["check"], strict=True)
            if not all(math.isclose(a, b, rel_tol=TOLERANCE) for a, b in pairs):
                faults.append(f"DISAGREES: {row}: {found['check']}")
    return faults


def machine(gc: bool) -> str:
    """Return what was measured on: processor, system, versions, load."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    names = [line.split(": ")[1] for line in text.splitlines() if "model name" in line]
    processor = names[0] if names else platform.processor()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} x {processor}, "
        f"load {load}, cyclic collector {'on' if gc else 'off'}\n"
        + ", ".join([f"{name} {installed(name)}" for name in PACKAGES])
    )


def installed(name: str) -> str:
    """Return the version of a package, or that there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
