"""Random functions over lanes give what a loop over lanes gives, special numbers included."""

from __future__ import annotations

import numpy as np
from many_lanes import outcomes, wrong

from dendrograd.compiler import batched, lanes


def test_random_functions_over_lanes_are_a_loop_over_lanes():
    found = outcomes(40, 11)
    assert not wrong(found), found
    assert min(found[f"right: {kind}"] for kind in ("exact", "default", "raises")) > 2


def test_lanes_that_all_take_the_first_path_are_noticed(monkeypatch):
    def alone(count, find, ask, known):
        return [(find(np.arange(count), ()), None)], []

    monkeypatch.setattr(batched, "shared_out", alone)
    assert wrong(outcomes(10, 12))


def test_exact_sums_in_another_order_are_noticed(monkeypatch):
    true = batched.shared_out

    def backwards(*arguments):
        shares, rest = true(*arguments)
        return shares[::-1], rest

    monkeypatch.setattr(batched, "shared_out", backwards)
    assert wrong(outcomes(20, 12))


def test_a_default_that_is_off_in_the_tenth_digit_is_noticed(monkeypatch):
    true = lanes.Lanes.runner

    def off(self, each):
        run = true(self, each)

        def wrongly(shared, arrays, into, *rest):
            run(shared, arrays, into, *rest)
            if not self.exact:
                into *= 1.0 + 1e-10

        return wrongly

    monkeypatch.setattr(lanes.Lanes, "runner", off)
    assert wrong(outcomes(10, 12))
