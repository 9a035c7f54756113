"""The class in C is the class in Python: the same bits, the same errors."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import native_class
from twins import CONTROLS, Worker, drawn, outcome

import dendrograd
from dendrograd import Value, no_grad, primitive, scope, sum
from dendrograd.backprop import toposort
from dendrograd.mode import MODE, NOWHERE, Call
from dendrograd.sweeps import pull

pytestmark = native_class


@pytest.fixture(scope="module")
def pure() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


@settings(max_examples=100)
@given(draw=st.randoms(use_true_random=False))
def test_a_random_program_gives_the_same_bits_and_errors_on_both(pure, draw):
    program = drawn(draw)
    assert outcome(program) == pure.outcome(program)


def test_many_random_programs_give_the_same_bits_on_both(pure):
    draw = Random(17)
    for _ in range(700):
        program = drawn(draw, most=60)
        assert outcome(program) == pure.outcome(program)


@pytest.mark.parametrize("control", CONTROLS)
def test_another_sweep_would_be_noticed(pure, control):
    draw, different = Random(29), 0
    for _ in range(300):
        program = drawn(draw)
        told = pure.outcome(program, control)
        different += told != pure.outcome(program)[: len(told)]
    assert different > 3


def test_a_chain_of_a_million_nodes_is_built_swept_and_freed():
    x = Value(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + 1.0
    y.backward()
    assert (y.data, x.grad) == (1_000_001.0, 1.0)


def test_a_node_takes_at_most_a_hundred_bytes():
    before = sys.getallocatedblocks()
    y = Value(1.0)
    for _ in range(1000):
        y = y * 2.0
    assert sys.getsizeof(y) <= 100  # with the header of the collector
    assert sys.getallocatedblocks() - before < 1100


def test_a_graph_is_no_work_for_the_cyclic_collector_and_goes_with_its_last_name():
    x = Value(2.0)
    nodes = [x * 2.0, x.exp(), sum([x, x, x]), Value(1.0, (x,), (2.0,))]
    assert not any(map(gc.is_tracked, nodes))
    del nodes, x
    gc.collect()


def test_a_cycle_through_a_subclass_is_collected():
    class Weight(Value):
        pass

    weight = Weight(3.0)
    weight.history = weight * weight + 1.0
    gone = weakref.ref(weight)
    del weight
    gc.collect()
    assert gone() is None


@pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no timer signals"
)
def test_a_signal_in_a_long_sweep_changes_no_gradient_and_may_sweep_itself():
    x = Value(1.0)
    y = x
    for _ in range(150_000):
        y = y * 1.0 + x
    inside = []

    def handler(*_):
        x.grad = 0.0
        y.backward()  # finds the marks in use, and does without
        inside.append(x.grad)
        x.grad = 5.0
        raise KeyboardInterrupt

    def sweep_until_it_comes():
        while True:
            signal.setitimer(signal.ITIMER_REAL, 1e-3)
            y.backward()
            x.grad = 0.0

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            sweep_until_it_comes()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert (inside, x.grad) == ([150_001.0], 5.0)
    x.grad = 0.0
    y.backward()
    assert x.grad == 150_001.0


def test_nodes_of_one_call_share_it_until_one_is_changed():
    x = Value(1.0)
    with scope("layer"):
        first, second = x + 1.0, x + 2.0
    first.label, second.scope = "first", ("other",)
    assert (first.label, second.label) == ("first", "")
    assert (first.scope, second.scope) == (("layer",), ("other",))
    with no_grad():
        assert (x + 1.0).parents == ()


def test_the_implementation_can_be_asked_for():
    assert dendrograd.implementation == "native"


def test_what_has_an_operation_or_a_label_that_leads_back_to_it_is_collected():
    class Layer:
        def __init__(self):
            self.double = primitive(lambda y, x: 2.0)(self.f)
            self.last = self.double(Value(1.0)) * 3.0

        def f(self, x):
            return 2.0 * x

    layer = Layer()
    gone = weakref.ref(layer)
    del layer
    gc.collect()
    assert gone() is None
    named = Value(1.0)
    named.label = label = Layer()
    label.after = named * 2.0
    gone = weakref.ref(label)
    del named, label
    gc.collect()
    assert gone() is None


def test_blocks_nest_a_hundred_thousand_deep_and_are_freed():
    block, context = scope("deeper"), copy_context()
    context.run(lambda: [block.__enter__() for _ in range(300_000)])
    del block._last, context
    gc.collect()


def test_a_field_of_a_call_or_a_mode_that_was_deleted_is_no_harm():
    with scope("outer"):
        call, mode = Call("inner", NOWHERE), MODE.get()
        for thing in (call, mode):
            for name in ("name", "parent", "serial", "source", "actions", "call"):
                if hasattr(thing, name):
                    delattr(thing, name)
        with scope("inner"):
            Value(1.0)
    context = copy_context()
    context.run(MODE.set, 5)
    with pytest.raises(TypeError, match="mode"):
        context.run(scope("outer").__enter__)


def test_an_order_that_changes_in_a_sweep_is_no_harm():
    class Weight(Value):
        def __hash__(self):
            if changing:
                order.clear()
                nodes.extend(Value(0.0) for _ in range(100))
            return 1

    changing, nodes = False, []
    order = toposort(Value(3.0) * Weight(2.0) * Value(4.0))
    seeds = {order[-1]: 1.0}
    changing = True
    assert pull(order, seeds)
    assert order == []


def test_a_sweep_for_which_there_is_no_memory_leaves_no_mark():
    """Takes seconds: before each of a hundred failures a long sweep frees its arrays."""
    pytest.importorskip("_testcapi", reason="nothing here lets an allocation fail")
    program = Path(__file__).parent / "no_memory.py"
    cases = ["long backward", "operands of a new node"]
    subprocess.run([sys.executable, program, *cases], check=True)


def test_a_setup_that_fails_leaves_nothing_behind_and_can_be_tried_again():
    program = Path(__file__).parent / "broken_setup.py"
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        *["ImportError", "TypeError", "TypeError", "TypeError", "AttributeError"],
        *["native", "4.0"],
    ]


def test_a_pickle_of_one_class_is_read_by_the_other():
    with scope("layer"):
        y = (Value(2.0, label="x") * 3.0).exp() + Value(-0.0)
    y.backward()
    script = (
        "import pickle, sys, dendrograd; assert dendrograd.implementation == 'pure'\n"
        "sys.stdout.buffer.write(pickle.dumps(pickle.load(sys.stdin.buffer)))"
    )
    there_and_back = subprocess.run(
        [sys.executable, "-c", script],
        input=pickle.dumps(y),
        env={**os.environ, "DENDROGRAD_PURE": "1"},
        capture_output=True,
        check=True,
    ).stdout
    copied = pickle.loads(there_and_back)
    for ours, theirs in zip(toposort(y), toposort(copied), strict=True):
        assert repr(ours) == repr(theirs)
        assert (ours.op, ours.partials, ours.scope) == (
            theirs.op,
            theirs.partials,
            theirs.scope,
        )
