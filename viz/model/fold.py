"""Folding: a call and all that it computed become one box with exact derivatives.

The box of a call that has one output is a function of what enters it, and the arrow
into it carries the total derivative of that output, found by a reverse sweep inside the
call. A box of several outputs has no one number; its arrows carry what they contribute.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from dendrograd.sweeps import product

from .frames import Frames, Path
from .picture import Arrow, Box, Picture, box_of, called, contents, labels_of, norm
from .snapshot import Edge, Graph, Node

__all__ = [
    "Group",
    "entangled",
    "fold",
    "grouped",
    "ordered",
    "sorted_groups",
    "totals",
]

Group = Path | int  # a folded frame, or the number of a node that stands alone


@dataclass(slots=True)
class Region:
    """The nodes of one box: all of a folded frame, or a single one."""

    members: list[Node] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    totals: Mapping[int, float] = field(default_factory=dict)  # d output / d member


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
    [('x', ''), ('cube', '2 mul')]
    >>> picture.arrows[0].local
    12.0
    """
    shut, notes = set(closed), list[str]()
    while True:
        groups = grouped(frames, shut)
        order = sorted_groups(groups, graph.edges)
        if len(order) == len(set(groups)):
            break
        frame = entangled((groups[e.src], groups[e.dst]) for e in graph.edges)
        shut.discard(frame)
        name = "/".join(map("".join, frames.around(frame)))
        notes.append(f"{name} is not folded: it was left and entered again")
    regions = _regions(graph, groups)
    number = {group: i for i, group in enumerate(order)}
    boxes = [_box(regions[g], g, i, frames) for i, g in enumerate(order)]
    arrows = _arrows(graph.edges, groups, number, regions)
    titles = {p: t for p, t in frames.titles.items() if _shown(p, shut)}
    root = number[groups[graph.root.id]]
    places = tuple([number[group] for group in groups])
    about = (*graph.notes, *notes)
    return Picture(tuple(boxes), tuple(arrows), titles, about, root, places)


def grouped(frames: Frames, closed: Collection[Path]) -> list[Group]:
    """Return for each node the outermost folded frame around it, or its number."""
    around = {path: _closed_around(path, closed) for path in set(frames.paths)}
    return [around[path] or i for i, path in enumerate(frames.paths)]


def _closed_around(path: Path, closed: Collection[Path]) -> Path:
    """Return the outermost of a path's frames that is folded, () if none is."""
    prefixes = (path[:depth] for depth in range(1, len(path) + 1))
    return next((prefix for prefix in prefixes if prefix in closed), ())


def _shown(frame: Path, shut: Collection[Path]) -> bool:
    return not any(frame[:depth] in shut for depth in range(1, len(frame) + 1))


def sorted_groups(groups: Sequence[Group], edges: Sequence[Edge]) -> list[Group]:
    """Return the groups of the nodes in the order of `ordered`."""
    first = {group: i for i, group in reversed(list(enumerate(groups)))}
    return ordered(first, {(groups[e.src], groups[e.dst]) for e in edges})


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


def _regions(graph: Graph, groups: Sequence[Group]) -> dict[Group, Region]:
    """Return the region of each group, with its outputs and the derivatives inside."""
    regions: dict[Group, Region] = {}
    inside: dict[Group, list[Edge]] = {}
    for node, group in zip(graph.nodes, groups, strict=True):
        regions.setdefault(group, Region()).members.append(node)
    used = {graph.root.id}
    for edge in graph.edges:
        if groups[edge.src] != groups[edge.dst]:
            used.add(edge.src)
        else:
            inside.setdefault(groups[edge.src], []).append(edge)
    for group, region in regions.items():
        region.outputs = [node.id for node in region.members if node.id in used]
        if len(region.outputs) == 1:
            region.totals = totals(region.outputs[0], inside.get(group, ()))
    return regions


def totals(output: int, edges: Sequence[Edge]) -> dict[int, float]:
    """Return d output / d member for the members of a region: a reverse sweep."""
    bar = {output: 1.0}
    for edge in sorted(edges, key=lambda e: (-e.dst, e.slot)):
        if edge.dst in bar:
            term = product(edge.local, bar[edge.dst])
            bar[edge.src] = bar.get(edge.src, 0.0) + term
    return bar


def _box(region: Region, group: Group, number: int, frames: Frames) -> Box:
    members = region.members
    if not isinstance(group, tuple):
        return box_of(members[0], number, frames.paths[members[0].id])
    leaves = [node for node in members if node.is_leaf]
    one = next((n for n in members if [n.id] == region.outputs), None)
    name, turn = frames.titles[group]
    return Box(
        number,
        "call",
        called(name + turn, [n for n in members if n.id in region.outputs]),
        contents(members),
        one.data if one else None,
        one.grad if one else None,
        one.adjoint if one else None,
        group[:-1],
        nodes=len(members),
        parameters=len(leaves),
        norm=norm(leaf.adjoint for leaf in leaves),
        outputs=len(region.outputs),
        frame=group,
        node=one,
        held=labels_of(members),
    )


def _arrows(
    edges: Sequence[Edge],
    groups: Sequence[Group],
    number: Mapping[Group, int],
    regions: Mapping[Group, Region],
) -> list[Arrow]:
    """Return an arrow for each operand.

    All from one box into a folded one are one, and so are all from a folded one of
    several outputs.
    """
    merged: dict[tuple[Group, ...], list[int]] = {}
    for i, edge in enumerate(edges):
        a, b = groups[edge.src], groups[edge.dst]
        if a != b:
            whole = isinstance(b, tuple) or len(regions[a].outputs) > 1
            key: tuple[Group, ...] = (a, b) if whole else (a, b, edge.slot)
            merged.setdefault(key, []).append(i)
    arrows = []
    for ends, numbers in merged.items():
        some = [edges[i] for i in numbers]
        arrows.append(
            Arrow(
                number[ends[0]],
                number[ends[1]],
                _local(some, regions[ends[1]]),
                sum(edge.contribution for edge in some),
                len(some),
                edges=tuple(numbers),
            )
        )
    return sorted(arrows, key=lambda arrow: arrow.dst)


def _local(edges: Sequence[Edge], region: Region) -> float | None:
    """Return d output of a region / d the one node that all the edges come from."""
    if len(region.outputs) != 1 or len({edge.src for edge in edges}) > 1:
        return None
    terms = [product(e.local, region.totals.get(e.dst, 0.0)) for e in edges]
    return float(sum(terms))
