"""Frames of our own, where a picture has too many boxes and no calls that could fold.

Steps that follow each other in topological order can always be one box: a path that
leaves such a block never comes back to it, since it would have to go against the
order. Leaves that the same boxes use can be one box as well, for nothing leads to them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import compress
from typing import Any

from .contents import leaves_named, several
from .fold import Group, Groups
from .frames import Block, Frames, Path, Title
from .picture import labels_of
from .snapshot import Graph

__all__ = ["blocked", "gathered", "named"]

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
    inside: dict[int, Block] = {}
    for leaves in alike.values():
        if len(leaves) > few:
            block = Block(leaves[0], leaves[-1], leaves_named(graph, leaves))
            inside |= dict.fromkeys(leaves, block)
    made = _inserted(frames, {i: (len(frames.paths[i]), b) for i, b in inside.items()})
    return made, {*closed, *(made.paths[i] for i in inside)}


def blocked(
    graph: Graph, frames: Frames, closed: Collection[Path], around: Path, count: int
) -> tuple[Frames, set[Path]]:
    """Return frames with the steps right inside one frame in blocks, and what is closed.

    There are `count` blocks of about as many boxes each. A leaf that several blocks use
    stands beside them.
    """
    found = Groups(frames, closed)
    groups = [found.keys[number] for number in found.numbers]
    depth = len(around)
    block_of = _shared_out(graph, frames, found, around, count)
    members: dict[int, list[int]] = {}
    for node, number in enumerate(found.numbers):
        if number in block_of:
            members.setdefault(block_of[number], []).append(node)
    inside: dict[int, tuple[int, Block]] = {}
    for number, some in members.items():
        calls = dict.fromkeys(g for i in some if isinstance(g := groups[i], tuple))
        names = ["".join(frames.titles[call]) for call in calls]
        title = named(graph, names, some, number + 1)
        block = Block(some[0], some[-1], title)
        inside |= dict.fromkeys(some, (depth, block))
    made = _inserted(frames, inside)
    blocks = {made.paths[node][: depth + 1] for node in inside}
    folded = {
        made.paths[node][: len(group) + (node in inside)]
        for node, group in enumerate(groups)
        if isinstance(group, tuple)
    }
    return made, blocks | folded


def _users(graph: Graph, groups: Groups) -> dict[int, int | frozenset[int]]:
    """Return the groups that use each leaf that stands alone; the number where it is one."""
    numbers, keys, leaf = groups.numbers, groups.keys, graph.nodes.leaves
    users: dict[int, Any] = {
        i: -1 for i in compress(range(len(leaf)), leaf) if keys[numbers[i]] == i
    }
    for src, dst in zip(graph.edges.src, graph.edges.dst, strict=True):
        if src in users:
            theirs, user = users[src], numbers[dst]
            if isinstance(theirs, set):
                theirs.add(user)
            elif theirs != user:
                users[src] = user if theirs < 0 else {theirs, user}
    return {i: frozenset(x) if isinstance(x, set) else x for i, x in users.items()}


def named(graph: Graph, calls: Sequence[str], nodes: Sequence[int], number: int) -> str:
    """Return the title of a block of steps: what it holds, or which part of them it is.

    `calls` are those in it, and `nodes` all that it holds.

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
) -> dict[int, int]:
    """Return the block of each step right inside a frame, and of leaves that it alone uses.

    Steps and leaves are the numbers of their groups.
    """
    users, keys = _users(graph, groups), groups.keys
    steps = [
        number
        for number in groups.ordered(graph)
        if _path(keys[number], frames)[: len(around)] == around
        and keys[number] not in users
    ]
    size = -(-len(steps) // count)
    block_of = {number: i // size for i, number in enumerate(steps)}
    for leaf, theirs in users.items():
        some = theirs if isinstance(theirs, frozenset) else (theirs,)
        blocks = {block_of.get(user, -1) for user in some}
        if len(blocks) == 1 and -1 not in blocks:
            block_of[groups.numbers[leaf]] = blocks.pop()
    return block_of


def _path(group: Group, frames: Frames) -> Path:
    """Return the frames around a box."""
    return group[:-1] if isinstance(group, tuple) else frames.paths[group]


def _inserted(frames: Frames, blocks: Mapping[int, tuple[int, Block]]) -> Frames:
    """Return frames in which some nodes stand in a block, at a depth of their path."""
    if not blocks:
        return frames
    paths = list(frames.paths)
    made: dict[tuple[int, int, int], Path] = {}  # nodes of one frame share a path
    for node, (depth, block) in blocks.items():
        key = id(frames.paths[node]), depth, id(block)
        if key not in made:
            path = frames.paths[node]
            made[key] = (*path[:depth], block, *path[depth:])
        paths[node] = made[key]
    titles: dict[Path, Title] = {}
    distinct: dict[tuple[int, int], Path] = {}
    for node, path in enumerate(paths):
        at = blocks[node][0] if node in blocks else -1
        distinct.setdefault((id(path), at), path)
    for (_, where), path in distinct.items():
        at = where if where >= 0 else len(path)
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
