"""The lanes of a call, shared out among the paths that they take.

A group of lanes takes the path of its first lane. Lanes in which one of its guards fails
part from the others: those that failed the same guard are a group of their own. So each
lane is asked as often as its path parted from another.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .path import Parted, Path
from .sums import Integers

__all__ = ["Ask", "Share", "shared_out"]

Share = tuple[Path, Integers | None]  # a path and its lanes; None: all


class Ask(Protocol):
    """Of each lane, the first guard of a path that fails; their number if none.

    None where no guard is left to ask, after those at which the lanes parted from others.
    """

    def __call__(
        self, path: Path, lanes: Integers, parted: Parted = ()
    ) -> Integers | None: ...


def shared_out(
    lanes: int,
    find: Callable[[Integers, Parted], Path | None],
    ask: Ask,
    known: Callable[[], Iterable[Path]],
) -> tuple[list[Share], list[int]]:
    """Return the paths of lanes, in the order of their first lanes, and lanes without one.

    find   the path of the first lane of a group, which parted from others; None where an
           operation raises an error there, or where there is no room for a path
    known  the paths that there are, where there is no room for more; else none
    """
    shares: list[Share] = []
    rest: list[int] = []
    groups: list[tuple[int, Integers, Parted]] = [(0, np.arange(lanes), ())]
    while groups:
        _, group, parted = heapq.heappop(groups)
        path = find(group, parted)
        try:
            if path is None:
                rest += _left(known(), group, shares, ask)
                continue
            first = ask(path, group, parted)
        except Exception:  # noqa: BLE001  # the function raises its first one
            rest += group.tolist()
            continue
        holds = _holding(path, first, group)
        if holds.any():
            whole = len(group) == lanes and holds.all()
            shares.append((path, None if whole else group[holds]))
        if first is not None:
            for at, others in _by_guard(group[~holds], first[~holds]):
                heapq.heappush(groups, (int(others[0]), others, (*parted, (path, at))))
    shares.sort(key=lambda share: 0 if share[1] is None else int(share[1][0]))
    return shares, sorted(rest)


def _holding(path: Path, first: Integers | None, group: Integers) -> NDArray[np.bool_]:
    """Return of each lane of a group whether a path holds there, by what `ask` gave."""
    return np.ones(len(group), bool) if first is None else first == len(path.guards)


def _by_guard(lanes: Integers, first: Integers) -> list[tuple[int, Integers]]:
    """Return the lanes that failed each guard, in their order."""
    short = first.astype(np.uint16) if first.max(initial=0) < 1 << 16 else first
    order = np.argsort(short, kind="stable")  # of 16 bits, in linear time
    ends = np.flatnonzero(np.diff(first[order])) + 1
    parts = np.split(order, ends) if len(order) else []
    return [(int(first[part[0]]), lanes[part]) for part in parts]


def _left(
    paths: Iterable[Path], group: Integers, shares: list[Share], ask: Ask
) -> list[int]:
    """Give each path its lanes of a group; return the lanes that take none of them."""
    for path in paths:
        first = ask(path, group)
        holds = _holding(path, first, group)
        if holds.any():
            shares.append((path, group[holds]))
        group = group[~holds]
        if not len(group):
            break
    return group.tolist()  # type: ignore[no-any-return]
