"""The sweep in the nodes' own fields does what the long way does, to the last bit."""

import copy
import inspect
import math
import subprocess
import sys

import pytest
from hypothesis import given
from implementations import NATIVE, python_class
from test_backprop import at_once

from dendrograd import Value, backprop, dot, sqrt, sum, tanh, toposort, where
from dendrograd.backprop import listed, swept, write
from dendrograd.ops import OPS
from dendrograd.sweeps import pull
from dendrograd.testing import Expression, expressions
from dendrograd.value import node


def bits(root: Value) -> list[str]:
    return [float(node.grad).hex() for node in toposort(root)]


def long_way(root: Value, seed: float) -> None:
    order = toposort(root)
    bar = pull(order, {root: seed})
    write(order, [bar.get(node, 0.0) for node in order])


def alike(root: Value, seeds=(1.0, 0.3)) -> bool:
    """Return whether both ways give the same bits, call after call."""
    twin = copy.deepcopy(root)
    for seed in seeds:
        root.backward(seed)
        long_way(twin, seed)
    return bits(root) == bits(twin)


@given(expressions(depth=8))
def test_both_sweeps_give_the_same_bits_on_random_graphs(program: Expression):
    assert alike(program(*[Value(x) for x in program.point]))


@python_class
@given(expressions(depth=8))
def test_both_go_through_a_graph_in_the_same_order(program: Expression):
    root = program(*[Value(x) for x in program.point])
    inner, leaves = listed(root)
    order = toposort(root)
    assert list(map(id, inner)) == [id(node) for node in order if node.parents]
    assert set(map(id, leaves)) == {id(node) for node in order if not node.parents}
    assert len(inner) + len(leaves) == len(order)


def test_the_order_of_the_sweep_is_visible_in_the_bits():
    x = Value(0.1)
    terms = [x * 0.1, x * 0.7, x * 1e16, x * -1e16]
    root = (terms[0] + terms[2]) + (terms[1] + terms[3])
    back = (terms[1] + terms[3]) + (terms[0] + terms[2])
    root.backward()
    found, x.grad = x.grad, 0.0
    back.backward()
    assert found != x.grad  # else the tests above could not see the order


@pytest.mark.parametrize(
    "seed", [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.0]
)
@pytest.mark.parametrize(
    "build",
    [
        lambda x, y: x * y - x,
        lambda x, y: where(1.0, x, sqrt(y - 9.0) / (y - 3.0)),
        lambda x, y: (x - 2.0).cbrt() * y,
        lambda x, y: tanh(x) * -0.0 + dot([x, y], [y, 0.0]) * y,
        lambda x, y: (y - 9.0).log() * x,
        lambda x, y: sum([x, 0.0 * x.exp2(), -y, 1.0]) / y,
        lambda x, _: x,
    ],
)
def test_zeros_infinities_and_nans_come_out_of_both_alike(build, seed):
    assert alike(build(Value(2.0), Value(3.0)), (seed, 1.0, seed))


@python_class
def test_a_branch_not_taken_takes_the_long_way():
    x = Value(2.0)
    root = where(1.0, x, sqrt(x - 2.0) / (x - 2.0))
    assert swept(x * x + x, 1.0)
    assert not swept(root, 1.0)
    x.grad = 0.0
    root.backward()
    assert x.grad == 1.0


class Reentrant(float):
    """A partial in whose product a whole other backward happens, as a signal's may."""

    def __mul__(self, other):
        self.other.backward()
        return float(self) * other


def test_a_backward_inside_a_sweep_disturbs_neither():
    x, y = Value(2.0), Value(5.0)
    shared = x * y
    partial = Reentrant(7.0)
    partial.other = shared * 3.0
    outside = node(0.0, (partial, 1.0), OPS["add"], (shared, x))
    outside.backward()
    again = 0 if NATIVE else 1  # C takes a partial as a float when the node is made
    assert (x.grad, y.grad) == (again * 15.0 + 35.0 + 1.0, again * 6.0 + 14.0)


def test_a_sweep_while_another_thread_is_in_one_is_right():
    x = Value(3.0)
    with backprop.SWEEPING:
        (x * x).backward()
    assert x.grad == 6.0
    assert not backprop.SWEEPING.locked()


def test_threads_that_share_inner_nodes_lose_no_contribution():
    x, y = Value(1.0), Value(2.0)
    shared = x * y
    for _ in range(20):
        shared = shared + x

    def work():
        for _ in range(50):
            (shared * 2.0 + y).backward()

    at_once(8, work)
    assert (x.grad, y.grad) == (8 * 50 * 44.0, 8 * 50 * 3.0)


@python_class
def test_the_text_of_a_method_can_be_read():
    assert "y = a * b" in inspect.getsource(Value.__mul__)
    assert "except (ArithmeticError, ValueError)" in inspect.getsource(Value.tanh)


def test_the_first_block_of_a_process_holds_for_new_nodes():
    code = """
from dendrograd import Value, no_grad, sum
from dendrograd.mode import entered
x = Value(3.0)
assert not entered and (x * x).parents
with no_grad():
    made = [x * x, x * 2, 2 * x, x.tanh(), sum([x, x, x]), Value(1.0, (x,), (1.0,))]
assert entered and not any(v.parents for v in made)
assert (x * x).parents
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
