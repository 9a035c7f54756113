"""Sums of products as matrix products: which rows of factors meet which.

A sum of products is an edge between its row of left factors and its row of right ones. A
component of that graph in which every left row meets every right one is a product of two
matrices; a layer of a network is one, each head of an attention another.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["GAP", "Factored", "factored", "rectangle"]

Rows = NDArray[np.int64]
GAP = -1  # where a row is shorter than the longest
ENOUGH = 0.3  # of the entries of a product have to be wanted
MIXER = np.uint64(0x9E3779B97F4A7C15)


class Factored(NamedTuple):
    """Products of matrices: of each component, (P, n) left and (n, Q) right.

    left    the rows of the left factors, (components, P, n); GAP where there is none
    right   those of the right ones, (components, Q, n)
    places  of each sum its place among the results, (components, P, Q)
    """

    left: Rows
    right: Rows
    places: Rows


def rectangle(flat: Rows, counts: Rows) -> Rows:
    """Return rows of so many entries side by side, with GAP where they are short.

    >>> rectangle(np.array([5, 6, 7]), np.array([1, 2])).tolist()
    [[5, -1], [6, 7]]
    """
    width = int(counts.max())
    if (counts == width).all():
        return flat.reshape(-1, width)
    found = np.full((len(counts), width), GAP)
    found[np.arange(width) < counts[:, None]] = flat
    return found


def factored(left: Rows, right: Rows) -> Factored:
    """Return the matrices that some sums of products are entries of the product of.

    >>> two = factored(np.array([[0, 1], [2, 3]]), np.array([[4, 5], [4, 5]]))
    >>> two.left.tolist(), two.right.tolist(), two.places.tolist()
    ([[[0, 1], [2, 3]]], [[[4, 5]]], [0, 1])
    """
    left, right = _in_order(left, right)
    short = bool((left == GAP).any())
    one, other = _distinct(left), _distinct(right)
    if (
        short
    ):  # a row may be any longer one that it begins, if the other has zeros there
        longer_left, longer_right = _extended(left, one), _extended(right, other)
        if len(longer_left[0]) * len(other[0]) < len(one[0]) * len(longer_right[0]):
            one = longer_left
        else:
            other = longer_right
    found = _components(one, other)
    if found is None:
        every = np.arange(len(left))
        return Factored(left[:, None], right[:, None], every)
    lefts, rights, places = found
    return Factored(one[0][lefts], other[0][rights], places)


def _in_order(left: Rows, right: Rows) -> tuple[Rows, Rows]:
    """Return the terms of each row by their left factors, if they are in no order."""
    for part in (left, right):
        if ((np.diff(part, axis=1) > 0) | (part[:, 1:] == GAP)).all():
            return left, right
    keys = left * (int(right.max()) + 2) + right
    keys[left == GAP] = np.iinfo(np.int64).max
    order = np.argsort(keys, axis=1, kind="stable")
    return np.take_along_axis(left, order, 1), np.take_along_axis(right, order, 1)


def _hashes(rows: Rows) -> NDArray[np.uint64]:
    """Return of each row the hashes of its beginnings, an entry each."""
    at = (np.arange(rows.shape[1], dtype=np.uint64) + np.uint64(1)) * MIXER
    mixed = (rows + 1).astype(np.uint64) * (at | np.uint64(1))
    mixed ^= mixed >> np.uint64(31)
    mixed *= MIXER
    return np.cumsum(mixed * (rows != GAP), axis=1, dtype=np.uint64)


def _distinct(rows: Rows) -> tuple[Rows, Rows]:
    """Return the different rows, by their first entries, and of each row which it is."""
    _, first, which = np.unique(
        _hashes(rows)[:, -1], return_index=True, return_inverse=True
    )
    if not (rows == rows[first][which]).all():  # pragma: no cover  # one in 2**64
        return rows, np.arange(len(rows))
    order = np.lexsort((first, rows[first, 0]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rows[first[order]], rank[which]


def _extended(rows: Rows, known: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
    """Return distinct rows again, those that begin a longer one being that one."""
    kinds, which = known
    hashes, length = _hashes(kinds), (kinds != GAP).sum(axis=1)
    width = kinds.shape[1]
    begins = np.repeat(np.arange(len(kinds)), width)
    ends = np.tile(np.arange(1, width + 1), len(kinds))
    there = ends <= length[begins]
    begins, ends = begins[there], ends[there]
    keys = hashes[begins, ends - 1]
    order = np.lexsort((-length[begins], ends, keys))
    keys, begins, ends = keys[order], begins[order], ends[order]
    own = hashes[np.arange(len(kinds)), length - 1]
    longest = begins[np.searchsorted(keys, own)]
    found, short = _distinct(kinds[longest])
    return found, short[which]


def _components(
    one: tuple[Rows, Rows], other: tuple[Rows, Rows]
) -> tuple[Rows, Rows, Rows] | None:
    """Return the left and right rows of components of one size, and each sum's place."""
    (lefts, left), (rights, right) = one, other
    root = _least(left, right, len(lefts), len(rights))
    if root is None:
        return None
    names, component = np.unique(root[left], return_inverse=True)
    of_left = np.searchsorted(names, root[: len(lefts)])
    of_right = np.zeros(len(rights), np.int64)
    of_right[right] = component
    sizes = [np.bincount(part) for part in (of_left, of_right)]
    p, q = int(sizes[0][0]), int(sizes[1][0])
    even = (sizes[0] == p).all() and (sizes[1] == q).all()
    if not even or len(left) < ENOUGH * len(names) * p * q:
        return None
    by_left = np.argsort(of_left, kind="stable").reshape(-1, p)
    by_right = np.argsort(of_right, kind="stable").reshape(-1, q)
    at_left, at_right = np.empty(len(lefts), np.int64), np.empty(len(rights), np.int64)
    at_left[by_left], at_right[by_right] = np.arange(p), np.arange(q)
    places = (component * p + at_left[left]) * q + at_right[right]
    if len(np.unique(places)) < len(
        places
    ):  # one sum twice: each has a place of its own
        return None
    return by_left, by_right, places


def _least(left: Rows, right: Rows, lefts: int, rights: int) -> Any:
    """Return of each left row the least one in its component; None if that takes long."""
    root = np.arange(lefts)
    for _ in range(8):
        seen = np.full(rights, lefts)
        np.minimum.at(seen, right, root[left])
        after = root.copy()
        np.minimum.at(after, left, seen[right])
        if (after == root).all():
            return root
        root = after
    return None
