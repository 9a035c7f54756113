"""Folding: a call and all that it computed become one box with exact derivatives.

The box of a call that has one output is a function of what enters it, and the arrow
into it carries the total derivative of that output, found by a reverse sweep inside the
call. A box of several outputs has no one number; its arrows carry what they contribute.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from dendrograd.sweeps import product

from .folded import Folded, Group
from .frames import Frames, Path
from .picture import Picture
from .snapshot import Edge, Graph

__all__ = ["Group", "Groups", "entangled", "fold", "ordered", "totals"]


def fold(graph: Graph, frames: Frames, closed: Collection[Path]) -> Picture:
    """Return the picture in which some frames are one box each.

    `closed` holds paths of frames; one inside another is part of the outer one. A frame
    that cannot be one box, since something outside was computed from one part of it and
    used by another, stays open, and a note says so.

    >>> from dendrograd import Value, scope
    >>> from dendrograd.viz import trace
    >>> from dendrograd.viz.model.frames import frames
    >>> x = Value(2.0, label="x")
    >>> with scope("cube"):
    ...     y = x * x * x
    >>> graph = trace(y)
    >>> scopes = frames(graph)
    >>> picture = fold(graph, scopes, scopes.titles)
    >>> [(box.label, box.operation) for box in picture.boxes]
    [('x', ''), ('cube', '2 products')]
    >>> picture.arrows[0].local
    12.0
    """
    shut, notes = set(closed), list[str]()
    while True:
        groups = Groups(frames, shut)
        order = groups.ordered(graph)
        if len(order) == len(groups.keys):
            break
        frame = entangled(groups.pairs(graph))
        shut.discard(frame)
        name = "/".join(map("".join, frames.around(frame)))
        notes.append(f"{name} is not folded: it was left and entered again")
    titles = {p: t for p, t in frames.titles.items() if _shown(p, shut)}
    made = Folded(graph, frames, *groups.renumbered(order))
    return made.picture((*graph.notes, *notes), titles)


class Groups:
    """Which nodes share a box: the outermost folded frame around each, or it alone.

    numbers  for each node that of its group, by their first nodes
    keys     the groups by their numbers
    """

    def __init__(self, frames: Frames, closed: Collection[Path]) -> None:
        paths = frames.paths
        around: dict[int, Path] = {}
        known: dict[Path, int] = {}
        self.keys: Sequence[Group] = range(len(paths))
        self.numbers = array("i")
        if not closed:
            self.numbers.extend(range(len(paths)))
            return
        keys: list[Group] = []
        self.keys = keys
        for i, path in enumerate(paths):
            group = around.get(id(path))
            if group is None:
                group = around[id(path)] = _closed_around(path, closed)
            if not group:
                self.numbers.append(len(keys))
                keys.append(i)
                continue
            number = known.setdefault(group, len(keys))
            self.numbers.append(number)
            if number == len(keys):
                keys.append(group)

    def pairs(self, graph: Graph) -> Iterator[tuple[Group, Group]]:
        """Yield the groups at the ends of each edge."""
        numbers, keys = self.numbers, self.keys
        for a, b in zip(graph.edges.src, graph.edges.dst, strict=True):
            yield keys[numbers[a]], keys[numbers[b]]

    def ordered(self, graph: Graph) -> Sequence[int]:
        """Return the numbers of the groups in the order of `ordered`.

        Where all edges lead to groups that begin later, that is their order already: of
        those that are left, the first is always ready.
        """
        numbers, count = self.numbers, len(self.keys)
        if count == len(numbers):
            return range(count)
        ends = zip(graph.edges.src, graph.edges.dst, strict=True)
        pairs = {(numbers[a], numbers[b]) for a, b in ends}
        if all(a <= b for a, b in pairs):
            return range(count)
        first: dict[Group, int] = {number: number for number in range(count)}
        return [n for n in ordered(first, pairs) if isinstance(n, int)]

    def renumbered(self, order: Sequence[int]) -> tuple[array[int], Sequence[Group]]:
        """Return the place of each node in an order of the groups, and the groups in it."""
        if isinstance(order, range):
            return self.numbers, self.keys
        place = {number: i for i, number in enumerate(order)}
        moved = array("i", [place[number] for number in self.numbers])
        return moved, [self.keys[number] for number in order]


def _closed_around(path: Path, closed: Collection[Path]) -> Path:
    """Return the outermost of a path's frames that is folded, () if none is."""
    prefixes = (path[:depth] for depth in range(1, len(path) + 1))
    return next((prefix for prefix in prefixes if prefix in closed), ())


def _shown(frame: Path, shut: Collection[Path]) -> bool:
    return not any(frame[:depth] in shut for depth in range(1, len(frame) + 1))


def ordered(
    first: Mapping[Group, int], pairs: Collection[tuple[Group, Group]]
) -> list[Group]:
    """Return the groups, sources first, without those that lie on a cycle or behind it.

    `pairs` are the ends of arrows. Among groups that are ready the one whose first node
    is earliest comes next.
    """
    waiting = Counter(b for a, b in pairs if a != b)
    users: dict[Group, list[Group]] = {}
    for a, b in pairs:
        if a != b:
            users.setdefault(a, []).append(b)
    ready = [(i, group) for group, i in first.items() if not waiting[group]]
    heapq.heapify(ready)
    order: list[Group] = []
    while ready:
        _, group = heapq.heappop(ready)
        order.append(group)
        for user in users.get(group, ()):
            waiting[user] -= 1
            if not waiting[user]:
                heapq.heappush(ready, (first[user], user))
    return order


def entangled(pairs: Iterable[tuple[Group, Group]]) -> Path:
    """Return a folded frame on a cycle of boxes; there must be one."""
    below: dict[Group, list[Group]] = {}
    for a, b in pairs:
        if a != b:
            below.setdefault(b, []).append(a)
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        return next(group for group in error.args[1] if isinstance(group, tuple))
    raise AssertionError("there is no cycle")  # unreachable: it was not sorted


def totals(output: int, edges: Sequence[Edge]) -> dict[int, float]:
    """Return d output / d member for the members of a region: a reverse sweep."""
    bar = {output: 1.0}
    for edge in sorted(edges, key=lambda e: (-e.dst, e.slot)):
        if edge.dst in bar:
            term = product(edge.local, bar[edge.dst])
            bar[edge.src] = bar.get(edge.src, 0.0) + term
    return bar
