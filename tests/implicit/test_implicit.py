"""Roots, fixed points and minima: values and derivatives of every order, and refusals."""

from __future__ import annotations

import copy
import gc
import math
import pickle
from random import Random
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import optimize

import dendrograd as dg
from dendrograd import Value, compile, grad, hessian, jacobian, no_grad, value_and_grad
from dendrograd.backprop import toposort
from dendrograd.errors import ShapeError, TraceError
from dendrograd.implicit import SolveError, argmin, fixed_point, solve
from dendrograd.primitive import primitive
from dendrograd.program import Program
from dendrograd.rules import traced
from dendrograd.viz import draw, explain

m = mpmath.MPContext()
m.dps = 40
RATE, STRIKE, TIME = 0.02, 105.0, 0.75


def black(m: Any, ndtr: Any, vol: Any, spot: Any) -> Any:
    """Return the price of a call option, in dendrograd's functions or in mpmath's."""
    sd = vol * m.sqrt(TIME)
    d1 = (m.log(spot / STRIKE) + RATE * TIME) / sd + sd / 2
    return spot * ndtr(d1) - STRIKE * math.exp(-RATE * TIME) * ndtr(d1 - sd)


def implied(price: Any, spot: Any, **how: Any) -> Any:
    def residual(vol: Any, price: Any, spot: Any) -> Any:
        return black(dg, dg.ndtr, vol, spot) - price

    return solve(residual, 0.3, price, spot, **how)


def exact_vol(price: Any, spot: Any) -> Any:
    return m.findroot(lambda vol: black(m, m.ncdf, vol, spot) - price, 0.25)


def test_an_implied_volatility_is_exact_to_the_third_derivative() -> None:
    p, s = 7.3, 100.0
    assert implied(p, s) == pytest.approx(float(exact_vol(p, s)), rel=2e-15)
    first = [float(m.diff(exact_vol, (p, s), n)) for n in ((1, 0), (0, 1))]
    assert grad(lambda v: implied(*v))([p, s]) == pytest.approx(first, rel=1e-14)
    second = [
        [float(m.diff(exact_vol, (p, s), n)) for n in row]
        for row in (((2, 0), (1, 1)), ((1, 1), (0, 2)))
    ]
    found = hessian(lambda v: implied(*v))([p, s])
    assert np.allclose(found, second, rtol=1e-12, atol=0.0)
    third = float(m.diff(lambda q: exact_vol(q, s), p, 3))
    ours = grad(grad(grad(lambda q: implied(q, s))))(p)
    assert ours == pytest.approx(third, rel=1e-11)


@pytest.mark.parametrize("seed", range(20))
def test_a_monotone_equation_has_the_derivatives_of_its_inverse(seed: int) -> None:
    rng = Random(seed)
    a, b, c = (rng.uniform(0.1, 3.0) for _ in range(3))
    p = rng.uniform(-5.0, 5.0)

    def f(x: Any, tanh: Any) -> Any:
        return a * x + b * tanh(x) + c * x * x * x

    def ours(p: Any) -> Any:
        return solve(lambda x, p: f(x, dg.tanh) - p, 0.0, p)

    x = m.findroot(lambda x: f(x, m.tanh) - p, 0.0)
    d1, d2, d3 = (m.diff(lambda x: f(x, m.tanh), x, n) for n in (1, 2, 3))
    assert ours(p) == pytest.approx(float(x), rel=1e-15, abs=1e-16)
    assert grad(ours)(p) == pytest.approx(float(1 / d1), rel=1e-13)
    second, third = -d2 / d1**3, (3 * d2 * d2 - d1 * d3) / d1**5
    assert grad(grad(ours))(p) == pytest.approx(float(second), rel=1e-12, abs=1e-15)
    found = grad(grad(grad(ours)))(p)
    assert found == pytest.approx(float(third), rel=1e-11, abs=1e-14)


@pytest.mark.parametrize("tolerance", [1e-1, 1e-4, 1e-12])
def test_the_tolerance_of_another_solver_is_not_in_a_derivative(
    tolerance: float,
) -> None:
    def rough(f: Any, low: float, high: float) -> Any:
        return optimize.brentq(f, low, high, xtol=tolerance, rtol=1e-3)

    found = grad(lambda p: implied(p, 100.0, method=rough, bracket=(0.01, 2.0)))(7.3)
    assert found == pytest.approx(grad(lambda p: implied(p, 100.0))(7.3), rel=1e-14)


