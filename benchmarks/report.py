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

TOLERANCE, ROUGH = 1e-10, 1e-4  # relative; the second is that of finite differences
COLLECTOR = ("on", "off")  # Python's cyclic collector; both are measured side by side
PHASES = ("build", "sweep", "free")
PACKAGES = ("dendrograd", "micrograd", "torch", "xad", "numpy")
Row = tuple[str, str]  # engine, workload


class Figures:
    """The figures of each row and state of the collector, a list over rounds."""

    def __init__(self) -> None:
        self.rounds: dict[tuple[Row, str], list[dict[str, Any]]] = defaultdict(list)
        self.missing: dict[tuple[Row, str], str] = {}
        self.seen: dict[tuple[Row, str], None] = {}  # in the order of measuring

    def add(self, row: Row, collector: str, figures: dict[str, Any] | str) -> None:
        """Keep the figures of a round, or why there are none."""
        self.seen[row, collector] = None
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
        return list(dict.fromkeys(row for row, _ in self.seen if kind_of(row) == kind))

    def cell(self, row: Row, collector: str, column: str) -> str:
        """Return what a table shows: the figures, or why there are none."""
        return self.missing.get((row, collector)) or spread(
            self.of(row, collector, column)
        )


def kind_of(row: Row) -> str:
    """Return the table that a row belongs to: the first word of its workload."""
    return row[1].split()[0]


def label(row: Row) -> str:
    """Return what a table calls a row: the engine, and the form of the workload."""
    return row[0] + row[1].removeprefix(kind_of(row))


def totals(
    figures: Figures,
    kind: str,
    *bases: Row,
    column: str = "total",
    slower: bool = False,
) -> str:
    """Return a table of times and of ratios to bases, the collector on and off.

    A ratio is a speed over the base's or, if `slower`, a time over the base's.
    """
    said = "time over that of {}, {}" if slower else "times {}'s speed, {}"
    lines = [
        ["engine", *[f"collector {state}" for state in COLLECTOR]]
        + [said.format(label(base), state) for base in bases for state in COLLECTOR]
    ]
    for row in figures.rows(kind):
        times = [figures.cell(row, state, column) for state in COLLECTOR]
        ratios = [
            ratio(figures, *((row, base) if slower else (base, row)), state, column)
            for base in bases
            for state in COLLECTOR
        ]
        lines.append([label(row), *times, *ratios])
    return markdown(lines)


def phases(figures: Figures, kind: str) -> str:
    """Return a table of the median time of each phase, the collector on and off."""
    columns = [(phase, state) for phase in PHASES for state in COLLECTOR]
    lines = [["engine", *[f"{phase}, {state}" for phase, state in columns]]]
    for row in figures.rows(kind):
        found = [figures.of(row, state, phase) for phase, state in columns]
        lines.append([label(row), *[short(median(x)) if x else "-" for x in found]])
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


def ratio(figures: Figures, over: Row, under: Row, collector: str, column: str) -> str:
    """Return the median of the ratios of two rows, each within its round."""
    above, below = (figures.of(row, collector, column) for row in (over, under))
    if not above or not below:
        return "-"
    return spread([a / b for a, b in zip(above, below, strict=True)])


def share(shares: list[Any]) -> str:
    """Return which share of the memory blocks went with the last name."""
    if not shares or None in shares:
        return "-"
    return f"{max(0.0, median(shares)):.0%}"


def agree(figures: Figures) -> list[str]:
    """Return a line for each row whose values or gradients differ from the first's.

    The first is the first row of the same table that was measured and has them all; a
    row that has fewer, as floats have no gradient, is compared in those that it has.
    """
    faults = []
    for (row, collector), rounds in figures.rounds.items():
        tolerance = ROUGH if row[1].endswith("differences") else TOLERANCE
        wanted = reference(figures, kind_of(row))
        for found in rounds:
            pairs = zip(found["check"], wanted, strict=False)
            if not all(math.isclose(a, b, rel_tol=tolerance) for a, b in pairs):
                faults.append(f"DISAGREES: {row} {collector}: {found['check']}")
    return faults


def reference(figures: Figures, kind: str) -> list[float]:
    """Return the value and the gradients that the rows of a table are compared with."""
    checks: list[list[float]] = [
        found["check"]
        for row in figures.rows(kind)
        if not row[1].endswith("differences")
        for state in COLLECTOR
        for found in figures.rounds.get((row, state), [])
    ]
    return max(checks, key=len, default=[])


def bits(figures: Figures, kind: str, base: Row) -> list[str]:
    """Return a line for each row: whether its value has the bits of the base's."""
    lines = []
    for row in figures.rows(kind):
        found = [figures.rounds.get((each, "on")) for each in (row, base)]
        if row != base and all(found):
            ours, theirs = (rounds[0]["check"][0] for rounds in found if rounds)
            told = (
                f"differs by {ours - theirs:.1e}" if ours != theirs else "the same bits"
            )
            lines.append(f"- last loss of {label(row)} and {label(base)}: {told}")
    return lines


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
