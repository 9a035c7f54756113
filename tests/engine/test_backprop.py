"""The reverse sweep: accumulation, determinism, depth, cycles, interrupts, memory."""

import copy
import gc
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from implementations import NATIVE, python_class
from oracle import ORACLE, close, slope

from dendrograd import (
    Value,
    backprop,
    grad,
    no_grad,
    scope,
    sqrt,
    sum,
    toposort,
    where,
)
from dendrograd.backprop import backward, between
from dendrograd.errors import GraphError, OperandError
from dendrograd.sweeps import pull, push
from dendrograd.testing import Expression, expressions


@given(expressions(depth=8))
def test_reverse_equals_forward_equals_mpmath_on_random_graphs(program: Expression):
    leaves = [Value(x) for x in program.point]
    root = program(*leaves)
    root.backward()
    order = toposort(root)
    for i, leaf in enumerate(leaves):
        forward = push(order, {leaf: 1.0}).get(root, 0.0)
        absolute = _sum_of_absolute_paths(order, root, leaf)
        exact = slope(
            lambda *xs: program.results(xs, lambda op, *at: ORACLE[op.name](*at))[0],
            program.point,
            i,
        )
        assert leaf.grad == pytest.approx(forward, rel=1e-12, abs=1e-13 * absolute)
        assert close(leaf.grad, exact, rel=1e-9, absolute=1e-9 * absolute + 1e-12)


def _sum_of_absolute_paths(order, root, leaf) -> float:
    """Return the scale of rounding: the chain rule without cancellation."""
    bars = pull(order, {root: 1.0}, lambda v: tuple(map(abs, v.partials)))
    return bars.get(leaf, 0.0)


@given(expressions(depth=8))
def test_a_sweep_by_hand_is_the_sweep(program: Expression):
    leaves = [Value(x) for x in program.point]
    root = program(*leaves)
    root.backward()
    order = toposort(root)
    grads = [node.grad for node in order]
    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        node._backward()
    assert [node.grad for node in order] == grads


def test_the_steps_of_micrograds_lecture_give_its_numbers():
    x1, x2, w1, w2 = Value(2.0), Value(0.0), Value(-3.0), Value(1.0)
    x1w1, x2w2 = x1 * w1, x2 * w2
    both = x1w1 + x2w2
    n = both + 6.8813735870195432
    o = n.tanh()
    o.grad = 1.0
    o._backward()
    assert n.grad == pytest.approx(0.5)
    for node in (n, both, x1w1, x2w2):
        node._backward()
    grads = [v.grad for v in (x1, w1, x2, w2)]
    assert grads == pytest.approx([-1.5, 1.0, 0.5, 0.0])


def test_a_step_by_hand_adds_annihilates_and_takes_none_for_zero():
    x = Value(3.0)
    twice = x + x
    twice.grad = 1.0
    twice._backward()
    twice._backward()
    assert (x.grad, twice.grad) == (4.0, 1.0)  # it adds, once for each use
    x._backward()  # a leaf hands on nothing
    x.grad = twice.grad = None
    twice._backward()
    assert x.grad == 0.0
    zero = Value(0.0)
    chosen = where(Value(1.0), zero, zero.log())  # the branch not taken is -inf
    for node in reversed(order := toposort(chosen)):
        node.grad = 1.0 if node is chosen else node.grad
        node._backward()
    assert zero.grad == 1.0
    assert all(node.grad == node.grad for node in order)
    with no_grad():
        unrecorded = x * x
    unrecorded._backward()  # as in a sweep through it


@given(expressions(depth=8))
def test_backward_twice_gives_exactly_twice_the_leaf_gradient(program: Expression):
    leaves = [Value(x) for x in program.point]
    root = program(*leaves)
    root.backward()
    once = [leaf.grad for leaf in leaves]
    inner = [node.grad for node in toposort(root) if node.parents]
    root.backward()
    assert [leaf.grad for leaf in leaves] == [2 * g for g in once]
    assert [node.grad for node in toposort(root) if node.parents] == inner


@given(expressions(depth=8))
def test_toposort_lists_each_node_once_and_parents_first(program: Expression):
    root = program(*[Value(x) for x in program.point])
    order = toposort(root)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is root
    assert all(place[p] < place[v] for v in order for p in v.parents)


def test_toposort_goes_depth_first_in_the_order_of_the_parents():
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    left, right = a * b, c * a
    root = right + left
    assert list(map(id, toposort(root))) == list(map(id, (c, a, right, b, left, root)))


def test_shared_and_repeated_parents_add_up():
    x = Value(3.0)
    y = x * x + x
    (y * y).backward()
    assert x.grad == 2 * 12 * 7
    assert y.grad == 24.0


def test_a_gradient_from_beyond_the_root_scales_the_sweep():
    x = Value(3.0)
    (x * x).backward(0.5)
    assert x.grad == 3.0


def test_the_gradient_of_a_leaf_by_itself_is_one():
    x = Value(3.0)
    x.backward()
    assert x.grad == 1.0


