"""Calls after calls of one function over lanes give what a loop gives: see many_calls.py."""

from __future__ import annotations

from many_calls import outcomes

from dendrograd.compiler.surroundings import Surroundings


def test_calls_after_calls_over_lanes_are_a_loop_over_lanes():
    found = outcomes(8, 1)
    assert not found["wrong"], found
    assert min(found["exact"], found["default"]) > 1


def test_a_global_whose_change_is_not_seen_is_noticed(monkeypatch):
    monkeypatch.setattr(Surroundings, "state", lambda self: 0)
    assert outcomes(4, 3)["wrong"]
