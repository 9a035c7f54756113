"""A graph in which some nodes share a box, as arrays; boxes and arrows are made when asked."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from itertools import compress
from typing import Any

from dendrograd.passes import totals
from dendrograd.sweeps import product

from .contents import contents
from .frames import Frames, Path
from .large import Arrows, Boxes, Large, by_source
from .nodes import one_nan
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
from .statements import lines_of

__all__ = ["Folded", "Group", "summed"]

Group = Path | int  # a folded frame, or the number of a node that stands alone
SEVERAL = -1  # outputs of a box


class Folded:
    """The boxes and arrows of a fold.

    places  the number of the box that each node is in
    keys    the group that each box holds
    ends    the one output of each box, SEVERAL where there are more
    src     for each arrow the box that it leaves; dst: where it ends; it rises
    runs    the one edge that an arrow stands for, or ~i for those of bundles[i]
    signs   of the arrows into a sum of several nodes, where not 1; and of how many, by box
    sums
    """

    def __init__(
        self, graph: Graph, frames: Frames, places: array[int], keys: Sequence[Group]
    ) -> None:
        self.graph, self.frames = graph, frames
        self.places, self.keys = places, keys
        self.bundles: list[list[int]] = []
        self.signs: Mapping[int, float] = {}
        self.sums: Mapping[int, int] = {}
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
            box = box_of(graph.nodes.make(key), number, self.frames.paths[key])
            return summed(box, self.sums[number]) if number in self.sums else box
        members, outputs = self.members[number], self.outputs[number]
        one = graph.nodes.make(outputs[0]) if len(outputs) == 1 else None
        leaf = map(graph.nodes.leaves.__getitem__, members)
        leaves = list(compress(members, leaf))
        named = [graph.nodes.make(i) for i in outputs if graph.nodes.labels[i]]
        name, turn = self.frames.titles[key]
        return Box(
            number,
            "call",
            called(name + turn, named),
            lines_of(key) or contents(graph, self.frames, members, len(key)),
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
        some, edges = self.edges(number), self.graph.edges
        local = self._local(some, self.dst[number])
        if local is not None and number in self.signs:
            local *= self.signs[number]
        return Arrow(
            self.src[number],
            self.dst[number],
            local,
            sum(map(edges.contribution, some)),
            len(some),
            edges=tuple(some),
        )

    def _local(self, some: Sequence[int], box: int) -> float | None:
        """Return d output of a box / d the one node that all the edges come from."""
        edges = self.graph.edges
        if len({edges.src[i] for i in some}) != 1:
            return None
        if box not in self.members:
            return float(sum([one_nan(edges.local[i]) for i in some]))
        if len(self.outputs[box]) != 1:
            return None
        terms = [product(edges.local[i], self.bars[edges.dst[i]]) for i in some]
        return one_nan(float(sum(terms)))

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

    def melted(self, ends: Mapping[int, int], signs: Mapping[int, float]) -> Folded:
        """Return the fold in which some boxes are part of the sum that they end up in.

        `signs` tells how each of them counts there.
        """
        kept = [box for box in range(len(self.keys)) if box not in ends]
        number = array("i", [0]) * len(self.keys)
        for i, box in enumerate(kept):
            number[box] = i
        for box, end in ends.items():
            number[box] = number[end]
        made = copy(self)
        made.__dict__.pop("leaving", None)
        made.places = array("i", map(number.__getitem__, self.places))
        made.keys = [self.keys[box] for box in kept]
        made.members = {number[box]: some for box, some in self.members.items()}
        if self.members:
            made.outputs = {number[box]: some for box, some in self.outputs.items()}
        made.sums = Counter({number[box]: 1 for box in ends.values()})
        made.sums.update(number[box] for box in ends)
        heads = [number[box] for box in self.dst]
        some = [i for i, box in enumerate(self.src) if box not in ends]
        some.sort(key=heads.__getitem__)
        made.signs = {
            k: signs[e] for k, i in enumerate(some) if (e := self.dst[i]) in signs
        }
        made.src = array("i", [number[self.src[i]] for i in some])
        made.dst = array("i", [heads[i] for i in some])
        made.runs = array("i", [self.runs[i] for i in some])
        return made

    @cached_property
    def leaving(self) -> tuple[array[int], Sequence[int]]:
        """Where the arrows that leave each box start in an order, and that order."""
        return by_source(self.src, len(self.keys))


def summed(box: Box, nodes: int) -> Box:
    """Return the box of a sum as that of several which melted together."""
    return replace(box, kind="sum", operation="Σ", nodes=nodes)


MANY = 2_000  # boxes that are not made before they are asked for
