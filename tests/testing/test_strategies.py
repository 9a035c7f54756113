"""The strategies: what they draw is valid, all of it can be drawn, and it shrinks well."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from dendrograd import grad, primitive
from dendrograd.domain import FLAG, NONZERO, ORDER, POSITIVE, REAL, UNIT, Interval
from dendrograd.errors import MissingToolError, OperandError
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.testing import Expression, expressions, operands, reals
from dendrograd.testing.safe_domain import MARGIN, allowed, intervals, smooth_at

INF = math.inf
DOMAINS = [
    *(REAL, NONZERO, POSITIVE, UNIT, FLAG, ORDER),
    Interval(100.0, 101.0),
    Interval(high=-50.0),
    Interval(3.0, 3.001),
    Interval(-1.0, 1.0, without=(-0.5, 0.5)),
    Interval(whole=True),
]


@primitive(lambda y, x: (2.0 * x,))
def wrong_cube(x: float) -> float:
    return x * x * x


@primitive(lambda y, *xs: tuple(2.0 * x for x in xs))
def squares(*xs: float) -> float:
    return sum(x * x for x in xs)


@primitive(lambda y, x: (1.0,), domain=(Interval(200.0, 300.0),))
def shifted(x: float) -> float:
    return x - 250.0


def drawn(strategy: Any, condition: Callable[[Any], bool]) -> Any:
    """Return the first drawn that fulfils a condition, as it was drawn."""
    once = settings(database=None, max_examples=2000, phases=[Phase.generate])
    return find(strategy, condition, settings=once, random=random.Random(0))


def shrunk(strategy: Any, condition: Callable[[Any], bool], seed: int = 0) -> Any:
    """Return the simplest that fulfils a condition."""
    fresh = settings(database=None, max_examples=2000)
    return find(strategy, condition, settings=fresh, random=random.Random(seed))


def uses(expression: Expression) -> Counter[int]:
    """Return how often each slot is an operand."""
    slots = [x for _, places in expression.steps for x in places if type(x) is int]
    return Counter(slots)


def chain(expression: Expression) -> int:
    """Return the length of the longest chain of operations."""
    depths = [0] * len(expression.point)
    for _, places in expression.steps:
        depths.append(1 + max(depths[x] for x in places if type(x) is int))
    return depths[-1]


# What is drawn is valid -------------------------------------------------------------


@pytest.mark.parametrize("domain", DOMAINS, ids=str)
@given(data=st.data())
def test_reals_keep_a_margin_from_ends_and_gaps(domain: Interval, data: Any) -> None:
    x = data.draw(reals(domain))
    assert type(x) is float
    assert x in domain
    if not domain.whole:
        edges = [domain.low, domain.high, *domain.without]
        assert min(abs(x - edge) for edge in edges) >= min(MARGIN, 1e-4)


@given(reals(REAL, bound=0.5), reals(Interval(10.0), bound=0.5))
def test_reals_stay_within_the_bound_of_zero_or_of_the_nearest_end(
    x: float, y: float
) -> None:
    assert abs(x) <= 0.5
    assert 10.0 < y <= 10.5 + MARGIN


@pytest.mark.parametrize("op", [*OPS.values(), wrong_cube, squares, shifted])
@given(data=st.data())
def test_operands_lie_where_the_operation_is_smooth(op: Op, data: Any) -> None:
    xs = data.draw(operands(op))
    assert smooth_at(op, xs)
    assert math.isfinite(op(*xs))
    assert 1 <= len(xs) <= 5
    assert op is not OPS["dot"] or len(xs) % 2 == 1


@pytest.mark.parametrize("smooth", [True, False])
@given(data=st.data())
def test_every_step_is_valid_and_used(smooth: bool, data: Any) -> None:
    expression = data.draw(expressions(leaves=2, depth=3, smooth=smooth))
    held = expression.run(expression.point, lambda op, *xs: op(*xs))
    for op, places in expression.steps:
        xs = [Expression.at(held, place) for place in places]
        assert any(type(place) is int for place in places)
        assert all(map(allowed, intervals(op, len(xs)), xs))
        assert smooth_at(op, xs) or not smooth
    assert max(map(abs, held)) <= 8.0
    (last,) = expression.outputs
    assert last == len(held) - 1
    assert set(uses(expression)) | {last} == set(range(len(held)))
    assert len(expression.point) <= 2
    assert 1 <= chain(expression) <= 3


@given(expressions(leaves=st.floats(60.0, 90.0)))
def test_a_leaf_holds_what_its_strategy_draws(expression: Expression) -> None:
    assert all(60.0 <= x <= 90.0 for x in expression.point)


@given(expressions(ops=["mul", OPS["sin"], squares], depth=1, leaves=1))
def test_only_the_operations_asked_for_are_drawn(expression: Expression) -> None:
    ((op, _),) = expression.steps
    assert op in {OPS["mul"], OPS["sin"], squares}
    assert len(expression.point) == 1


@given(expressions(ops=shifted))
def test_an_operation_with_a_far_domain_gets_leaves_inside(e: Expression) -> None:
    assert all(200.0 < x < 300.0 for x in e.point)


def test_a_point_near_an_end_a_gap_or_a_crease_is_not_smooth() -> None:
    log, div, floor = OPS["log"], OPS["div"], OPS["floor"]
    assert not smooth_at(log, [0.019])
    assert smooth_at(log, [0.021])
    assert not smooth_at(div, [1.0, -0.019])
    assert not smooth_at(floor, [3.019])
    assert smooth_at(floor, [3.021])


# All of it can be drawn --------------------------------------------------------------


@pytest.fixture(scope="module")
def many() -> list[Expression]:
    """Return a few hundred expressions as they are drawn, until none is missing."""
    found: list[Expression] = []
    missing = set(OPS.values())

    def enough(expression: Expression) -> bool:
        found.append(expression)
        missing.difference_update(op for op, _ in expression.steps)
        return len(found) >= 300 and not missing

    drawn(expressions(), enough)
    return found


def test_every_operation_of_the_table_is_drawn(many: list[Expression]) -> None:
    assert {op for one in many for op, _ in one.steps} == set(OPS.values())


KINDS: dict[str, Callable[[Expression], bool]] = {
    "a shared result": lambda e: any(
        n > 1 and slot >= len(e.point) for slot, n in uses(e).items()
    ),
    "a repeated operand": lambda e: any(
        len(places) == 2 and places[0] == places[1] for _, places in e.steps
    ),
    "five operands": lambda e: any(len(places) == 5 for _, places in e.steps),
    "a constant": lambda e: any(
        type(x) is float and not op.domain[0].whole
        for op, places in e.steps
        for x in places
    ),
    "a negative constant": lambda e: any(
        type(x) is float and x < 0 for _, places in e.steps for x in places
    ),
    "three leaves": lambda e: len(e.point) == 3,
    "a chain of four": lambda e: chain(e) == 4,
    "six steps": lambda e: len(e.steps) == 6,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_graph_is_drawn(kind: str, many: list[Expression]) -> None:
    assert any(map(KINDS[kind], many))


KINKS = {
    "relu": (0.0,),
    "abs": (0.0,),
    "sqrt": (0.0,),
    "maximum": (1.0, 1.0),
    "hypot": (0.0, 0.0),
    "floor": (2.0,),
    "asin": (1.0,),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks_are_drawn_where_not_smooth(name: str) -> None:
    def at_kink(expression: Expression) -> bool:
        held = expression.run(expression.point, lambda op, *xs: op(*xs))
        return any(
            tuple(Expression.at(held, place) for place in places) == KINKS[name]
            for _, places in expression.steps
        )

    assert at_kink(drawn(expressions(ops=name, smooth=False), at_kink))


# It shrinks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ops", "name"), [(None, "tanh"), (["sin", "add", "mul", "where"], "where")]
)
def test_one_operation_shrinks_to_itself_on_one_leaf(ops: Any, name: str) -> None:
    found = shrunk(expressions(ops), lambda e: OPS[name] in dict(e.steps))
    assert [op.name for op, _ in found.steps] == [name]
    assert len(found.point) == 1


def test_a_wrong_rule_among_good_ones_shrinks_to_itself() -> None:
    def fails(expression: Expression) -> bool:
        (x, *rest), h = expression.point, 1e-5
        slope = grad(expression)(x, *rest)
        about = (expression(x + h, *rest) - expression(x - h, *rest)) / (2.0 * h)
        return bool(abs(slope - about) > 1e-3 * (1.0 + abs(slope)))

    found = shrunk(expressions([*OPS.values(), wrong_cube]), fails)
    assert found.steps == ((wrong_cube, (0,)),)
    assert found.point == (1.0,)


def test_a_repeated_operand_shrinks_to_one_step_on_one_leaf() -> None:
    found = shrunk(
        expressions(["mul", "add", "sin"]), lambda e: max(uses(e).values()) > 1
    )
    ((_, places),) = found.steps
    assert places == (0, 0)
    assert found.point == (1.0,)


def test_a_shared_result_shrinks_to_two_steps() -> None:
    found = shrunk(expressions(["mul", "exp"]), KINDS["a shared result"])
    assert len(found.steps) == 2
    assert found.point == (1.0,)


def test_a_failing_test_prints_the_source_of_its_expression() -> None:
    code = """
