"""Straight-line code as arrays computes what was recorded, to the last bit."""

import struct

import pytest

from dendrograd import Value, no_grad, primitive, tanh
from dendrograd.compiler.code import CHAIN, from_flat, program, reference
from dendrograd.flat import flat
from dendrograd.ops import OPS
from dendrograd.spec import check


def bits(xs):
    return [struct.pack("d", x) for x in xs]


def test_leaves_come_first_and_every_node_has_its_slot():
    x, w, b = Value(0.5), Value(-2.0, label="w"), Value(3.0)
    y = tanh(w * x) + b * 2.0
    found = flat([y], [x])
    code, places = from_flat(found)
    check(program(code))
    held = [*[x.data], *[leaf.data for leaf in found.captured]]
    assert code.inputs == 3
    assert bits(reference(code, held)) == bits([y.data])
    assert sorted(places.tolist()) == list(range(code.slots))


def test_what_no_grad_cut_off_is_a_constant():
    x = Value(0.5)
    with no_grad():
        cut = x * 3.0
    code, places = from_flat(flat([cut * x], [x]))
    assert code.inputs == 1
    assert reference(code, [2.0]) == [3.0]
    assert (places < 0).sum() == 1


def test_operations_of_users_come_after_the_chain_rule_s_product():
    @primitive(lambda y, x: (2.0 * x,))
    def square(x):
        return x * x

    x = Value(3.0)
    code, _ = from_flat(flat([square(x) + 1.0], [x]))
    assert [code.table[i] for i in code.codes] == [square, OPS["add"]]
    assert reference(code, [4.0]) == [17.0]


@pytest.mark.parametrize(
    ("partial", "cotangent", "term"),
    [(2.0, 3.0, 6.0), (0.0, float("inf"), -0.0), (float("nan"), 0.0, -0.0)],
)
def test_a_zero_factor_hands_on_nothing(partial, cotangent, term):
    assert bits([CHAIN.evaluate(partial, cotangent)]) == bits([term])
