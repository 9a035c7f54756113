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
COLLECTOR = ("on", "off")  # Python's cyclic collector; both are measured side by side
PHASES = ("build", "sweep", "free")
PACKAGES = ("dendrograd", "micrograd", "torch", "xad", "numpy")
Row = tuple[str, str]  # engine, workload


class Figures:
    """The figures of each row and state of the collector, a list over rounds."""

    def __init__(self) -> None:
        self.rounds: dict[tuple[Row, str], list[dict[str, Any]]] = defaultdict(list)
        self.missing: dict[tuple[Row, str], str] = {}

    def add(self, row: Row, collector: str, figures: dict[str, Any] | str) -> None:
        """Keep the figures of a round, or why there are none."""
        if isinstance(figures, str):
            self.missing[row, collector] = figures
        else:
            self.rounds[row, collector].append(figures)

    def of(self, row: Row, collector: str, column: str) -> list[float]:
        """Return a column of a row, one entry for each round; none if a round failed."""
        if (row, collector) in self.missing:
            return []
        return [figures[column] for figures in self.rounds[row, collector]]

    def rows(self, kind: str) -> list[Row]:
        """Return the rows of a table, in the order of measuring."""
        keys = [*self.rounds, *self.missing]
        return list(dict.fromkeys(row for row, _ in keys if row[1].startswith(kind)))

    def cell(self, row: Row, collector: str, column: str) -> str:
        """Return what a table shows: the figures, or why there are none."""
        return self.missing.get((row, collector)) or spread(
            self.of(row, collector, column)
        )


def totals(figures: Figures, kind: str, base: str, column: str = "total") -> str:
    """Return a table of times and of ratios to a base, the collector on and off."""
    lines = [
        ["engine", *[f"collector {state}" for state in COLLECTOR]]
        + [f"times {base}'s speed, {state}" for state in COLLECTOR]
    ]
    for row in figures.rows(kind):
        times = [figures.cell(row, state, column) for state in COLLECTOR]
        ratios = [
            ratio(figures, row, (base, kind), state, column) for state in COLLECTOR
        ]
        lines.append([row[0] + row[1].removeprefix(kind), *times, *ratios])
    return markdown(lines)


def phases(figures: Figures, kind: str) -> str:
    """Return a table of the median time of each phase, the collector on and off."""
    columns = [(phase, state) for phase in PHASES for state in COLLECTOR]
    lines = [["engine", *[f"{phase}, {state}" for phase, state in columns]]]
    for row in figures.rows(kind):
        found = [figures.of(row, state, phase) for phase, state in columns]
        lines.append([row[0], *[short(median(x)) if x else "-" for x in found]])
    return markdown(lines)


def memory(figures: Figures) -> str:
    """Return a table of memory, which is measured once, with the collector on."""
    lines = [["engine", "built", "peak", "freed without gc"]]
    for row in figures.rows("memory"):
        cells = [figures.cell(row, "on", column) for column in ("built", "peak")]
        lines.append([row[0], *cells, share(figures.of(row, "on", "freed"))])
    return markdown(lines)


def markdown(lines: list[list[str]]) -> str:
    """Return a Markdown table, its first line the head, numbers to the right."""
    rule = ["---"] + ["---:"] * (len(lines[0]) - 1)
    lines = [lines[0], rule, *lines[1:]]
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


def ratio(figures: Figures, row: Row, base: Row, collector: str, column: str) -> str:
    """Return the median of the ratios to the base, each within its round."""
    ours, theirs = (figures.of(r, collector, column) for r in (row, base))
    if not ours or not theirs:
        return "-"
    return spread([b / a for a, b in zip(ours, theirs, strict=True)])


def share(shares: list[Any]) -> str:
    """Return which share of the memory blocks went with the last name."""
    if not shares or None in shares:
        return "-"
    return f"{max(0.0, median(shares)):.0%}"


def agree(figures: Figures, base: str) -> list[str]:
    """Return a line for each engine whose values or gradients differ from the base's."""
    faults = []
    for (row, collector), rounds in figures.rounds.items():
        kind = row[1].split()[0]
        keys = [((name, kind), "on") for name in (base, "dendrograd")]
        others = [found for key in keys for found in figures.rounds.get(key, [])]
        for found in rounds:
            pairs = zip(found["check"], others[0]["check"], strict=True)
            if not all(math.isclose(a, b, rel_tol=TOLERANCE) for a, b in pairs):
                faults.append(f"DISAGREES: {row} {collector}: {found['check']}")
    return faults


def load() -> float:
    """Return how many programs want a processor, a mean over the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan


def machine(loads: list[float]) -> str:
    """Return what was measured on: processor, system, versions, load."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    names = [line.split(": ")[1] for line in text.splitlines() if "model name" in line]
    processor = names[0] if names else platform.processor()
    return (
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} x {processor}, "
        f"load {min(loads):.1f} to {max(loads):.1f}, median {median(loads):.1f} "
        "(1 is the benchmark's own)\n"
        + ", ".join([f"{name} {installed(name)}" for name in PACKAGES])
    )


def installed(name: str) -> str:
    """Return the version of a package, or that there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
