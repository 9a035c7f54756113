"""Passes find what depends on what, and leave out what nobody needs."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from random_code import drawn, numbers, same

from dendrograd.compiler.code import program, reference
from dendrograd.compiler.passes import live, needed, reached
from dendrograd.spec import check

CODES = [drawn(Random(seed), steps) for seed, steps in enumerate([0, 1, 5, 30, 200])]
each_code = pytest.mark.parametrize("code", CODES, ids=lambda code: len(code.codes))


def ancestors(code):
    """Return of each slot the set of slots that it is computed from, and itself."""
    found = [{i} for i in range(code.inputs)]
    for slot, _, places in program(code).steps():
        found.append({slot}.union(*[found[i] for i in places if i >= 0]))
    return found


@each_code
def test_an_input_reaches_the_slots_that_are_computed_from_it(code):
    for i in range(code.inputs):
        wanted = [i in found for found in ancestors(code)]
        assert reached(code, [i]).tolist() == wanted
    assert not reached(code, []).any()


@each_code
def test_an_output_needs_what_it_is_computed_from(code):
    found = ancestors(code)
    for slot in range(0, code.slots, 7):
        wanted = [i in found[slot] for i in range(code.slots)]
        assert needed(code, [slot, -1]).tolist() == wanted


@each_code
def test_live_code_has_the_same_outputs_and_no_step_in_vain(code):
    shorter = live(code)
    check(program(shorter))
    leaves = numbers(Random(1), code.inputs).tolist()
    wanted, found = [np.array(reference(c, leaves), float) for c in (code, shorter)]
    assert same(found, wanted)
    assert needed(shorter, shorter.outputs.tolist())[shorter.inputs :].all()
    assert live(shorter) is shorter
