"""A KeyboardInterrupt at every bytecode of build and backward leaves nothing wrong.

A trace function asks for an event at each opcode of the engine's files and raises
KeyboardInterrupt at the n-th, for n = 1, 2, ... until the run ends undisturbed: at every
opcode for `backward`, which is harsher than CPython; where modes are set and put back,
at every opcode at which CPython looks for signals (after a call, after a jump backwards
and at the start of a frame), since no code can mend an interrupt of its own mending. One
place stays open: the start of the `__exit__` of a block where that is a function in
Python; an interrupt right there leaves the block open, unless a function of the engine
holds it. The functions are small, since the time grows with their squared length.
Survived: leaves have all of a gradient or none of it, modes are as before, also while
the error and its traceback are kept, and the next backward on the same graph gives the
same bits as one that was never disturbed.
"""

from __future__ import annotations

import gc
import opcode
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from implementations import NATIVE, native_class, python_class

import dendrograd
from dendrograd import (
    Value,
    backprop,
    context,
    dot,
    errstate,
    grad,
    hessian,
    jvp,
    log,
    no_grad,
    scope,
    tanh,
    where,
)
from dendrograd.context import within
from dendrograd.mode import MODE, Mode
from dendrograd.node.methods import GENERATED
from dendrograd.notices.lost import WATCH, quiet
from dendrograd.runs import NESTED


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """Run no callback of the collector, in which Python swallows an interrupt."""
    gc.disable()
    yield
    gc.enable()


ENGINE = (str(Path(dendrograd.__file__).parent), GENERATED)
LEAVES = (0.5, -1.25, 2.0)
LOOKS = {  # opcodes after which CPython looks for signals
    opcode.opmap[name]
    for name in opcode.opmap
    if name.startswith(("CALL", "RESUME", "JUMP_BACKWARD", "POP_JUMP_BACKWARD"))
    and not name.endswith("NO_INTERRUPT")
}


def interrupted(
    run: Callable[[], Any], at: int, signals: bool, ends: bool
) -> KeyboardInterrupt | None:
    """Run with a KeyboardInterrupt at the n-th opcode; return it if it came."""
    count = 0
    last: dict[FrameType, int] = {}  # the opcode that each frame executed before

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        file = frame.f_code.co_filename
        if file == __file__ or not (signals or file.startswith(ENGINE)):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            code = frame.f_code.co_code
            start = frame.f_code.co_name == "__exit__" and frame not in last
            looks = code[last.get(frame, 0)] in LOOKS and (ends or not start)
            count += looks or not signals
            last[frame] = frame.f_lasti
            if count == at:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    except KeyboardInterrupt as error:
        if not signals:
            backprop.renew()  # CPython looks nowhere where `with` could keep the lock
        return error
    finally:
        sys.settrace(before)
    return None


def everywhere(
    run: Callable[[], Any], signals: bool = False, ends: bool = NATIVE
) -> Iterator[int]:
    """Yield each n at which a run could be interrupted, having done so.

    The error is kept meanwhile, as a notebook keeps the last one, and with it all that
    its traceback holds. `ends` has the start of each `__exit__` interrupted as well.
    """
    at = 1
    while error := interrupted(run, at, signals, ends):
        yield at
        at += 1
    assert error is None
    least = 20 if signals else 100  # in C there is nowhere to interrupt it
    assert at > (
        least // 3 if NATIVE else least
    )  # else hardly anything was interrupted


def neuron(x: Value, y: Value, z: Value) -> Value:
    with scope("inner"):
        return inside(x, y, z)


def inside(x: Value, y: Value, z: Value) -> Value:
    return tanh(dot([x, y], [y, z], 0.5)) * x


def held(x: Value, y: Value, z: Value) -> Value:
    return within(scope("inner"), inside, x, y, z)  # as the engine calls modules


def program(x: Value, y: Value, z: Value) -> Value:
    hidden = neuron(x, y, z)
    return log(where(hidden > 0.0, hidden, z) + z * z) - y / z


def leaves() -> tuple[Value, Value, Value]:
    x, y, z = map(Value, LEAVES)
    return x, y, z


def undisturbed(function: Callable[..., Value]) -> list[float]:
    inputs = leaves()
    function(*inputs).backward()
    return [v.grad for v in inputs]


def test_an_interrupt_at_every_bytecode_of_a_build_leaves_the_next_build_right() -> (
    None
):
    expected, inputs = undisturbed(program), leaves()
    mode = MODE.get()
    for _ in everywhere(lambda: program(*inputs), signals=True):
        assert MODE.get() is mode
        assert [(v.data, v.grad, v.parents) for v in inputs] == [
            (x, 0.0, ()) for x in LEAVES
        ]
    program(*inputs).backward()
    assert [v.grad for v in inputs] == expected


def test_an_interrupt_at_every_bytecode_of_backward_leaves_all_or_nothing() -> None:
    expected, inputs = undisturbed(neuron), leaves()
    root = neuron(*inputs)
    whole = none = 0
    for _ in everywhere(root.backward):
        found = [v.grad for v in inputs]
        assert found in ([0.0] * 3, expected)
        whole, none = whole + (found == expected), none + (found != expected)
        for v in inputs:
            v.grad = 0.0
        root.backward()  # the next one is right
        assert [v.grad for v in inputs] == expected
        for v in inputs:
            v.grad = 0.0
    assert none > whole