def test_solvers_of_scipy_begin_for_one_unknown_and_for_several() -> None:
    def newton(f: Any, guess: float) -> Any:
        return optimize.root_scalar(f, x0=guess, x1=guess + 0.1)

    square = solve(lambda x, a: x * x - a, 1.0, Value(2.0), method=newton)
    assert square.data == pytest.approx(math.sqrt(2), rel=1e-15)
    x, y = solve(
        lambda v, a: [v[0] + v[1] - a, v[0] * v[1] - 2.0],
        [0.5, 3.0],
        Value(3.0),
        method=optimize.root,
    )
    assert (x.data, y.data) == pytest.approx((1.0, 2.0), rel=1e-15)


def curve(quotes: Any) -> Any:
    """Return zero rates at which swaps of 1, 2, ... years cost nothing."""

    def residual(rates: Any, quotes: Any) -> Any:
        d = [dg.exp(-r * (i + 1.0)) for i, r in enumerate(rates)]
        return [q * dg.sum(d[: i + 1]) - 1.0 + d[i] for i, q in enumerate(quotes)]

    return solve(residual, [0.03] * len(quotes), quotes)


def forward(quotes: Any) -> Any:
    """Return the same by substitution, one year after the other."""
    d: list[Any] = []
    for q in quotes:
        d.append((1.0 - q * (dg.sum(d) if d else 0.0)) / (1.0 + q))
    return [-dg.log(x) / (i + 1.0) for i, x in enumerate(d)]


def test_a_curve_has_the_jacobian_and_the_hessian_of_explicit_substitution() -> None:
    quotes = [0.02 + 0.0007 * i - 0.00001 * i * i for i in range(12)]
    nodes = toposort(*curve([Value(q) for q in quotes]))
    assert len(nodes) == 24  # the quotes, and a node for each rate
    exact = np.array(jacobian(forward)(quotes))
    assert abs(jacobian(curve)(quotes) - exact).max() < 2e-15 * abs(exact).max()

    def value(rates: Any) -> Any:
        return dg.sum([dg.exp(-r * (i + 1.5)) for i, r in enumerate(rates)])

    seconds = hessian(lambda q: value(forward(q)))(quotes)
    found = hessian(lambda q: value(curve(q)))(quotes)
    assert abs(np.array(found) - seconds).max() < 1e-13 * abs(np.array(seconds)).max()


@pytest.mark.parametrize(
    "guess", [(1.0, 2.0), {"x": 1.0, "y": 2.0}, np.array([1.0, 2])]
)
def test_unknowns_come_back_in_the_structure_of_the_guess(guess: Any) -> None:
    def residual(v: Any, a: Any) -> Any:
        x, y = v.values() if isinstance(v, dict) else v
        return [x * y - a, x - y + 1.0]

    found = solve(residual, guess, Value(6.0))
    assert type(found) is type(guess)
    scalars = list(found.values() if isinstance(found, dict) else found)
    assert [v.data for v in scalars] == pytest.approx([2.0, 3.0], rel=1e-15)


def test_values_that_the_residual_closes_over_have_gradients_too() -> None:
    a, b = Value(2.0), Value(3.0)
    x = solve(lambda x, b: x * x * x - a * a * b, 1.0, b)
    x.backward()
    assert x.data == pytest.approx(12 ** (1 / 3))
    assert (a.grad, b.grad) == pytest.approx((2 * x.data / 6, x.data / 9), rel=1e-14)
    inner = grad(lambda a: solve(lambda x: x * x - a * b, 1.0))(2.0)
    assert inner == pytest.approx(math.sqrt(3.0 / 2.0) / 2.0)


def test_a_fixed_point_and_a_minimum_have_the_slopes_of_their_equations() -> None:
    def point(a: Any) -> Any:
        return fixed_point(lambda x, a: dg.cos(a * x), 0.7, a)

    x = point(1.0)
    assert x == math.cos(x)
    assert grad(point)(1.0) == pytest.approx(-x * math.sin(x) / (1 + math.sin(x)))

    def least(a: Any) -> Any:
        def f(v: Any, a: Any) -> Any:
            return (v[0] - a) ** 4 / 4 + v[0] ** 2 / 2 + (v[1] - a * v[0]) ** 2

        return argmin(f, [0.5, 0.5], a)

    x, y = least(1.3)
    assert ((x - 1.3) ** 3 + x, y) == pytest.approx((0.0, 1.3 * x), abs=1e-15)
    slope = 3 * (x - 1.3) ** 2 / (1 + 3 * (x - 1.3) ** 2)
    assert jacobian(least)(1.3) == pytest.approx([slope, x + 1.3 * slope], rel=1e-13)


