"""Code in runs of one operation is the same code, and each run is ready when it comes."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from random_code import drawn

from dendrograd import Value, sum
from dendrograd.compiler import schedule
from dendrograd.compiler.code import from_flat
from dendrograd.compiler.schedule import arranged, in_runs, scheduled
from dendrograd.errors import GraphError
from dendrograd.flat import TABLE, flat


def ops(heads):
    return [TABLE[i] for i in heads[:, 0]]


def code_of(y, *leaves):
    return from_flat(flat([y], leaves))[0]


@pytest.mark.parametrize("seed", range(20))
def test_a_run_is_of_one_operation_and_needs_nothing_of_itself(seed):
    code = drawn(Random(seed), 200)
    order, ends = scheduled(code)
    assert sorted(order.tolist()) == list(range(200))
    made = set(range(code.inputs))
    for run in np.split(order, ends[:-1]):
        assert len(set(code.codes[run].tolist())) == 1
        for step in run.tolist():
            used = code.operands[code.starts[step] : code.starts[step + 1]]
            assert {i for i in used.tolist() if i >= 0} <= made
        made |= {code.inputs + step for step in run.tolist()}


def test_the_step_that_most_wait_for_comes_first_and_the_others_gather():
    x, y = Value(1.0), Value(2.0)
    long = (x + 1.0).exp().exp().exp()
    code = code_of(sum([long, (x * y).exp(), (x * 2.0).exp(), y * 3.0]), x, y)
    heads = in_runs(code).heads
    runs = [(op.name, count) for op, count in zip(ops(heads), heads[:, 1], strict=True)]
    assert runs == [
        ("add", 1),
        ("exp", 1),
        ("mul", 3),
        ("exp", 3),
        ("exp", 1),
        ("sum", 1),
    ]


def test_runs_are_long_where_a_graph_is_wide():
    xs = [Value(float(i)) for i in range(50)]
    total = xs[0]
    for x in xs:
        total = total + (x * x).tanh()
    assert in_runs(code_of(total, *xs)).heads[:2, 1].tolist() == [50, 50]


def test_code_without_steps_has_no_runs():
    runs = in_runs(code_of(Value(1.0)))
    assert (runs.heads.shape, runs.outputs.tolist(), runs.places) == ((0, 3), [0], 1)


@pytest.mark.parametrize(
    ("field", "place", "told"),
    [
        ("operands", 9, r"mul: slot 9 is not below 2"),
        ("operands", -9, r"constant 8, but there are 1"),
        ("outputs", 9, r"outputs: slot 9"),
        ("outputs", -9, r"outputs: the place -9"),
    ],
)
def test_illegal_code_is_refused(field, place, told):
    code = code_of(Value(1.0) * 2.0 + Value(3.0))
    broken = getattr(code, field).copy()
    broken[0] = place
    with pytest.raises(GraphError, match=told):
        in_runs(code._replace(**{field: broken}))


def test_an_operation_of_too_many_operands_is_refused():
    code = code_of(Value(1.0) * 2.0)
    longer = code._replace(
        starts=np.array([0, 3], np.int32), operands=np.array([0, 0, 0], np.int32)
    )
    with pytest.raises(GraphError, match="mul: 3 operands"):
        in_runs(longer)


@pytest.mark.parametrize("steps", [0, 1, 7, 60, 500])
def test_the_order_is_that_of_the_law(steps):
    for seed in range(20):
        code = drawn(Random(seed), steps)
        groups, group = schedule._groups(code)
        wanted = arranged(code, groups, group.tolist())
        for found, part in zip(scheduled(code), wanted, strict=True):
            assert found.tolist() == part.tolist()
