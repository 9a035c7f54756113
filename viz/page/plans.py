"""The plan of a view, for the rule by which a page finds coordinates (`rule.js`).

A view that opens stands in a frame, whose border its lines cross: what enters comes from
boxes outside, one for each port, and all that leaves goes to one outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dendrograd.viz.formats.arrange import label_sizes, sizes
from dendrograd.viz.layout.assembly import assembled
from dendrograd.viz.layout.layered import Layout, Path, planned
from dendrograd.viz.layout.rule import Coordinates
from dendrograd.viz.model.labels import Look, frame_width
from dendrograd.viz.model.picture import Picture

__all__ = ["cut_columns", "layout_inside", "plan_data", "planned_inside"]

INSIDE: Path = ("inside",)  # the path of the frame that a view stands in


def planned_inside(picture: Picture, look: Look, least: float) -> Coordinates:
    """Return where everything in a view stands, in a frame at least so wide."""
    entries = {b.id for b in picture.boxes if b.kind == "port" and b.operation == "in"}
    titles: dict[Path, float] = {
        (*INSIDE, *p): frame_width(t) for p, t in picture.titles.items()
    }
    sink = len(picture.boxes)
    out = [
        (b.id, sink) for b in picture.boxes if b.id not in entries and b.kind == "port"
    ]
    labels = label_sizes(picture, look)
    return planned(
        [*sizes(picture, look, labels), (0, 0)],
        [(arrow.src, arrow.dst) for arrow in picture.arrows] + out,
        [() if b.id in entries else (*INSIDE, *b.path) for b in picture.boxes] + [()],
        titles=titles | {INSIDE: least},
        last=[sink],
        labels=labels,
        calls=[box.id for box in picture.boxes if box.kind == "call"],
        rankdir=look.rankdir,
    )


def layout_inside(picture: Picture, found: Coordinates) -> Layout:
    """Return the layout of a view, with its ports on the borders."""
    whole, out = assembled(found, 1), len(picture.arrows)
    leaving = tuple(_leaving(picture))
    return replace(
        whole,
        boxes=whole.boxes[: len(picture.boxes)],
        segments=tuple(
            replace(one, arrows=leaving) if one.arrows == (out,) else one
            for one in whole.segments
        ),
        frames={path[1:]: rect for path, rect in whole.frames.items()},
    )


def _leaving(picture: Picture) -> list[int]:
    """Return the arrows to the port by which all leaves."""
    ports = {b.id for b in picture.boxes if b.kind == "port" and b.operation == "out"}
    return [k for k, arrow in enumerate(picture.arrows) if arrow.dst in ports]


def plan_data(
    picture: Picture, found: Coordinates, opens: Mapping[int, int], inner: bool
) -> dict[str, Any]:
    """Return the plan of a view for `solve` in rule.js, all in numbers.

    Boxes, groups and ports have the numbers that `Nesting` gives them. `into` holds the
    arrows into each box that opens, and `leaving` those to the port by which all leaves.
    """
    nesting = found.plan.nesting
    into: dict[int, list[int]] = {box: [] for box in opens}
    for number, arrow in enumerate(picture.arrows):
        if arrow.dst in into:
            into[arrow.dst].append(number)
    return {
        "top": int(inner),
        "boxes": nesting.boxes,
        "arrows": len(picture.arrows),
        "sizes": found.sizes[: nesting.boxes],
        "groups": [
            _group(picture, found, k, inner) for k in range(len(nesting.groups))
        ],
        "group": dict(nesting.group),
        "opens": dict(opens),
        "into": into,
        "leaving": _leaving(picture),
    }


def cut_columns(found: Coordinates, ends: Sequence[float]) -> list[int]:
    """Return the columns of a drawing that are last in their rows, by where they end."""
    frame = found.plan.frames[0]
    rights = [
        max([found.spots[i][0] + found.sizes[i][0] for i in some], default=0.0)
        for column in frame.grid.columns
        if (some := [frame.items[v] for v in column if v < len(frame.items)])
        is not None
    ]
    return [rights.index(end) for end in ends]


def _group(
    picture: Picture, found: Coordinates, number: int, inner: bool
) -> dict[str, Any]:
    """Return one frame: its items in columns, and the lines between them.

    A trunk is its tail, the terminal there, its bends, its lane, the wires to the bends,
    and the ends by column: item, terminal, arrows, whether it is a box, the wire, and the
    size of the label.
    """
    plan = found.plan
    frame, group = plan.frames[number], plan.nesting.groups[number]
    made, level = frame.grid, frame.level
    wires = {id(wire): k for k, wire in enumerate(made.wires)}
    trunks = []
    for trunk, (tail, hops) in zip(made.trunks, group.nets.items(), strict=True):
        ends = {
            id(head): end for head, (end, _) in zip(trunk.net.heads, hops, strict=True)
        }
        heads = [
            [
                [
                    h.item,
                    ends[id(h)],
                    h.arrows,
                    int(h.last),
                    wires.get(id(w), -1),
                    h.label,
                ]
                for h, w in row
            ]
            for row in trunk.heads
        ]
        links = [wires[id(wire)] for wire in trunk.links]
        trunks.append([trunk.net.tail, tail, trunk.bends, trunk.lane, links, heads])
    path = group.path[int(inner) :]
    order: list[Path] = sorted(picture.titles, key=len)
    return {
        "items": frame.items,
        "members": group.members,
        "entries": level.entries,
        "exits": level.exits,
        "frames": sorted(level.frames),
        "columns": made.columns,
        "column": made.column,
        "wires": [[wire.tail, wire.head, wire.weight] for wire in made.wires],
        "trunks": trunks,
        "title": plan.titles.get(group.path, 0.0),
        "frame": order.index(path) if path in order else -1,
    }
