"""The tree of a rolled function: its nodes know the array statement that computes them.

The scope of such a node is an `ArrayName` (engine/compiler/statement.py), which holds the
statements that fill the array. So a frame is a statement, and folded it is a box.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dendrograd.mode import Call
from dendrograd.viz.text import one_line

from .frames import Frames, Path, frames

if TYPE_CHECKING:
    from dendrograd.compiler.statement import ArrayName, Statement

    from .picture import Box
    from .snapshot import Graph

__all__ = [
    "array_of",
    "heading_of",
    "is_rolled",
    "lines_of",
    "rows_of",
    "said_of",
    "statements_in",
    "without_places",
]

LONGEST = 400  # columns of what is said of a box
LINE, LAST, FEW = 44, 2, 3  # columns; lines of a statement; statements with their lines


def is_rolled(graph: Graph) -> bool:
    """Return whether nodes of a graph know their statements."""
    return any(_named(call) for call in dict.fromkeys(graph.nodes.calls))


def _named(call: Any) -> ArrayName | None:
    """Return the name of the array that a call stands for, None where it is no statement."""
    name = call.name if isinstance(call, Call) else None
    return name if hasattr(name, "statements") else None  # type: ignore[return-value]


def array_of(box: Box) -> ArrayName | None:
    """Return the name of the array that a box stands in, None where it is in none."""
    if box.frame:
        return _named(box.frame[-1])
    return _named(box.node.call) if box.node else None


def statements_in(path: Path) -> tuple[Statement, ...]:
    """Return the statements that a frame stands for; none where it is a call."""
    array = _named(path[-1]) if path else None
    return array.statements if array is not None else ()


def lines_of(path: Path) -> str:
    """Return what a frame runs, as one text; "" where it stands for no statement."""
    return lines_of_all(statements_in(path))


def lines_of_all(some: tuple[Statement, ...]) -> str:
    """Return the lines of NumPy of some statements."""
    return "; ".join([each.line.replace("\n", "; ") for each in some])


def heading_of(some: tuple[Statement, ...]) -> str:
    """Return what the statements of a box do, in a few words."""
    return some[-1].operation if len(some) == 1 else f"{len(some)} statements"


def said_of(some: tuple[Statement, ...]) -> str:
    """Return all that is said of a box: lines in full, and the first entry."""
    last = some[-1]
    did = [f"{each.name} is {each.operation}" for each in some[:-1]]
    told = [*did, last.operation, lines_of_all(some), f"shape {last.size}"]
    return one_line(", ".join(told), LONGEST) + f", first entry {last.first}"


def rows_of(some: tuple[Statement, ...]) -> list[str]:
    """Return what stands in the box of some statements: what they run, and the shape.

    The lines of NumPy, or of many statements what they do.
    """
    if len(some) <= FEW:
        told = [each.line.splitlines()[-LAST:] for each in some]
        lines = [one_line(line, LINE) for part in told for line in part]
    else:
        lines = _filled([f"{each.name} {each.operation}" for each in some])
    return [*lines, f"shape {some[-1].size.replace('x', '×')}"]


def _filled(phrases: list[str]) -> list[str]:
    lines = [""]
    for phrase in phrases:
        if lines[-1] and len(lines[-1]) + len(phrase) + 2 > LINE:
            lines.append("")
        lines[-1] += f", {phrase}" if lines[-1] else phrase
    return lines


def without_places(graph: Graph) -> Frames:
    """Return the frames of a rolled graph: its statements, and leaves read together.

    A parameter that the function found is in no frame of its module.
    """
    found = frames(graph)
    titles = {
        path: title for path, title in found.titles.items() if isinstance(path[0], Call)
    }
    paths = [path if path in titles else () for path in found.paths]
    return replace(found, paths=tuple(paths), titles=titles)
