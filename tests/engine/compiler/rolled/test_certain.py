"""Guards over lanes are answered by statements where no rounding changes the answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dendrograd as dg
from dendrograd import compile, value_and_grad
from dendrograd.compiler.asking import Asking
from dendrograd.compiler.capture import Run, taken
from dendrograd.compiler.code import from_program
from dendrograd.compiler.rolled import certain, choice
from dendrograd.compiler.rolled.tame import FOUND, is_tame
from dendrograd.compiler.sums import count_of
from dendrograd.program import record

Asked = list[tuple[int, int]]
WIDTH, INF = 600, math.inf


def wide(ask: Callable[[Any], bool]) -> Callable[..., Any]:
    """Return a function that asks about a sum of very many products."""

    def f(w: Any, x: Any) -> Any:
        hidden = dg.tanh(dg.dot(w, x))
        return hidden * 3.0 if ask(dg.dot(w, x)) else hidden + 1.0

    return f


finite = wide(lambda y: bool(abs(y) < INF))


def drawn(lanes: int, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=WIDTH) / 30.0, rng.normal(size=(lanes, WIDTH))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return what is asked on a tape: how many guards of how many lanes."""
    found: Asked = []
    true = Asking.failing

    def failing(self: Any, numbers: Any, parts: Any) -> Any:
        parts = list(parts)
        lanes = sum(count_of(at) for at, _, _ in parts)
        found.append((len(self._guards._numbers) - 1, lanes))
        return true(self, numbers, parts)

    monkeypatch.setattr(Asking, "failing", failing)
    return found


def alike(f: Any, fast: Any, w: Any, x: Any) -> None:
    """Assert that each lane has the value and gradient of a call."""
    values, slopes = value_and_grad(fast, 1)(w, x)
    for i, row in enumerate(x):
        value, slope = value_and_grad(f, 1)(w.tolist(), row.tolist())
        assert values[i] == pytest.approx(value, rel=1e-13, nan_ok=True)
        assert slopes[i].tolist() == pytest.approx(slope, rel=1e-12, nan_ok=True)


def test_lanes_of_one_path_are_asked_by_what_is_computed_anyway(asked: Asked) -> None:
    fast = compile(finite, in_axes=(None, 0), backend="rolled")
    alike(finite, fast, *drawn(5))
    assert sum(lanes for _, lanes in asked) >= 5
    asked.clear()
    alike(finite, fast, *drawn(5, 1))
    assert not asked
    assert "holds(" in fast.source


def test_a_lane_that_is_not_sure_is_asked_on_the_tape(asked: Asked) -> None:
    fast = compile(finite, in_axes=(None, 0), backend="rolled")
    alike(finite, fast, *drawn(6, 1))
    asked.clear()
    w, x = drawn(6)
    x[3, 0] = 1e304 / w[0]  # finite, but near the end of the floats
    alike(finite, fast, w, x)
    assert asked == [(1, 1)]


def test_a_lane_may_go_elsewhere_at_any_call() -> None:
    fast = compile(finite, in_axes=(None, 0), backend="rolled")
    total = compile(finite, in_axes=(None, 0), backend="rolled", reduce="sum")
    for seed in range(6):
        w, x = drawn(4, seed)
        if seed in (1, 3, 4):
            x[seed - 1, 7] = INF
        alike(finite, fast, w, x)
        each = [finite(w.tolist(), row.tolist()) for row in x]
        assert total(w, x) == pytest.approx(sum(each), rel=1e-12)
    assert len(fast.report().paths) == 2
    assert fast.report().lanes.total == 6 * 4


def test_a_path_that_is_left_is_not_trusted_until_all_lanes_take_it(
    asked: Asked,
) -> None:
    fast = compile(finite, in_axes=(None, 0), backend="rolled")
    w, x = drawn(6)
    y = x.copy()
    y[4, 0] = -INF
    each = []
    for rows in (x, x, y, y, x, x):
        asked.clear()
        fast(w, rows)
        each.append([lanes for _, lanes in asked])
    # Recorded for one lane, asked of all; two lanes that are not finite make it unsure
    assert each[:2] == [[1, 6], []]
    assert all(max(lanes, default=0) == 1 for lanes in each[2:4])
    assert each[4:] == [[], []]


