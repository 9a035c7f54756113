"""The nodes of one part of a graph in groups: calls, single nodes, and blocks of ours."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .blocks import ROW_OF_LEAVES, named
from .contents import leaves_named
from .fold import Group, entangled, ordered
from .frames import Block, Frames, Path
from .snapshot import Graph

__all__ = ["Grouping", "Part"]

LEAST = 8  # boxes in a block
BLOCKS = 8  # that a part is cut into where it has too many boxes
SOURCES = 24  # operands among which the largest paths are sought


@dataclass(frozen=True, slots=True)
class Part:
    """The nodes in one box of a picture, by number, and the edges that touch them.

    depth   how many frames around them the user knows; blocks of ours do not count
    within  edges from one of the nodes to another, by number
    ports   for each arrow into the box the name of its source, and its edges; one for
            all where there are many
    out     edges that leave; none where the root is inside
    block   whether it is a block of ours and no call
    """

    nodes: Sequence[int]
    depth: int
    within: Sequence[int]
    ports: Sequence[tuple[str, Sequence[int]]]
    out: Sequence[int]
    block: bool


class Grouping:
    """Decides which nodes of a part share a box.

    blocks  for each group that stands in a block of ours: that block, as a path
    open    frames that cannot be one box, since they were left and entered again
    """

    def __init__(self, graph: Graph, scopes: Frames, part: Part) -> None:
        self.graph, self.scopes, self.part = graph, scopes, part
        self.sink = len(graph.nodes)
        self.blocks: dict[Group, Path] = {}
        self.open: set[Path] = set()
        self.outside: dict[int, int] = {}
        for k, (_, crossing) in enumerate(part.ports):
            self.outside |= dict.fromkeys([graph.edges[i].src for i in crossing], ~k)
        self.entering = [i for _, crossing in part.ports for i in crossing]
        while True:
            self.groups = self._grouped()
            self.first: dict[Group, int] = {}
            for node, group in self.groups.items():
                self.first.setdefault(group, node)
            self.order = ordered(self.first, pairs := self._pairs())
            if len(self.order) == len(self.first):
                break
            self.open.add(entangled(pairs))

    def _grouped(self) -> dict[int, Group]:
        """Return for each node the call right inside the part, or its number."""
        paths, depth = self.scopes.paths, self.part.depth
        return {
            i: self._closed(i, paths[i], depth) if len(paths[i]) > depth else i
            for i in self.part.nodes
        }

    def _closed(self, node: int, path: Path, depth: int) -> Group:
        if not self.open:
            return path[: depth + 1]
        for end in range(depth + 1, len(path) + 1):
            if path[:end] not in self.open:
                return path[:end]
        return node

    def _pairs(self) -> set[tuple[Group, Group]]:
        edges, groups = self.graph.edges, self.groups
        return {(groups[edges[i].src], groups[edges[i].dst]) for i in self.part.within}

    def inner(self, node: int) -> Group:
        """Return the group of a node of the part, or the block that it stands in."""
        group = self.groups[node]
        return self.blocks.get(group, group)

    def count(self) -> int:
        """Return how many boxes there are, borders aside."""
        return len({self.blocks.get(group, group) for group in self.order})

    # Blocks of ours

    def block(self, blocks: Mapping[Group, Block]) -> None:
        """Put groups into blocks."""
        self.blocks = self.blocks | {group: (block,) for group, block in blocks.items()}

    def chunks(self, groups: Sequence[Group], least: int) -> dict[Group, Block]:
        """Return blocks of about as many of these groups each, in their order."""
        size = max(min(least, -(-len(groups) // 2)), -(-len(groups) // BLOCKS))
        block_of: dict[Group, Block] = {}
        for start in range(0, len(groups), size):
            some = groups[start : start + size]
            if len(some) > 1:
                block = self._named(some, start // size + 1)
                block_of |= dict.fromkeys(some, block)
        return block_of

    def _named(self, groups: Sequence[Group], number: int = 1) -> Block:
        """Return a block whose title tells what some groups are."""
        first, last = self.first[groups[0]], self.first[groups[-1]]
        nodes = self.graph.nodes
        alone = [g for g in groups if isinstance(g, int)]
        if len(alone) == len(groups) and all(map(nodes.is_leaf, alone)):
            return Block(first, last, leaves_named(self.graph, alone))
        calls = ["".join(self.scopes.titles[g]) for g in groups if isinstance(g, tuple)]
        return Block(first, last, named(self.graph, calls, alone, number))

    def rows(self) -> dict[Group, Block]:
        """Return blocks of steps that follow each other, with the leaves of each alone."""
        leaves = set(self.leaves())
        block_of = self.chunks([g for g in self.order if g not in leaves], LEAST)
        for leaf, users in self.leaves().items():
            blocks = {block_of.get(user) for user in users}
            if len(blocks) == 1 and (block := blocks.pop()):
                block_of[leaf] = block
        return block_of

    def alike(self) -> dict[Group, Block]:
        """Return blocks of leaves that have the same users, where there are many."""
        block_of: dict[Group, Block] = {}
        alike: dict[frozenset[Group], list[Group]] = {}
        for leaf, users in self.leaves().items():
            if leaf not in self.blocks:
                at = frozenset(self.blocks.get(user, user) for user in users)
                alike.setdefault(at, []).append(leaf)
        for leaves in alike.values():
            if len(leaves) > ROW_OF_LEAVES:
                block_of |= dict.fromkeys(leaves, self._named(leaves))
        return block_of

    def leaves(self) -> dict[int, set[Group]]:
        """Return the users of each leaf that stands alone."""
        groups, edges, nodes = self.groups, self.graph.edges, self.graph.nodes
        users: dict[int, set[Group]] = {
            i: set() for i in self.part.nodes if nodes[i].is_leaf and groups[i] == i
        }
        for i in self.part.within:
            if edges[i].src in users:
                users[edges[i].src].add(groups[edges[i].dst])
        for i in self.part.out:
            if edges[i].src in users:
                users[edges[i].src].add(self.sink)
        return users

    def weak(self) -> list[Group]:
        """Return the nodes that nothing computes from the largest operands.

        They are a box that is cut off at once, so that paths are sought among few. What
        is computed from a strong operand is kept, so nothing kept leads to that box.
        """
        edges, nodes = self.graph.edges, self.graph.nodes
        incoming = [i for i in self.part.within if nodes[edges[i].src].is_leaf]
        strong = heapq.nlargest(
            SOURCES,
            [*self.entering, *incoming],
            key=lambda i: (abs(edges[i].contribution), -i),
        )
        kept = {edges[i].dst for i in strong} | {edges[i].src for i in strong}
        for i in self.part.within:  # by consumer: operands come first
            if edges[i].src in kept:
                kept.add(edges[i].dst)
        return [node for node in self.groups if node not in kept]
