"""Lanes are shared out by first lanes, and no lane is lost where something goes wrong."""

from __future__ import annotations

import numpy as np

from dendrograd.compiler.sharing import shared_out


class Path:
    """As much of a path as is asked of it: how many guards it has."""

    def __init__(self, guards):
        self.guards = [None] * guards


def nothing():
    return []


def test_lanes_that_fail_the_first_path_take_another():
    first, other = Path(1), Path(0)

    def find(lanes, parted):
        return other if parted else first

    def ask(path, lanes, parted=()):
        return np.zeros(len(lanes), int) if path is first else None

    shares, rest = shared_out(5, find, ask, nothing)
    assert (shares, rest) == ([(other, None)], [])


def test_a_group_in_which_a_guard_raises_an_error_is_left_to_the_function():
    def ask(path, lanes, parted=()):
        raise ValueError("an operation of a user")

    assert shared_out(4, lambda *_: Path(1), ask, nothing) == ([], [0, 1, 2, 3])


def test_where_there_is_no_room_each_known_path_takes_its_lanes():
    even, all_of_them = Path(1), Path(0)

    def ask(path, lanes, parted=()):
        return np.where(lanes % 2 == 0, 1, 0) if path is even else None

    shares, rest = shared_out(5, lambda *_: None, ask, lambda: [even])
    assert [(path, lanes.tolist()) for path, lanes in shares] == [(even, [0, 2, 4])]
    assert rest == [1, 3]
    shares, rest = shared_out(
        5, lambda *_: None, ask, lambda: [even, all_of_them, even]
    )
    assert [lanes.tolist() for _, lanes in shares] == [[0, 2, 4], [1, 3]]
    assert rest == []
    never = Path(1)
    known = [never]
    shares, rest = shared_out(
        2, lambda *_: None, lambda *_: np.zeros(2, int), lambda: known
    )
    assert (shares, rest) == ([], [0, 1])
