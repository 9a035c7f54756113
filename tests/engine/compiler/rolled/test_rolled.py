"""A rolled program is held to the tape, whose numbers are those of the eager engine."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import numpy as np
import pytest
from layered import PROGRAMS, F, drawn, looking_back

import dendrograd as dg
from dendrograd import Value
from dendrograd.compiler.adjoint import joint
from dendrograd.compiler.code import Code, from_flat
from dendrograd.compiler.passes import live
from dendrograd.compiler.rolled import levels, running
from dendrograd.compiler.rolled.running import Result, Rolled
from dendrograd.compiler.tape import Tape
from dendrograd.compiler.twice import capture
from dendrograd.flat import flat


def recorded(f: F, shared: np.ndarray, lane: np.ndarray) -> Code:
    p, x = ([Value(a) for a in part] for part in (shared.tolist(), lane.tolist()))
    results = f(p, x)
    results = results if isinstance(results, list) else [results]
    return from_flat(flat(results, p + x))[0]


def by_tape(code: Code, shared: np.ndarray, lanes: np.ndarray) -> Result:
    """Return the same as a rolled program does, lane by lane."""
    n, count = len(shared), len(code.outputs)
    tape = Tape(live(joint(code, code.outputs[:1].tolist(), range(code.inputs))))
    rows = np.array([tape(np.concatenate([shared, lane])) for lane in lanes])
    slopes = rows[:, count:]
    return Result(rows[:, :count].T, slopes[:, :n].sum(axis=0), slopes[:, n:])


def ensure_near(found: Result, expected: Result) -> None:
    """Compare to 1e-12 of the largest entry; what is no number is none in both."""
    for one, other in zip(found[:3], expected[:3], strict=True):
        assert one.shape == other.shape
        assert (np.isnan(one) == np.isnan(other)).all()
        assert (np.isinf(one) == np.isinf(other)).all()
        finite = np.isfinite(one)
        assert (
            one[~finite & ~np.isnan(one)] == other[~finite & ~np.isnan(other)]
        ).all()
        largest = np.abs(other[finite]).max(initial=1e-300)
        assert np.abs(one[finite] - other[finite]).max(initial=0.0) <= 1e-12 * largest


def compared(f: F, shared: np.ndarray, lanes: np.ndarray) -> Rolled:
    code = recorded(f, shared, lanes[0])
    varies = [False] * len(shared) + [True] * lanes.shape[1]
    rolled = Rolled(code, range(code.inputs), varies)
    ensure_near(rolled(shared, lanes), by_tape(code, shared, lanes))
    return rolled


def numbers(draw: Random, *shape: int) -> np.ndarray:
    return np.random.default_rng(draw.randrange(2**32)).normal(0.0, 0.7, shape)


@pytest.mark.parametrize("lanes", [1, 2, 33])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_batch_has_the_values_and_gradients_of_its_lanes(
    name: str, lanes: int
) -> None:
    f, shared, inputs = PROGRAMS[name]
    draw = Random(name)
    compared(f, numbers(draw, shared), numbers(draw, lanes, inputs))


@pytest.mark.parametrize("name", PROGRAMS)
def test_one_point_has_the_value_and_gradient_of_the_tape(name: str) -> None:
    f, shared, inputs = PROGRAMS[name]
    point = numbers(Random(name), shared + inputs)
    code = recorded(f, point[:shared], point[shared:])
    expected = by_tape(code, point, np.empty((1, 0)))
    rolled = Rolled(code, range(code.inputs))
    for _ in range(2):  # what is kept between calls does not show
        found = rolled(point)
        assert found.outputs == pytest.approx(expected.outputs[:, 0], rel=1e-13)
        ensure_near(
            found._replace(outputs=expected.outputs, varying=expected.varying), expected
        )


@pytest.mark.parametrize("seed", range(60))
def test_random_layered_programs_are_rolled_right(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "FREE", 10**6)
    draw = Random(seed)
    f, shared, inputs = drawn(draw)
    lanes = numbers(draw, draw.choice([1, 3, 8]), inputs)
    compared(f, numbers(draw, shared), lanes)


SPECIAL = (np.nan, np.inf, -np.inf, 1e300, -1e300, 800.0, -800.0, 0.0, -0.0, 5e-324)


@pytest.mark.parametrize("name", PROGRAMS)
def test_rows_that_overflow_or_hold_nan_are_those_of_the_tape(name: str) -> None:
    f, shared, inputs = PROGRAMS[name]
    draw = Random(name)
    lanes = numbers(draw, len(SPECIAL) + 1, inputs)
    for i, x in enumerate(SPECIAL):
        lanes[i, draw.randrange(inputs)] = x
        compared(f, numbers(draw, shared), lanes[[i, -1]])
    lanes[:] = -0.0
    compared(f, numbers(draw, shared), lanes)


def test_a_tie_of_maxima_is_halved_link_by_link() -> None:
    def f(p: Any, x: Any) -> Any:
        top = dg.maximum(dg.maximum(dg.maximum(x[0], x[1]), x[2]), x[3])
        return top * p[0] + dg.maximum(x[0], x[3]) * p[1]

    lanes = np.array([[2.0, 2.0, 2.0, 2.0], [1.0, 3.0, 3.0, 0.0], [4.0, 1.0, 4.0, 2.0]])
    compared(f, np.array([1.0, 10.0]), lanes)


def test_a_gradient_by_some_inputs_is_that_part_of_the_whole() -> None:
    f, shared, inputs = PROGRAMS["mlp"]
    point, lanes = numbers(Random(1), shared), numbers(Random(2), 3, inputs)
    code = recorded(f, point, lanes[0])
    varies = [False] * shared + [True] * inputs
    whole = Rolled(code, range(code.inputs), varies)(point, lanes)
    for wanted in ([0, 1, 2], [5, 3, 40], [shared + 1], [1, shared + 3, shared], []):
        found = Rolled(code, wanted, varies)(point, lanes)
        assert found.outputs == pytest.approx(whole.outputs, rel=1e-14)
        ours = [i for i in wanted if i < shared]
        theirs = [i - shared for i in wanted if i >= shared]
        assert found.shared == pytest.approx(whole.shared[ours], rel=1e-14)
        assert found.varying == pytest.approx(whole.varying[:, theirs], rel=1e-14)


def test_further_outputs_are_values_without_a_gradient() -> None:
    f = lambda p, x: [p[0] * x[0], p[1], 3.0 * x[0]]
    compared(f, np.array([2.0, 5.0]), np.array([[1.0], [4.0]]))


def test_an_output_that_depends_on_nothing_has_the_gradient_0() -> None:
    code = recorded(
        lambda p, x: [p[0].sign(), p[1].tanh()], np.array([2.0, 3.0]), np.array([])
    )
    found = Rolled(code, [1])(np.array([2.0, 3.0]))
    assert (found.outputs[0], found.shared.tolist()) == (1.0, [0.0])


def test_an_operation_of_a_user_is_called_number_by_number() -> None:
    @dg.primitive(lambda y, x: (3.0 * x * x,))
    def cube(x: float) -> float:
        return x * x * x

    f = lambda p, x: sum(cube(a * x[0]) for a in p)
    compared(f, numbers(Random(1), 5), numbers(Random(2), 3, 1))


def test_no_lanes_give_an_empty_row_and_no_gradient() -> None:
    f, shared, inputs = PROGRAMS["mlp"]
    point = numbers(Random(1), shared)
    varies = [False] * shared + [True] * inputs
    code = recorded(f, point, numbers(Random(2), inputs))
    found = Rolled(code, range(shared), varies)(point, np.empty((0, inputs)))
    assert found.outputs.shape == (1, 0)
    assert not found.shared.any()


def test_the_page_of_a_layer_is_one_product_of_matrices_and_two_more_lines() -> None:
    f, shared, inputs = PROGRAMS["mlp"]
    code = recorded(f, numbers(Random(1), shared), numbers(Random(2), inputs))
    rolled = Rolled(code, range(shared), [False] * shared + [True] * inputs)
    lines = rolled.source.splitlines()
    products = [line for line in lines if re.search(r"np\.matmul|np\.einsum", line)]
    forward = lines[: next(i for i, line in enumerate(lines) if "# back" in line)]
    assert sum(line in products for line in forward) == 3  # two layers, the penalty
    assert rolled.statements == rolled.classes - 3  # shared inputs, lanes, constants


def test_a_point_that_overflows_is_computed_again_by_the_tape() -> None:
    def f(p: Any, x: Any) -> Any:
        e = [a.exp() for a in p]
        return dg.where(x[0], e[1], e[0]) + (p[1] * 2.0).detach()

    point = np.array([800.0, 1.0, 2.0, 0.5])
    p, x = ([Value(a) for a in part] for part in (point[:3], point[3:]))
    code = capture(lambda: f(p, x), p + x).code  # which hears of detach()
    rolled = Rolled(code, [0, 1, 2])
    expected = by_tape(code, point, np.empty((1, 0)))
    found = rolled(point)
    assert found.outputs.tolist() == expected.outputs[:, 0].tolist()
    assert found.shared.tolist() == expected.shared[:3].tolist()


def test_arrays_are_kept_for_the_last_few_numbers_of_lanes() -> None:
    f, shared, inputs = PROGRAMS["mlp"]
    p, lanes = numbers(Random(1), shared), numbers(Random(2), 9, inputs)
    varies = [False] * shared + [True] * inputs
    code = recorded(f, p, lanes[0])
    rolled = Rolled(code, range(shared), varies)
    for n in (1, 2, 3, 4, 5, 6, 1, 9):
        ensure_near(
            rolled(p, lanes[:n]), Rolled(code, range(shared), varies)(p, lanes[:n])
        )


@pytest.mark.parametrize(
    "f",
    [
        lambda p, x: dg.where(p[0], p[1] * x[0], p[2]) + p[0],
        lambda p, x: dg.sign(p[0] * x[0] + p[1] * x[1]) * p[2],
        lambda p, x: sum(dg.step(a - b) * a for a, b in zip(p[1:], p, strict=False)),
        lambda p, x: dg.dot(p[:3], [a.tanh() for a in x[:3]]) * dg.dot(x[1:], p[1:]),
        lambda p, x: sum(a * b for a in p for b in x) * sum(p[1] * b for b in x),
        lambda p, x: sum(x[0] * a * a for a in p) - sum(x) * sum(x),
        lambda p, x: sum(a * b * x[0] for a, b in zip(p[::-1], p, strict=True)),
    ],
)
def test_small_programs_of_all_kinds_of_products_and_dead_ends(f: F) -> None:
    p = np.array([0.5, -1.5, 2.0, 0.25])
    compared(f, p, np.array([[1.0, -2.0, 0.5, 3.0], [0.3, 0.6, -0.9, 1.2]]))
    compared(f, p, np.array([[1.0, -2.0, 0.5, 3.0]]))


def test_an_output_that_is_a_number_is_that_in_each_lane() -> None:
    code = recorded(lambda p, x: p[0] * x[0] + 7.0, np.array([2.0]), np.array([3.0]))
    code = code._replace(outputs=np.array([*code.outputs, -1], np.int32))
    found = Rolled(code, [0], [False, True])(np.array([2.0]), np.array([[3.0], [4.0]]))
    assert found.outputs.tolist() == [[13.0, 15.0], [7.0, 7.0]]


def test_sums_of_many_colours_are_added_link_by_link() -> None:
    names = ("sin", "cos", "tan", "tanh", "exp", "atan", "sigmoid", "softplus", "sinh")

    def f(p: Any, x: Any) -> Any:
        made = [getattr(x[0], name)() for name in names]
        rows = [dg.dot(made, p[k : k + 9], p[k]) for k in range(30)]
        return dg.sum([row * row for row in rows]) - dg.dot(made, made[::-1])

    compared(f, numbers(Random(5), 39), numbers(Random(6), 2, 1))


def test_an_overflow_that_one_rounding_of_two_hides_is_found_all_the_same() -> None:
    """A product fused with its sum is exact where the tape finds inf - inf."""

    def f(p: Any, x: Any) -> Any:
        rows = [p[i : i + 3] for i in range(0, 24, 3)]
        return sum(sum(a * b for a, b in zip(w, x, strict=True)).tanh() for w in rows)

    p = np.tile([-1e300, 1e300, 1.0], 8)
    lanes = np.full((16, 3), 0.5)
    lanes[1] = 1e300, 1e300, 1.0
    compared(f, p, lanes)
    compared(lambda x, p: f(p, x), lanes[1], np.tile(p, (8, 1)))


def test_what_overflows_on_the_way_to_a_finite_number_is_no_fault() -> None:
    f = lambda p, x: sum(dg.sigmoid(a * x[0]) + (a * x[0]).sech() for a in p)
    compared(f, np.array([1.0, -800.0, 800.0]), np.array([[2.0], [-3.0]]))


def test_the_step_of_what_is_no_number_is_none() -> None:
    f = lambda p, x: dg.where(x[0], sum(dg.step(a * x[1]) * a for a in p), p[0])
    lanes = np.array([[0.0, np.nan], [1.0, 2.0], [1.0, np.nan]])
    compared(f, np.array([1.0, -2.0, 0.0]), lanes)
    compared(f, np.array([1.0, -2.0, 0.0]), lanes[:2])


@pytest.mark.parametrize("name", ["mlp", "attention", "recurrent"])
def test_parameters_may_vary_by_lane_and_rows_be_shared(name: str) -> None:
    f, shared, inputs = PROGRAMS[name]
    draw = Random(name)
    compared(lambda x, p: f(p, x), numbers(draw, inputs), numbers(draw, 3, shared))
    compared(
        lambda _, x: f(x[:shared], x[shared:]),
        np.zeros(1),
        numbers(draw, 3, shared + inputs),
    )


def test_a_row_that_far_more_places_read_than_others() -> None:
    draw = Random(3)
    pairs = [(draw.choice((*[0] * 9, i % 12)), draw.randrange(4)) for i in range(99)]

    def f(p: Any, x: Any) -> Any:
        return sum((p[i] * x[k]).tanh() for i, k in pairs)

    compared(f, numbers(draw, 12), numbers(draw, 2, 4))
    compared(lambda x, p: f(p, x), numbers(draw, 4), numbers(draw, 2, 12))


def test_short_rows_of_one_array_are_read_by_sums_and_by_products() -> None:
    def f(p: Any, x: Any) -> Any:
        h = [(a * x[0]).tanh() for a in p]
        some = [dg.sum(h[i : i + n]) for i in (0, 4) for n in (2, 3, 4)]
        others = [dg.dot(h[i : i + n], h[:n]) for i in (1, 4) for n in (2, 3, 4)]
        return sum(a.sin() for a in some) + sum(a.cos() for a in others)

    compared(f, numbers(Random(1), 8), numbers(Random(2), 3, 4))


@pytest.mark.parametrize("name", ["mlp", "attention"])
def test_many_lanes_are_computed_block_by_block(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    f, shared, inputs = PROGRAMS[name]
    p, lanes = numbers(Random(1), shared), numbers(Random(2), 23, inputs)
    entries = compared(f, p, lanes[:2]).entries
    for block in (4, 7, 30):
        monkeypatch.setattr(running, "MOST", block * entries)
        compared(f, p, lanes)


@pytest.mark.parametrize("seed", range(12))
def test_random_attentions_that_look_back_are_rolled_right(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "FREE", 10**6)
    draw = Random(seed)
    f, shared, inputs = looking_back(draw)
    compared(f, numbers(draw, shared), numbers(draw, draw.choice([1, 3, 17]), inputs))