def test_a_route_is_taken_by_calls_that_ask_while_they_run() -> None:
    fast = compile(finite, in_axes=(None, 0), backend="rolled", reduce="mean")
    both = value_and_grad(fast)
    w, x = drawn(6)
    y = x.copy()
    y[4, 0] = -INF
    expected = {id(rows): mean(w, rows) for rows in (x, y)}
    taken = []
    for rows in (x, x, x, x, y, y, x, x, x):
        before = fast._routes.copy()
        value, slopes = both(w, rows)
        taken.append(bool(before) and bool(fast._routes))
        wanted, away = expected[id(rows)]
        assert value == pytest.approx(wanted, rel=1e-12, nan_ok=True)
        assert slopes.tolist() == pytest.approx(away, rel=1e-10, nan_ok=True)
    assert taken[2:4] == [True, True]
    assert not any(taken[4:6])
    assert taken[-1]


def mean(w: Any, x: Any) -> tuple[float, list[float]]:
    """Return the mean over lanes and its gradient by w, lane by lane."""
    found = [value_and_grad(finite)(w.tolist(), row.tolist()) for row in x]
    values, slopes = zip(*found, strict=True)
    return sum(values) / len(x), np.mean(slopes, axis=0).tolist()


def test_a_tape_asks_for_itself(asked: Asked) -> None:
    fast = compile(finite, in_axes=(None, 0), backend="tape")
    for _ in range(2):
        asked.clear()
        alike(finite, fast, *drawn(4))
        assert asked


def test_a_call_of_another_kind_may_have_a_tape_where_the_last_had_statements() -> None:
    w, x = drawn(4)
    found = [dg.Value(v) for v in w.tolist()]

    def two(x: Any) -> Any:
        y = finite(found, x)
        return [y, y * y]

    fast = compile(two, in_axes=0, backend="rolled", reduce="sum")
    wanted = [sum(column) for column in zip(*map(two, x.tolist()), strict=True)]
    for _ in range(2):
        with dg.no_grad():
            numbers = [fast(x) for _ in range(2)]
        assert "holds(" in fast.source
        result = fast(x)  # the gradients of two results: a tape
        assert [y.data for y in result] == pytest.approx(numbers[1], rel=1e-12)
        assert [y.data for y in wanted] == pytest.approx(numbers[0], rel=1e-12)


QUESTIONS = {
    "near": (lambda w, x: x[0] > 0.5, True),
    "shared": (lambda w, x: w[0] > -1e9, True),
    "other side": (lambda w, x: dg.dot(w, x) > -INF, True),
    "fails": (lambda w, x: dg.dot(w, x) >= INF, True),
    "pole": (lambda w, x: 1.0 / dg.dot(w, x) < INF, False),
    "finite": (lambda w, x: dg.dot(w, x) > 0.125, True),
    "whole": (lambda w, x: bool(math.floor(dg.dot(w, x))), False),
    "two numbers": (lambda w, x: dg.dot(w, x) > x[0], True),
    "both": (lambda w, x: abs(y := dg.dot(w, x)) < INF and y > -99.0, True),
    "near and far": (lambda w, x: x[0] > 0.5 and abs(dg.dot(w, x)) < INF, True),
    "truth": (lambda w, x: bool(dg.dot(w, x)), True),
    "shared length": (lambda w, x: dg.norm([*w, *w]) > 0.5, True),
    "length": (lambda w, x: dg.norm([*w, *x]) > 1.0, False),
}


@pytest.mark.parametrize("columns", [[3], [3, 5, 11], [2, 30, 31, 40]])
def test_a_tape_reads_the_columns_that_are_asked_about(columns: list[int]) -> None:
    def f(x: Any, y: Any) -> Any:
        z = [*x, *y]
        for i in columns:
            if z[i] > 0.0:
                return dg.tanh(dg.dot(x, y)) * float(i + 1)
        return dg.tanh(dg.dot(x, y))

    draw = np.random.default_rng(5)
    x, y = draw.normal(size=(2, 40, 25))
    for given in ((x, y), (x.astype(np.float32), y), (x[::2], y[::2])):
        fast = compile(f, in_axes=0, backend="tape", exact=True)
        wanted = [f(a.tolist(), b.tolist()) for a, b in zip(*given, strict=True)]
        for _ in range(2):
            assert fast(*given).tolist() == wanted


