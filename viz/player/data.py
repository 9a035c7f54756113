"""What the player's script plays: steps, pictures and numbers, for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from dendrograd.languages.javascript import operations
from dendrograd.rules import textbook
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.model.snapshot import Graph
from dendrograd.viz.page.live import live_picture
from dendrograd.viz.style import SHADES, fill, theme_named

from .captions import Word
from .naming import box_names
from .slopes import Formula, Number
from .steps import Step, Steps

__all__ = ["leaves_of", "player_data", "prefix_of", "textbook_of", "views_of"]


def textbook_of(courses: Mapping[str, Steps]) -> str:
    """Return the derivatives that sentences tell, as JavaScript."""
    words = [
        w for steps in courses.values() for step in steps.steps for w in step.words
    ]
    told = [(w.op, len(w.numbers) - 1) for w in words if isinstance(w, Formula)]
    return operations(told, textbook)


def leaves_of(steps: Steps) -> dict[int, str]:
    """Return the leaves that are drawn, by node; one in a call with the calls around it."""
    leaves: dict[int, str] = {}
    for view, picture in enumerate(steps.pictures):
        names = box_names(picture)
        for box in picture.boxes:
            if box.kind == "leaf" and box.node and box.node.id not in leaves:
                depths = range(1 + (len(box.path) > 1), len(box.path) + 1)
                around = ["".join(picture.titles[box.path[:d]]) for d in depths]
                long = ".".join([*around, box.name])
                leaves[box.node.id] = long if view else names[box.id]
    return leaves


def views_of(graph: Graph, steps: Steps, live: bool) -> dict[str, dict[str, Any]]:
    """Return what the boxes and arrows of each picture stand for, by the prefix of its ids.

    A picture that stands alone, and whose numbers do not change, is told by its boxes, as
    if each were a node: the graph may have a million of them.
    """
    if not live and len(steps.pictures) == 1:
        return {"": _alone(steps.picture)}
    return {
        prefix_of(view): live_picture(graph, picture)
        for view, picture in enumerate(steps.pictures)
    }


def prefix_of(view: int) -> str:
    """Return what the ids of a picture begin with: nothing in the first one."""
    return f"v{view}" if view else ""


def player_data(
    courses: Mapping[str, Steps],
    graph: Graph,
    views: Mapping[str, Mapping[str, Any]],
    theme: str,
    live: bool,
) -> dict[str, Any]:
    """Return what the script plays, in the form of `course.js`.

    Where nothing can be changed, the arithmetic of a derivative is plain text.
    """
    colours = theme_named(theme)
    most = courses.get("operation") or courses["call"]
    alone = not live and len(most.pictures) == 1
    data: Iterable[float | None] = graph.flat.data
    grad: Iterable[float | None] = graph.nodes.adjoints
    if alone:
        data = [box.data for box in most.picture.boxes]
        grad = [box.adjoint for box in most.picture.boxes]
    pictures = zip(views.items(), most.pictures, strict=True)
    return {
        "courses": {
            name: [_step(steps, step, live) for step in steps.steps]
            for name, steps in courses.items()
        },
        "views": [
            {"prefix": prefix, **parts, **_view(graph, picture, alone)}
            for (prefix, parts), picture in pictures
        ],
        "nodes": {
            "data": [_plain(x) for x in data],
            "grad": [_plain(x) for x in grad],
        },
        "fills": {name: fill(name, colours) for name in SHADES},
    }


def _step(steps: Steps, step: Step, live: bool) -> list[Any]:
    """Return a step as [phase, view, box, arrows, words]."""
    move = step.move
    words = [
        steps.shown(step, word)
        if isinstance(word, Formula) and not live
        else _word(word)
        for word in step.words
    ]
    return [int(move.phase == "backward"), move.view, move.box, move.arrows, words]


def _alone(picture: Picture) -> dict[str, Any]:
    """Return the boxes of a picture as if each were a node, and its arrows operands."""
    return {
        "boxes": [
            [] if box.kind == "rest" else [box.id] if box.node else [-1, box.id]
            for box in picture.boxes
        ],
        "arrows": [[arrow.dst, i] for i, arrow in enumerate(picture.arrows)],
    }


def _view(graph: Graph, picture: Picture, alone: bool) -> dict[str, Any]:
    """Return the numbers of a picture, and what its arrows lead from and to.

    An arrow out of a call with several outputs has its terms for each of them, or none
    where the picture stands alone, so that no box shows them.
    """
    boxes, arrows = picture.boxes, picture.arrows
    several = {
        i: [
            (edge.src, edge.contribution)
            for edge in map(graph.edges.make, () if alone else a.edges)
        ]
        for i, a in enumerate(arrows)
        if boxes[a.src].adjoint is None or not boxes[a.src].node
    }
    return {
        "ends": [[arrow.src, arrow.dst] for arrow in arrows],
        "norm": [_plain(box.norm) for box in boxes],
        "local": [_plain(arrow.local) for arrow in arrows],
        "term": [_plain(arrow.contribution) for arrow in arrows],
        "terms": {
            i: [[node, _plain(term)] for node, term in terms]
            for i, terms in several.items()
        },
    }


def _word(word: Word) -> Any:
    if isinstance(word, str):
        return word
    if isinstance(word, Number):
        return [word.kind, word.of, int(word.guarded)]
    return {
        "arrow": word.arrow,
        "op": word.op.name,
        "slot": word.slot,
        "parts": word.parts,
        "numbers": [_word(number) for number in word.numbers],
    }


def _plain(x: float | None) -> Any:
    """Return a number as JSON can hold it: inf and nan as JavaScript spells them."""
    if x is None or math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