def slopes(x: Value) -> Iterator[Value]:
    yield grad(lambda y: y * x)(x)


@pytest.mark.parametrize(
    "derivative",
    [
        lambda: grad(held, (0, 1, 2))(*LEAVES),
        lambda: jvp(held, LEAVES, (1.0, 0.5, -1.0)),
        lambda: hessian(lambda x: x * x)(0.5),
        lambda: grad(grad(lambda x: x * x))(0.5),
        lambda: within(no_grad(), grad(lambda x: x * x), 0.5),
        lambda: quiet(grad(no_grad()(lambda x: x * x)), 0.5),
        lambda: grad(lambda x: next(slopes(x)))(0.5),
    ],
    ids=["grad", "jvp", "hessian", "nested", "unrecorded", "quiet", "generator"],
)
def test_an_interrupt_at_every_bytecode_of_a_transform_leaves_modes_as_they_were(
    derivative: Callable[[], Any],
) -> None:
    expected, mode = derivative(), MODE.get()
    for at in everywhere(derivative, signals=True, ends=True):
        assert MODE.get() is mode
        assert NESTED.get() is False
        assert WATCH.get() is None
        if at % 50 == 0:
            assert derivative() == expected
            assert type(grad(tanh)(0.0)) is float
    assert derivative() == expected


def test_an_interrupt_inside_a_block_ends_its_mode() -> None:
    mode, x = MODE.get(), Value(2.0)

    def blocks() -> None:
        with errstate(divide="raise"), scope("a"), no_grad():
            x.exp()

    for _ in everywhere(blocks, signals=True):
        assert MODE.get() is mode
        assert x.exp().parents == (x,)


class Interrupting:
    """The variable of the mode; Ctrl-C comes in the n-th use of it, done or not."""

    def __init__(self, at: int, done: bool) -> None:
        self.left, self.done = at, done

    def get(self) -> Mode:
        return self._used(MODE.get)

    def set(self, mode: Mode) -> None:
        self._used(MODE.set, mode)

    def _used(self, use: Callable[..., Any], *mode: Mode) -> Any:
        self.left -= 1
        if self.left:
            return use(*mode)
        if self.done:
            use(*mode)
        raise KeyboardInterrupt


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize(
    "at", [1, 2, *[pytest.param(at, marks=python_class) for at in (3, 4)]]
)
def test_an_interrupt_as_a_block_begins_or_ends_leaves_no_mode(
    monkeypatch: pytest.MonkeyPatch, at: int, done: bool
) -> None:
    with errstate(over="warn"):
        mode = MODE.get()
        monkeypatch.setattr(context, "MODE", Interrupting(at, done))
        with pytest.raises(KeyboardInterrupt), no_grad():
            pass
        monkeypatch.undo()
        assert MODE.get() is mode


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_interrupt_as_an_outer_block_ends_before_an_inner_one_ends_just_that(
    monkeypatch: pytest.MonkeyPatch, at: int, done: bool
) -> None:
    outer, inner, x = no_grad(), scope("inner"), Value(2.0)
    outer.__enter__()
    inner.__enter__()
    monkeypatch.setattr(context, "MODE", Interrupting(at, done))
    with suppress(KeyboardInterrupt):
        outer.__exit__(None, None, None)
    monkeypatch.undo()
    y = x.exp()
    assert (y.parents, y.scope) == ((x,), ("inner",))
    inner.__exit__(None, None, None)
    assert x.exp().scope == ()


def test_an_interrupt_of_backward_keeps_no_lock_from_the_other_threads():
    def free() -> None:
        for lock in (backprop.SWEEPING, backprop.WRITING):
            taken.append(lock.acquire(blocking=False))
            lock.release()

    x = Value(3.0)
    y = x * x
    for at in everywhere(y.backward, signals=True):
        taken: list[bool] = []
        other = threading.Thread(target=free)
        other.start()
        other.join()
        assert taken == [True, True], at


@pytest.mark.parametrize("held", [no_grad(), errstate(all="raise"), scope("a")])
def test_an_interrupt_where_a_blocks_end_begins_ends_one_that_the_engine_holds(
    monkeypatch: pytest.MonkeyPatch, held: context.Block
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with held:  # twice on the chain: the outer one stays
        mode = MODE.get()
        monkeypatch.setattr(context.Block, "__exit__", interrupt)
        for function in (held(Value(2.0).exp), lambda: within(held, Value(2.0).exp)):
            with suppress(KeyboardInterrupt):  # C asks no method of a scope
                function()
            assert MODE.get() is mode
        monkeypatch.undo()


@native_class
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such timer here")
def test_no_signal_in_a_loop_of_empty_blocks_leaves_one_of_them_on() -> None:
    """Python looks for signals at the start of its functions, so also of `__exit__`."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def blocks(seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        for _ in range(20_000):  # one in a callback of the collector is ignored
            with no_grad():
                pass
            with errstate(over="warn"), scope("a"):
                pass
        raise KeyboardInterrupt

    mode, before = MODE.get(), signal.signal(signal.SIGALRM, interrupt)
    try:
        for n in range(600):
            with pytest.raises(KeyboardInterrupt):
                blocks(1e-5 + n * 1e-7)
            assert MODE.get() is mode, n
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
