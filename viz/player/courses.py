"""Which steps a player takes: one for each folded call, or one for each operation.

By operation, the picture changes: the call that a step is in is drawn open, and all
others stay boxes. So there are few boxes to look at, and yet every node is seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.model.snapshot import Graph

from .naming import with_names
from .opened import OPENED, Opener
from .steps import Move, Steps, arrows_into, by_arrow, told

__all__ = ["COURSES", "by_call", "by_operation", "hindrance"]

COURSES = ("call", "operation")
MOST, BOXES = 500, 1_500  # nodes, and boxes in all pictures with a call open


def hindrance(graph: Graph, picture: Picture) -> str:
    """Return why the operations in the calls of a picture cannot be shown, "" if they can."""
    why = "operations inside calls are not shown one by one: "
    if any(box.kind == "rest" for box in picture.boxes):
        return f"{why}some of the tree is not drawn"
    if len(graph.nodes) > MOST:
        return f"{why}{len(graph.nodes):,} nodes are more than {MOST}"
    held = {box.id for box in picture.boxes if box.kind in OPENED}
    inside = zip(picture.places, frames(graph).paths, strict=True)
    calls = {(box, path) for box, path in inside if box in held}
    if len(calls) * len(picture.boxes) > BOXES:
        return f"{why}{len(calls):,} pictures of them are too many for a page"
    return ""


def by_call(graph: Graph, picture: Picture) -> Steps:
    """Return the steps in which a folded call is one, with what enters and leaves it."""
    moves: list[Move] = []
    into = arrows_into(picture)
    done = set[int]()
    for move in by_arrow(picture):
        folded = move.arrows and picture.boxes[move.box].kind == "call"
        if not folded:
            moves.append(move)
        elif move.box not in done:
            done.add(move.box)
            moves.append(Move("backward", 0, move.box, tuple(into[move.box])))
    return told(graph, [picture], moves)


def by_operation(graph: Graph, picture: Picture) -> Steps:
    """Return the steps in which each operation is one; the call that it is in is open.

    >>> from dendrograd import Value, scope
    >>> from dendrograd.viz import draw
    >>> x = Value(1.0, label="x")
    >>> with scope("cell"):
    ...     y = (2 * x).tanh()
    >>> drawn = draw(y, fold=1).drawn
    >>> steps = by_operation(drawn.graph, with_names(drawn.bare))
    >>> [(step.phase, step.move.view) for step in steps.steps]
    [('forward', 0), ('forward', 1), ('forward', 1), ('backward', 1), ('backward', 1), ('backward', 1)]
    """
    if not any(box.kind in OPENED for box in picture.boxes):
        return told(graph, [picture], by_arrow(picture))
    opener = Opener(graph, picture)
    nodes = [node for box in picture.boxes for node in opener.members[box.id]]
    forward = [Move("forward", *opener.place(node)) for node in nodes]
    start = Move("backward", *opener.place(graph.root.id))
    back = list(_backward(opener, reversed(nodes)))
    pictures = [picture, *map(with_names, opener.pictures[1:])]
    return told(graph, pictures, [*forward, start, *back])


def _backward(opener: Opener, nodes: Iterator[int]) -> Iterator[Move]:
    """Yield the moves in which nodes hand their gradients back, an arrow each."""
    into: dict[int, Sequence[Sequence[int]]] = {}
    for node in nodes:
        view, box = opener.place(node)
        if view not in into:
            into[view] = arrows_into(opener.pictures[view])
        for i in into[view][box]:
            yield Move("backward", view, box, (i,))
