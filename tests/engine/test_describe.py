"""A node in words: each of its facts is there, and what is long is cut and counted."""

import math

import pytest

from dendrograd import Value
from dendrograd import sum as total
from dendrograd.notices.describe import called, describe, formula, name
from dendrograd.ops import OPS


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda x: x, ("x", "x", "the leaf x = 3.0")),
        (lambda x: Value(0.1), ("0.1", "leaf 0.1", "the leaf 0.1")),
        (lambda x: x * 2, ("mul", "mul(x, 2)", "mul(x=3.0, 2.0) = 6.0")),
        (lambda x: 1 - x * x, ("sub", "sub(1, mul)", "sub(1.0, 9.0) = -8.0")),
        (
            lambda x: Value(math.nan, (x,), (1.0,)),
            ("by_hand", "by_hand(x)", "by_hand(x=3.0) = nan"),
        ),
    ],
)
def test_a_node_is_told_by_label_operation_and_operands(build, words):
    node = build(Value(3.0, label="x"))
    assert (name(node), formula(node), describe(node)) == words


def test_a_label_comes_first():
    y = Value(3.0).exp()
    y.label = "y"
    assert name(y) == formula(y) == "y"
    assert describe(y) == f"y = exp(3.0) = {math.exp(3.0)!r}"


@pytest.mark.parametrize("most", [1, 3, 6])
@pytest.mark.parametrize("count", [1, 2, 6, 7, 100])
def test_operands_are_shown_or_counted(count, most):
    told = called(OPS["sum"], range(count), most)
    shown = told.removeprefix("sum(").removesuffix(")").split(", ")
    hidden = int(shown.pop().removesuffix(" more")) if " more" in told else 0
    assert shown == [str(i) for i in range(min(count, most))]
    assert len(shown) + hidden == count


def test_a_node_of_many_operands_is_short():
    node = total([Value(float(i)) for i in range(1000)])
    assert formula(node) == "sum(0, 1, 2, 997 more)"
    assert len(describe(node)) < 100
