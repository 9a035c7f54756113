"""The column of each item: right of all that it needs, and near to what uses it.

At first an item stands as far left as its arrows allow: its rank is the length of the
longest path to it. Then it moves right where that makes the lines shorter. This is a
greedy form of what Gansner, Koutsofios, North and Vo solve by the network simplex
method, in "A technique for drawing directed graphs", IEEE Trans. Software Eng. 19
(1993).
"""

from __future__ import annotations

from collections import deque

from .level import Level, Net

__all__ = ["columns"]

Nets = list[list[Net]]  # for each item


def columns(level: Level) -> list[int]:
    """Return the column of each item; those of ports are the outermost ones.

    Raises ValueError if the arrows make a circle, and names what lies on it.
    """
    into, out = _nets(level)
    order = _topological(level, into, out)
    ranks = [0] * len(into)
    for item in order:
        for net in out[item]:
            for head in net.heads:
                ranks[head.item] = max(ranks[head.item], ranks[item] + 1)
    end = max([ranks[item] for item in level.members], default=-1) + 1
    for item in level.last:
        ranks[item] = end - 1
    ranks[len(ranks) - level.exits :] = [end] * level.exits
    _pull(level, order, into, out, ranks)
    return _without_holes(level, ranks)


def _nets(level: Level) -> tuple[Nets, Nets]:
    """Return the nets that end at each item, and those that start there."""
    into: Nets = [[] for _ in level.widths]
    out: Nets = [[] for _ in level.widths]
    for net in level.nets:
        if net.tail >= level.entries:
            out[net.tail].append(net)
        for item in dict.fromkeys([head.item for head in net.heads]):
            into[item].append(net)
    return into, out


def _topological(level: Level, into: Nets, out: Nets) -> list[int]:
    """Return the members, each after all that it needs."""
    waiting = [sum(net.tail >= level.entries for net in nets) for nets in into]
    ready = deque([item for item in level.members if not waiting[item]])
    order: list[int] = []
    while ready:
        item = ready.popleft()
        order.append(item)
        for net in out[item]:
            for head in dict.fromkeys([head.item for head in net.heads]):
                waiting[head] -= 1
                if not waiting[head] and head in level.members:
                    ready.append(head)
    if len(order) < len(level.members):
        raise ValueError(_circle(level, into, set(level.members) - set(order)))
    return order


def _circle(level: Level, into: Nets, stuck: set[int]) -> str:
    """Return what to say about items of which each waits for another one."""
    item, walk = min(stuck), list[int]()
    while item not in walk:
        walk.append(item)
        item = min(net.tail for net in into[item] if net.tail in stuck)
    circle = walk[walk.index(item) :]
    names = [level.name(item) for item in (*circle, circle[0])][::-1]
    frame = next((item for item in circle if item in level.frames), None)
    way = " -> ".join(names if len(names) < 8 else [*names[:6], "...", names[-1]])
    if frame is None:
        return f"arrows must not make a circle, as they do here: {way}"
    return (
        f"{level.name(frame)} cannot be drawn as one: what leaves it comes back "
        f"into it, {way}; draw its boxes without this frame"
    )


def _pull(
    level: Level, order: list[int], into: Nets, out: Nets, ranks: list[int]
) -> None:
    """Move items right, the last ones first, where the lines get shorter by it.

    Calls that need the same move together. The turn of all is that of the first one:
    then whatever any of them leads to has moved, and what they need has not.
    """
    private = _private(level, order, into, out)
    together = _alike(level, order, into)
    tall = [0.0] * (max(ranks, default=0) + 1)
    for item in level.members:
        tall[ranks[item]] += level.heights[item]
    for item in reversed(order):
        some = together.get(item, [item])
        heads = [ranks[h.item] for one in some for net in out[one] for h in net.heads]
        limit, rank = min(heads, default=0) - 1, ranks[item]
        if some[0] != item or limit <= rank or not level.first.isdisjoint(some):
            continue
        longer = sum(
            net.tail not in private
            and all(ranks[h.item] < limit for h in net.heads if h.item not in some)
            for net in into[item]
        )
        gain = sum([len(out[one]) for one in some]) - longer
        if gain > 0 or (gain == 0 and tall[limit] < tall[rank]):
            moved = sum([level.heights[one] for one in some])
            tall[rank] -= moved
            tall[limit] += moved
            for one in some:
                ranks[one] = limit


def _alike(level: Level, order: list[int], into: Nets) -> dict[int, list[int]]:
    """Return for each call those that need the same as it does, in topological order."""
    found: dict[frozenset[int], list[int]] = {}
    for item in order:
        if item in level.calls and into[item] and item not in level.last:
            nets = frozenset([id(net) for net in into[item]])
            found.setdefault(nets, []).append(item)
    return {item: some for some in found.values() for item in some}


def _private(level: Level, order: list[int], into: Nets, out: Nets) -> set[int]:
    """Return the items that follow their one user at no cost.

    One that follows has one line out and needs nothing but items that follow it.
    """
    private: set[int] = set()
    for item in order:
        if (
            len(out[item]) == 1
            and len({head.item for head in out[item][0].heads}) == 1
            and item not in level.first
            and all(net.tail in private for net in into[item])
        ):
            private.add(item)
    return private


def _without_holes(level: Level, ranks: list[int]) -> list[int]:
    """Return the ranks as numbers of columns, of which none is empty."""
    used = sorted({ranks[item] for item in level.members})
    shift = 1 if level.entries else 0
    number = {rank: column for column, rank in enumerate(used, shift)}
    renumbered = [number.get(rank, len(used) + shift) for rank in ranks]
    renumbered[: level.entries] = [0] * level.entries
    return renumbered
