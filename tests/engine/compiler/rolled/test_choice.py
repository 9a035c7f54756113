"""`compile(backend=...)`: what runs, that it is told, and that its numbers are right."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
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
    wide = {"operands": 200_000, "statements": 15, "entries": 200}
    assert pays(**wide, lanes=32)
    assert not pays(**wide, lanes=0)
    assert not pays(operands=20_000, statements=5_000, entries=9_000, lanes=1000)
    assert pays(operands=260_000, statements=42, entries=23_000, lanes=32)  # attention
    few = {"operands": 63_000, "statements": 75, "entries": 2_500}
    assert pays(**few, lanes=4)  # the tape takes as long for 4 as for 32
    assert not pays(**few, lanes=0)


def over(name: str, lanes: int) -> tuple[np.ndarray, np.ndarray]:
    _, shared, inputs = PROGRAMS[name]
    draw = np.random.default_rng(1)
    return draw.normal(0.0, 0.7, shared), draw.normal(0.0, 0.7, (lanes, inputs))


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_rolled_lanes_give_what_lanes_on_the_tape_give(
    name: str, reduce: str | None
) -> None:
    f, (p, x) = PROGRAMS[name][0], over(name, 9)
    x[4, 0] = np.nan
    both = [
        compile(f, in_axes=(None, 0), reduce=reduce, backend=backend)
        for backend in ("rolled", "tape")
    ]
    for wrt in (0, 1, (0, 1)):
        ours, theirs = (value_and_grad(one, wrt)(p, x) for one in both)
        for found, wanted in zip(
            dg.trees.flatten(ours), dg.trees.flatten(theirs), strict=True
        ):
            near(found, wanted)
    near(both[0](p, x), both[1](p, x))
    assert "over lanes: rolled (it was asked for)" in str(both[0].report())
    assert "np." in both[0].source


def near(found: Any, wanted: Any) -> None:
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert (np.isnan(found) == np.isnan(wanted)).all()
    finite = np.isfinite(wanted)
    largest = np.abs(wanted[finite]).max(initial=1e-300)
    assert np.abs(found - wanted)[finite].max(initial=0.0) <= 1e-12 * largest


def test_lanes_are_rolled_by_themselves_where_much_is_alike_and_never_exactly() -> None:
    def wide(w: Any, x: Any) -> Any:
        rows = [w[64 * i : 64 * i + 64] for i in range(16)]
        return sum(dg.dot(row, x).tanh() for row in rows)

    draw = np.random.default_rng(3)
    w, x = draw.normal(size=1024), draw.normal(size=(1000, 64))

    def told(lanes: int, **settings: Any) -> str:
        fast = compile(wide, in_axes=(None, 0), **settings)
        value_and_grad(fast)(w, x[:lanes])
        return str(fast.report())

    assert "tape (there is little to compute)" in told(10, reduce="mean")
    assert "rolled (2,112 operands of steps are 3 statements" in told(
        1000, reduce="mean"
    )
    exactly = told(10, reduce="mean", exact=True)
    assert "tape (exact bits were asked for)" in exactly
    assert "a gradient of its own by what all lanes share" in told(1000)


def test_fastest_measures_lanes_once() -> None:
    p, x = over("mlp", 20)
    fast = compile(mlp, in_axes=(None, 0), reduce="sum", backend="fastest")
    value_and_grad(fast)(p, x)
    told = fast.report().paths[0].choice
    assert "measured once" in str(told)
    value_and_grad(fast)(p, x)
    assert fast.report().paths[0].choice == told


def test_lanes_of_two_arrays_and_of_two_paths_are_rolled() -> None:
    def f(w: Any, x: Any, t: Any) -> Any:
        y = sum(a * b for a, b in zip(w, x, strict=True))
        return (y - t).tanh() if t > 0.0 else y * y

    draw = np.random.default_rng(2)
    w, x, t = draw.normal(size=3), draw.normal(size=(8, 3)), draw.normal(size=8)
    rolled, tape = (
        value_and_grad(
            compile(f, in_axes=(None, 0, 0), reduce="sum", backend=b), (0, 1, 2)
        )(w, x, t)
        for b in ("rolled", "tape")
    )
    near(rolled[0], tape[0])
    for found, wanted in zip(rolled[1], tape[1], strict=True):
        near(found, wanted)


def test_a_module_is_trained_on_rolled_lanes() -> None:
    model = MLP(3, [4, 2], activation="tanh", seed=0)
    x = np.random.default_rng(3).normal(size=(6, 3))

    def loss(row: Any) -> Any:
        return dg.dot(model(row), [1.0, -2.0])

    grads = []
    for backend in ("rolled", "tape"):
        fast = compile(loss, in_axes=0, reduce="mean", backend=backend)
        SGD(model.parameters(), lr=0.1).zero_grad()
        fast(x).backward()
        grads.append([p.grad for p in model.parameters()])
    assert grads[0] == pytest.approx(grads[1], rel=1e-12)


def test_lanes_that_cannot_be_rolled_run_on_the_tape_and_say_why() -> None:
    w = [dg.Value(0.5), dg.Value(-1.0)]
    two = compile(
        lambda x: [w[0] * x, w[1] * x], in_axes=0, reduce="sum", backend="rolled"
    )
    assert [y.data for y in two(np.array([1.0, 2.0]))] == [1.5, -3.0]
    assert "there are 2)" in str(two.report())
    draw = Random(3)

    def irregular(x: Any) -> Any:
        draw.seed(3)
        pool = list(x)
        for _ in range(400):
            a, b = draw.choice(pool[-20:]), draw.choice(pool[-20:])
            pool.append(a.tanh() * b if draw.random() < 0.5 else a + b.exp())
        return sum(pool).tanh()

    fast = compile(irregular, in_axes=0, reduce="sum", backend="rolled")
    for lanes in (3, 9):
        grad(fast)(np.full((lanes, 6), 0.1))
    assert "the nodes are too little alike" in str(fast.report())


def test_lanes_of_many_small_statements_stay_on_the_tape() -> None:
    def series(x: Any) -> Any:
        state = list(x)
        for _ in range(30):
            state = [(0.5 * a + b).tanh() for a, b in pairwise(state)]
            state.append(state[0])
        return sum(state)

    fast = compile(series, in_axes=0, reduce="sum")
    grad(fast)(np.full((600, 8), 0.1))
    assert "are many for" in str(fast.report())


def test_a_gradient_by_arguments_that_are_not_the_first_is_rolled() -> None:
    def f(a: Any, w: Any, x: Any) -> Any:
        return sum(u * v for u, v in zip(w, x, strict=True)) * a

    x = np.random.default_rng(1).normal(size=(5, 3))
    ours, theirs = (
        value_and_grad(
            compile(f, in_axes=(None, None, 0), reduce="mean", backend=b), 1
        )(2.0, [0.5, 1.0, -1.0], x)
        for b in ("rolled", "tape")
    )
    near(ours[0], theirs[0])
    near(ours[1], theirs[1])


def test_a_path_that_gives_a_plain_number_is_no_statements() -> None:
    def knocked_out(w: Any, x: Any) -> Any:
        return w * x.sum() if x[0] > 0.0 else 0.0

    x = np.random.default_rng(3).normal(size=(50_000, 12))
    for backend in (None, "rolled", "fastest"):
        fast = compile(knocked_out, in_axes=(None, 0), reduce="sum", backend=backend)
        value, slope = value_and_grad(fast)(2.0, x)
        total = x[x[:, 0] > 0.0].sum()
        np.testing.assert_allclose([value, slope], [2.0 * total, total], rtol=1e-12)
        plain = compile(lambda x: x, in_axes=0, reduce="sum", backend=backend)
        assert plain(x[:, 0]) == pytest.approx(x[:, 0].sum())
