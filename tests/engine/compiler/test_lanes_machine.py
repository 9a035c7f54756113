"""The native lanes refuse what would lead out of their arrays, whatever Python hands in."""

from __future__ import annotations

import gc
import itertools
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import numpy as np
import pytest
from random_code import drawn, same

from dendrograd import Value, primitive
from dendrograd.compiler import lanes as module
from dendrograd.compiler.code import from_flat, from_program
from dendrograd.compiler.lanes import Lanes, kernels
from dendrograd.compiler.rows import _last
from dendrograd.compiler.schedule import native
from dendrograd.flat import flat
from dendrograd.program import record

pytestmark = pytest.mark.skipif(
    native is None, reason="the native tape is not built or not wanted"
)
FAR = [-(2**31), -7, -1, 0, 1, 3, 70, 2**31 - 1]
HEADS, OPERANDS, TARGETS, CALLS = 4, 5, 7, 11  # parts of a machine


@primitive(lambda y, *xs: (1.0,) * len(xs))
def longest(*xs):
    return float(len(xs)) + xs[0]


class Kept:
    """In place of the native tape: it keeps what a machine is made of."""

    def __init__(self):
        self.parts = []

    def __getattr__(self, name):
        return getattr(native, name)

    def Lanes(self, *parts):
        self.parts = list(parts)
        return native.Lanes(*parts)


def parts_of(code, over, each=None, asks=(), *, exact=True):
    """Return what a machine over lanes is made of."""
    kept, found = Kept(), Lanes(code, over, exact, asks)
    before, module.native = module.native, kept
    try:
        found.runner(np.ones(int(found.varies.sum()), bool) if each is None else each)
    finally:
        module.native = before
    return kept.parts


