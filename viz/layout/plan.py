"""What is decided once: in which frame, column and order everything stands.

A plan holds no coordinate. They follow from it and from sizes by one rule (`rule.py`), so
that a page in which a box has grown to a frame finds them again, and no order changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .grid import Grid
from .level import MIDDLE, Head, Level, Net
from .nesting import Nesting, Path

__all__ = ["FramePlan", "Pinned", "Plan", "framed"]

Pinned = tuple[Collection[int], Collection[int]]  # in the first column, in the last one


@dataclass(slots=True)
class FramePlan:
    """One frame: its items by number, side by side as a level, in the order of its grid.

    Sizes in level and grid are those that were last given to the rule.
    """

    items: list[int]
    level: Level
    grid: Grid


@dataclass(slots=True)
class Plan:
    """What is decided of a drawing; `frames` has an entry for each group of the nesting.

    Boxes, frames and ports have the numbers that `Nesting` gives them.
    """

    nesting: Nesting
    titles: Mapping[Path, float]
    labels: Mapping[
        int, tuple[float, float]
    ]  # by arrow: size along the line, across it
    rankdir: str
    frames: dict[int, FramePlan] = field(default_factory=dict)
    crossings: int = 0


def framed(plan: Plan, number: int, pinned: Pinned) -> tuple[list[int], Level]:
    """Return the items of a group, and the level that they make, as yet without sizes."""
    nesting = plan.nesting
    group = nesting.groups[number]
    entries = sorted(group.entries, key=nesting.source.__getitem__)
    exits = sorted(group.exits, key=nesting.source.__getitem__)
    items = [*entries, *group.members, *exits]
    index = {item: k for k, item in enumerate(items)}

    def at(terminal: int) -> int:
        return index[nesting.item(number, terminal)]

    nets = []
    for tail, hops in group.nets.items():
        net = Net(at(tail), 0.0)
        for end, arrow in hops:
            through = nesting.through.get(end, (arrow,))
            head = Head(at(end), MIDDLE, tuple(through), arrow >= 0)
            head.label = plan.labels.get(arrow, head.label)
            net.heads.append(head)
        nets.append(net)
    first, last = pinned
    return items, Level(
        [0.0] * len(items),
        [0.0] * len(items),
        len(entries),
        len(exits),
        nets,
        {index[item] for item in group.members if item in first},
        {index[item] for item in group.members if item in last},
        {index[item] for item in group.members if item >= nesting.boxes},
        lambda k: nesting.name(items[k]),
    )