def test_equations_that_share_no_unknown_are_solved_side_by_side() -> None:
    rows = jacobian(lambda a: solve(lambda v, a: [v[0] - a, v[1] - 2 * a], [0, 0], a))(
        1.0
    )
    assert rows == [1.0, 2.0]


def test_floats_alone_give_floats() -> None:
    assert solve(lambda x: x * x - 4.0, 1.0) == 2.0
    assert solve(lambda v: [v[0] - 1.0, v[1] - v[0]], [0.0, 0.0]) == [1.0, 1.0]


def test_a_bracket_chooses_among_roots_and_its_ends_may_be_roots() -> None:
    for low, high, root in (
        (1.0, 4.0, math.pi),
        (5.0, 7.0, 2 * math.pi),
        (0.0, 1.0, 0),
    ):
        found = solve(lambda x, a: dg.sin(a * x), 0.0, Value(1.0), bracket=(low, high))
        assert found.data == pytest.approx(root, rel=1e-15)
    assert solve(lambda x: x - 1.0, 0.0, bracket=(0.0, 1.0)) == 1.0


def test_a_solved_node_is_drawn_as_one_box_and_explained_by_its_operands() -> None:
    vol = implied(Value(7.3, label="price"), Value(100.0, label="spot"))
    vol.label = "implied vol"
    assert [node.label for node in toposort(vol)] == ["price", "spot", "implied vol"]
    assert "implied vol = solve(price, spot)" in str(explain(vol, vol.parents[0]))
    assert "implied vol" in draw(vol).svg


def test_copies_and_pickles_can_be_differentiated_again() -> None:
    for node in (implied(Value(7.3), Value(100.0)), dg.sum(curve([Value(0.02)] * 3))):
        for again in (copy.deepcopy(node), pickle.loads(pickle.dumps(node))):
            leaves = [[n for n in toposort(y) if not n.parents] for y in (node, again)]
            for y, own in zip((node, again), leaves, strict=True):
                for leaf in own:
                    leaf.grad = 0.0
                y.backward()
            assert [v.grad for v in leaves[0]] == [v.grad for v in leaves[1]]
    x, y = pickle.loads(pickle.dumps(curve([Value(0.02), Value(0.03)])))
    assert x.op.system is y.op.system
    slopes = x.op.partials(x, *x.operands)  # a rule on Values
    assert [float(v) for v in slopes] == pytest.approx(x.partials, abs=1e-15)


def test_a_recorded_graph_solves_again_at_other_numbers() -> None:
    leaves = [Value(7.3), Value(100.0)]
    program = Program.of([implied(*leaves)], leaves)
    again = program.run([12.0, 110.0])
    assert again == pytest.approx([implied(12.0, 110.0)], rel=1e-14)
    op: Any = implied(*leaves).op
    assert op.evaluate(12.0, 110.0) == again[0]
    slopes = grad(lambda v: implied(*v))([12.0, 110.0])
    assert op.partials(again[0], 12.0, 110.0) == pytest.approx(slopes, rel=1e-13)
    quotes = [Value(0.02), Value(0.03)]
    both = Program.of(curve(quotes), quotes).run([0.025, 0.031])
    assert both == pytest.approx(curve([0.025, 0.031]), rel=1e-14)


@pytest.mark.parametrize("count", [1, 2])
def test_a_rule_can_be_recorded(count: int) -> None:
    op = curve([Value(0.02 + 0.01 * i) for i in range(count)])[-1].op
    program = traced(op, count)
    ps = [0.02 + 0.01 * i for i in range(count)]
    assert program.run([op.evaluate(*ps), *ps]) == pytest.approx(
        op.partials(op.evaluate(*ps), *ps), abs=1e-15
    )


