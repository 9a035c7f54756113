"""What may happen during a long call over lanes, and how much memory one takes."""

from __future__ import annotations

import gc
import signal
import threading
import time
import tracemalloc

import numpy as np
import pytest

from dendrograd import compile, grad, primitive, value_and_grad


def long(w, x):
    y = x
    for _ in range(30):
        y = y * w + 0.25
    return y


def branchy(w, x):
    return long(w, x) if x > 0.0 else w * x


@pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no timer signals"
)
@pytest.mark.parametrize("exact", [True, False])
def test_an_interrupt_ends_a_call_of_minutes_and_the_next_one_is_right(exact):
    fast = compile(long, in_axes=(None, 0), reduce="sum", exact=exact)
    wanted = fast(0.5, np.ones(3))
    came = []

    def handler(*_):
        came.append(time.process_time())
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    start = time.process_time()
    try:
        with pytest.raises(KeyboardInterrupt):
            grad(fast)(0.5, np.broadcast_to(1.0, 10**9))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert came[0] - start < 0.25  # 0.05 s until it is asked for
    assert time.process_time() - came[0] < 0.1
    assert fast(0.5, np.ones(3)) == wanted


@pytest.mark.parametrize("f", [long, branchy])
def test_lanes_that_no_other_thread_changes_are_right(f):
    fast = compile(f, in_axes=(None, 0))
    x = np.random.default_rng(3).normal(size=20_000)
    wanted = value_and_grad(fast)(0.5, x)
    held, done = x[-500:].copy(), threading.Event()

    def change():
        while not done.is_set():
            x[-500:] = np.nan
            x[-500:] = -held

    thread = threading.Thread(target=change)
    thread.start()
    try:
        found = [value_and_grad(fast)(0.5, x) for _ in range(4)]
    finally:
        done.set()
        thread.join()
    for value, slope in found:
        assert (value[:-500] == wanted[0][:-500]).all()
        assert (slope[:-500] == wanted[1][:-500]).all()


def test_an_operation_may_drop_the_function_that_calls_it():
    @primitive(lambda y, x: (1.0,))
    def drop(x):
        held.clear()
        gc.collect(0)
        return x + 1.0

    held = [compile(lambda x: drop(x) * 2.0, in_axes=0)]
    assert held[0](np.arange(3.0)).tolist() == [2.0, 4.0, 6.0]
    assert not held


def test_an_operation_that_changes_the_array_is_read_as_it_is_then():
    x = np.arange(200.0)

    @primitive(lambda y, x: (1.0,))
    def change(y):
        x[100:] = -1.0
        return y

    found = compile(lambda x: change(x) * 2.0, in_axes=0)(x)
    assert found[:64].tolist() == (2.0 * np.arange(64.0)).tolist()
    assert set(found[128:].tolist()) <= {
        -2.0,
        *(2.0 * np.arange(128.0, 200.0)).tolist(),
    }


def peak(act):
    """Return the most memory that was held in a call, above that before it."""
    act()  # so that all is recorded
    gc.collect()
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_lanes():
    def smooth(w, x):
        return (w * x).tanh() * w + x

    def parted(w, x):
        return smooth(w, x) if x > 0.0 else w * x

    few, many = [np.ones(n) for n in (70_000, 140_000)]
    for x in (few, many):
        x[::3] = -1.0

    def growth(f):
        call = value_and_grad(compile(f, in_axes=(None, 0), reduce="mean"))
        more = peak(lambda: call(0.5, many)) - peak(lambda: call(0.5, few))
        return more / (len(many) - len(few))

    assert growth(smooth) < 0.1
    assert growth(parted) < 80.0  # bytes: the numbers of the lanes of each path
