"""Positions by Graphviz, for those who prefer its layout; we draw the rest ourselves.

The DOT text that is sent holds sizes and numbers of our own and no text of a user, so
there is nothing in it that would need escaping.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from dendrograd.viz.layout.assembly import Layout, Rect
from dendrograd.viz.layout.routing import TIP, Point, Segment
from dendrograd.viz.model.frames import Path
from dendrograd.viz.model.labels import Look
from dendrograd.viz.model.picture import Picture

from .arrange import label_sizes, laid_out, sizes
from .which_dot import find_dot

__all__ = ["dot_layout"]

SECONDS = 20  # that dot may take
INCH = 72.0  # points; a point of dot is a pixel of ours
SIDES = {"LR": ("e", "w"), "RL": ("w", "e"), "TB": ("s", "n"), "BT": ("n", "s")}
TITLE = 16.0


def dot_layout(picture: Picture, look: Look) -> tuple[Layout, str]:
    """Return the layout of Graphviz and "", or our own and why, if it takes too long.

    Raises DotNotFound where there is no such program.
    """
    program = find_dot()
    if program is None:
        from .digraph import DotNotFound  # with the library graphviz, only where needed

        raise DotNotFound("draw(engine='dot')")
    frames = dict(enumerate(picture.titles))
    try:
        run = subprocess.run(
            [program, "-Tjson0"],
            input=_source(picture, look, frames).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
        made = _read(json.loads(run.stdout), picture, frames)
        return replace(made, labels=_labels(made, picture, look)), ""
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        late = isinstance(error, subprocess.TimeoutExpired)
        why = f"took more than {SECONDS} s" if late else "failed"
        note = f"Graphviz {why}, so this is the layout of dendrograd"
        return laid_out(picture, look), note


def _source(picture: Picture, look: Look, frames: Mapping[int, Path]) -> str:
    """Return the boxes, frames and arrows in the DOT language, without any text."""
    tail, head = SIDES[look.rankdir]
    lines = [
        f"digraph{{rankdir={look.rankdir};nodesep=0.16;ranksep=0.6;",
        'node[shape=box,fixedsize=true,label=""];edge[arrowhead=none];',
    ]
    lines += [
        f"n{i}[width={w / INCH:.4f},height={h / INCH:.4f}];"
        for i, (w, h) in enumerate(sizes(picture, look))
    ]
    inside: dict[Path, list[str]] = {}
    for box in picture.boxes:
        inside.setdefault(box.path, []).append(f"n{box.id};")
    for number, path in sorted(frames.items(), key=lambda item: -len(item[1])):
        text = "".join(inside.pop(path, []))
        inside.setdefault(path[:-1], []).append(
            f'subgraph cluster{number}{{margin=10;labeljust=l;label=" ";{text}}}'
        )
    lines += inside.get((), [])
    lines += [
        f"n{a.src}->n{a.dst}[tailport={tail},headport={head},id=a{i}];"
        for i, a in enumerate(picture.arrows)
    ]
    return "\n".join([*lines, "}"])


def _read(data: Any, picture: Picture, frames: Mapping[int, Path]) -> Layout:
    """Return the layout that dot's JSON holds; its y grows upwards."""
    _, _, width, height = map(float, data["bb"].split(","))
    boxes: dict[int, Rect] = {}
    borders: dict[tuple[Hashable, ...], Rect] = {}
    for item in data["objects"]:
        name = item["name"]
        if name.startswith("cluster"):
            a, b, c, d = map(float, item["bb"].split(","))
            borders[frames[int(name[7:])]] = Rect(a, height - d, c - a, d - b)
        else:
            x, y = map(float, item["pos"].split(","))
            w, h = float(item["width"]) * INCH, float(item["height"]) * INCH
            boxes[int(name[1:])] = Rect(x - w / 2, height - y - h / 2, w, h)
    segments = [
        Segment(_points(edge["pos"], height), (int(edge["id"][1:]),), True)
        for edge in data.get("edges", ())
    ]
    segments.sort(key=lambda segment: segment.arrows)
    rects = tuple([boxes[box.id] for box in picture.boxes])
    return Layout(width, height, rects, tuple(segments), borders, -1)


def _labels(made: Layout, picture: Picture, look: Look) -> dict[int, Rect]:
    """Return where labels stand, those of the largest arrows first.

    Graphviz leaves no room for them. One that would cover a box or another label is left
    out; the title of its arrow says the number.
    """
    taken = Taken(made.boxes)
    wanted = label_sizes(picture, look)
    ends = {s.arrows[0]: s.points[-1] for s in made.segments if s.last}
    labels: dict[int, Rect] = {}
    for i in sorted(wanted, key=lambda i: -abs(picture.arrows[i].contribution)):
        (x, y), (width, height) = ends[i], wanted[i]
        left, top = {
            "LR": (x - TIP - width, y - height - 3),
            "RL": (x + TIP, y - height - 3),
            "TB": (x - width - 4, y - TIP - height),
            "BT": (x - width - 4, y + TIP),
        }[look.rankdir]
        rect = Rect(left, top, width, height)
        if taken.free(rect):
            taken.add(rect)
            labels[i] = rect
    return labels


class Taken:
    """Which places of a sheet are taken, by cells of a grid, so that asking is quick."""

    CELL = 64.0

    def __init__(self, rects: Iterable[Rect]) -> None:
        self._cells: dict[tuple[int, int], list[Rect]] = {}
        for rect in rects:
            self.add(rect)

    def _around(self, rect: Rect) -> Iterator[tuple[int, int]]:
        for i in range(int(rect.left // self.CELL), int(rect.right // self.CELL) + 1):
            for j in range(
                int(rect.top // self.CELL), int(rect.bottom // self.CELL) + 1
            ):
                yield i, j

    def add(self, rect: Rect) -> None:
        """Take the place of a rectangle."""
        for cell in self._around(rect):
            self._cells.setdefault(cell, []).append(rect)

    def free(self, rect: Rect) -> bool:
        """Return whether a rectangle touches nothing that was taken."""
        return not any(
            rect.left < other.right
            and other.left < rect.right
            and rect.top < other.bottom
            and other.top < rect.bottom
            for cell in self._around(rect)
            for other in self._cells.get(cell, ())
        )


def _points(text: str, height: float) -> tuple[Point, ...]:
    """Return the control points of a spline of dot."""
    pairs = (part.split(",") for part in text.split() if part[0] not in "es")
    return tuple([(float(x), height - float(y)) for x, y in pairs])
