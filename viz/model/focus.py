"""Focus: the largest gradient paths of a picture, with stubs for what was cut off.

The size of a path is that of the product of its local derivatives, which is
what it adds to the gradient of the leaf where it begins. Nothing vanishes silently: a
stub "12 more" stands wherever a drawn box lost operands or users, and its arrow carries the
sum of what they contribute, so the numbers of every drawn box still add up.
"""

from __future__ import annotations

import heapq
import math
from array import array
from collections.abc import Collection, Iterable
from dataclasses import replace
from operator import itemgetter

from dendrograd.passes import longest

from .frames import Path
from .large import Large
from .picture import Arrow, Box, Picture

__all__ = ["focus", "largest_paths"]

State = tuple[
    float, Arrow | None, int
]  # log size, first arrow, rank of the rest at its end


def largest_paths(
    picture: Picture,
    k: int,
    targets: Collection[int] | None = None,
    most: int | None = None,
) -> list[tuple[Arrow, ...]]:
    """Return the k largest paths from some boxes to the root, the largest first.

    The boxes are `targets`, or all that nothing leads to. An arrow without a local
    derivative counts by its share of what its end contributes to all of its operands.
    Best paths follow from best paths of the users, so this is one pass over the
    picture with k candidates a box (Bellman's principle). Of a picture of very many
    boxes, paths may end after `most` arrows, for those who draw none that are longer.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> from dendrograd.viz.model.frames import frames
    >>> from dendrograd.viz.model.picture import pictured
    >>> a, b = Value(3.0, label="a"), Value(0.5, label="b")
    >>> graph = trace(a * b + a)
    >>> paths = largest_paths(pictured(graph, frames(graph)), 2)
    >>> [[(arrow.src, arrow.dst) for arrow in path] for path in paths]
    [[(1, 2), (2, 3)], [(0, 3)]]
    """
    if isinstance(picture, Large):
        return _of_many(picture, k, targets, most)
    out, size = picture.out(), _flows(picture)
    best: list[list[State]] = [[] for _ in picture.boxes]
    best[picture.root] = [(0.0, None, 0)]
    for box in reversed(picture.boxes):
        states = best[box.id][:]
        for arrow in out[box.id]:
            own = _transfer(arrow, size[arrow.dst])
            if own > 0:
                step = math.log(own)
                states += [
                    (step + beyond[0], arrow, rank)
                    for rank, beyond in enumerate(best[arrow.dst])
                ]
        best[box.id] = heapq.nlargest(k, states, key=_size)
    ends = _sources(picture) if targets is None else targets
    chosen = heapq.nlargest(
        k,
        ((state, end) for end in sorted(ends) for state in best[end]),
        key=lambda pair: pair[0][0],
    )
    return [_path(state, best) for state, _ in chosen]


def _size(state: State) -> float:
    return state[0]


def _sources(picture: Picture) -> set[int]:
    """Return the boxes that nothing leads to."""
    return {box.id for box in picture.boxes} - {arrow.dst for arrow in picture.arrows}


def _flows(picture: Picture) -> list[float]:
    """Return the size of all that leaves each box, and 1 more for the root."""
    flow = [0.0] * len(picture.boxes)
    flow[picture.root] = 1.0
    for arrow in picture.arrows:
        if math.isfinite(arrow.contribution):
            flow[arrow.src] += abs(arrow.contribution)
    return flow


def _transfer(arrow: Arrow, flow: float) -> float:
    """Return the share of a gradient at its head that an arrow passes on, as a size."""
    if arrow.local is not None:
        size = abs(arrow.local)
    else:
        size = abs(arrow.contribution) / flow if flow else 0.0
    return size if size < math.inf else 1e300 if size > 0 else 0.0


def _path(state: State, best: list[list[State]]) -> tuple[Arrow, ...]:
    arrows = []
    _, arrow, rank = state
    while arrow is not None:
        arrows.append(arrow)
        _, arrow, rank = best[arrow.dst][rank]
    return tuple(arrows)