def test_a_rule_of_the_users_own_that_leaves_the_table_is_refused_at_second_order() -> (
    None
):
    cube = primitive(lambda y, x: (3.0 * math.fabs(x) ** 2,))(lambda x: x * x * x)

    def root(a: Any) -> Any:
        return solve(lambda x, a: cube(x) - a, 1.0, a)

    assert grad(root)(8.0) == pytest.approx(1 / 12)
    with pytest.raises(TraceError):
        grad(grad(root))(8.0)


def test_inside_no_grad_a_root_is_a_leaf() -> None:
    with no_grad():
        x = solve(lambda x, a: x * x - a, 1.0, Value(4.0))
    assert (x.data, x.parents) == (2.0, ())


def test_no_reference_cycle_is_left() -> None:
    def total(p: Any) -> Any:
        return dg.sum(curve(p)) + implied(p[0] + 7.0, 100.0)

    hessian(total)([0.02, 0.03])
    gc.collect()
    gc.disable()
    try:
        hessian(total)([0.02, 0.03])
        solve(lambda x, a: x - a, 0.0, Value(1.0), bracket=(0.0, 3.0))
        assert gc.collect() == 0
    finally:
        gc.enable()


REFUSED = [
    (lambda a: solve(lambda x: (x - a) ** 2, 3.0), "solve: a multiple root near 1"),
    (lambda a: solve(lambda x: (x - a) ** 2, 1.0), "singular at the root 1, which has"),
    (lambda a: solve(lambda x: x * x + a, 3.0), "solve: no root: the residual falls"),
    (
        lambda a: solve(
            lambda v: [v[0] + v[1] - a, 2 * v[0] + 2 * v[1] - a], [1.0, 2.0]
        ),
        "solve: the Jacobian is singular at [1, 2]",
    ),
    (lambda a: solve(lambda x: a * 2.0, 1.0), "does not change there with every"),
    (lambda a: solve(lambda x: dg.log(x - a), 0.5), "the residual is nan at 0.5"),
    (
        lambda a: solve(lambda x: dg.sin(a * x), 0.0, bracket=(1.0, 20.0)),
        "0.841 and 0.913 at the ends of the bracket (1, 20); give one at whose ends",
    ),
    (lambda a: solve(lambda x: dg.exp(-x) * a, 0.0), "no root after 100 steps"),
    (
        lambda a: argmin(lambda x, a: dg.cos(x - a), 1.3, a),
        "argmin: no minimum at 1: f has a slope of 0 there, but its Hessian is not",
    ),
]


@pytest.mark.parametrize(("make", "words"), REFUSED)
def test_what_has_no_root_or_no_derivative_is_refused_with_the_reason(
    make: Any, words: str
) -> None:
    with pytest.raises(SolveError) as told:
        make(Value(1.0))
    assert words in str(told.value)


def test_equations_and_unknowns_are_counted() -> None:
    with pytest.raises(ShapeError, match="solve: 1 equations for 2 unknowns"):
        solve(lambda v: [v[0]], [1.0, 2.0])
    with pytest.raises(ShapeError, match="solve: a bracket for 2 unknowns"):
        solve(lambda v: [v[0], v[1]], [1.0, 2.0], bracket=(0.0, 1.0))


def test_a_branch_that_is_not_taken_poisons_no_second_derivative() -> None:
    def slope(ys: Any) -> Any:
        def squares(p: Any, ys: Any) -> Any:
            return dg.sum([(p[0] + p[1] * x - y) ** 2 for x, y in enumerate(ys)])

        return argmin(squares, [0.0, 0.0], ys)[1]  # x**2 has a branch at x < 0

    found = np.array(hessian(slope)([1.0, 2.9, 5.2, 7.1]))
    assert abs(found).max() < 1e-14


def test_a_solved_number_is_recorded_and_compiled():
    def root(a, b):
        return solve(lambda x, a: x**3 + x - a, 0.5, a) * b if a > 0.0 else b

    def least(a, b):
        return argmin(lambda x, a: (x[0] - a) ** 4 + x[0] ** 2, [0.5], a)[0] * b

    for f in (root, least):
        fast = compile(f)
        for point in [(2.0, 3.0), (5.0, -1.0), (1.0, 0.5)]:
            value, slopes = value_and_grad(fast, (0, 1))(*point)
            expected, known = value_and_grad(f, (0, 1))(*point)
            assert value == pytest.approx(expected, rel=1e-14)
            assert slopes == pytest.approx(known, rel=1e-13)
        assert len(fast.report().paths) == 1