def test_a_zero_factor_annihilates_in_every_mode():
    inf = float("inf")

    def taken(x):  # the branch not taken has an infinite local derivative
        return where(1.0, x, sqrt(x - 2.0) / (x - 2.0))

    for at in (2.0, 1.0):  # 0/0 and the root of a negative number
        x = Value(at)
        taken(x).backward()
        assert x.grad == 1.0
        assert grad(taken)(at) == 1.0
        assert grad(grad(taken))(at) == 0.0
        leaf = Value(at)
        root = taken(leaf)
        assert push(toposort(root), {leaf: 1.0})[root] == 1.0
    x, y = Value(0.0), Value(1.0)
    Value(0.0, (x, y), (0.0, inf)).backward(0.0)
    assert (x.grad, y.grad) == (0.0, 0.0)


def test_infinite_and_undefined_gradients_that_count_are_kept():
    x = Value(0.0)
    x.cbrt().backward()
    assert x.grad == float("inf")
    y = Value(-1.0)
    y.log().sqrt().backward()
    assert y.grad != y.grad


def test_a_million_nodes_build_differentiate_and_die_without_recursion():
    x = Value(1.0)
    y = x
    for _ in range(500_000):  # some seconds: README promises a million nodes
        y = y * 1.0 + 1e-6
    y.backward()
    assert x.grad == 1.0
    assert y.data == pytest.approx(1.5)
    del y
    wide = [Value(1.0) for _ in range(20_000)]
    sum(wide).backward()
    assert {leaf.grad for leaf in wide} == {1.0}


def test_a_graph_dies_with_its_last_name_without_the_collector():
    def step():
        x = Value(0.5)
        loss = sum([(x * i).tanh() + x**2 for i in range(200)])
        loss.backward()

    gc.collect()
    gc.disable()
    try:
        for _ in range(3):  # fill Python's own free lists
            step()
        before = sys.getallocatedblocks()
        for _ in range(20):
            step()
        assert sys.getallocatedblocks() - before < 200  # one graph has thousands
    finally:
        gc.enable()


@pytest.mark.parametrize("root", [[Value(1.0)], 1.0, None, "x"], ids=type)
def test_backward_of_no_scalar_value_is_told(root):
    with pytest.raises(OperandError, match=r"backward: .* not a Value; differentiate"):
        backward(root)


PROGRAM = """
    from dendrograd import Value, sum
    xs = [Value(0.1 * i) for i in range(1, 30)]
    shared = [(a * b).tanh() for a in xs for b in xs[:3]]
    loss = sum(shared) * sum(shared[::2]) + max(shared)
    loss.backward()
    print([x.grad.hex() for x in xs], loss.data.hex())
"""


def test_the_same_program_gives_the_same_bits_for_every_hash_seed():
    seen = set()
    for seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(PROGRAM)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        seen.add(done.stdout)
    assert len(seen) == 1


class Interrupt(BaseException):
    """Stands for KeyboardInterrupt, which pytest would take for itself."""


def _interrupted_after(steps: int, function) -> bool:
    """Run a function, raising at its n-th traced line; return whether it got there."""
    left = steps

    def tracer(frame, event, argument):
        nonlocal left
        if frame.f_code.co_filename.endswith("backprop.py"):
            frame.f_trace_opcodes = True
            left -= 1
            if left < 0:
                sys.settrace(None)
                raise Interrupt
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        function()
    except Interrupt:
        backprop.renew()  # CPython looks for no signal where `with` could keep the lock
        return True
    finally:
        sys.settrace(before)
    return False


def test_an_interrupt_anywhere_in_backward_leaves_all_leaves_or_none_changed():
    steps, reached, outcomes = 0, True, set()
    while reached:
        a, b = Value(3.0), Value(2.0)
        a.grad = b.grad = 100.0
        y = a * b + a
        reached = _interrupted_after(steps, y.backward)
        outcomes.add((a.grad, b.grad))
        a.grad = b.grad = 0.0
        y.backward()
        assert (a.grad, b.grad) == (3.0, 3.0)
        steps += 1
    assert steps > (20 if NATIVE else 100)
    assert outcomes == {(100.0, 100.0), (103.0, 103.0)}


def test_threads_on_independent_graphs_give_the_bits_of_one_thread():
    shared = [Value(0.01 * i) for i in range(1, 20)]

    def work(k: int) -> list[float]:
        def f(xs):
            terms = [(x * k).tanh() * y for x, y in zip(xs, shared, strict=True)]
            return sum(terms) ** 2

        return grad(f)([x.data + 0.5 for x in shared])

    alone = [work(k) for k in range(8)]
    together: list = [None] * 8

    def run(k: int) -> None:
        for _ in range(5):
            together[k] = work(k)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone
    assert all(leaf.grad == 0.0 for leaf in shared)


def test_nothing_refers_back_from_a_leaf_to_what_was_made_of_it():
    class Marked(Value):  # a subclass can be referenced weakly
        pass

    x = Value(1.0)
    inner = Marked(2.0, (x,), (1.0,))
    gone = weakref.ref(inner)
    root = inner * x
    del inner
    assert gone() is not None
    gc.disable()
    try:
        del root
        assert gone() is None
    finally:
        gc.enable()


