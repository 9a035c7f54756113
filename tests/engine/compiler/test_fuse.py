"""A sum that takes in a product has the same bits, and every other reader its product."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from random_code import drawn, numbers, same

from dendrograd.compiler.code import CHAINED, from_program, program, reference
from dendrograd.compiler.fuse import ADD, MUL, fused
from dendrograd.compiler.tape import Tape
from dendrograd.program import record
from dendrograd.spec import check


def names(f, count=2):
    code = fused(from_program(record(f, count)))
    check(program(code))
    return [code.table[i].name for i in code.codes.tolist()]


def sums_and_products(draw):
    """Return random code in which steps of two operands add, multiply or chain."""
    code = drawn(draw, draw.choice([0, 3, 40, 120]))
    picked = np.array(draw.choices([ADD, MUL, CHAINED], k=len(code.codes)), np.int32)
    return code._replace(codes=np.where(np.diff(code.starts) == 2, picked, code.codes))


def test_random_code_has_the_same_bits_in_fewer_steps():
    draw, fewer = Random(6), 0
    for _ in range(200):
        code = sums_and_products(draw)
        short = fused(code)
        check(program(short))
        leaves = numbers(draw, code.inputs).tolist()
        wanted, found = [np.array(reference(c, leaves), float) for c in (code, short)]
        assert same(found, wanted)
        assert same(Tape(code)(np.array(leaves)), wanted)
        fewer += len(code.codes) - len(short.codes)
    assert fewer > 50


@pytest.mark.parametrize(
    ("f", "steps"),
    [
        (lambda x, y: x + x * y, ["add_mul"]),
        (lambda x, y: x * y + x, ["add_mul"]),
        (lambda x, y: x * y + x * x, ["mul", "add_mul"]),
        (lambda x, y: 2.0 + (x + x * y) * 3.0, ["add_mul", "add_mul"]),
        (lambda x, y: x * y - x, ["mul", "sub"]),
    ],
)
def test_a_sum_takes_in_one_product(f, steps):
    assert names(f) == steps


def test_a_product_that_is_read_twice_or_is_a_result_stays():
    def doubled(x, y):
        product = x * y
        return product + product

    def kept(x, y):
        product = x * y
        return [product + x, product]

    assert names(doubled) == names(kept) == ["mul", "add"]


def test_what_a_fused_step_computes_has_its_own_rule():
    code = fused(from_program(record(lambda x, y: x + x * y, 2)))
    op = code.table[code.codes[0]]
    assert op.linearize(2.0, 3.0, 5.0) == (17.0, (1.0, 5.0, 3.0))
