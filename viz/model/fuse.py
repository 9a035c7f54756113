"""Sum fusion: a chain of additions becomes one box with all its terms.

`a + b + c` is two nodes, and the mean of a batch is hundreds. Nothing is lost when they
are one box: along a sum each local derivative is 1 or -1, and so is their product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .folded import Large
from .picture import Arrow, Box, Picture
from .sums import is_sum

__all__ = ["fuse_sums"]


def fuse_sums(picture: Picture) -> Picture:
    """Return the picture with each chain of sums as one box.

    A sum melts into the one that uses it if it has no label, no other user, and stands
    in the same frame.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> from dendrograd.viz.model.frames import frames
    >>> from dendrograd.viz.model.picture import pictured
    >>> a, b, c = Value(1.0), Value(2.0), Value(3.0)
    >>> graph = trace(a + b - c)
    >>> fused = fuse_sums(pictured(graph, frames(graph)))
    >>> [box.operation for box in fused.boxes], [a.local for a in fused.arrows]
    (['', '', '', 'Σ'], [1.0, 1.0, -1.0])
    """
    if isinstance(picture, Large) and not _may_melt(picture):
        return picture
    melted = _melted(picture)
    if not melted:
        return picture
    kept = [box for box in picture.boxes if box.id not in melted]
    number = {box.id: i for i, box in enumerate(kept)}
    size = {box.id: box.nodes for box in kept}
    ends, signs = _ends(melted)
    for start, end in ends.items():
        size[end] += picture.boxes[start].nodes
    arrows = [
        Arrow(  # not replace(), which is five times as slow
            number[arrow.src],
            number[ends.get(arrow.dst, arrow.dst)],
            _times(arrow.local, signs.get(arrow.dst, 1.0)),
            arrow.contribution,
            arrow.uses,
            arrow.strong,
            arrow.edges,
        )
        for arrow in picture.arrows
        if arrow.src not in melted
    ]
    held = number | {start: number[end] for start, end in ends.items()}
    return Picture(  # not replace(): it is no picture of very many boxes any more
        tuple([_renewed(box, number[box.id], size[box.id]) for box in kept]),
        tuple(sorted(arrows, key=lambda arrow: arrow.dst)),
        picture.titles,
        picture.notes,
        number[picture.root],
        picture.moved(held),
    )


def _may_melt(picture: Large) -> bool:
    """Return whether some sum among very many boxes leads to another."""
    flat, keys = picture.folded.graph.flat, picture.folded.keys
    adding = {i for i, op in enumerate(flat.table) if is_sum(op)}
    sums = [not isinstance(key, tuple) and flat.codes[key] in adding for key in keys]
    ends = zip(picture.folded.src, picture.folded.dst, strict=True)
    return any(sums[a] and sums[b] for a, b in ends)


def _ends(
    melted: Mapping[int, Arrow],
) -> tuple[dict[int, int], dict[int, float | None]]:
    """Return for each sum that melts the box it ends up in, and its sign there."""
    ends: dict[int, int] = {}
    signs: dict[int, float | None] = {}
    for start in sorted(melted, reverse=True):
        arrow = melted[start]
        ends[start] = ends.get(arrow.dst, arrow.dst)
        signs[start] = _times(arrow.local, signs.get(arrow.dst, 1.0))
    return ends, signs


def _melted(picture: Picture) -> Mapping[int, Arrow]:
    """Return for each box that melts the arrow to the sum that it becomes part of."""
    out, melted = picture.out(), {}
    for box in picture.boxes:
        if not box.label and len(out[box.id]) == 1 and _adds(box):
            (arrow,) = out[box.id]
            user = picture.boxes[arrow.dst]
            if _adds(user) and user.path == box.path:
                melted[box.id] = arrow
    return melted


def _adds(box: Box) -> bool:
    op = box.node.op if box.node and box.kind == "op" else None
    return op is not None and is_sum(op)


def _times(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a * b


def _renewed(box: Box, number: int, nodes: int) -> Box:
    if nodes == box.nodes:
        return box.numbered(number)
    return replace(box, id=number, kind="sum", operation="Σ", nodes=nodes)
