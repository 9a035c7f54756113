"""The native tape refuses what would lead out of its arrays, and survives what Python does."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import numpy as np
import pytest
from random_code import drawn, numbers, same

from dendrograd import Value, primitive
from dendrograd.compiler.code import CHAIN, Code, from_flat
from dendrograd.compiler.schedule import in_runs, native
from dendrograd.compiler.tape import Tape
from dendrograd.flat import flat
from dendrograd.languages.c import C
from dendrograd.ops import OPS

pytestmark = pytest.mark.skipif(
    native is None, reason="the native tape is not built or not wanted"
)


def parts_of(code):
    """Return what a machine is made of."""
    runs = in_runs(code)
    here = [op is CHAIN or C.knows(op) for op in code.table]
    calls = [None if c else op.evaluate for c, op in zip(here, code.table, strict=True)]
    rows = [runs.heads.ravel(), runs.operands, runs.outputs]
    return [code.inputs, code.constants, *rows, tuple(calls)]


def chain(steps):
    """Return long code: the sine of the sine of ... of its input, and a sum of all."""
    sine, add = [list(OPS).index(name) for name in ("sin", "add")]
    codes = np.where(np.arange(2 * steps) < steps, sine, add).astype(np.int32)
    starts = [*range(steps + 1), *range(steps + 2, 3 * steps + 1, 2)]
    operands = [0, *range(1, steps)]
    total = 0
    for k in range(steps):
        operands += [total, k + 1]
        total = steps + k + 1
    rows = np.array(starts, np.int32), np.array(operands, np.int32)
    table = from_flat(flat([Value(1.0)]))[0].table
    outputs = np.array([total], np.int32)
    return Code(1, codes, *rows, np.zeros(0), outputs, table)


def small():
    x, y = Value(2.0), Value(3.0)
    return from_flat(flat([(x * y).hypot(x) + 0.5], [x, y]))[0]


def test_a_machine_of_numbers_that_lead_out_of_the_code_is_refused_or_runs():
    draw, outcomes = Random(2), set()
    for _ in range(3000):
        parts = parts_of(drawn(draw, 12))
        which = draw.randrange(5)
        if which < 1:
            parts[0] += draw.choice([-1000, -2, -1, 1, 2**31 - 3, 2**62])
        elif which < 2:
            parts[1] = parts[1][: draw.randrange(7)]
        else:
            row = parts[which] = parts[which].copy()
            if len(row):
                far = draw.choice([-(2**31), -1, 0, 1, 3, 70, 2**31 - 1])
                row[draw.randrange(len(row))] = far
        try:
            machine = native.Machine(*parts)
        except (ValueError, OverflowError) as error:
            outcomes.add(type(error))
        else:
            outputs = np.zeros(len(parts[4]))
            machine.run(np.zeros(parts[0]), outputs)
            outcomes.add(None)
    assert outcomes == {ValueError, None}


def test_a_schedule_of_numbers_that_lead_out_of_the_code_is_refused():
    draw, outcomes = Random(4), set()
    for _ in range(1000):
        code = drawn(draw, 12)
        rows = [code.codes.copy(), code.starts.copy(), code.operands.copy()]
        row = draw.choice(rows)
        row[draw.randrange(len(row))] = draw.choice([-(2**31), -1, 5, 99, 2**31 - 1])
        for call in (
            lambda: native.schedule(code.inputs, len(code.table), *rows),  # noqa: B023
            lambda: native.needed(code.inputs, *rows[1:], np.zeros(code.slots, bool)),  # noqa: B023
            lambda: native.reached(code.inputs, *rows[1:], np.ones(code.slots, bool)),  # noqa: B023
        ):
            try:
                outcomes.add(type(call()))
            except ValueError as error:
                outcomes.add(type(error))
    assert outcomes == {tuple, type(None), ValueError}


READ_ONLY = np.zeros(1)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (np.zeros(2),),
        (np.zeros(3), np.zeros(1)),
        (np.zeros(2), np.zeros(2)),
        (np.zeros((2, 1)), np.zeros(1)),
        (np.zeros(2, np.float32), np.zeros(1)),
        (np.zeros(2, np.int64), np.zeros(1)),
        (np.zeros(2, ">f8"), np.zeros(1)),
        (np.zeros(2), READ_ONLY),
        (np.zeros(2), b"12345678"),
        (b"0123456789abcdef", np.zeros(1)),
        ([1.0, 2.0], np.zeros(1)),
        (None, None),
    ],
)
def test_arrays_of_another_kind_are_refused(arguments):
    with pytest.raises((TypeError, ValueError, BufferError)):
        native.Machine(*parts_of(small())).run(*arguments)


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize(
    "part", [None, "x", [1], np.zeros(4), np.zeros((2, 2), np.int32)]
)
def test_a_machine_of_parts_of_another_kind_is_refused(place, part):
    parts = parts_of(small())
    if place == 1 and isinstance(part, np.ndarray) and part.ndim == 1:
        part = part.astype(np.int32)
    parts[place] = part
    with pytest.raises((TypeError, ValueError, BufferError)):
        native.Machine(*parts)


def test_long_code_runs_in_threads_at_once():
    code = chain(70_000)  # long enough for the lock to be let go
    tape, points = Tape(code), [np.array([0.1 * k]) for k in range(4)]
    wanted = [tape(point) for point in points]
    with ThreadPoolExecutor(4) as pool:
        for found, alone in zip(pool.map(tape, points * 2), wanted * 2, strict=True):
            assert same(found, alone)


@pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no timer signals"
)
def test_an_interrupt_ends_a_long_call_and_the_next_one_is_right():
    tape, point = Tape(chain(150_000)), np.array([0.5])
    wanted = tape(point)

    def handler(*_):
        raise KeyboardInterrupt

    def call_until_it_comes():
        while True:
            signal.setitimer(signal.ITIMER_REAL, 1e-3)
            tape(point)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            call_until_it_comes()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert same(tape(point), wanted)


def test_an_operation_may_call_the_tape_that_calls_it():
    depth = [0]

    @primitive(lambda y, x: (1.0,))
    def again(x):
        depth[0] += 1
        return tape(np.array([x - 1.0])).item() + x if x > 0.0 else 0.0

    x = Value(0.0)
    tape = Tape(from_flat(flat([again(x * 1.0) * 1.0], [x]))[0])
    depth[0] = 0
    assert tape(np.array([30.0])).tolist() == [sum(range(31))]
    assert depth == [31]


def test_an_operation_may_drop_the_tape_and_collect():
    @primitive(lambda y, x: (1.0,))
    def drop(x):
        tapes.clear()
        gc.collect()
        return x

    tapes, x = [], Value(1.0)
    code = from_flat(flat([drop(x * 2.0) + drop(x + 1.0)], [x]))[0]
    tapes.append(Tape(code))
    assert tapes[0](np.array([3.0])).tolist() == [10.0]


def test_a_tape_that_an_operation_holds_is_collected():
    class Holder:
        def __init__(self):
            operation, x = primitive(lambda y, x: (1.0,))(self.f), Value(1.0)
            self.tape = Tape(from_flat(flat([operation(x)], [x]))[0])

        def f(self, x):
            return x

    holder = Holder()
    assert holder.tape(np.array([2.0])).tolist() == [2.0]
    gone = weakref.ref(holder)
    del holder
    gc.collect()
    assert gone() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_of_fork_runs_the_tape_of_its_parent():
    script = """
import os, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from test_machine import chain, Tape
tape, point = Tape(chain(5000)), np.array([0.5])
wanted = tape(point)
child = os.fork()
right = tape(point).tobytes() == wanted.tobytes()
if not child:
    os._exit(0 if right else 1)
assert right and os.waitpid(child, 0)[1] == 0
"""
    command = [sys.executable, "-c", script, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_random_code_leaves_no_block_behind():
    draw = Random(2)
    codes = [drawn(draw, 40) for _ in range(10)]

    def run():
        for code in codes * 10:
            Tape(code)(numbers(draw, code.inputs))
        gc.collect()
        return sys.getallocatedblocks()

    counts = [run() for _ in range(6)]  # the first fill caches of Python and of NumPy
    assert counts[-1] - counts[-2] < 50


def test_an_allocation_that_fails_is_told_and_leaves_the_next_call_right():
    pytest.importorskip("_testcapi", reason="nothing here lets an allocation fail")
    program = Path(__file__).parents[1] / "no_memory.py"
    cases = ["machine", "first run of a machine", "schedule", "reached", "gather"]
    subprocess.run([sys.executable, program, *cases], check=True)
