"""Frames of our own, where a picture has too many boxes and no calls that could fold.

Steps that follow each other in topological order can always be one box: a path that
leaves such a block never comes back to it, since it would have to go against the
order. Leaves that the same boxes use can be one box as well, for nothing leads to them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .fold import Group, grouped, sorted_groups
from .frames import Block, Frames, Path
from .snapshot import Graph

__all__ = ["blocked", "gathered", "named"]

ROW_OF_LEAVES = 6  # that a reader still takes in one by one


def gathered(
    graph: Graph, frames: Frames, closed: Collection[Path], few: int = ROW_OF_LEAVES
) -> tuple[Frames, set[Path]]:
    """Return frames with a block around leaves that have the same users, if many.

    Also returns the paths of what is then closed: what was, and the new blocks.
    """
    groups = grouped(frames, closed)
    users: dict[int, dict[Group, None]] = {
        node.id: {}
        for node in graph.nodes
        if node.is_leaf and groups[node.id] == node.id
    }
    for edge in graph.edges:
        if edge.src in users:
            users[edge.src][groups[edge.dst]] = None
    alike: dict[tuple[Path, frozenset[Group]], list[int]] = {}
    for leaf, theirs in users.items():
        alike.setdefault((frames.paths[leaf], frozenset(theirs)), []).append(leaf)
    inside: dict[int, Block] = {}
    for leaves in alike.values():
        if len(leaves) > few:
            first, last = graph.nodes[leaves[0]].name, graph.nodes[leaves[-1]].name
            block = Block(leaves[0], leaves[-1], f"{first} … {last}")
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
    groups = grouped(frames, closed)
    depth = len(around)
    block_of = _shared_out(graph, frames, groups, around, count)
    members: dict[int, list[int]] = {}
    for node, group in enumerate(groups):
        if group in block_of:
            members.setdefault(block_of[group], []).append(node)
    inside: dict[int, tuple[int, Block]] = {}
    for number, some in enumerate(members.values(), 1):
        calls = dict.fromkeys(g for i in some if isinstance(g := groups[i], tuple))
        title = named(["".join(frames.titles[call]) for call in calls], number)
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


def named(calls: Sequence[str], number: int) -> str:
    """Return the title of a block: the calls in it, or which part of the steps it is.

    >>> named(["rk 0", "rk 1", "rk 2"], 1), named([], 2)
    ('rk 0 to rk 2', 'part 2')
    """
    if not calls:
        return f"part {number}"
    return calls[0] if len(calls) == 1 else f"{calls[0]} to {calls[-1]}"


def _shared_out(
    graph: Graph, frames: Frames, groups: Sequence[Group], around: Path, count: int
) -> dict[Group, int]:
    """Return the block of each step right inside a frame, and of leaves that it alone uses."""
    leaves = {n.id for n in graph.nodes if n.is_leaf and groups[n.id] == n.id}
    steps = [
        group
        for group in sorted_groups(groups, graph.edges)
        if _path(group, frames)[: len(around)] == around and group not in leaves
    ]
    size = -(-len(steps) // count)
    block_of = {group: i // size for i, group in enumerate(steps)}
    users: dict[int, set[int]] = {leaf: set() for leaf in leaves}
    for edge in graph.edges:
        if edge.src in users:
            users[edge.src].add(block_of.get(groups[edge.dst], -1))
    for leaf, blocks in users.items():
        if len(blocks) == 1 and -1 not in blocks:
            block_of[leaf] = blocks.pop()
    return block_of


def _path(group: Group, frames: Frames) -> Path:
    """Return the frames around a box."""
    return group[:-1] if isinstance(group, tuple) else frames.paths[group]


def _inserted(frames: Frames, blocks: Mapping[int, tuple[int, Block]]) -> Frames:
    """Return frames in which some nodes stand in a block, at a depth of their path."""
    paths = list(frames.paths)
    for node, (depth, block) in blocks.items():
        paths[node] = (*paths[node][:depth], block, *paths[node][depth:])
    titles = {}
    for node, path in enumerate(paths):
        at = blocks[node][0] if node in blocks else len(path)
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