TAPED = "near", "shared", "shared length", "near and far"  # though the statements run


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_tape_asks_what_rounding_may_change(name: str, asked: Asked) -> None:
    ask, by_statements = QUESTIONS[name]

    def f(w: Any, x: Any) -> Any:
        y = dg.tanh(dg.dot(w, x))
        return y * 2.0 if ask(w, x) else y

    fast = compile(f, in_axes=(None, 0), backend="rolled")
    w, x = drawn(5)
    x[:, 0] = [0.7, 0.8, 0.9, 1.0, 1.1]
    for _ in range(3):
        asked.clear()
        alike(f, fast, w, x)
    if by_statements:
        assert asked == ([(1, 5)] if name in TAPED else [])
        assert "holds(" in fast.source
    else:
        assert "holds(" not in fast.source
        assert asked


def test_very_many_guards_are_asked_on_the_tape(
    monkeypatch: pytest.MonkeyPatch, asked: Asked
) -> None:
    monkeypatch.setattr(certain, "MANY", 0)
    fast = compile(finite, in_axes=(None, 0), backend="rolled")
    for _ in range(2):
        asked.clear()
        alike(finite, fast, *drawn(4))
        assert asked


def test_answers_that_are_taken_to_be_certain_too_soon_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choice, "certain", sure_of_all(choice.certain))
    fast = compile(finite, in_axes=(None, 0), backend="rolled")
    w, x = drawn(4)
    alike(finite, fast, w, x)
    x[2, 0] = INF
    with pytest.raises(AssertionError):
        alike(finite, fast, w, x)


def sure_of_all(true: Any) -> Any:
    def made(*args: Any) -> Any:
        found = true(*args)
        found.failing = lambda numbers, part, y, off: np.full(y.shape[1], found.count)
        return found

    return made


TAME = {
    "sums": (lambda a, b: (a * b + b).exp() - dg.relu(a), True),
    "log": (lambda a, b: (a * b + b).log(), False),
    "pole of what is put in": (lambda a, b: (a * b + b) / b, True),
    "pole of one rounding": (lambda a, b: 1.0 / (a - b), True),
    "pole of two": (lambda a, b: 1.0 / (a + b + 1.0), False),
    "pole of a product": (lambda a, b: 1.0 / (a * b), True),
    "pole of a function": (lambda a, b: 1.0 / dg.tanh(a), False),
    "choice by what is put in": (lambda a, b: dg.where(a, b.exp(), b), True),
    "choice by a step": (lambda a, b: dg.where(dg.step(a - b), b.exp(), b), True),
    "choice by a sum": (lambda a, b: dg.where(dg.step(a * b - b), b, a), False),
    "jump": (lambda a, b: dg.step(dg.exp(a)), False),
    "square": (lambda a, b: (a * b) ** 2 + (a - b) ** 2.0, True),
    "cube and square": (lambda a, b: (a * b + b) ** 3 + (a - b) ** 2.0, False),
    "power of what is put in": (lambda a, b: a**b, True),
    "constant": (lambda a, b: a / 3.0, True),
}


@pytest.mark.parametrize("name", TAME)
def test_code_is_tame_where_no_pole_or_jump_hangs_on_a_rounding(name: str) -> None:
    f, wanted = TAME[name]
    assert is_tame(from_program(record(f, 2))) is wanted


def test_little_is_known_of_an_operation_of_a_user() -> None:
    @dg.primitive(lambda y, x: (-y * y,))
    def pole(x: float) -> float:
        return 1.0 / x

    x = dg.Value(2.0)
    run = Run(lambda: pole(x), [x])
    assert not is_tame(taken(run, []).code)


def test_what_decides_is_not_followed_for_ever() -> None:
    def long(a: Any, b: Any) -> Any:
        for _ in range(FOUND + 1):
            a = dg.relu(a)
        return b / a

    assert not is_tame(from_program(record(long, 2)))
