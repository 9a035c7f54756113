"""A graph in which some nodes share a box, as arrays; boxes and arrows are made when asked.

The boxes of a graph of a million nodes may be as many, of which a picture shows a few.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any

from dendrograd.passes import totals
from dendrograd.sweeps import product

from .contents import contents
from .frames import Frames, Path
from .nodes import Edge, Made
from .picture import (
    Arrow,
    Box,
    Picture,
    box_of,
    called,
    labels_of,
    norm,
)
from .snapshot import Graph
from .stale import numpy

__all__ = ["Folded", "Group", "Large", "by_source"]

Group = Path | int  # a folded frame, or the number of a node that stands alone
SEVERAL = -1  # outputs of a box


class Folded:
    """The boxes and arrows of a fold.

    places  the number of the box that each node is in
    keys    the group that each box holds
    ends    the one output of each box, SEVERAL where there are more
    src     for each arrow the box that it leaves; dst: where it ends; it rises
    runs    the one edge that an arrow stands for, or ~i for those of bundles[i]
    """

    def __init__(
        self, graph: Graph, frames: Frames, places: array[int], keys: Sequence[Group]
    ) -> None:
        self.graph, self.frames = graph, frames
        self.places, self.keys = places, keys
        self.bundles: list[list[int]] = []
        self.members: dict[int, list[int]] = {
            i: [] for i, key in enumerate(keys) if isinstance(key, tuple)
        }
        self.src: Sequence[int] = graph.edges.src
        self.dst: Sequence[int] = graph.edges.dst
        self.runs: Sequence[int] = range(len(self.src))
        if len(keys) < len(places) or self.members:
            self._read()
            self._bundle()

    def _read(self) -> None:
        """Find the members of each folded box, and the outputs of all boxes."""
        places, edges = self.places, self.graph.edges
        members = self.members
        for node, place in enumerate(places):
            if place in members:
                members[place].append(node)
        self.used = bytearray(len(places))
        for a, b in zip(edges.src, edges.dst, strict=True):
            if places[a] != places[b]:
                self.used[a] = 1
        self.used[-1] = 1  # the root
        self.outputs = {
            place: [node for node in some if self.used[node]]
            for place, some in members.items()
        }
        self.bars: Sequence[float] = ()
        if members:
            ends = array("i", [0]) * len(self.keys)
            for node, place in enumerate(places):
                ends[place] = node
            for place, some in self.outputs.items():
                ends[place] = some[0] if len(some) == 1 else SEVERAL
            self.bars = totals(self.graph.flat, places, ends)

    def _bundle(self) -> None:
        """Find the arrows: all edges from one box into a folded one are one.

        So are all from a folded one of several outputs.
        """
        edges, places, members = self.graph.edges, self.places, self.members
        several = {place for place, some in self.outputs.items() if len(some) > 1}
        known: dict[tuple[int, int], int] = {}
        src, dst, runs = array("i"), array("i"), array("i")
        for i, (x, y) in enumerate(zip(edges.src, edges.dst, strict=True)):
            a, b = places[x], places[y]
            if a == b:
                continue
            if b in members or a in several:
                at = known.setdefault((a, b), len(self.bundles))
                if at < len(self.bundles):
                    self.bundles[at].append(i)
                    continue
                self.bundles.append([i])
                runs.append(~at)
            else:
                runs.append(i)
            src.append(a)
            dst.append(b)
        order = sorted(range(len(dst)), key=dst.__getitem__)
        self.src, self.dst, self.runs = (
            array("i", [some[i] for i in order]) for some in (src, dst, runs)
        )

    def box(self, number: int) -> Box:
        """Return a box."""
        graph, key = self.graph, self.keys[number]
        if not isinstance(key, tuple):
            return box_of(graph.nodes.make(key), number, self.frames.paths[key])
        members, outputs = self.members[number], self.outputs[number]
        one = graph.nodes.make(outputs[0]) if len(outputs) == 1 else None
        leaves = [node for node in members if graph.nodes.is_leaf(node)]
        named = [graph.nodes.make(i) for i in outputs if graph.nodes.labels[i]]
        name, turn = self.frames.titles[key]
        return Box(
            number,
            "call",
            called(name + turn, named),
            contents(graph, self.frames, members, len(key)),
            one.data if one else None,
            one.grad if one else None,
            one.adjoint if one else None,
            key[:-1],
            nodes=len(members),
            parameters=len(leaves),
            norm=norm(graph.nodes.adjoints[leaf] for leaf in leaves),
            outputs=len(outputs),
            frame=key,
            node=one,
            own=norm(graph.nodes.grads[leaf] for leaf in leaves),
            held=labels_of(graph.nodes.labels[i] for i in members),
        )

    def edges(self, arrow: int) -> list[int]:
        """Return the edges that an arrow stands for."""
        run = self.runs[arrow]
        return [run] if run >= 0 else self.bundles[~run]

    def arrow(self, number: int) -> Arrow:
        """Return an arrow."""
        numbers = self.edges(number)
        some = [self.graph.edges.make(i) for i in numbers]
        return Arrow(
            self.src[number],
            self.dst[number],
            self._local(some, self.dst[number]),
            sum(edge.contribution for edge in some),
            len(some),
            edges=tuple(numbers),
        )

    def _local(self, edges: Sequence[Edge], box: int) -> float | None:
        """Return d output of a box / d the one node that all the edges come from."""
        if box not in self.members:
            return (
                float(sum([edge.local for edge in edges])) if _single(edges) else None
            )
        if len(self.outputs[box]) != 1 or not _single(edges):
            return None
        return float(sum([product(e.local, self.bars[e.dst]) for e in edges]))

    def sizes(self) -> Sequence[float]:
        """Return the share of a gradient at its end that each arrow passes on, as a size.

        That of an arrow without a local derivative is its part of what leaves its end.
        """
        local, bundles = self.graph.edges.local, self.bundles
        if isinstance(self.runs, range):  # each arrow is an edge
            slopes = map(abs, local)
            return array(
                "d", (x if x < math.inf else 1e300 if x > 0 else 0.0 for x in slopes)
            )
        made = {~i: self.arrow(at) for at, i in enumerate(self.runs) if i < 0}
        flow: list[float] = []
        if any(arrow.local is None for arrow in made.values()):
            flow = self._flows(made)
        found = array("d")
        for run, dst in zip(self.runs, self.dst, strict=True):
            arrow = made[~run] if bundles and run < 0 else None
            one = local[run] if arrow is None else arrow.local
            if one is None and arrow is not None:
                one = arrow.contribution / flow[dst] if flow[dst] else 0.0
            size = abs(one or 0.0)
            found.append(size if size < math.inf else 1e300 if size > 0 else 0.0)
        return found

    def _flows(self, made: Mapping[int, Arrow]) -> list[float]:
        """Return the size of all that leaves each box, and 1 more for the root."""
        edges, adjoints = self.graph.edges, self.graph.nodes.adjoints
        flow = [0.0] * len(self.keys)
        flow[self.places[-1]] = 1.0
        for src, run in zip(self.src, self.runs, strict=True):
            if run < 0:
                given = made[~run].contribution
            else:
                given = product(edges.local[run], adjoints[edges.dst[run]])
            if math.isfinite(given):
                flow[src] += abs(given)
        return flow

    def picture(self, notes: tuple[str, ...], titles: Any) -> Picture:
        """Return the picture of all boxes; where they are many, they are made when asked."""
        boxes, arrows = Boxes(self), Arrows(self)
        root = self.places[-1]
        if len(boxes) > MANY:
            return Large(boxes, arrows, titles, notes, root, self.places, self)  # type: ignore[arg-type]
        return Picture(
            tuple(boxes), tuple(arrows), titles, notes, root, tuple(self.places)
        )

    @cached_property
    def leaving(self) -> tuple[array[int], Sequence[int]]:
        """Where the arrows that leave each box start in an order, and that order."""
        return by_source(self.src, len(self.keys))


MANY = 2_000  # boxes that are not made before they are asked for


def _single(edges: Sequence[Edge]) -> bool:
    return len({edge.src for edge in edges}) == 1


def by_source(src: Sequence[int], count: int) -> tuple[array[int], Sequence[int]]:
    """Return arrows sorted by their source, and where those of each of the boxes start.

    >>> starts, order = by_source(array("i", [1, 0, 1]), 3)
    >>> list(starts), list(order)
    ([0, 1, 3, 3], [1, 0, 2])
    """
    np = numpy()
    starts, order = array("i"), array("i")
    if np is not None:
        given = np.frombuffer(src, dtype="i") if len(src) else np.zeros(0, "i")
        order.frombytes(np.argsort(given, kind="stable").astype("i").tobytes())
        sizes = np.bincount(given, minlength=count)
        starts.frombytes(np.concatenate([[0], np.cumsum(sizes)]).astype("i").tobytes())
        return starts, order
    counts = [0] * (count + 1)
    for a in src:
        counts[a + 1] += 1
    order.extend(sorted(range(len(src)), key=src.__getitem__))
    return array("i", accumulate(counts)), order


class Boxes(Made):
    """The boxes of a fold, made when they are asked for; all at once, they are kept."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.made: tuple[Any, ...] | None = None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.folded.keys)

    def make(self, index: int) -> Any:
        """Return the one of a number."""
        return self.folded.box(index)

    def __iter__(self) -> Iterator[Any]:
        """Yield each."""
        if self.made is None:
            self.made = tuple(super().__iter__())
        return iter(self.made)


class Arrows(Boxes):
    """The arrows of a fold."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.folded.src)

    def make(self, index: int) -> Any:
        """Return the one of a number."""
        return self.folded.arrow(index)


@dataclass(frozen=True)
class Beside:
    """The arrows at each box, made when they are asked for."""

    arrows: Callable[[int], list[Arrow]]

    def __getitem__(self, box: int) -> list[Arrow]:
        """Return the arrows at a box."""
        return self.arrows(box)


@dataclass(frozen=True, slots=True)
class Large(Picture):
    """A picture of so many boxes that each is made when it is asked for."""

    folded: Folded = field(compare=False, repr=False)

    def into(self) -> Any:
        """Return for each box the arrows that end at it."""
        folded = self.folded

        def ending(box: int) -> list[Arrow]:
            start = bisect_left(folded.dst, box)
            end = bisect_left(folded.dst, box + 1, lo=start)
            return list(map(folded.arrow, range(start, end)))

        return Beside(ending)

    def out(self) -> Any:
        """Return for each box the arrows that leave it."""
        folded = self.folded

        def leaving(box: int) -> list[Arrow]:
            starts, order = folded.leaving
            return [folded.arrow(i) for i in order[starts[box] : starts[box + 1]]]

        return Beside(leaving)
