"""Code over lanes gives in each lane what it gives on that point, to the last bit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, pairwise, product
from random import Random

import numpy as np
import pytest
from random_code import drawn, numbers, same

from dendrograd import primitive
from dendrograd.compiler import lanes as module
from dendrograd.compiler.code import CHAIN, CHAINED, Code, from_program, reference
from dendrograd.compiler.lanes import Lanes, kernels
from dendrograd.compiler.rows import _allocated, _last, allocated
from dendrograd.flat import TABLE
from dendrograd.ops import OPS
from dendrograd.program import record


@primitive(lambda y, x: (3.0 * x * x,))
def cubed(x):
    return x**3


@primitive(lambda y, *xs: (1.0,) * len(xs))
def longest(*xs):
    return len(xs)


class Case:
    """Random code, over which of its inputs lanes go, their numbers, what comes out."""

    def __init__(self, draw, steps, lanes):
        self.code = drawn(draw, steps, (cubed, longest))
        count = self.code.inputs
        self.over = sorted(draw.sample(range(count), draw.randint(1, count)))
        self.point = numbers(draw, count)
        self.points = np.tile(self.point, (lanes, 1))
        for lane in range(lanes):
            self.points[lane, self.over] = numbers(draw, len(self.over))
        self.inputs = (self.points[:, self.over],)
        rows = [reference(self.code, point.tolist()) for point in self.points]
        self.outputs = np.array(rows, np.float64).T


def run(machine, case, each, kernel=-1, arrays=None):
    """Return what a machine gives for each lane, and its sums."""
    lanes = len(case.points)
    shared = machine.once_for_all(case.point)
    into, total = np.empty((int(each.sum()), lanes)), np.zeros(int((~each).sum()))
    machine.runner(each)(shared, arrays or case.inputs, into, total, kernel=kernel)
    return into, total


def summed(rows):
    """Return the sums of rows, one lane after the other."""
    total = np.zeros(len(rows))
    for lane in rows.T:
        total = total + lane
    return total


@pytest.mark.parametrize("block", [32, 64])
def test_random_code_has_the_bits_of_the_reference_in_each_lane(block, monkeypatch):
    if block == 32:
        monkeypatch.setattr(module, "MANY", 0)
    draw = Random(block)
    for _ in range(40):
        case = Case(draw, draw.choice([5, 40, 120]), draw.choice([1, 31, 64, 130]))
        machine = Lanes(case.code, case.over, exact=True)
        each = np.array(
            [draw.random() < 0.5 for _ in range(machine.varies.sum())], bool
        )
        wanted = case.outputs[machine.varies]
        for kernel in range(len(kernels)):
            with np.errstate(all="ignore"):
                into, total = run(machine, case, each, kernel)
                assert same(into, wanted[each])
                assert same(total, summed(wanted[~each]))
        assert machine.runner(each).block == block or not machine.native
        fixed = machine.same(machine.once_for_all(case.point))
        assert same(fixed, case.outputs[~machine.varies][:, 0])


FACTORS = (0.0, -0.0, 1.0, -2.0, 1e300, np.inf, -np.inf, np.nan)


@pytest.mark.parametrize("over", [k for n in (1, 2, 3) for k in combinations("xpc", n)])
def test_a_zero_factor_annihilates_beside_any_number_shared_or_not(over):
    steps = [[CHAINED, TABLE.index(OPS["add"])], [0, 2, 4], [1, 2, 0, 3]]
    codes, starts, operands = [np.array(part, np.int32) for part in steps]
    places = ["xpc".index(name) for name in over]
    lanes = np.array(list(product(FACTORS, repeat=len(over))))
    lanes = np.concatenate([lanes, np.ones((64 - len(lanes) % 64, len(over)))])
    for outputs in ([3, 4], [4]):  # by itself, and in a sum
        made = np.array(outputs, np.int32)
        code = Code(3, codes, starts, operands, np.empty(0), made, (*TABLE, CHAIN))
        machine = Lanes(code, places, exact=True)
        every = np.ones(int(machine.varies.sum()), bool)
        for rest in product(FACTORS, repeat=3 - len(over)):
            point = np.zeros(3)
            point[[i for i in range(3) if i not in places]] = rest
            wanted = []
            for lane in lanes:
                point[places] = lane
                wanted.append(reference(code, point.tolist()))
            shared = machine.once_for_all(point)
            rows = np.array(wanted).T[machine.varies]
            for kernel in range(len(kernels)):
                into = np.empty(rows.shape)
                machine.runner(every)(
                    shared, (lanes,), into, np.empty(0), kernel=kernel
                )
                assert same(into, rows)


def test_the_fast_mode_differs_by_little_and_keeps_what_is_no_number():
    code = from_program(
        record(lambda x, w: (x.exp() * w).tanh() + x.log() + (x * w).sech(), 2)
    )
    xs = np.concatenate([np.geomspace(1e-300, 700.0, 500), [0.0, -0.0, -1.0, np.inf]])
    xs = np.append(xs, [np.nan, 1e4, 5e-324])
    found = []
    for exact in (True, False):
        machine = Lanes(code, [0], exact)
        row, total = np.empty((1, len(xs))), np.empty(0)
        with np.errstate(all="ignore"):
            shared = machine.once_for_all(np.array([0.0, 0.5]))
            machine.runner(np.ones(1, bool))(shared, (xs[:, None],), row, total)
        found.append(row[0])
    np.testing.assert_allclose(found[1], found[0], rtol=2e-15)


def test_a_step_that_no_lane_changes_runs_once():
    code = from_program(record(lambda x, w: x * (w.exp() + w).tanh(), 2))
    machine = Lanes(code, [0])
    assert (machine.steps, machine.once) == (1, 3)
    assert not Lanes(code, []).varies.any()
    assert Lanes(code, [1]).once == 0


def test_inputs_of_any_layout_are_read():
    case = Case(Random(8), 40, 70)
    machine = Lanes(case.code, case.over, exact=True)
    each = np.ones(int(machine.varies.sum()), bool)
    (table,) = case.inputs
    wide = np.zeros((70, 2 * table.shape[1]))
    wide[:, ::2] = table
    crooked = np.frombuffer(b"x" + table.tobytes(), np.float64, table.size, 1)
    layouts = [
        np.asfortranarray(table),
        wide[:, ::2],
        np.ascontiguousarray(table[::-1])[::-1],
        np.ascontiguousarray(table[:, ::-1])[:, ::-1],
        crooked.reshape(table.shape),
    ]
    with np.errstate(all="ignore"):
        for layout in layouts:
            found = run(machine, case, each, arrays=(layout,))[0]
            assert same(found, case.outputs[machine.varies])
        apart = tuple(table[:, [k]] for k in range(table.shape[1]))
        assert same(run(machine, case, each, arrays=apart)[0], found)


def test_a_point_that_all_lanes_share_gives_the_same_everywhere():
    code = from_program(record(lambda x: x * x, 1))
    machine = Lanes(code, [0])
    table = np.broadcast_to(np.array([[3.0]]), (100, 1))  # all lanes at one place
    into = np.empty((1, 100))
    machine.runner(np.ones(1, bool))(np.empty(0), (table,), into, np.empty(0))
    assert set(into[0].tolist()) == {9.0}


def test_threads_share_a_machine():
    case = Case(Random(5), 200, 300)
    machine = Lanes(case.code, case.over, exact=True)
    each = np.ones(int(machine.varies.sum()), bool)
    with np.errstate(all="ignore"), ThreadPoolExecutor(4) as pool:
        for into, _ in pool.map(lambda _: run(machine, case, each), range(40)):
            assert same(into, case.outputs[machine.varies])


def test_an_error_in_an_operation_of_a_user_is_raised_and_the_next_call_is_right():
    @primitive(lambda y, x: (1.0,))
    def careful(x):
        if x > 2.0:
            raise KeyError("too large")
        return x

    from dendrograd import Value
    from dendrograd.compiler.code import from_flat
    from dendrograd.flat import flat

    x = Value(1.0)
    code = from_flat(flat([careful(x * 2.0) + 1.0], [x]))[0]
    runner = Lanes(code, [0]).runner(np.ones(1, bool))
    shared = Lanes(code, [0]).once_for_all(np.zeros(1))
    into = np.empty((1, 2))
    with pytest.raises(KeyError, match="too large"):
        runner(shared, (np.array([[1.0], [2.0]]),), into, np.empty(0))
    runner(shared, (np.array([[1.0], [0.5]]),), into, np.empty(0))
    assert into[0].tolist() == [3.0, 2.0]


def test_rows_are_given_up_where_nobody_reads_them_and_alike_in_both_languages():
    draw = Random(2)
    for _ in range(200):
        code = drawn(draw, draw.choice([5, 60]))
        rows, count = allocated(code)
        plain, plainly = _allocated(code, _last(code).tolist())
        assert (rows.tolist(), count) == (plain.tolist(), plainly)
        last = _last(code)
        for slot in range(code.inputs, code.slots):  # nobody before needs the row later
            before = np.flatnonzero(rows[:slot] == rows[slot])
            assert (last[before] < slot - code.inputs).all()
        for slot, (start, end) in enumerate(pairwise(code.starts.tolist())):
            used = code.operands[start:end]
            assert rows[code.inputs + slot] not in rows[used[used >= 0]]
    chain = from_program(record(lambda x: (((x + 1.0) * 2.0).exp() - 3.0).sin(), 1))
    assert allocated(chain)[1] == 2


@pytest.mark.skipif(module.native is None, reason="NumPy has no kernels")
def test_the_block_depends_on_rows_that_are_kept_not_on_steps(monkeypatch):
    def chain(x):
        for _ in range(30):
            x = x.exp()
        return x

    def fan(x):
        xs = [x.exp() + float(i) for i in range(30)]
        while len(xs) > 1:
            xs = [a * b for a, b in pairwise(xs)]
        return xs[0]

    monkeypatch.setattr(module, "MANY", 20)
    for f, block in ((chain, 64), (fan, 32)):
        machine = Lanes(from_program(record(f, 1)), [0])
        runner = machine.runner(np.ones(1, bool))
        assert (runner.block, runner.rows > 20) == (block, block == 32)
