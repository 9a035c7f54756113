"""Whether statements are looked for over lanes: by counts that cost little, and told."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest
from random_code import drawn

import dendrograd as dg
from dendrograd import compile, value_and_grad
from dendrograd.compiler.code import program
from dendrograd.compiler.path import Path
from dendrograd.compiler.worth import Work, work

SUMS = {"add", "sub", "sum", "dot"}


def by_hand(code: Any, over: list[int]) -> tuple[int, int, int]:
    """Count step by step, from the outputs back and from the inputs on."""
    made = program(code)
    steps = list(made.steps())
    alive = {i for i in made.outputs if i >= 0}
    for slot, _, operands in reversed(steps):
        if slot in alive:
            alive |= {i for i in operands if i >= 0}
    steps = [step for step in steps if step[0] in alive]
    used = Counter(i for _, _, operands in steps for i in operands)
    used.update(made.outputs)
    added = {i for _, op, operands in steps if op.name in SUMS for i in operands}
    varying, operands_read, gathered, alone = set(over), 0, 0, 0
    for slot, op, operands in steps:
        if varying.isdisjoint(operands):
            continue
        varying.add(slot)
        operands_read += len(operands)
        gathered += len(operands) * op.variadic
        term = op.name in {*SUMS, "mul"} and slot in added and used[slot] == 1
        alone += not term
    return operands_read, gathered, alone


def test_what_code_computes_for_each_lane_is_counted_as_by_hand() -> None:
    draw, some = Random(1), 0
    for _ in range(200):
        code = drawn(draw, draw.randint(1, 30))
        over = [i for i in range(code.inputs) if draw.random() < 0.5]
        found = work(code, over)
        assert found == by_hand(code, over)
        some += found.alone < found.operands / 2
    assert some > 20


def test_the_choice_for_lanes_is_a_rule_on_counts() -> None:
    network = Work(200_000, 0, 200)
    assert network.pays(15, 200, 32)
    assert not network.pays(15, 200, 0)
    assert not Work(20_000, 0, 9_000).pays(5_000, 9_000, 1000)
    assert Work(260_000, 0, 0).pays(42, 23_000, 32)  # attention
    few = Work(63_000, 0, 0)
    assert few.pays(75, 2_500, 4)  # the tape takes as long for 4 as for 32
    assert not few.pays(75, 2_500, 0)


def test_an_operand_that_is_gathered_takes_the_tape_longer() -> None:
    counts = {"statements": 24, "entries": 300, "lanes": 32}
    assert not Work(15_000, 0, 300).pays(**counts)
    assert Work(15_000, 15_000, 300).pays(
        **counts
    )  # MLP(64, [100, 10]), of dot products
    assert Work(2_000, 0, 300).declined(True, 64)
    assert not Work(2_000, 2_000, 10).declined(True, 64)


def wide(w: Any, x: Any) -> Any:
    rows = [w[64 * i : 64 * i + 64] for i in range(16)]
    return sum(dg.dot(row, x).tanh() for row in rows)


def chain(w: Any, x: Any) -> Any:
    y = x[0]
    for _ in range(30):
        y = (w[0] * y).tanh() * y.exp()
    return y


def penalty(w: Any, x: Any) -> Any:
    return dg.dot(w, w) + x[0] * x[0]


DRAW = np.random.default_rng(3)
W, X = DRAW.normal(size=1024), DRAW.normal(size=(8000, 64))
CASES = {
    "there is little to compute": (wide, 5),
    "little, since all lanes share it": (penalty, 8000),
    "few steps are in sums": (chain, 8000),
    "2,112 operands of steps are 3 statements": (wide, 1000),
}


@pytest.mark.parametrize("why", CASES)
def test_two_calls_with_equal_arguments_give_equal_bits_whatever_runs_them(
    why: str,
) -> None:
    f, lanes = CASES[why]
    fast = compile(f, in_axes=(None, 0), reduce="mean")
    found = [value_and_grad(fast)(W, X[:lanes]) for _ in range(3)]
    found += [
        value_and_grad(compile(f, in_axes=(None, 0), reduce="mean"))(W, X[:lanes])
    ]
    assert len({(value, slopes.tobytes()) for value, slopes in found}) == 1
    reason = "there is little to compute" if f is penalty else why
    assert f"({reason})" in str(fast.report())


@pytest.mark.parametrize("why", CASES)
def test_nothing_alike_is_looked_for_where_counts_tell_that_it_cannot_pay(
    why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    choose = Path.machine

    def machine(self: Path, *args: Any) -> Any:
        found = choose(self, *args)
        asked.append(len(self.rolled))
        return found

    monkeypatch.setattr(Path, "machine", machine)
    f, lanes = CASES[why]
    value_and_grad(compile(f, in_axes=(None, 0), reduce="mean"))(W, X[:lanes])
    assert asked == [int("statements" in why)]
