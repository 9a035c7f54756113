"""A graph computed again: exactly, or by precisions that agree."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given

import dendrograd.arithmetic.fraction
from dendrograd import Value, ops, primitive
from dendrograd.arithmetic.fraction import to_float
from dendrograd.audit.audit import SHOWN, audit
from dendrograd.audit.exact_graph import once, rerun
from dendrograd.backprop import toposort
from dendrograd.errors import MissingToolError
from dendrograd.testing import Expression, expressions
from dendrograd.testing.oracles import precise


def by_fractions(f: Callable[..., object]) -> Callable[..., Fraction]:
    return lambda *xs: Fraction(f(*map(Fraction, xs)))  # type: ignore[arg-type]


REFERENCE = {
    name: by_fractions(f)
    for name, f in {
        "pos": lambda x: x,
        "neg": lambda x: -x,
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "sum": lambda *xs: sum(xs),
        "dot": lambda *v: (
            v[-1] + sum(v[i] * v[i + len(v) // 2] for i in range(len(v) // 2))
        ),
        "abs": abs,
        "sign": lambda x: (x > 0) - (x < 0),
        "step": lambda x: x > 0,
        "compare": lambda a, b: (a > b) - (a < b),
        "floor": math.floor,
        "ceil": math.ceil,
        "mod": lambda a, b: a - b * math.floor(a / b),
        "floordiv": lambda a, b: math.floor(a / b),
        "maximum": max,
        "minimum": min,
        "relu": lambda x: max(x, 0),
        "where": lambda c, a, b: a if c else b,
    }.items()
}


def graph(f: Expression) -> tuple[list[Value], Value]:
    """Return the leaves and the result of an expression, recorded at its point."""
    leaves = [Value(x) for x in f.point]
    return leaves, f(*leaves)


@given(expressions(ops=list(REFERENCE), smooth=False))
def test_rational_expressions_are_audited_in_fractions_without_rounding(
    f: Expression,
) -> None:
    found = audit(graph(f)[1])
    assert found.exact
    assert found.digits == 0
    exact = f.results(
        [Fraction(x) for x in f.point], lambda op, *xs: REFERENCE[op.name](*xs)
    )
    assert found.fraction == exact[0]


SLOPES = {
    "exp2": lambda x: mpmath.log(2) * mpmath.power(2, x),
    "log2": lambda x: 1 / (x * mpmath.log(2)),
    "log10": lambda x: 1 / (x * mpmath.log(10)),
    "erf": lambda x: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x),
    "erfc": lambda x: -2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x),
}


@pytest.mark.parametrize("name", SLOPES)
def test_constants_of_the_rules_are_meant_without_their_rounding(name: str) -> None:
    x = Value(1.5)
    found = audit(getattr(x, name)())
    with mpmath.workdps(60):
        slope = mpmath.nstr(SLOPES[name](mpmath.mpf(1.5)), 20)
    assert found[x].exact_gradient == Decimal(slope)


@given(expressions(smooth=False))
def test_two_precisions_agree_on_what_an_audit_says(f: Expression) -> None:
    nodes = toposort(graph(f)[1])
    found = rerun(nodes)
    again = once(nodes, 2 * found.arithmetic.digits)
    for numbers, others in (
        (found.values, again.values),
        (found.gradients, again.gradients),
    ):
        for ok, a, b in zip(found.decided, numbers, others, strict=True):
            close = pytest.approx(to_float(b), rel=1e-15, abs=0.0, nan_ok=True)
            assert not ok or to_float(a) == close


@given(expressions(ops=list(REFERENCE)))
def test_many_digits_and_fractions_find_the_same_numbers(f: Expression) -> None:
    nodes = toposort(graph(f)[1])
    exact = rerun(nodes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            dendrograd.arithmetic.fraction, "BITS", 0
        )  # no Fraction is so small
        many = rerun(nodes)
    assert many.arithmetic.rounded
    assert not exact.arithmetic.rounded
    for ok, *pairs in zip(
        many.decided,
        zip(exact.values, many.values, strict=True),
        zip(exact.gradients, many.gradients, strict=True),
        strict=True,
    ):
        for a, b in pairs:
            error = abs(many.arithmetic.mpf(a) - many.arithmetic.mpf(b))
            assert not ok or error <= 1e-40 * abs(many.arithmetic.mpf(a))


def test_a_choice_that_rounding_turned_is_reported() -> None:
    x = Value(1e16)
    chosen = ((x + 1) - x).relu()
    found = audit(chosen * 3)
    assert found.branches == (chosen,)
    assert "took another branch than without rounding: relu(sub)" in str(found)


@pytest.mark.parametrize("op", ["floor", "ceil", "sign", "sqrt", "step"])
def test_every_kind_of_choice_is_watched(op: str) -> None:
    x = Value(1e16)
    found = audit(getattr(ops, op)((x + 1) - x))
    assert len(found.branches) == 1


def test_choices_that_rounding_left_alone_are_not_reported() -> None:
    x = Value(2.5)
    y = (x.floor() + x.relu() + abs(x) + x.sqrt() + x % 2.0 + x // 2.0).maximum(x)
    assert audit(y.hypot(x)).branches == ()


def test_a_kink_that_no_precision_tells_is_undecided() -> None:
    x = Value(2.0)
    kink = (x.sqrt() ** 2 - 2.0).relu()
    found = audit(kink)
    assert found.undecided == (kink,)
    assert found.digits == 1600
    assert f"undecided at 1600 digits: {found[kink].name}" in str(found)


def test_a_number_that_vanishes_with_the_precision_is_0() -> None:
    x = Value(2.0)
    found = audit(x.exp().log() - x)
    assert not found.undecided
    assert found.exact_value == 0
    assert found.lost == 0.0


def test_a_chaotic_orbit_needs_more_digits_than_it_has_steps_of_three_bits() -> None:
    x = y = Value(0.3, label="x")
    for _ in range(200):
        y = 3.9 * y * (1 - y)
    found = audit(y)
    assert found.lost > 15
    assert not found.exact  # its Fraction would have thousands of bits
    assert not found.undecided
    assert found[x].exact == SHOWN.create_decimal_from_float(0.3)


def test_what_has_no_definition_counts_as_exact_and_is_listed() -> None:
    x = Value(3.0)

    @primitive(lambda y, x: (2.0 * x,))
    def square(x: float) -> float:
        return x * x

    made, own = Value(5.0, (x,), (7.0,)), square(x)
    found = audit(made * own)
    assert set(found.unaudited) == {made, own}
    assert found.fraction == 45
    assert found[x].exact_gradient == 7 * 9 + 5 * 6
    assert "taken as it is, since only its float code is known: by_hand(" in str(found)


@given(expressions())
def test_gradients_without_rounding_are_the_differences_of_many_digits(
    f: Expression,
) -> None:
    leaves, root = graph(f)
    found = audit(root)
    for i, leaf in enumerate(leaves):
        slopes = precise(f, [float(i == k) for k in range(len(leaves))])
        assert slopes is not None
        exact = float(found[leaf].exact_gradient)
        assert exact == pytest.approx(slopes[0].middle, rel=1e-14, abs=1e-25)


def test_fractions_need_no_mpmath_and_what_does_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    x = Value(0.1)
    assert audit(x**2 / 3 + x).exact
    with pytest.raises(MissingToolError, match="pip install"):
        audit(x.exp())


def test_a_long_chain_needs_no_recursion() -> None:
    x = y = Value(0.0)
    for _ in range(5000):
        y = y + 1
    found = audit(y)
    assert len(found.entries) == 5001
    assert found.fraction == 5000
    assert found[x].exact_gradient == 1
    assert "and 4991 nodes that lost 0.0 digits or fewer" in str(found)
