"""Random trainings, compiled, are those that are recorded: see many_trainings.py."""

from __future__ import annotations

from many_trainings import outcome, outcomes

from dendrograd.nn import stepping


def test_random_trainings_are_those_that_are_recorded():
    found = outcomes(9, 3)
    assert not found["wrong"], found
    assert found["compiled"] > 2


def test_a_change_of_the_model_that_is_not_seen_is_noticed(monkeypatch):
    changed = 5_000_015 + 38  # by a callback
    assert not outcome(changed).startswith("wrong")
    monkeypatch.setattr(stepping, "alike", lambda before, after: True)
    assert outcome(changed).startswith("wrong: compiled=True: weights")