def _of_many(
    picture: Large, k: int, targets: Collection[int] | None, most: int | None
) -> list[tuple[Arrow, ...]]:
    """Return what `largest_paths` does, by a pass over the arrows as arrays."""
    folded = picture.folded
    starts, order = folded.leaving
    heads = array("i", map(folded.dst.__getitem__, order))
    own = folded.sizes()
    steps = array("d", (math.log(x) if (x := own[i]) > 0 else -math.inf for i in order))
    best = longest(k, starts, heads, steps)
    if targets is None:
        fed = bytearray(len(picture.boxes))
        for box in folded.dst:
            fed[box] = 1
        targets = [box for box, one in enumerate(fed) if not one]
    ends = [
        (best.sizes[end * k + r], end, r)
        for end in sorted(targets)
        for r in range(best.held[end])
    ]
    chosen = heapq.nlargest(k, ends, key=itemgetter(0))
    limit = len(heads) if most is None else most
    return [
        tuple([folded.arrow(order[at]) for at in best.way(end, rank, heads, limit)])
        for _, end, rank in chosen
    ]


def focus(picture: Picture, paths: Iterable[Iterable[Arrow]], point: bool) -> Picture:
    """Return the picture with the boxes of these paths alone, and stubs for the rest.

    `point` makes the arrows of the first path stand out.
    """
    steps = [tuple(path) for path in paths]
    keep = {picture.root}.union(*({a.src, a.dst} for path in steps for a in path))
    if isinstance(picture, Large):
        return _marked(restricted(picture, keep), steps[0] if point and steps else ())
    strong = set(map(id, steps[0])) if steps and point else set()
    arrows = [
        replace(arrow, strong=True) if id(arrow) in strong else arrow
        for arrow in picture.arrows
    ]
    return restricted(replace(picture, arrows=tuple(arrows)), keep)


def _marked(picture: Picture, path: Iterable[Arrow]) -> Picture:
    """Return the picture in which the arrows of a path stand out."""
    strong = {arrow.edges for arrow in path}
    marked = [replace(arrow, strong=arrow.edges in strong) for arrow in picture.arrows]
    return replace(picture, arrows=tuple(marked))


def restricted(picture: Picture, keep: Collection[int]) -> Picture:
    """Return the picture with some of its boxes alone, and stubs for what they lost."""
    if len(keep) == len(picture.boxes):
        return picture
    into, out = picture.into(), picture.out()
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    number: dict[int, int] = {}
    for box in map(picture.boxes.__getitem__, sorted(keep)):
        lost = [arrow for arrow in into[box.id] if arrow.src not in keep]
        if lost:
            boxes.append(_stub(len(boxes), box.path, lost, "operand"))
            arrows.append(_joined(lost, len(boxes) - 1, len(boxes)))
        number[box.id] = len(boxes)
        boxes.append(replace(box, id=len(boxes)))
        arrows += [
            replace(arrow, src=number[arrow.src], dst=number[arrow.dst])
            for arrow in into[box.id]
            if arrow.src in keep
        ]
        lost = [arrow for arrow in out[box.id] if arrow.dst not in keep]
        if lost:
            boxes.append(_stub(len(boxes), box.path, lost, "use"))
            arrows.append(_joined(lost, number[box.id], len(boxes) - 1))
    inhabited = {box.path[:d] for box in boxes for d in range(1, len(box.path) + 1)}
    return Picture(
        tuple(boxes),
        tuple(sorted(arrows, key=lambda arrow: arrow.dst)),
        {path: title for path, title in picture.titles.items() if path in inhabited},
        picture.notes,
        number[picture.root],
        picture.moved(number),
    )


def _stub(number: int, path: Path, lost: list[Arrow], what: str) -> Box:
    """Return the box "12 more" that stands for what some arrows led to."""
    count = sum(arrow.uses for arrow in lost)
    words = f"{count} {what}{'s' if count > 1 else ''} not drawn"
    return Box(number, "rest", f"{count:,} more", words, None, None, None, path)


def _joined(arrows: list[Arrow], src: int, dst: int) -> Arrow:
    """Return one arrow for several that were cut off."""
    return Arrow(
        src,
        dst,
        arrows[0].local if len(arrows) == 1 else None,
        sum(arrow.contribution for arrow in arrows),
        sum(arrow.uses for arrow in arrows),
        edges=tuple([i for arrow in arrows for i in arrow.edges]),
    )
