"""What is written in each box, and how large the box has to be for it.

The font is monospaced, so a width is a number of columns and no font needs measuring:
a glyph of any font in the stack is at most 0.62 em wide (measured in Chromium).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dendrograd.viz.text import clip, columns, num, one_line

from .contents import fitted
from .frames import Path, Title
from .own import gradients
from .picture import Box
from .statements import heading_of, rows_of, said_of, statements_in

__all__ = [
    "EM",
    "FONT",
    "LINE",
    "SMALL",
    "Look",
    "Row",
    "describe",
    "frame_width",
    "heading",
    "measure",
    "rows",
    "size",
    "words",
]

EM, FONT, LINE = 0.62, 11, 14  # width of a glyph in em; its size and a line in pixels
LABEL, NAME, CALL = 18, 22, 34  # columns of a label, of a call, and of one with results
CONTENTS = 28  # columns of what a call holds
SMALL = 10  # pixels: the smallest print
HELD = 2_000  # columns of the labels in a folded call


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is written, whatever it shows.

    theme    "light", "dark", or "auto": light, and dark where what is around it is
    values   whether boxes show data and grad
    locals   which local derivatives stand above arrows: "auto" (all, and at a box with
             many of them while it has the focus), "all" or "none"
    rankdir  the direction of the data: LR, RL, TB or BT
    grad     which gradients boxes show, as `own.py` has it
    color    which number gives boxes and lines their colour, as `colours.py` has it
    names    whether a box without a label has n and its number, as texts call it
    widest   for some boxes, columns that a row will need later, as in the player
    room     columns that every number has, its name included, so that it may change
    """

    theme: str = "auto"
    values: bool = True
    locals: str = "auto"
    rankdir: str = "LR"
    grad: str = "true"
    color: str = "grad"
    room: int = 0
    names: bool = False
    widest: Mapping[int, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One line in a box; `kind` is data, grad, true, norm or note."""

    kind: str
    text: str


def heading(box: Box, names: bool = False) -> tuple[str, str]:
    """Return the bold text of a box, and the operation beside it where both fit.

    An operation without a label is its own heading, or with `names` has n and its number.
    """
    label = clip(" ".join((box.label or (box.name if names else "")).split()), LABEL)
    if box.kind == "leaf":
        return label or "const", ""
    if box.kind == "rest":
        return box.label, ""
    if box.kind == "call":
        does = heading_of(some) if (some := statements_in(box.frame)) else ""
        return one_line(box.label, CALL if " → " in box.label else NAME), does
    operation = one_line(box.operation, LABEL)
    return (label, operation) if label else (operation, "")


def rows(box: Box, look: Look) -> list[Row]:
    """Return what stands below the heading."""
    lines: list[Row] = []
    if box.kind == "rest":
        return lines
    if some := statements_in(box.frame):
        lines += [Row("note", line) for line in (*rows_of(some), size(box))]
    elif box.kind == "call":
        known = box.label, size(box)  # a block of leaves is called by what it holds
        told = box.operation.split(", ") if box.operation not in known else []
        lines += [Row("note", line) for line in fitted(told, CONTENTS, most=2) if line]
        lines += [Row("note", size(box))]
    if look.values and box.data is not None and box.adjoint is not None:
        lines += [Row("data", f"data {num(box.data)}")]
        shown, other = gradients(box, look.grad)
        lines += [Row("grad", f"grad {num(shown or 0.0)}")]
        lines += [Row("true", f"true {num(other)}")] if other is not None else []
    elif look.values and box.parameters:
        lines += [Row("norm", f"‖grad‖ {num(_norm(box, look))}")]
    return lines


def _norm(box: Box, look: Look) -> float:
    return box.norm if look.grad == "true" else box.own


def size(box: Box) -> str:
    """Return how much a folded call holds, in a few words."""
    if box.parameters == box.nodes:
        return f"{box.nodes:,} leaves"
    parts = [f"{box.nodes:,} node{'s' * (box.nodes > 1)}"]
    if statements_in(box.frame):
        return parts[0]
    if box.parameters:
        parts.append(f"{box.parameters:,} lea{'ves' if box.parameters > 1 else 'f'}")
    elif box.outputs > 1:
        parts.append(f"{box.outputs:,} outputs")
    return ", ".join(parts)


def measure(box: Box, look: Look) -> tuple[int, int]:
    """Return the width and the height of a box in pixels."""
    title, operation = heading(box, look.names)
    if box.kind == "port":
        return 0, 0
    if box.kind == "rest":
        return round(columns(title) * EM * FONT + 16), 20
    lines = rows(box, look)
    wide = max(
        columns(title) + (columns(operation) + 3 if operation else 0),
        *(columns(row.text) for row in lines),
        look.widest.get(box.id, 0),
        look.room if any(row.kind in ("data", "grad", "norm") for row in lines) else 4,
    )
    return round(wide * EM * FONT + 18), 22 + LINE * len(lines) + (4 if lines else 0)


def frame_width(title: Title) -> float:
    """Return how wide a frame has to be for its title."""
    name, number = title
    return columns(clip(" ".join(name.split()), 30) + number) * EM * SMALL + 16


def describe(box: Box, titles: Mapping[Path, Title], look: Look | None = None) -> str:
    """Return everything about a box, with every digit, for a tooltip and a screen reader."""
    look = look or Look()
    first, *rest = words(box, titles, look)
    if box.data is not None:
        first += f", data {box.data!r}"
    shown, other = gradients(box, look.grad)
    if shown is not None:
        first += f", grad {shown!r}"
    if other is not None:
        first += f", true derivative {other!r}"
    return ", ".join([first, *rest])


def words(
    box: Box, titles: Mapping[Path, Title], look: Look | None = None
) -> list[str]:
    """Return what is said about a box before its numbers, and after them."""
    if box.kind == "rest":
        return [box.operation]
    if box.kind == "port":
        return [f"border: {box.name}"]
    if some := statements_in(box.frame):
        return [f"{box.spoken}, {said_of(some)}, {size(box)}"]
    parts = [box.spoken]
    written = (
        box.node and box.node.op and box.node.op.symbol in box.said and not box.label
    )
    if box.kind == "leaf":
        parts.append("leaf")
    elif box.operation and box.operation != box.label and not written:
        parts.append(one_line(box.operation, 60))
    if box.kind == "call":
        parts.append(size(box))
    parts = [", ".join(parts)]
    if box.kind == "call" and box.parameters:
        parts.append(
            f"norm of the gradient of its leaves {_norm(box, look or Look())!r}"
        )
    if box.held:
        parts.append("holds " + one_line(", ".join(box.held), HELD))
    around = [
        "".join(titles[box.path[:d]])
        for d in range(1, len(box.path) + 1)
        if box.path[:d] in titles
    ]
    if around:
        parts.append("in " + "/".join(around))
    if box.node and box.node.source:
        parts.append(f"made at {box.node.source}")
    return parts
