"""A picture as text: a table for a terminal or a screen reader, and JSON for programs."""

from __future__ import annotations

import json
import math
from typing import Any

from dendrograd.viz.model.own import gradients
from dendrograd.viz.model.picture import Box, Picture
from dendrograd.viz.text import columns, num, one_line

from .drawn import Drawn

__all__ = ["to_json", "to_text"]


def to_text(drawn: Drawn) -> str:
    """Return a line for each box with what it is computed from, operands first.

    The notes stand below, a line each.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> y = Value(2.0, label="x") * 3
    >>> y.backward()
    >>> print(draw(y).pipe("txt", encoding="utf-8"))
    x   leaf           data 2  grad 3
    n1  * 3   of ×3 x  data 6  grad 1
    <BLANKLINE>
    """
    picture = drawn.picture
    into = picture.into()
    table = []
    for box in picture.boxes:
        operands = [
            f"{'' if a.local in (None, 1) else f'×{num(a.local or 0.0)} '}{picture.boxes[a.src].name}"
            for a in into[box.id]
        ]
        made = f"of {', '.join(operands)}" if operands else ""
        what = "leaf" if box.kind == "leaf" else one_line(box.operation, 60)
        words = ", ".join(drawn.marks.says.get(box.id, ()))
        table.append([box.name, what, made, *_numbers(box, drawn.look.grad), words])
    widths = [max(columns(row[i]) for row in table) for i in range(len(table[0]))]
    lines = [
        "  ".join(
            [
                cell + " " * (w - columns(cell))
                for cell, w in zip(row, widths, strict=True)
            ]
        ).rstrip()
        for row in table
    ]
    return "\n".join([*lines, *picture.notes]) + "\n"


def _numbers(box: Box, grad: str) -> list[str]:
    shown, other = gradients(box, grad)
    return [
        "" if box.data is None else f"data {num(box.data)}",
        "" if shown is None else f"grad {num(shown)}",
        "" if other is None else f"true {num(other)}",
    ]


def to_json(drawn: Drawn) -> str:
    """Return boxes, arrows and notes as JSON; inf and nan are strings.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import draw
    >>> picture = json.loads(draw(Value(2.0, label="x") * 3).pipe("json"))
    >>> picture["boxes"][0]["label"], picture["arrows"][0]["local"]
    ('x', 3.0)
    """
    picture = drawn.picture
    data = {
        "boxes": [
            _box(picture, box, drawn.look.grad)
            | {"bad": list(drawn.marks.says.get(box.id, ()))}
            for box in picture.boxes
        ],
        "arrows": [
            {
                "from": arrow.src,
                "to": arrow.dst,
                "local": plain(arrow.local),
                "contribution": plain(arrow.contribution),
                "bad": drawn.marks.along([i]),
            }
            for i, arrow in enumerate(picture.arrows)
        ],
        "root": picture.root,
        "notes": picture.notes,
    }
    return json.dumps(data, ensure_ascii=True, allow_nan=False, indent=1) + "\n"


def _box(picture: Picture, box: Box, grad: str) -> dict[str, Any]:
    paths = [box.path[:depth] for depth in range(1, len(box.path) + 1)]
    return {
        "id": box.id,
        "kind": box.kind,
        "label": box.label,
        "operation": box.operation,
        "data": plain(box.data),
        "grad": plain(gradients(box, grad)[0]),
        "derivative": plain(box.adjoint),
        "nodes": box.nodes,
        "frames": ["".join(picture.titles[path]) for path in paths],
    }


def plain(x: float | None) -> Any:
    """Return a number as JSON can hold it."""
    return x if x is None or math.isfinite(x) else str(x)
