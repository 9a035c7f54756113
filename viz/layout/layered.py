"""The layout of a layered drawing with frames: where boxes, frames and curves stand.

Each frame is drawn by itself, the innermost first, and then stands in the frame around
it as one item. So a frame holds its own boxes and no other, and arrows cross its border
in ports (`nesting`). In one frame the steps are those of Sugiyama, Tagawa and Toda
(1981): columns (`ranking`), a bend in each column that a line passes (`grid`), the order
in each (`ordering`), heights (`placing`), and curves (`routing`). The first three make a
plan, which has no coordinate in it; the others are the rule (`rule`) by which all
coordinates follow from a plan and from sizes.

Nothing here knows what the boxes mean or how they are drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .assembly import Layout, Rect, assembled
from .nesting import Path, nest
from .plan import Plan
from .routing import Point, Segment
from .rule import Coordinates, decided

__all__ = ["Layout", "Path", "Point", "Rect", "Segment", "layered", "planned"]


def layered(
    sizes: Sequence[tuple[float, float]],
    arrows: Sequence[tuple[int, int]],
    paths: Sequence[Path] | None = None,
    *,
    titles: Mapping[Path, float] | None = None,
    first: Collection[int] = (),
    last: Collection[int] = (),
    labels: Mapping[int, tuple[float, float]] | None = None,
    rankdir: str = "LR",
) -> Layout:
    """Return a layout of boxes of these (width, height), arrows going all one way.

    An arrow is (source, target), a box its index; parallel arrows are drawn beside each
    other. A path names the frames around a box, outermost first, and `titles` how wide
    the title of a frame is. The order of the boxes is kept where no other crosses fewer
    arrows. Boxes in `first` stand in the first column of their frame, and nothing may
    lead to them; boxes in `last` in its last column, and nothing may lead on from them.

    `labels` has the (width, height) of the text at the end of some arrows, which gets a
    place where it covers nothing, if the box is `least` high or more (`placing`).

    Arrows from one box run together, as one line, until they fork: a segment says which
    run through it.

    Raises ValueError if arrows make a circle, also one from a frame back into itself;
    if there is no such box or rankdir, or a pinned box cannot stand where it must.

    >>> layout = layered([(40.0, 20.0)] * 2, [(0, 1), (0, 1)])
    >>> [box.left for box in layout.boxes]
    [0.0, 84.0]
    >>> [segment.arrows for segment in layout.segments]
    [(0,), (1,)]
    """
    found = planned(
        sizes,
        arrows,
        paths,
        titles=titles,
        first=first,
        last=last,
        labels=labels,
        rankdir=rankdir,
    )
    return assembled(found)


def planned(
    sizes: Sequence[tuple[float, float]],
    arrows: Sequence[tuple[int, int]],
    paths: Sequence[Path] | None = None,
    *,
    titles: Mapping[Path, float] | None = None,
    first: Collection[int] = (),
    last: Collection[int] = (),
    labels: Mapping[int, tuple[float, float]] | None = None,
    rankdir: str = "LR",
) -> Coordinates:
    """Return where everything stands within its own frame, and by which plan."""
    if rankdir not in ("LR", "RL", "TB", "BT"):
        raise ValueError(f"rankdir is LR, RL, TB or BT, not {rankdir!r}")
    paths = [()] * len(sizes) if paths is None else paths
    if len(paths) != len(sizes):
        raise ValueError(
            f"each box needs one path: {len(sizes)} and {len(paths)} given"
        )
    _check(len(sizes), arrows, first, last)
    turned = rankdir in ("TB", "BT")
    plan = Plan(
        nest(paths, arrows),
        titles or {},
        {a: (h, w) if turned else (w, h) for a, (w, h) in (labels or {}).items()},
        rankdir,
    )
    return decided(plan, sizes, (frozenset(first), frozenset(last)))


def _check(
    boxes: int,
    arrows: Sequence[tuple[int, int]],
    first: Collection[int],
    last: Collection[int],
) -> None:
    """Raise ValueError for arrows and pins that no layout has."""
    pinned = set(first), set(last)
    for source, target in arrows:
        if not (0 <= source < boxes and 0 <= target < boxes):
            raise ValueError(
                f"an arrow from {source} to {target} needs both among {boxes} boxes"
            )
        if target in pinned[0] or source in pinned[1]:
            raise ValueError(
                f"the arrow from {source} to {target} cannot go forward: "
                f"box {target} is pinned to the first column"
                if target in pinned[0]
                else f"the arrow from {source} to {target} cannot go forward: "
                f"box {source} is pinned to the last column"
            )
    for box in sorted(pinned[0] | pinned[1]):
        if not 0 <= box < boxes:
            raise ValueError(f"box {box} is pinned, but there are {boxes} boxes")
