"""The lanes of a call, shared out among the paths that they take.

A path is that of its first lane. Lanes in which one of its guards fails are parted from the
others: those that failed the same guard are a group, which takes the path of its own first
lane, or parts again. So each lane is asked as often as its path parted from another.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

import numpy as np

from .path import Path
from .sums import Integers

__all__ = ["Share", "shared_out"]

Share = tuple[Path, Integers | None]  # a path and its lanes; None: all
Asking = Callable[[Path, Integers], Integers | None]


def shared_out(
    lanes: int,
    find: Callable[[int], Path | None],
    failing: Asking,
    known: Callable[[], Sequence[Path] | None],
) -> tuple[list[Share], list[int]]:
    """Return the paths of lanes, in the order of their first lanes, and lanes without one.

    find     the path of a lane: None where no code may run, or there is no room for it
    failing  of each lane, the first guard of a path that fails; their number if none.
             None where an operation raises an error
    known    the paths that there are, where there is no room for more; else None
    """
    shares: list[Share] = []
    rest: list[int] = []
    groups = [(0, np.arange(lanes))]
    while groups:
        lane, group = heapq.heappop(groups)
        path = find(lane)
        if path is not None and len(group) == lanes and not len(path.guards):
            return [(path, None)], []
        if path is not None:
            for missed in _parted(path, group, shares, failing, rest):
                heapq.heappush(groups, (int(missed[0]), missed))
        elif (paths := known()) is not None:
            rest += _left(paths, group, shares, failing, rest)
        else:
            rest.append(lane)
            if len(group) > 1:
                heapq.heappush(groups, (int(group[1]), group[1:]))
    shares.sort(key=lambda share: 0 if share[1] is None else int(share[1][0]))
    return shares, sorted(rest)


def _parted(
    path: Path,
    group: Integers,
    shares: list[Share],
    failing: Asking,
    rest: list[int],
) -> list[Integers]:
    """Give a path its lanes of a group; return the others, by the guard that they failed."""
    count = len(path.guards)
    first = failing(path, group) if count else np.zeros(len(group), np.int64)
    if first is None:
        rest += group.tolist()
        return []
    if len(held := group[first == count]):
        shares.append((path, held))
    order = np.argsort(first, kind="stable")  # lanes stay in their order
    order = order[first[order] < count]
    ends = np.flatnonzero(np.diff(first[order])) + 1
    return [part for part in np.split(group[order], ends) if len(part)]


def _left(
    paths: Sequence[Path],
    group: Integers,
    shares: list[Share],
    failing: Asking,
    rest: list[int],
) -> list[int]:
    """Give each path its lanes of a group; return the lanes that take none of them."""
    for path in paths:
        if not len(group):
            break
        missed = _parted(path, group, shares, failing, rest)
        group = np.sort(np.concatenate(missed)) if missed else group[:0]
    return group.tolist()  # type: ignore[no-any-return]
