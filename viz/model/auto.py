"""Which boxes a picture has: what the user asked for, or as many as fit a page.

A picture made for a page fits it by folding, never by small print: first the innermost
calls become boxes, then those around them, then leaves with the same users, and where a
program has too many calls or none, what follows each other becomes one box. So each node
is in a box; only where that is not enough are all but the largest gradient paths cut off.
A note says what was done and what undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from .blocks import blocked, gathered
from .focus import focus, largest_paths
from .fold import Groups, fold
from .frames import Frames, Path, frames
from .fuse import fuse_sums
from .large import Large
from .picture import Picture
from .snapshot import Graph
from .statements import without_places

__all__ = ["MANY", "as_statements", "at_depth", "automatic", "expanded", "fused"]

MANY = 60  # boxes above which sums melt together
MELTS = 2  # times as many boxes a picture may have before its sums melt
BLOCKS = 8, 6, 4, 3  # that a level without calls is cut into
Fits = Callable[[Picture], bool]


def fused(picture: Picture, sums: bool | str) -> Picture:
    """Return the picture with its sums melted, if that was asked for or pays."""
    wanted = len(picture.boxes) > MANY if sums == "auto" else sums
    return fuse_sums(picture) if wanted else picture


def at_depth(scopes: Frames, depth: int) -> set[Path]:
    """Return the frames of a depth; 1 is the outermost, 0 is none."""
    return {path for path in scopes.titles if len(path) == depth}


def as_statements(graph: Graph) -> Picture:
    """Return the picture of a rolled function's tree in which each statement is one box.

    Leaves that they read together are one box too.
    """
    scopes = without_places(graph)
    around, shut = gathered(graph, scopes, at_depth(scopes, 1), few=1)
    return fold(graph, around, shut).noting(
        "each box is a statement on arrays, or leaves that statements read together, with "
        "numbers as they were recorded; draw(root, fold=None) draws the "
        f"{len(graph.nodes):,} nodes"
    )


def expanded(
    scopes: Frames, closed: Collection[Path], names: Iterable[str]
) -> set[Path]:
    """Return what stays closed where some frames are opened, by their names.

    A name is that of a frame with all around it, "MLP/layers.0", and opens them all.
    What is right inside an opened frame is closed. Raises ValueError for a name that no
    frame has.
    """
    called = {"/".join(map("".join, scopes.around(p))): p for p in scopes.titles}
    shut = set(closed)
    for name in names:
        if name not in called:
            some = ", ".join(map(repr, list(called)[:8])) or "none: use scope()"
            raise ValueError(
                f"draw: expand={name!r} names no frame of this picture; there are {some}"
            )
        path = called[name]
        for depth in range(1, len(path) + 1):
            opened = path[:depth]
            if opened in shut or depth == 1:
                shut |= {p for p in scopes.titles if p[:-1] == opened}
            shut.discard(opened)
    return shut


def automatic(
    graph: Graph, sums: bool | str, k: int, most: int, fits: Fits, call: str = "draw"
) -> Picture:
    """Return the most detailed picture that fits, with a note on what was done.

    It has `most` boxes at most, and `fits` tells whether it is small enough; `call` is
    how the user asked, for the note. Where nothing fits, the smallest one comes back.
    """
    candidates = _candidates(graph, sums, k, most)
    picture, done = next(candidates)  # there is always one
    while len(picture.boxes) > most or not fits(picture):
        following = next(candidates, None)
        if following is None:
            break
        picture, done = following
    if not done:
        return picture
    size = f"{len(graph.nodes):,} nodes"
    return picture.noting(
        f"{size} are too many for one page, so {done}; "
        f"{call}(root, max_nodes=None) shows all"
    )


def _candidates(
    graph: Graph, sums: bool | str, k: int, most: int
) -> Iterator[tuple[Picture, str]]:
    """Yield ever smaller pictures, and in words what was done to them.

    One that has far more boxes than allowed, even if its sums melt, is not even made.
    """
    scopes = frames(graph)
    deepest = max(map(len, scopes.titles), default=0)
    for depth in range(deepest + 1, 0, -1):
        closed = at_depth(scopes, depth)
        folded = depth <= deepest
        did = f"each call of depth {depth} is one box" if folded else ""
        if len(Groups(scopes, closed).keys) <= MELTS * most:
            yield from _melting(fold(graph, scopes, closed), sums, did)
        around, shut = gathered(graph, scopes, closed)
        if len(shut) > len(closed) and len(Groups(around, shut).keys) <= MELTS * most:
            also = [did] if did else []
            words = " and ".join([*also, "leaves with the same users are one box"])
            yield from _melting(fold(graph, around, shut), sums, words)
    closed, picture = at_depth(scopes, min(1, deepest)), None
    for count in BLOCKS:
        around, shut = blocked(graph, scopes, closed, (), count)
        around, shut = gathered(graph, around, shut)
        picture = fold(graph, around, shut)
        yield picture, "steps that follow each other are one box"
    if picture is not None:
        yield from _focused(picture, k, most)


def _melting(
    picture: Picture, sums: bool | str, did: str
) -> Iterator[tuple[Picture, str]]:
    """Yield a picture and, if that may be, the same with its sums melted."""
    first = fused(picture, sums)
    yield first, did
    if sums == "auto" and first is picture:
        melted = fuse_sums(picture)
        if melted is not picture:
            words = "chains of additions are one box"
            yield melted, f"{did}, {words}" if did else words


def _focused(picture: Picture, k: int, most: int) -> Iterator[tuple[Picture, str]]:
    """Yield the largest paths of a picture, fewer and fewer.

    Of very many boxes, none that surely has more than are allowed.
    """
    paths = largest_paths(picture, k, most=most)
    for count in range(len(paths), 0, -1):
        ends = {a.src for path in paths[:count] for a in path}
        if isinstance(picture, Large) and len(ends) > most:
            continue
        yield (
            focus(picture, paths[:count], point=False),
            f"the {count} largest gradient paths are drawn",
        )
