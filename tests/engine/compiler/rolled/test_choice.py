"""`compile(backend=...)`: what runs, that it is told, and that its numbers are right."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import numpy as np
import pytest
from layered import PROGRAMS, attention, mlp

import dendrograd as dg
from dendrograd import compile, grad, value_and_grad
from dendrograd.compiler.rolled import choice
from dendrograd.compiler.rolled.choice import pays
from dendrograd.errors import OperandError
from dendrograd.nn import MLP, SGD


def point(name: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    _, shared, inputs = PROGRAMS[name]
    draw = np.random.default_rng(seed)
    return draw.normal(0.0, 0.7, shared), draw.normal(0.0, 0.7, inputs)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_rolled_function_has_the_value_and_gradient_of_the_tape(name: str) -> None:
    f = PROGRAMS[name][0]
    p, x = point(name)
    value, slopes = value_and_grad(compile(f, backend="rolled"), (0, 1))(p, x)
    expected, wanted = value_and_grad(compile(f, backend="tape"), (0, 1))(p, x)
    assert value == pytest.approx(expected, rel=1e-13)
    largest = max(np.abs(part).max() for part in wanted)
    for ours, theirs in zip(slopes, wanted, strict=True):
        assert np.abs(ours - theirs).max() <= 1e-12 * largest


def test_the_report_says_what_was_chosen_and_why() -> None:
    p, x = point("mlp")
    for backend, told in (
        (None, "tape (one point, whose bits are the eager ones)"),
        ("tape", "tape (it was asked for)"),
        ("rolled", "rolled (it was asked for)"),
        ("fastest", "measured once"),
    ):
        fast = compile(mlp, backend=backend)
        grad(fast)(p, x)
        assert told in str(fast.report())
    rolled = compile(mlp, backend="rolled")
    rolled(p, x)
    assert "NumPy runs them as statements on arrays" in str(rolled.report())
    assert "value 16 statements" in str(rolled.report())


def test_the_source_of_a_rolled_function_is_the_page_that_runs() -> None:
    p, x = point("attention")
    fast = compile(attention, backend="rolled")
    fast(p, x)
    assert "np.matmul" in fast.source
    assert "# back" not in fast.source
    grad(fast)(p, x)
    assert "# back" in fast.source


@pytest.mark.parametrize(("tape", "chosen"), [(0.0, "tape ("), (1e9, "rolled (")])
def test_fastest_is_what_took_less_time_once(
    tape: float, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, tape, 0.0, 1.0] * 2)
    monkeypatch.setattr(choice, "TRIES", 1)
    monkeypatch.setattr(choice, "perf_counter", lambda: next(times))
    fast = compile(mlp, backend="fastest")
    assert fast(*point("mlp")) == pytest.approx(compile(mlp)(*point("mlp")))
    assert chosen in str(fast.report())
    assert "measured once" in str(fast.report())


def test_what_is_not_alike_or_has_two_results_runs_on_the_tape() -> None:
    draw = Random(3)

    def irregular(x: Any) -> Any:
        pool = list(x)
        for _ in range(400):
            a, b = draw.choice(pool[-20:]), draw.choice(pool[-20:])
            pool.append(a.tanh() * b if draw.random() < 0.5 else a + b.exp())
        return sum(pool)

    draw.seed(3)
    fast = compile(lambda x: (draw.seed(3), irregular(x))[1], backend="rolled")
    grad(fast)([0.1] * 6)
    assert "tape (the nodes are too little alike" in str(fast.report())
    two = compile(lambda x: [sum(x), x[0] * x[1]], backend="rolled")
    two([dg.Value(2.0), dg.Value(3.0)])
    assert "tape (statements give the gradient of one result, and there are 2)" in str(
        two.report()
    )
    assert two([2.0, 3.0]) == [5.0, 6.0]  # values alone are rolled
    assert "rolled (it was asked for)" in str(two.report())


def test_guards_and_captured_values_are_rolled_too() -> None:
    model = MLP(3, [4, 1], activation="tanh", seed=0)

    def loss(x: Any) -> Any:
        y = model(x)
        y = y[0] if isinstance(y, list) else y
        return y * y if y > 0.0 else -y

    fast = compile(loss, backend="rolled")
    for sign in (1.0, -1.0, 1.0):
        x = [0.3 * sign, -0.2, 0.8 * sign]
        found, expected = fast(x), loss(x)
        assert found.data == pytest.approx(expected.data, rel=1e-13)
        grads = []
        for y in (found, expected):
            SGD(model.parameters(), lr=0.1).zero_grad()
            y.backward()
            grads.append([p.grad for p in model.parameters()])
        assert grads[0] == pytest.approx(grads[1], rel=1e-11, abs=1e-15)


def test_threads_that_call_at_once_do_not_share_what_is_kept() -> None:
    fast = compile(mlp, backend="rolled")
    points = [point("mlp", seed) for seed in range(8)]
    expected = [fast(*each) for each in points]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            assert list(pool.map(lambda each: fast(*each), points)) == expected


def test_a_pickled_function_keeps_its_back_end() -> None:
    again = pickle.loads(pickle.dumps(compile(mlp, backend="rolled")))
    again(*point("mlp"))
    assert "rolled (it was asked for)" in str(again.report())


def test_back_ends_that_cannot_be_had_are_refused() -> None:
    with pytest.raises(OperandError, match="backend='gpu', but it is 'tape'"):
        compile(mlp, backend="gpu")
    with pytest.raises(OperandError, match="which exact=True asks for"):
        compile(mlp, exact=True, backend="rolled")
    exact = compile(mlp, exact=True, backend="fastest")
    exact(*point("mlp"))
    assert "tape (it was asked for)" in str(exact.report())


def test_the_choice_for_lanes_is_a_rule_on_counts() -> None:
    wide = {"operations": 100_000, "statements": 15, "entries": 200}
    assert pays(**wide, lanes=32)
    assert not pays(**wide, lanes=0)
    assert not pays(operations=10_000, statements=5_000, entries=9_000, lanes=1000)