def random_parts(draw):
    """Return the parts of a machine of random code, with some questions at its end."""
    code = drawn(draw, draw.choice([4, 12, 40]), (longest,))
    over = sorted(draw.sample(range(code.inputs), draw.randint(1, code.inputs)))
    asks = [(draw.choice(module.HOWS), draw.random() < 0.5)] * draw.choice([0, 1, 3])
    asks = asks[: len(code.outputs) // 3]
    varies = Lanes(code, over, True, asks).varies
    each = np.array([draw.random() < 0.6 for _ in range(varies.sum())], bool)
    return parts_of(code, over, each, asks, exact=draw.random() < 0.5)


def of_result(y, x):
    """Return the parts of a machine of what computes y, and the constants there."""
    code = from_flat(flat([y], [x]))[0]
    return parts_of(code, [0]), Lanes(code, [0], True).once_for_all(np.zeros(1))


class Call:
    """The arrays of a call, of the size that a machine wants."""

    def __init__(self, parts, lanes, shared=None):
        random = np.random.default_rng(1)
        self.shared = random.normal(size=parts[1]) if shared is None else shared
        self.table = random.normal(size=(lanes, parts[0]))
        self.into = np.zeros((len(parts[8]), lanes))
        self.totals = np.zeros(len(parts[9]))
        self.first = np.zeros(lanes if len(parts[10]) else 0, np.int32)
        self.kernel, self.which, self.lanes = len(kernels) - 1, None, lanes

    def alone(self, lane):
        """Return the same of one lane."""
        other = object.__new__(Call)
        vars(other).update(vars(self))
        other.table = self.table[lane : lane + 1]
        other.into, other.totals = np.zeros((len(self.into), 1)), self.totals * 0.0
        other.first, other.lanes, other.which = self.first[:1] * 0, 1, None
        return other

    def run(self, machine):
        arrays = (self.table,)
        machine.run(
            *(self.kernel, True, self.lanes, self.shared, arrays),
            *(self.into, self.totals, self.first, self.which),
        )
        return self


def tried(make):
    """Return what is made, or the class of the error."""
    try:
        return make()
    except (ValueError, OverflowError, TypeError) as error:
        return type(error)


def test_a_machine_of_numbers_that_lead_out_of_the_code_is_refused_or_runs():
    draw, outcomes = Random(3), []
    sound = [random_parts(draw) for _ in range(60)]
    for _ in range(4000):
        parts = list(draw.choice(sound))
        for _ in range(draw.choice([1, 1, 2])):
            which = draw.randrange(11)
            if which < 4:
                parts[which] += draw.choice(
                    [-1000, -32, -2, -1, 1, 32, 2**31 - 3, 2**62]
                )
            elif len(parts[which]):
                row = parts[which] = parts[which].copy()
                row[draw.randrange(len(row))] = draw.choice(FAR)
                if draw.random() < 0.1:
                    parts[which] = row[: draw.randrange(len(row))]
        machine = tried(lambda: native.Lanes(*parts))  # noqa: B023
        outcomes.append(machine if isinstance(machine, type) else None)
        if not isinstance(machine, type) and parts[1] < 1000:
            with np.errstate(all="ignore"):
                whole = Call(parts, 70).run(machine)
                lane = draw.randrange(70)  # what nobody wrote would differ here
                alone = whole.alone(lane).run(native.Lanes(*parts))
            assert same(whole.into[:, lane], alone.into[:, 0])
            assert whole.first[lane : lane + 1].tolist() == alone.first.tolist()
    assert set(outcomes) == {ValueError, OverflowError, None}
    assert outcomes.count(None) > 200


def test_rows_of_numbers_that_lead_out_of_the_code_are_refused_or_given():
    draw, outcomes = Random(5), set()
    for _ in range(300):
        code = drawn(draw, 12)
        rows = [code.starts.copy(), code.operands.copy(), _last(code).copy()]
        for _ in range(5):
            row = draw.choice(rows)
            row[draw.randrange(len(row))] = draw.choice(FAR)
            found = tried(lambda: native.allocate(code.inputs, *rows))  # noqa: B023
            outcomes.add(found if isinstance(found, type) else tuple)
            if not isinstance(found, type):
                given = np.frombuffer(found[0], np.int32)
                assert len(given) == code.slots
                assert given.min() >= 0
                assert given.max() < found[1] <= code.slots
        for inputs in (-1, code.inputs + 1, 2**31 - 1, 2**62):
            with pytest.raises(ValueError, match="_tape"):
                native.allocate(inputs, code.starts, code.operands, _last(code))
    assert outcomes == {tuple, ValueError}
    for wrong in (
        (),
        (1, None, None, None),
        (1, np.zeros(0, np.int32)) + (np.zeros(2),) * 2,
    ):
        with pytest.raises((TypeError, ValueError)):
            native.allocate(*wrong)


@pytest.mark.parametrize("place", range(12))
@pytest.mark.parametrize(
    "part", [None, "x", [1], 1.5, np.zeros(4), np.zeros((2, 2), np.int32)]
)
def test_a_machine_of_parts_of_another_kind_is_refused(place, part):
    parts = parts_of(from_program(record(lambda x, w: (x * w).exp(), 2)), [0])
    parts[place] = part
    with pytest.raises((TypeError, ValueError)):
        native.Lanes(*parts)


def small():
    """Return a machine of two inputs over lanes, a shared number, an output and a sum."""
    code = from_program(record(lambda x, y, w: [x * w + y, x * y], 3))
    return parts_of(code, [0, 1], np.array([True, False]))


READ_ONLY = np.zeros((1, 5))
READ_ONLY.flags.writeable = False
CROOKED = np.frombuffer(bytearray(9), np.float64, 1, 1)
HOSTILE = [
    {"kernel": -1},
    {"kernel": len(kernels)},
    {"kernel": 2**31 - 1},
    {"lanes": -1},
    {"lanes": 4},
    {"lanes": 2**62},
    {"shared": np.zeros(2)},
    {"shared": np.zeros(1, np.float32)},
    {"shared": CROOKED},
    {"table": np.zeros((4, 2))},
    {"table": np.zeros((6, 2))},
    {"table": np.zeros((5, 3))},
    {"table": np.zeros((5, 1))},
    {"table": np.zeros(10)},
    {"table": np.zeros((5, 2, 1))},
    {"table": np.zeros((5, 2), np.float32)},
    {"table": np.zeros((5, 2), np.int64)},
    {"table": np.zeros((5, 2), ">f8")},
    {"table": [[1.0, 2.0]] * 5},
    {"table": b"x" * 80},
    {"table": None},
    {"into": np.zeros((1, 6))},
    {"into": np.zeros((2, 5))},
    {"into": np.zeros(5)},
    {"into": READ_ONLY},
    {"into": np.zeros((1, 5), np.int64)},
    {"totals": np.zeros(2)},
    {"totals": np.zeros((1, 1))},
    {"totals": READ_ONLY[0, :1]},
    {"totals": CROOKED},
    {"first": np.zeros(5, np.int32)},
    {"first": np.zeros(0)},
    {"which": np.zeros(4, np.int32)},
    {"which": np.zeros(5, np.int64)},
    {"which": np.zeros(10, np.int32)[::2]},
    {"which": np.array([0, 1, 2, 3, 5], np.int32)},
    {"which": np.array([-1, 1, 2, 3, 4], np.int32)},
    {"which": np.array([0, 1, 2**31 - 1, 3, 4], np.int32)},
    {"which": "01234"},
]


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: next(iter(change)))
def test_arrays_of_another_kind_are_refused_and_nothing_is_filled(change):
    machine, call = native.Lanes(*small()), Call(small(), 5)
    vars(call).update(change)
    with pytest.raises((TypeError, ValueError, BufferError, OverflowError)):
        call.run(machine)
    assert not np.asarray(call.into).any()
    assert not np.asarray(call.totals).any()
    right = Call(small(), 5).run(machine)
    x, y = right.table.T
    assert same(right.into[0], x * right.shared + y)