def test_the_sweep_visits_each_edge_once_however_shared():
    x = Value(1.0)
    y = x
    for _ in range(200):  # 2**200 paths: one by one they would never end
        y = y + y
    y.backward()
    assert x.grad == 2.0**200


@python_class
def test_an_interrupt_between_two_leaves_gives_the_first_its_old_gradient():
    class Interrupting(float):
        def __add__(self, other):
            raise Interrupt

    first, second = Value(3.0), Value(2.0)
    first._grad, second._grad = 100.0, Interrupting(7.0)
    with pytest.raises(Interrupt):
        (first * second).backward()
    assert (first.grad, second.grad) == (100.0, 7.0)


def test_backward_of_what_no_grad_did_not_record_is_told():
    x = Value(3.0)
    with no_grad():
        roots = [x * x, 2 * x, x.tanh(), +x, sum([x, 1.0]), Value(9.0, (x,), (6.0,))]
        with scope("layer"):
            roots += [x / 0.0]
        leaf, cut = Value(3.0), (x * x).detach()
    roots += [copy.copy(roots[0]), copy.deepcopy(roots[0])]
    for root in [*roots, pickle.loads(pickle.dumps(roots[0]))]:
        assert (root.parents, root.operands, root.op) == ((), (), None)
        with pytest.raises(GraphError, match=r"backward: .* inside no_grad.*outside"):
            root.backward()
    assert x.grad == 0.0
    for other in (leaf, cut):
        other.backward()
        assert other.grad == 1.0


def test_what_no_grad_made_is_a_constant_for_what_is_recorded_later():
    x = Value(3.0)
    with no_grad():
        square = x * x
    (square * x).backward()
    assert (x.grad, square.grad) == (9.0, 3.0)


def at_once(count, function) -> None:
    """Run a function in so many threads, switching between them as often as can be."""
    interval = sys.getswitchinterval()
    # Switched so often only once all have begun: what traces a thread must be able to.
    ready = threading.Barrier(count, lambda: sys.setswitchinterval(1e-6), timeout=60)

    def run():
        ready.wait()
        function()

    threads = [threading.Thread(target=run) for _ in range(count)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)


class Yielding(float):
    """Lets other threads run between the reading of a gradient and its writing.

    CPython 3.11 switches nowhere there of itself; without its global lock it would.
    """

    def __add__(self, other):
        time.sleep(0)
        return Yielding(float(self) + other)


def test_threads_that_share_leaves_lose_no_contribution():
    shared = [Value(float(i)) for i in range(5)]
    for leaf in shared:
        leaf._grad = Yielding(1.0)

    def work():
        for _ in range(50):
            sum([x * 3.0 for x in shared]).backward()

    at_once(16, work)
    assert [x.grad for x in shared] == [1.0 + 3.0 * 16 * 50] * len(shared)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_can_go_backward_while_a_thread_of_its_parent_does():
    code = """
        import os, threading
        from dendrograd import Value, backprop
        held, done = threading.Event(), threading.Event()
        def hold():
            with backprop.SWEEPING, backprop.WRITING:
                held.set()
                done.wait()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        x = Value(3.0)
        if not child:
            (x * x).backward()
            os._exit(int(x.grad))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        done.set()
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["6"]


def test_a_renewed_lock_is_held_by_nobody(monkeypatch):
    monkeypatch.setattr(backprop, "WRITING", None)
    monkeypatch.setattr(backprop, "SWEEPING", None)
    backprop.renew()
    assert backprop.WRITING.acquire(blocking=False)
    assert not backprop.SWEEPING.locked()
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0


@given(expressions(depth=8), st.data())
def test_what_lies_between_roots_and_inputs_depends_on_an_input(program, data):
    inputs = [Value(x) for x in program.point]
    root = program(*inputs)
    chosen = data.draw(st.lists(st.sampled_from(inputs), unique_by=id, min_size=1))
    found = between([root], chosen)
    below = {node: {node} for node in chosen}
    for node in toposort(root, below=chosen):
        below[node] = set().union(*(below.get(p, set()) for p in node.parents))
    order = [node for node in toposort(root, below=chosen) if below[node]]
    assert list(map(id, found)) == list(map(id, chosen + order))


@given(expressions(depth=8), st.floats(-2.0, 2.0))
def test_a_sweep_gives_what_is_wanted_of_what_it_gives_in_all(program, seed):
    inputs = [Value(x) for x in program.point]
    root = program(*inputs)
    order = toposort(root)
    stranger = Value(1.0)
    wanted = [*inputs, root, stranger, 0.5, *inputs]
    for sweep, seeds in ((pull, {root: seed}), (push, {order[0]: seed})):
        whole = sweep(order, seeds)
        expected = [whole.get(v, 0.0) if isinstance(v, Value) else 0.0 for v in wanted]
        assert repr(sweep(order, seeds, wanted=wanted)) == repr(expected)
