"""What is directly inside one box of a picture: a picture of that part of the graph.

A part is a set of nodes and the edges that touch it, so a box of a large tree is opened
without looking at the rest. What enters comes through a port for each arrow that ends at
the box outside; all that leaves goes to one port. Calls inside are one box each. Where
that is too much to read, calls or steps that follow each other are put into blocks of our
own, which open in turn; of the steps of a call only the largest paths are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dendrograd.sweeps import product

from .contents import contents
from .focus import largest_paths, restricted
from .fold import Group, ordered, totals
from .frames import Block, Frames, Path
from .fuse import fuse_sums
from .grouping import Grouping, Part
from .picture import Arrow, Box, Picture, box_of, called, labels_of, norm
from .snapshot import Graph
from .statements import lines_of

__all__ = ["Part", "everything", "opened", "parts"]

MOST = 24  # boxes that a reader takes in at once
COLUMN = 14  # leaves below each other
LANES = 12  # ports on a border
PATHS = 4  # that are drawn of a call with too many steps
REST = Block(0, 0, "the rest")


def parts(
    picture: Picture, nodes: Sequence[int], edges: Iterable[int], graph: Graph
) -> dict[int, Part]:
    """Return the part of the graph in each folded box of a picture, by box.

    `nodes` are those that `picture.places` tells the boxes of, and `edges` all that are
    inside the picture, by number.
    """
    inner: dict[int, Part] = {}
    held: dict[int, list[int]] = {
        box.id: [] for box in picture.boxes if box.kind == "call"
    }
    within: dict[int, list[int]] = {box: [] for box in held}
    place = dict(zip(nodes, picture.places, strict=True))
    for node, number in place.items():
        if number in held:
            held[number].append(node)
    src, dst = graph.edges.src, graph.edges.dst
    for i in edges:
        number = place[dst[i]]
        if number in within and place[src[i]] == number:
            within[number].append(i)
    into, out = picture.into(), picture.out()
    for number, some in held.items():
        frame = picture.boxes[number].frame
        inner[number] = Part(
            some,
            sum(not isinstance(one, Block) for one in frame),
            within[number],
            _ports(picture, into[number]),
            [i for arrow in out[number] for i in arrow.edges],
            isinstance(frame[-1], Block),
        )
    return inner


def _ports(
    picture: Picture, arrows: Sequence[Arrow]
) -> list[tuple[str, Sequence[int]]]:
    """Return where arrows enter a part: all together where there are many."""
    if len(arrows) <= LANES:
        return [(picture.boxes[a.src].spoken, a.edges) for a in arrows]
    return [(f"{len(arrows)} boxes", [i for a in arrows for i in a.edges])]


def everything(graph: Graph) -> Part:
    """Return the part that is the whole graph."""
    nodes, edges = range(len(graph.nodes)), range(len(graph.edges))
    return Part(nodes, 0, edges, [], [], False)


def opened(graph: Graph, scopes: Frames, part: Part, whole: bool = False) -> Picture:
    """Return the picture of a part, in which the boxes of kind "port" are its borders.

    With `whole` nothing is cut off, whatever the part: there are blocks instead. `scopes` tells the frames around each node of the graph. In the picture that comes back,
    `places` tells the boxes of the nodes of the part, in their order.
    """
    builder = PartBuilder(graph, scopes, part)
    if not part.within and len(part.nodes) > COLUMN:
        for calls in (True, False):  # parameters may lie in frames of their own
            alike = [g for g in builder.order if isinstance(g, tuple) is calls]
            if len(alike) > COLUMN:
                builder.block(builder.chunks(alike, COLUMN))
        return builder.picture()
    few = MOST + len(part.ports) + 1
    if builder.count() <= 2 * MOST and len((made := builder.fused(few)).boxes) <= few:
        return made
    before = builder.blocks
    builder.block(builder.alike())
    if builder.count() <= 2 * MOST and len((made := builder.fused(few)).boxes) <= few:
        return made
    calls = any(isinstance(group, tuple) for group in builder.order)
    if whole or part.block or calls:
        builder.block(builder.rows())
        builder.block(builder.alike())
        return builder.picture()
    builder.blocks = before
    return builder.largest(few)


class PartBuilder(Grouping):
    """Draws the picture of a part."""

    def fused(self, few: int) -> Picture:
        """Return the picture, with its sums melted if it has more than a few boxes."""
        made = self._raw()
        return self._finished(fuse_sums(made) if len(made.boxes) > few else made)

    def picture(self) -> Picture:
        """Return the picture as it is."""
        return self._finished(self._raw())

    def largest(self, few: int) -> Picture:
        """Return the picture of the largest paths through the part, and its borders."""
        self.blocks |= dict.fromkeys(self.weak(), (REST,))
        whole = fuse_sums(self._raw())
        weak = {box.id for box in whole.boxes if box.frame[-1:] == (REST,)}
        borders = {box.id for box in whole.boxes if box.kind == "port"}
        if self.graph.root.id in self.groups:
            borders.add(whole.places[-1])  # the root is the last node
        fed = {arrow.dst for arrow in whole.arrows} | weak
        ends = [box.id for box in whole.boxes if box.id not in fed]
        paths = [
            path
            for path in largest_paths(whole, 2 * PATHS, ends)
            if weak.isdisjoint(a.dst for a in path)
        ][:PATHS]
        cut = restricted(whole, borders)
        for count in range(len(paths), 0, -1):
            keep = borders.union(*({a.src, a.dst} for p in paths[:count] for a in p))
            cut = restricted(whole, keep)
            if len(cut.boxes) <= few:
                break
        return self._finished(cut)

    def _raw(self) -> Picture:
        """Return the picture with all borders; its root is the one where all goes out."""
        at = {node: self.inner(node) for node in self.groups}
        members: dict[Group, list[int]] = {}
        for node, group in at.items():
            members.setdefault(group, []).append(node)
        merged, within, used = self._edges(at)
        order = self.order
        if self.blocks:
            first = {group: some[0] for group, some in members.items()}
            pairs = {(a, b) for a, b, *_ in merged if a in first and b in first}
            order = ordered(first, pairs)
        borders: list[Group] = [~k for k in range(len(self.part.ports))]
        number = {g: k for k, g in enumerate([*borders, *order, self.sink])}
        outputs = {g: [i for i in some if i in used] for g, some in members.items()}
        sweeps = {
            g: totals(outputs[g][0], within.get(g, ()), self.graph.edges)
            for g, some in members.items()
            if len(outputs[g]) == 1 and len(some) > 1
        }
        arrows = [
            self._arrow(key, some, number, sweeps, outputs)
            for key, some in merged.items()
        ]
        end = number[self.sink]
        leaving = sum(arrow.contribution for arrow in arrows if arrow.dst == end)
        boxes = [
            *self._entries(),
            *(self._box(g, members[g], outputs[g], number[g]) for g in order),
            Box(end, "port", "outside", "out", None, None, leaving, (), 0),
        ]
        depth, titles = self.part.depth, self.scopes.titles
        inner = {frame[depth:]: titles[frame] for frame in self.open}
        arrows.sort(key=lambda arrow: arrow.dst)
        spots = tuple([number[group] for group in at.values()])
        return Picture(tuple(boxes), tuple(arrows), inner, (), end, spots)

    def _edges(
        self, at: Mapping[int, Group]
    ) -> tuple[dict[tuple[Group, ...], list[int]], dict[Group, list[int]], set[int]]:
        """Return the edges of each arrow, those inside each group, and what is used."""
        src, dst = self.graph.edges.src, self.graph.edges.dst
        merged: dict[tuple[Group, ...], list[int]] = {}
        within: dict[Group, list[int]] = {}
        used = {src[i] for i in self.part.out}
        for i in self.entering:
            merged.setdefault((self.outside[src[i]], at[dst[i]]), []).append(i)
        for i in self.part.within:
            a, b = at[src[i]], at[dst[i]]
            if a == b:
                within.setdefault(a, []).append(i)
                continue
            used.add(src[i])
            folded = isinstance(a, tuple) or isinstance(b, tuple)
            ends = (a, b) if folded else (a, b, self.graph.edges.slot(i))
            merged.setdefault(ends, []).append(i)
        for i in self.part.out:
            merged.setdefault((at[src[i]], self.sink), []).append(i)
        root = self.graph.root.id
        if root in at:
            used.add(root)
            merged[at[root], self.sink] = []
        return merged, within, used

    def _entries(self) -> list[Box]:
        """Return the boxes of what comes in."""
        made = []
        for k, (name, crossing) in enumerate(self.part.ports):
            edges = self.graph.edges
            sources = {edges.src[i] for i in crossing}
            data = self.graph.nodes[sources.pop()].data if len(sources) == 1 else None
            total = sum(map(edges.contribution, crossing))
            made.append(Box(k, "port", name, "in", data, None, total, (), 0))
        return made

    def _box(
        self, group: Group, members: Sequence[int], outputs: Sequence[int], number: int
    ) -> Box:
        nodes, depth = self.graph.nodes, self.part.depth
        if not isinstance(group, tuple):
            around = self._around(self.scopes.paths[group])
            return box_of(nodes.make(group), number, around)
        leaves = [i for i in members if nodes.is_leaf(i)]
        one = self.graph.nodes[outputs[0]] if len(outputs) == 1 else None
        last = group[-1]
        ours = isinstance(last, Block)
        title = (
            last.title
            if isinstance(last, Block)
            else "".join(self.scopes.titles[group])
        )
        return Box(
            number,
            "call",
            called(title, [nodes.make(i) for i in outputs if nodes.labels[i]]),
            lines_of(group)
            or contents(
                self.graph, self.scopes, members, depth + len(group) * (not ours)
            ),
            one.data if one else None,
            one.grad if one else None,
            one.adjoint if one else None,
            () if ours else group[depth:-1],
            nodes=len(members),
            parameters=len(leaves),
            norm=norm(nodes.adjoints[i] for i in leaves),
            outputs=len(outputs),
            frame=(*self.scopes.paths[members[0]][:depth], *group) if ours else group,
            node=one,
            own=norm(nodes.grads[i] for i in leaves),
            held=labels_of(nodes.labels[i] for i in members),
        )

    def _around(self, path: Path) -> Path:
        """Return the frames of the part that stay open around a node with this path."""
        if not self.open:
            return ()
        inner = range(self.part.depth + 1, len(path) + 1)
        return path[
            self.part.depth : max(
                (d for d in inner if path[:d] in self.open), default=0
            )
        ]

    def _arrow(
        self,
        key: tuple[Group, ...],
        some: Sequence[int],
        number: Mapping[Group, int],
        sweeps: Mapping[Group, Mapping[int, float]],
        outputs: Mapping[Group, Sequence[int]],
    ) -> Arrow:
        """Return the arrow of some edges; () is the gradient 1 that the root has."""
        group = key[1]
        if len(some) == 1 and isinstance(group, int) and group != self.sink:
            edge = self.graph.edges[some[0]]
            ends = number[key[0]], number[group]
            return Arrow(*ends, edge.local, edge.contribution, 1, False, tuple(some))
        edges = self.graph.edges
        single = len({edges.src[i] for i in some}) <= 1
        local: float | None = None
        if group == self.sink:
            local = 1.0 if len(outputs[key[0]]) == 1 else None
        elif single and len(outputs[group]) == 1:
            bar = sweeps.get(group, {outputs[group][0]: 1.0})
            local = float(sum([self._term(i, bar) for i in some]))
        total = sum(map(edges.contribution, some)) if some else 1.0
        return Arrow(
            number[key[0]],
            number[group],
            local,
            total,
            max(1, len(some)),
            edges=tuple(some),
        )

    def _term(self, edge: int, bar: Mapping[int, float]) -> float:
        """Return d output / d source along one edge into a group."""
        edges = self.graph.edges
        return float(product(edges.local[edge], bar.get(edges.dst[edge], 0.0)))

    def _finished(self, picture: Picture) -> Picture:
        """Return the picture without the border that the root would go out at."""
        if self.graph.root.id not in self.groups:
            return replace(picture, root=-1)
        sink = picture.root
        lost = {
            a.src
            for a in picture.arrows
            if a.dst == sink and picture.boxes[a.src].kind == "rest"
        }
        lost.add(sink)
        kept = [box for box in picture.boxes if box.id not in lost]
        number = {box.id: k for k, box in enumerate(kept)}
        spots = picture.moved(number)
        return replace(
            picture,
            boxes=tuple([replace(box, id=number[box.id]) for box in kept]),
            arrows=tuple(
                [
                    replace(a, src=number[a.src], dst=number[a.dst])
                    for a in picture.arrows
                    if a.src in number and a.dst in number
                ]
            ),
            root=spots[-1],  # the last node
            places=spots,
        )