def test_arrays_with_any_strides_are_read_and_filled():
    machine, plain = native.Lanes(*small()), Call(small(), 130)
    wanted = plain.run(machine).into.copy()
    x, wide = plain.table, np.zeros((261, 7))
    wide[1:261:2, 1:4:2] = x
    bytes_apart = np.frombuffer(b"abc" + x.tobytes(), np.float64, x.size, 3).reshape(
        x.shape
    )
    back = np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1]
    for table in (wide[1:261:2, 1:4:2], bytes_apart, back, np.asfortranarray(x)):
        for into in (
            np.zeros((1, 130)),
            np.zeros((1, 131))[:, ::-1][:, :130],
            np.zeros((130, 3)).T[1:2],
        ):
            call = Call(small(), 130)
            call.table, call.into = table, into
            assert same(call.run(machine).into[0], wanted[0])
            assert same(call.totals, plain.totals)
    call = Call(small(), 130)
    call.table = np.broadcast_to(x[:1], (130, 2))
    assert set(call.run(machine).into[0].tolist()) == {wanted[0, 0]}
    call.into = np.broadcast_to(np.zeros((1, 1)), (1, 130)).copy()
    odd = np.lib.stride_tricks.as_strided(np.zeros(1), (1, 130), (0, 0))
    call.into = odd  # all lanes write to one place
    call.table = x
    assert call.run(machine).into[0, 0] == wanted[0, -1]
    overlap = np.zeros(400)
    call.into, call.table = overlap[None, :130], overlap[3:263].reshape(130, 2)
    call.run(machine)  # numbers that change under it: no more is promised


def test_no_lanes_run_nothing():
    machine, call = native.Lanes(*small()), Call(small(), 0)
    call.run(machine)
    assert (call.into.shape, call.totals.tolist()) == ((1, 0), [0.0])
    call.which = np.zeros(0, np.int32)
    call.run(machine)
    call.table = np.zeros((7, 2))  # of which none is meant
    call.run(machine)
    call.which = None
    with pytest.raises(ValueError, match="inputs"):
        call.run(machine)


def test_more_lanes_than_can_be_counted_are_stopped_as_any():
    code = from_program(record(lambda x: ((x * x + x) * x).exp(), 1))
    parts = parts_of(code, [0], np.array([False]))
    machine, call = native.Lanes(*parts), Call(parts, 1)
    call.lanes = 2**59
    call.table = np.lib.stride_tricks.as_strided(np.zeros(1), (2**59, 1), (0, 8))
    call.into = np.lib.stride_tricks.as_strided(np.zeros(1), (0, 2**59), (8, 0))
    with pytest.raises((KeyboardInterrupt, ValueError)):
        interrupted(lambda: call.run(machine))


def interrupted(act, after=0.02):
    """Run what takes long, and raise KeyboardInterrupt in it after some time."""
    signal = pytest.importorskip("signal")
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system has no timer signals")

    def handler(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, after)
    try:
        return act()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def test_numbers_of_lanes_that_another_thread_changes_are_refused_or_read():
    code = from_program(record(lambda x: x.exp() * x, 1))
    parts = parts_of(code, [0])
    machine, lanes = native.Lanes(*parts), 60_000
    outcomes = set()

    def change(which):
        for _ in range(20):
            which[-2000:] = 2**31 - 1
            which[-2000:] = 0
        which[:] = np.arange(lanes)

    with ThreadPoolExecutor(2) as pool:
        for _ in itertools.takewhile(lambda _: len(outcomes) < 2, range(150)):
            call = Call(parts, lanes)
            call.which = np.arange(lanes, dtype=np.int32)
            done = pool.submit(change, call.which)
            found = tried(lambda: call.run(machine))  # noqa: B023
            done.result()
            outcomes.add(found if isinstance(found, type) else None)
            if found is call:  # the lanes that nobody changed
                alone = call.alone(5).run(machine)
                assert same(call.into[:, 5], alone.into[:, 0])
    assert outcomes <= {None, ValueError}