from hypothesis import given
from dendrograd.testing import expressions, profile
profile(database=None)
@given(expressions(ops=["sin", "mul"], depth=2))
def test(f):
    assert all(op.name != "mul" for op, _ in f.steps)
test()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "def f(x0):" in done.stderr
    assert "t0 = x0 * x0" in done.stderr
    assert "print(value_and_grad(f, (0,))(1.0))" in done.stderr


# Wrong use is told --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: expressions(ops=["tanj"]), ValueError, "'tanj'; did you mean tan"),
        (lambda: expressions(ops="qqqq"), ValueError, "did you mean one of dendro"),
        (lambda: expressions(ops=[math.sin]), OperandError, "sin.* builtin.*primitive"),
        (lambda: expressions(ops=[]), ValueError, "ops is empty"),
        (lambda: expressions(leaves=0), ValueError, "leaves=0; give an int of 1"),
        (lambda: expressions(depth=0), ValueError, "depth=0; give an int of 1"),
        (lambda: expressions(depth=1.5), ValueError, "depth=1.5"),
        (lambda: reals(Interval(2.0, 1.0)), ValueError, r"no number of \(2 .. 1\)"),
        (lambda: reals(bound=-1.0), ValueError, "positive bound"),
        (lambda: reals(Interval(0.2, 0.8, whole=True)), ValueError, "no number of"),
    ],
)
def test_wrong_use_is_told_at_the_call(
    call: Callable[[], Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        call()


@pytest.mark.parametrize("call", [reals, expressions, lambda: operands(OPS["sin"])])
def test_without_hypothesis_the_way_to_install_it_is_told(
    call: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(
        MissingToolError, match=r"in a clone, pip install '\.\[testing\]'"
    ):
        call()


def test_the_kit_imports_without_hypothesis() -> None:
    code = "import sys; sys.modules['hypothesis'] = None; import dendrograd.testing"
    subprocess.run([sys.executable, "-c", code], check=True)
