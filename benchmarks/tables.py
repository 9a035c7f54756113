"""The tables of `eager.py`: their rows, how much each row does, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engines import BASE, ENGINES, NATIVE, PURE
from report import COLLECTOR, Figures, Row, bits, memory, phases, totals

OURS = (NATIVE, PURE)
SORTER, FAST = (
    "microgpt",
    "xad",
)  # which has the sweep to compare with; the fastest peer
FLOATS = ("floats", "ode for the value alone")  # what a gradient's time is compared to
CHAIN, SHORT = 199_998, 1_002  # operations, of one chain and of many short ones
QUICK_CHAIN = 19_998


@dataclass(frozen=True)
class Table:
    """A table of the report.

    heading  its title, with the size as {n}
    rows     (engine, workload), in the order of measuring; the first word of the
             workload is the name of the table
    size     operations, steps or calls: whatever the workload counts
    quick    the same for a quick look
    shown    (figures) -> the table in Markdown
    states   of the cyclic collector
    once     whether one round is enough, since it repeats exactly
    """

    heading: str
    rows: tuple[Row, ...]
    size: int
    quick: int
    shown: Callable[[Figures], str]
    states: tuple[str, ...] = COLLECTOR
    once: bool = False


def rows(kind: str, *forms: str) -> tuple[Row, ...]:
    """Return a row for each engine, then our two in other forms of the workload."""
    more = [(engine, f"{kind} {form}") for form in forms for engine in OURS]
    return (*[(engine, kind) for engine in ENGINES], *more)


def chains(kind: str) -> Callable[[Figures], str]:
    """Return how a table of chains is shown: the whole, its parts, the sweep alone."""

    def shown(figures: Figures) -> str:
        parts = [
            totals(figures, kind, (BASE, kind), (FAST, kind)),
            phases(figures, kind),
            "The sweep alone:",
            totals(figures, kind, (SORTER, kind), column="sweep"),
        ]
        return "\n\n".join(parts)

    return shown


def loops(kind: str) -> Table:
    """Return the table of the sweep beside C's loops, for one length of the chain."""
    bases = [("C", f"{kind} {form}") for form in ("in known order", "with its sort")]
    return Table(
        "The sweep of one chain of {n:,} operations, over and over, CPU ns per operation",
        (*bases, *[(engine, kind) for engine in OURS]),
        CHAIN if kind == "sweep" else SHORT,
        QUICK_CHAIN if kind == "sweep" else SHORT,
        lambda figures: totals(figures, kind, *bases, slower=True),
    )


def gpt(figures: Figures) -> str:
    """Return the table of microgpt's step, and which losses have the same bits."""
    base = (SORTER, "gpt")
    lines = bits(figures, "gpt", base)
    return "\n".join([totals(figures, "gpt", base), *([""] if lines else []), *lines])


def kept(figures: Figures) -> str:
    """Return the table of memory, with what its last column does not say."""
    note = f"{NATIVE} keeps up to 262,144 freed nodes for new ones; they count as not freed."
    return f"{memory(figures)}\n\n{note}"


TABLES = {
    "chain": Table(
        "Chain of {n:,} mixed operations, CPU ns per operation",
        rows("chain", "in a scope"),
        CHAIN,
        QUICK_CHAIN,
        chains("chain"),
    ),
    "short": Table(
        "Chains of {n:,} mixed operations, CPU ns per operation",
        rows("short", "in a scope"),
        SHORT,
        SHORT,
        chains("short"),
    ),
    "sweep": loops("sweep"),
    "sweep-short": loops("sweep-short"),
    "step": Table(
        "micrograd's demo step, MLP(2, [16, 16, 1]) on 100 points, CPU ms",
        rows("step", "with dot", "with nn"),
        4,
        1,
        lambda figures: totals(figures, "step", (BASE, "step")),
    ),
    "gpt": Table(
        "microgpt's training step, with its class replaced by ours, CPU ms",
        tuple((engine, "gpt") for engine in (SORTER, *OURS)),
        4,
        1,
        gpt,
    ),
    "ode": Table(
        "The ODE fit, value and gradient by 4 parameters, CPU ms",
        (
            FLOATS,
            ("floats", "ode by forward differences"),
            ("floats", "ode by central differences"),
            *[(engine, "ode by backward") for engine in ENGINES],
            *[(engine, "ode by value_and_grad") for engine in OURS],
        ),
        3,
        1,
        lambda figures: totals(figures, "ode", FLOATS, slower=True),
    ),
    "memory": Table(
        "Memory of a chain of {n:,} operations, bytes per operation",
        rows("memory"),
        600_000,
        60_000,
        kept,
        states=("on",),
        once=True,
    ),
}