def test_memory_that_a_call_reads_cannot_be_resized_meanwhile():
    told, memory = [], bytearray()

    @primitive(lambda y, x: (1.0,))
    def resize(x):
        try:
            memory.extend(b"x" * 4096)
        except BufferError as error:
            told.append(str(error))
        return x

    x = Value(1.0)
    parts, shared = of_result(resize(x * 2.0) + 1.0, x)
    machine, call = native.Lanes(*parts), Call(parts, 3, shared)
    memory[:] = np.array([1.0, 2.0, 3.0]).tobytes()
    call.table = memoryview(memory).cast("d", (3, 1))
    assert call.run(machine).into.tolist() == [[3.0, 5.0, 7.0]]
    assert len(told) >= 3
    del call
    memory.extend(b"x")


def test_an_operation_that_raises_in_the_middle_leaves_the_blocks_before_it():
    calls = itertools.count()

    @primitive(lambda y, x: (1.0,))
    def fails(x):
        if next(calls) == 100:
            raise RuntimeError("enough")
        return x

    x = Value(1.0)
    parts, shared = of_result(fails(x) * 2.0, x)
    machine, call = native.Lanes(*parts), Call(parts, 200, shared)
    calls = itertools.count()
    with pytest.raises(RuntimeError, match="enough"):
        call.run(machine)
    block = parts[3]
    assert same(call.into[0, :block], 2.0 * call.table[:block, 0])
    assert not call.into[0, 128:].any()
    assert same(call.run(machine).into[0], 2.0 * call.table[:, 0])


def test_an_operation_may_drop_the_machine_and_collect():
    @primitive(lambda y, x: (1.0,))
    def drop(x):
        machines.clear()
        gc.collect()
        return x

    x = Value(1.0)
    machines = []
    parts, shared = of_result(drop(x * 2.0) + drop(x + 1.0), x)
    machines.append(native.Lanes(*parts))
    call = Call(parts, 2, shared)
    call.run(machines[0])
    assert same(call.into[0], call.table[:, 0] * 2.0 + (call.table[:, 0] + 1.0))


def test_an_operation_may_call_the_machine_that_calls_it():
    depth = [0]

    @primitive(lambda y, x: (1.0,))
    def again(x):
        depth[0] += 1
        if x < 1.0:
            return 0.0
        call = Call(parts, 1, shared)
        call.table[:] = x - 1.0
        return x + call.run(machine).into.item()

    x = Value(0.0)
    parts, shared = of_result(again(x * 1.0) * 1.0, x)
    machine, call = native.Lanes(*parts), Call(parts, 2, shared)
    call.table[:], depth[0] = 20.0, 0
    assert call.run(machine).into.tolist() == [[210.0, 210.0]]
    assert depth == [42]


def test_a_machine_that_an_operation_holds_is_collected():
    class Holder:
        def __init__(self):
            operation, x = primitive(lambda y, x: (1.0,))(self.f), Value(1.0)
            code = from_flat(flat([operation(x)], [x]))[0]
            self.machine = native.Lanes(*parts_of(code, [0]))

        def f(self, x):
            return x

    holder = Holder()
    gone = weakref.ref(holder)
    del holder
    gc.collect()
    assert gone() is None


def test_random_machines_leave_no_block_behind():
    draw = Random(6)
    sound = [random_parts(draw) for _ in range(10)]

    def run():
        for parts in sound * 10:
            with np.errstate(all="ignore"):
                Call(parts, 40).run(native.Lanes(*parts))
            for place in (TARGETS, OPERANDS):
                wrong = [*parts]
                wrong[place] = np.append(parts[place], 0).astype(np.int32)
                tried(lambda: native.Lanes(*wrong))  # noqa: B023
        gc.collect()
        return sys.getallocatedblocks()

    counts = [run() for _ in range(6)]  # the first fill caches of Python and of NumPy
    assert counts[-1] - counts[-2] < 50


def test_an_allocation_that_fails_is_told_and_leaves_the_next_call_right():
    pytest.importorskip("_testcapi", reason="nothing here lets an allocation fail")
    program = Path(__file__).parents[1] / "no_memory.py"
    cases = ["lanes", "first run of lanes", "allocate", "kernels"]
    subprocess.run([sys.executable, program, *cases], check=True)
