"""How frames nest, and how an arrow is cut where it crosses their borders.

All arrows from one box that cross a border do so in one port, so that outside they are
one line up to it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

__all__ = ["Group", "Nesting", "Path", "nest"]

Path = tuple[Hashable, ...]


@dataclass(slots=True)
class Group:
    """A frame, or the whole picture, which is group 0 and has the path ().

    members  its boxes and the frames right inside it, in the order of the input
    entries  the ports on the left border, exits those on the right one
    nets     for each box or port that arrows leave: what they run to, a box or port,
             and the arrow if it is a box, else -1
    """

    path: Path
    outer: int
    depth: int
    members: list[int] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    nets: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


@dataclass(slots=True)
class Nesting:
    """Boxes are numbered from 0, then group k is boxes + k, and then come the ports."""

    boxes: int
    groups: list[Group]
    through: dict[int, list[int]] = field(default_factory=dict)  # port: its arrows
    group: dict[int, int] = field(default_factory=dict)  # port: on whose border
    source: dict[int, int] = field(default_factory=dict)  # port: whose arrows cross

    def item(self, group: int, terminal: int) -> int:
        """Return the item of a group that a box is, or that a port lies on."""
        if terminal < self.boxes or self.group[terminal] == group:
            return terminal
        return self.boxes + self.group[terminal]

    def name(self, item: int) -> str:
        """Return what an error message calls a box or a frame."""
        if item < self.boxes:
            return f"box {item}"
        return f"frame {self.groups[item - self.boxes].path[-1]!r}"


def nest(paths: Sequence[Path], arrows: Sequence[tuple[int, int]]) -> Nesting:
    """Return the groups, each after the one around it, with their parts of arrows."""
    groups = [Group((), -1, 0)]
    inside = _groups(paths, groups)
    made = Nesting(len(paths), groups)
    ports: dict[tuple[int, int, bool], int] = {}
    first = len(paths) + len(groups)

    def cross(
        at: int, tail: int, group: int, source: int, arrow: int, out: bool
    ) -> int:
        """Let an arrow run on to the border of a group, and return the port there."""
        key = (group, source, out)
        if key not in ports:
            port = ports[key] = first + len(ports)
            made.through[port] = []
            made.group[port], made.source[port] = group, source
            groups[at].nets.setdefault(tail, []).append((port, -1))
            (groups[group].exits if out else groups[group].entries).append(port)
        made.through[ports[key]].append(arrow)
        return ports[key]

    for arrow, (source, target) in enumerate(arrows):
        tail, at = source, inside[source]
        left, entered = _borders(groups, at, inside[target])
        for group in left:
            tail = cross(at, tail, group, source, arrow, True)
            at = groups[group].outer
        for group in entered:
            tail = cross(at, tail, group, source, arrow, False)
            at = group
        groups[at].nets.setdefault(tail, []).append((target, arrow))
    return made


def _borders(groups: Sequence[Group], at: int, end: int) -> tuple[list[int], list[int]]:
    """Return the groups that an arrow leaves and those that it enters, in its order."""
    left, entered = [], []
    while at != end:
        if groups[end].depth > groups[at].depth:
            entered.append(end)
            end = groups[end].outer
        else:
            left.append(at)
            at = groups[at].outer
    return left, entered[::-1]


def _groups(paths: Sequence[Path], groups: list[Group]) -> list[int]:
    """Add the groups that the paths name; return the group that each box is in."""
    known: dict[Path, int] = {(): 0}
    inner: list[dict[Hashable, int]] = [{}]
    inside = []
    for box, path in enumerate(paths):
        if path not in known:
            at = 0
            for depth, name in enumerate(path, 1):
                if name not in inner[at]:
                    inner[at][name] = len(groups)
                    groups[at].members.append(len(paths) + len(groups))
                    groups.append(Group(path[:depth], at, depth))
                    inner.append({})
                at = inner[at][name]
            known[path] = at
        groups[known[path]].members.append(box)
        inside.append(known[path])
    return inside
