"""Pictures in which one folded call is drawn open, and all others stay boxes."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from functools import cached_property

from dendrograd.viz.model.fold import ordered
from dendrograd.viz.model.folded import Folded, Group
from dendrograd.viz.model.frames import Frames, Path, Title, frames
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.model.snapshot import Graph

__all__ = ["OPENED", "Opener"]

OPENED = ("call", "sum")  # kinds of boxes that hold nodes

Key = tuple[int, Path]  # a box, and the innermost call in it that is open


class Opener:
    """Opens the boxes of a picture, one at a time, as far as the call around a node.

    pictures  the picture itself, then each that was asked for
    members   for each box of the picture the nodes that it stands for
    """

    def __init__(self, graph: Graph, base: Picture) -> None:
        self.graph, self.base = graph, base
        self.scopes = frames(graph)
        self.pictures = [base]
        self.members: list[list[int]] = [[] for _ in base.boxes]
        for node, place in enumerate(base.places):
            self.members[place].append(node)
        self._views: dict[Key, int] = {}
        self._size = Counter(f for p in self.scopes.paths for f in _around(p))

    def place(self, node: int) -> tuple[int, int]:
        """Return the picture that shows a node as a box of its own, and that box."""
        box = self.base.places[node]
        if self.base.boxes[box].kind not in OPENED:
            return 0, box
        key = box, self.scopes.paths[node]
        if key not in self._views:
            self._views[key] = len(self.pictures)
            self.pictures.append(self._opened(*key))
        view = self._views[key]
        return view, self.pictures[view].places[node]

    @cached_property
    def titles(self) -> Mapping[Path, Title]:
        """The titles of all frames, those of our own blocks included."""
        blocks = {
            box.frame: (box.label.partition(" → ")[0], "")
            for box in self.base.boxes
            if box.kind == "call"
        }
        return {**blocks, **self.base.titles, **self.scopes.titles}

    def _opened(self, box: int, inner: Path) -> Picture:
        """Return the picture in which a box is open as far as a call in it."""
        groups = self._groups(box, inner)
        made = self._folded(groups) or self._folded(self._groups(box, None))
        assert made is not None  # a box that is opened whole is on no cycle
        shut = {key for key in made.keys if isinstance(key, tuple)}
        used = {frame for i in made.keys for frame in self._frames(i)}
        titles = {p: t for p, t in self.titles.items() if p in used and p not in shut}
        return made.picture(self.graph.notes, titles)

    def _frames(self, group: Group) -> list[Path]:
        """Return the frames that a box is drawn in."""
        if isinstance(group, tuple):
            return _around(group[:-1])
        return _around(self.scopes.paths[group])

    def _groups(self, box: int, inner: Path | None) -> list[Group]:
        """Return for each node the group that it is in; without `inner`, all is open."""
        inside = Counter(
            frame for i in self.members[box] for frame in _around(self.scopes.paths[i])
        )
        groups: list[Group] = []
        for node, place in enumerate(self.base.places):
            group: Group = node
            if place != box and self.base.boxes[place].kind == "call":
                group = self.base.boxes[place].frame
            elif place == box and inner is not None:
                for frame in _around(self.scopes.paths[node]):
                    whole = inside[frame] == self._size[frame] > 1
                    if whole and inner[: len(frame)] != frame:
                        group = frame
                        break
            groups.append(group)
        return groups

    def _folded(self, groups: list[Group]) -> Folded | None:
        """Return the graph with its nodes in some groups; None if these are on a cycle."""
        numbers: dict[Group, int] = {}
        for group in groups:
            numbers.setdefault(group, len(numbers))
        keys = list(numbers)
        edges = zip(self.graph.edges.src, self.graph.edges.dst, strict=True)
        pairs = {(numbers[groups[a]], numbers[groups[b]]) for a, b in edges}
        first: dict[Group, int] = {number: number for number in range(len(keys))}
        order = [n for n in ordered(first, pairs) if isinstance(n, int)]
        if len(order) < len(keys):
            return None
        place = {number: i for i, number in enumerate(order)}
        places = array("i", [place[numbers[group]] for group in groups])
        scopes = Frames(self.scopes.paths, self.titles)
        return Folded(self.graph, scopes, places, [keys[n] for n in order])


def _around(path: Path) -> list[Path]:
    """Return the frames that a path leads through, the outermost first."""
    return [path[:depth] for depth in range(1, len(path) + 1)]
