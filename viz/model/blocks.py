"""Frames of our own, where a picture has too many boxes and no calls that could fold.

Steps that follow each other in topological order can always be one box: a path that
leaves such a block never comes back to it, since it would have to go against the
order. Leaves that the same boxes use can be one box as well, for nothing leads to them.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from itertools import compress, groupby
from typing import Any

from .contents import leaves_named, several
from .fold import Group, Groups
from .frames import Block, Frames, Path, Title
from .picture import labels_of
from .snapshot import Graph

__all__ = ["blocked", "gathered", "named"]

NONE = -1  # where a node stands in no block
ROW_OF_LEAVES = 6  # that a reader still takes in one by one


def gathered(
    graph: Graph, frames: Frames, closed: Collection[Path], few: int = ROW_OF_LEAVES
) -> tuple[Frames, set[Path]]:
    """Return frames with a block around leaves that have the same users, if many.

    Also returns the paths of what is then closed: what was, and the new blocks.
    """
    groups = Groups(frames, closed)
    alike: dict[tuple[Path, int | frozenset[int]], list[int]] = {}
    for leaf, theirs in _users(graph, groups).items():
        alike.setdefault((frames.paths[leaf], theirs), []).append(leaf)
    blocks: list[tuple[int, Block]] = []
    where = array("i", [NONE]) * len(frames.paths)
    for (path, _), leaves in alike.items():
        if len(leaves) > few:
            for leaf in leaves:
                where[leaf] = len(blocks)
            block = Block(leaves[0], leaves[-1], leaves_named(graph, leaves))
            blocks.append((len(path), block))
    made = _inserted(frames, where, blocks)
    return made, {*closed, *(made.paths[block.first] for _, block in blocks)}


def blocked(
    graph: Graph, frames: Frames, closed: Collection[Path], around: Path, count: int
) -> tuple[Frames, set[Path]]:
    """Return frames with the steps right inside one frame in blocks, and what is closed.

    There are `count` blocks of about as many boxes each. A leaf that several blocks use
    stands beside them.
    """
    found = Groups(frames, closed)
    numbers, keys, depth = found.numbers, found.keys, len(around)
    places = _shared_out(graph, frames, found, around, count)
    where = array("i", map(places.__getitem__, numbers))  # the block of each node
    calls: dict[int, list[str]] = {place: [] for place in dict.fromkeys(where)}
    folded = _folded(keys, numbers)
    for place, number in dict.fromkeys(
        compress(zip(where, numbers, strict=True), folded)
    ):
        calls[place].append("".join(frames.titles[_path_of(keys[number])]))
    labelled: dict[int, list[int]] = {place: [] for place in calls}
    for node, label in enumerate(graph.nodes.labels):
        if label:
            labelled[where[node]].append(node)
    calls.pop(NONE, None)
    blocks: list[tuple[int, Block]] = [(depth, Block(0, 0, ""))] * len(calls)
    for place, titles in calls.items():
        last = len(where) - 1 - where[::-1].index(place)
        title = named(graph, titles, labelled[place], place + 1)
        blocks[place] = depth, Block(where.index(place), last, title)
    made = _inserted(frames, where, blocks)
    shut = {made.paths[block.first][: depth + 1] for _, block in blocks}
    rows = compress(zip(numbers, where, range(len(where)), strict=True), folded)
    for (number, place), node in {(n, place): node for n, place, node in rows}.items():
        call = _path_of(keys[number])
        shut.add(made.paths[node][: len(call) + (place != NONE)])
    return made, shut


def _folded(keys: Sequence[Group], numbers: array[int]) -> bytes:
    """Return for each node 1 where it is in a folded call, else 0."""
    if isinstance(keys, range):
        return bytes(len(numbers))
    calls = bytes([isinstance(key, tuple) for key in keys])
    return bytes(map(calls.__getitem__, numbers))


def _path_of(group: Group) -> Path:
    """Return the path of a folded call."""
    assert isinstance(group, tuple)
    return group


def _users(graph: Graph, groups: Groups) -> dict[int, int | frozenset[int]]:
    """Return the groups that use each leaf that stands alone; the number where it is one."""
    numbers, keys, leaf = groups.numbers, groups.keys, graph.nodes.leaves
    users: dict[int, Any] = {
        i: -1 for i in compress(range(len(leaf)), leaf) if keys[numbers[i]] == i
    }
    alone = bytearray(len(leaf))
    for i in users:
        alone[i] = 1
    ends = zip(graph.edges.src, graph.edges.dst, strict=True)
    for src, dst in compress(ends, map(alone.__getitem__, graph.edges.src)):
        theirs, user = users[src], numbers[dst]
        if isinstance(theirs, set):
            theirs.add(user)
        elif theirs != user:
            users[src] = user if theirs < 0 else {theirs, user}
    return {i: frozenset(x) if isinstance(x, set) else x for i, x in users.items()}


def named(graph: Graph, calls: Sequence[str], nodes: Sequence[int], number: int) -> str:
    """Return the title of a block of steps: what it holds, or which part of them it is.

    `calls` are those in it, and `nodes` what it holds, or what of that has a label.

    >>> from dendrograd import Value
    >>> from dendrograd.viz import trace
    >>> graph = trace(Value(2.0) * 3)
    >>> named(graph, ["rk 0", "rk 1", "rk 2"], [], 1), named(graph, [], [0, 1], 2)
    ('rk 0 to rk 2', 'part 2')
    """
    results = [i for i in nodes if not graph.nodes.is_leaf(i)]
    names = calls or labels_of(graph.nodes.labels[i] for i in results)
    return several(names) if names else f"part {number}"


def _shared_out(
    graph: Graph, frames: Frames, groups: Groups, around: Path, count: int
) -> array[int]:
    """Return the block of each step right inside a frame, and of leaves that it alone uses.

    There is an entry for each group, by its number; NONE for others.
    """
    users, keys = _users(graph, groups), groups.keys
    steps = [
        number
        for number in groups.ordered(graph)
        if keys[number] not in users
        and (not around or _path(keys[number], frames)[: len(around)] == around)
    ]
    size = -(-len(steps) // count)
    block_of = array("i", [NONE]) * len(keys)
    for i, number in enumerate(steps):
        block_of[number] = i // size
    for leaf, theirs in users.items():
        some = theirs if isinstance(theirs, frozenset) else (theirs,)
        blocks = {block_of[user] if user >= 0 else NONE for user in some}
        if len(blocks) == 1:
            block_of[groups.numbers[leaf]] = blocks.pop()
    return block_of


def _path(group: Group, frames: Frames) -> Path:
    """Return the frames around a box."""
    return group[:-1] if isinstance(group, tuple) else frames.paths[group]


def _inserted(
    frames: Frames, where: array[int], blocks: Sequence[tuple[int, Block]]
) -> Frames:
    """Return frames in which some nodes stand in a block, at a depth of their path.

    `where` has the number of a block for each node, or NONE.
    """
    if not blocks:
        return frames
    paths: list[Path] = []
    made: dict[tuple[int, int], Path] = {}  # nodes of one frame share a path
    distinct: dict[tuple[int, int], Path] = {}
    for (key, place), run in groupby(zip(map(id, frames.paths), where, strict=True)):
        path, depth = frames.paths[len(paths)], NONE
        if place != NONE:
            depth, block = blocks[place]
            if (key, place) not in made:
                made[key, place] = (*path[:depth], block, *path[depth:])
            path = made[key, place]
        distinct.setdefault((id(path), depth), path)
        paths += [path] * len(list(run))
    titles: dict[Path, Title] = {}
    for (_, inner), path in distinct.items():
        at = inner if inner >= 0 else len(path)
        for depth in range(1, len(path) + 1):
            frame = path[:depth]
            if frame in titles:
                continue
            last = frame[-1]
            if isinstance(last, Block):
                titles[frame] = last.title, ""
            else:
                old = (*frame[:at], *frame[at + 1 :]) if depth > at else frame
                titles[frame] = frames.titles[old]
    return Frames(tuple(paths), titles)
