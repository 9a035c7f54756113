"""An expression runs on any kind of number and prints as source that does the same."""

from __future__ import annotations

import contextlib
import io
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrograd import Value, dot, jacobian, logsumexp, primitive, value_and_grad
from dendrograd.errors import GraphError
from dendrograd.op import Op
from dendrograd.ops import OPS
from dendrograd.testing import Expression, expressions, operands


@primitive(lambda y, x: (2.0 * x,))
def square(x: float) -> float:
    return x * x


@primitive(lambda y, x: (7.0,))
def f(x: float) -> float:  # as the function of the source is named
    return 7.0 * x


class Other:
    @staticmethod
    def make() -> Op:
        @primitive(lambda y, x: (1.0,))
        def square(x: float) -> float:
            return x

        return square


def printed(source: str) -> str:
    """Return what a program prints."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(source, {"__name__": "printed"})  # noqa: S102  # it is what is tested
    return told.getvalue()


def computed(expression: Expression) -> str:
    """Return what the source of an expression is to print."""
    every = tuple(range(len(expression.point)))
    transform = value_and_grad if len(expression.outputs) == 1 else jacobian
    result = transform(expression, every)(*expression.point)
    return f"{result}\n"


def step(op: Op, xs: list[float]) -> Expression:
    """Return one operation on leaves; on constants where it takes whole numbers."""
    whole = [i in op.constant for i in range(len(xs))]
    point = [x for x, fixed in zip(xs, whole, strict=True) if not fixed]
    slots = iter(range(len(point)))
    places = [x if fixed else next(slots) for x, fixed in zip(xs, whole, strict=True)]
    return Expression(tuple(point), ((op, tuple(places)),), (len(point),))


@settings(max_examples=100)
@given(st.booleans().flatmap(lambda smooth: expressions(smooth=smooth)))
def test_the_source_prints_the_same_bits_as_the_expression(e: Expression) -> None:
    assert printed(str(e)) == computed(e)


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
@given(data=st.data())
def test_every_operation_prints_and_runs(op: Op, data: Any) -> None:
    expression = step(op, data.draw(operands(op)))
    assert printed(str(expression)) == computed(expression)


@pytest.mark.parametrize("x", [-2.5, -0.0, 5e-324, 1e308, math.inf, -math.inf])
def test_extreme_points_and_constants_print_as_they_are(x: float) -> None:
    for name in ("add", "sub", "mul", "pow", "where", "sum"):
        op = OPS[name]
        for places in ((0, x), (x, 0)):
            full = (1.0, *places) if name == "where" else places
            expression = Expression((x,), ((op, full),), (1,))
            assert printed(str(expression)) == computed(expression)


def test_a_leaf_or_a_constant_may_be_the_result() -> None:
    leaf = Expression((3.0,), (), (0,))
    assert printed(str(leaf)) == "(3.0, (1.0,))\n"
    constant = Expression((3.0,), (), (-math.inf,))
    assert printed(str(constant)) == "(-inf, (0.0,))\n"


def test_several_results_print_their_jacobian() -> None:
    x, y = Value(2.0), Value(3.0)
    several = Expression.of([x * y, x, 1.5], [x, y])
    assert several(2.0, 3.0) == [6.0, 2.0, 1.5]
    assert printed(str(several)) == computed(several)


def test_recording_keeps_order_sharing_and_constants() -> None:
    x, y = Value(2.0), Value(0.5)
    shared = (x * y).tanh()
    outer = Value(4.0)  # a leaf of nobody: a constant
    root = dot([shared, 2.0], [shared, x], outer) - logsumexp([x, 1.0, shared])
    found = Expression.of([root], [x, y])
    assert [op.name for op, _ in found.steps] == [
        *("mul", "tanh", "dot", "logsumexp", "sub"),
    ]
    assert found.steps[2][1] == (3, 2.0, 3, 0, 4.0)
    assert found.steps[3][1] == (0, 1.0, 3)
    assert found(2.0, 0.5) == root.data


@given(expressions())
def test_recording_a_run_gives_the_expression_back(e: Expression) -> None:
    leaves = [Value(x) for x in e.point]
    again = Expression.of([e(*leaves)], leaves)
    assert sorted(op.name for op, _ in again.steps) == sorted(
        op.name for op, _ in e.steps
    )
    assert again.point == e.point
    assert printed(str(again)) == printed(str(e))


def test_names_that_would_collide_are_imported_under_others() -> None:
    other = Other.make()
    steps = ((square, (0,)), (other, (1,)), (f, (2,)), (OPS["sin"], (3,)))
    lines = str(Expression((3.0,), steps, (4,))).splitlines()
    module = square.module
    assert lines[2:5] == [
        f"from {module} import square",
        f"from {module} import square as square_",
        f"from {module} import f as f_",
    ]
    assert [line.strip() for line in lines[7:10]] == [
        "t0 = square(x0)",
        "t1 = square_(t0)",
        "t2 = f_(t1)",
    ]


def test_operations_of_your_own_print_and_run(monkeypatch: pytest.MonkeyPatch) -> None:
    expression = Expression((3.0,), ((square, (0,)), (f, (1,))), (2,))
    monkeypatch.setitem(__import__("sys").modules, square.module, Namespace)
    assert printed(str(expression)) == "(63.0, (42.0,))\n"


class Namespace:
    square, f = square, f


def test_a_node_made_by_hand_is_told_in_the_source_and_cannot_be_run() -> None:
    x = Value(3.0)
    expression = Expression.of([Value(9.0, (x,), (6.0,)) + 1.0], [x])
    assert expression.made_by_hand
    assert "t0 = by_hand(x0)  # made by hand: its rule is not known" in str(expression)
    for operand in (3.0, x):
        with pytest.raises(GraphError, match="made by hand"):
            expression(operand)
