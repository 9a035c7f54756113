"""Digits lost to rounding: known losses, and laws that any audit obeys."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings

from dendrograd import Value, grad
from dendrograd.arithmetic.mpmath import Precise
from dendrograd.audit.audit import audit, digits_lost
from dendrograd.errors import OperandError
from dendrograd.ops import OPS
from dendrograd.testing import Expression, expressions

EPS = 2.0**-53


def graph(f: Expression) -> tuple[list[Value], Value]:
    """Return the leaves and the result of an expression, recorded at its point."""
    leaves = [Value(x) for x in f.point]
    return leaves, f(*leaves)


def muller(n: int, a: float | Value, b: float | Value) -> Value:
    for _ in range(n):
        a, b = b, 111 - 1130 / b + 3000 / (b * a)
    return b


def rump(a: Value, b: Value) -> Value:
    inner = 11 * a**2 * b**2 - b**6 - 121 * b**4 - 2
    return 333.75 * b**6 + a**2 * inner + 5.5 * b**8 + a / (2 * b)


def test_a_summand_that_is_rounded_away_costs_all_digits() -> None:
    x = Value(1e16, label="x")
    found = audit((x + 1) - x)
    assert (found.value, found.fraction, found.exact) == (0.0, 1, True)
    assert found.lost == pytest.approx(-math.log10(EPS))


def test_mullers_recurrence_ends_at_6_and_not_at_100() -> None:
    found = audit(muller(30, Value(2.0), Value(-4.0)))
    a, b = Fraction(2), Fraction(-4)
    for _ in range(30):
        a, b = b, 111 - 1130 / b + 3000 / (b * a)
    assert found.fraction == b
    assert abs(found.value - 100) < 1e-6
    assert str(found.exact_value).startswith("6.00")
    assert found.lost > 15


def test_rumps_polynomial_has_another_sign() -> None:
    found = audit(rump(Value(77617.0), Value(33096.0)))
    assert found.fraction == Fraction(-54767, 66192)
    assert float(found.exact_value) == -0.8273960599468214
    assert found.lost == 16.0


@pytest.mark.parametrize(
    ("f", "x", "exact", "least", "most"),
    [
        (lambda x: (1 - x.cos()) / x**2, 1e-8, 0.5, 15.9, 16.0),
        (lambda x: (1 - x.cos()) / x**2, 1e-4, 0.49999999958333335, 7.0, 9.0),
        (lambda x: 2 * (x / 2).sin() ** 2 / x**2, 1e-8, 0.5, 0.0, 1.0),
        (lambda x: (1 + x).log(), 1e-17, 1e-17, 15.9, 16.0),
        (lambda x: x.log1p(), 1e-17, 1e-17, 0.0, 0.5),
        (lambda x: x.exp() - 1, 1e-200, 1e-200, 15.9, 16.0),
        (lambda x: x.exp().log(), 1e-300, 1e-300, 15.9, 16.0),
        (lambda x: (x**2 - 4).sqrt() - x, 1e6, -2.000000000002e-06, 4.0, 12.0),
        (lambda x: -4 / ((x**2 - 4).sqrt() + x), 1e6, -2.000000000002e-06, 0.0, 1.0),
    ],
    ids=lambda case: repr(case) if isinstance(case, float) else "f",
)
def test_known_losses_are_found_and_their_cures_lose_nothing(
    f: Callable[[Value], Value], x: float, exact: float, least: float, most: float
) -> None:
    found = audit(f(Value(x)))
    assert float(found.exact_value) == pytest.approx(exact, rel=1e-12, abs=0.0)
    assert least <= found.lost <= most
    assert not found.undecided


def test_operations_without_rounding_lose_nothing_anywhere() -> None:
    x, y = Value(3.0), Value(-5.0)
    found = audit((x * y + 7) ** 3 - abs(y) * x / 4)
    assert found.exact
    assert all(e.lost == e.gradient_lost == e.cost == 0.0 for e in found.entries)


def test_a_gradient_can_lose_all_digits_where_the_value_loses_none() -> None:
    t = Value(20.0).tanh()  # 1 in floats, and 8e-18 less without rounding
    found = audit(t - t * t * t / 3.0)
    assert found.lost < 1.0
    assert found[t].gradient_lost > 15.9
    with mpmath.workdps(250):
        slope = mpmath.sech(20) ** 2
        assert float(found[t].exact_gradient) == pytest.approx(float(slope), rel=1e-15)


def test_rounding_is_charged_to_the_sum_that_rounds_and_cancellation_named() -> None:
    x = Value(1e-9, label="x")
    big = x + 1e9
    found = audit(big - 1e9)
    assert found[big].lost == 0.0  # its error is below half a unit in the last place,
    assert found[big].cost == found.lost > 15.9  # and yet it takes all digits
    assert found[found.root].made == 0.0
    assert found[found.root].brought == found.lost
    assert "rounding: that of add(x, 1e+09) alone takes" in str(found)
    assert "cancellation: sub(add, 1e+09) leaves 1e-09 of operands" in str(found)


@given(expressions(smooth=False))
def test_digits_lost_are_the_relative_error_in_units_of_one_rounding(
    f: Expression,
) -> None:
    # Of all operations; a draw with a gamma function at a tie takes seconds.
    for e in audit(graph(f)[1]).entries:
        for ours, exact, lost in (
            (e.node.data, e.exact, e.lost),
            (e.gradient, e.exact_gradient, e.gradient_lost),
        ):
            if lost < 15.9 and exact.is_finite():  # shown to 20 digits: 4 of an error
                error = abs(Decimal(ours) - exact)
                allowed = Decimal(10.0**lost * EPS * 1.001) * abs(exact)
                assert error <= allowed
                assert lost == 0.0 or error >= Decimal("0.99") * allowed


@given(expressions())
def test_the_loss_of_a_node_is_made_there_or_brought_by_its_operands(
    f: Expression,
) -> None:
    for e in audit(graph(f)[1]).entries:
        assert 10**e.lost <= (10**e.made + 10**e.brought) * 1.000001


@given(expressions(ops=["add", "sub", "mul", "sin", "exp", "tanh", "div"]))
def test_the_costs_of_all_roundings_explain_the_loss_of_the_root(f: Expression) -> None:
    found = audit(graph(f)[1])
    if found.lost < 6.0:  # to first order in the errors
        assert 10**found.lost <= 1.001 * sum(10**e.cost for e in found.entries)


# At a tie an audit raises its precision in vain; in gamma functions that takes seconds.
QUICK = [op for op in OPS if op not in ("lgamma", "digamma", "polygamma")]


@settings(max_examples=50)
@given(expressions(QUICK, smooth=False))
def test_an_audit_leaves_the_graph_as_it_was(f: Expression) -> None:
    leaves, root = graph(f)
    root.backward()
    nodes = [e.node for e in audit(root).entries]

    def state() -> list[object]:
        return [
            (repr((v.data, v.grad, v.partials, v.label, v.scope)), v.op, v.parents)
            for v in nodes
        ]

    before = state()
    audit(root)
    assert state() == before
    assert set(leaves) <= set(nodes)


@given(expressions(smooth=False))
def test_the_audited_gradient_is_that_of_grad(f: Expression) -> None:
    leaves, root = graph(f)
    found = audit(root)
    ours = grad(f, tuple(range(len(leaves))))(*f.point)
    assert repr([found[leaf].gradient for leaf in leaves]) == repr(list(ours))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 1 / x,
        lambda x: -1 / x,
        lambda x: abs(x).log(),
        lambda x: (x - 1).sqrt(),
        lambda x: (x - 1).log() + x,
        lambda x: (x * math.inf).atan(),
    ],
)
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_an_infinity_or_nan_that_is_right_loses_nothing(
    f: Callable[[Value], Value], zero: float
) -> None:
    found = audit(f(Value(zero)))
    assert found.nonfinite is not None
    assert found.lost == 0.0


def test_underflow_and_a_wrong_zero_lose_all() -> None:
    assert audit(Value(-1000.0).exp()).lost > 15.9
    assert audit(Value(1e-200) * 1e-200).lost > 15.9
    assert audit((Value(0.1) + 0.2) - 0.1 - 0.2).lost > 15


def test_a_leaf_is_audited_as_itself() -> None:
    found = audit(Value(0.1))
    assert found.fraction == Fraction(0.1)
    assert [e.gradient for e in found.entries] == [1.0]


def test_what_is_no_value_is_refused_with_the_way_out() -> None:
    with pytest.raises(OperandError, match=r"audit: 3.0 is a float, not a Value"):
        audit(3.0)  # type: ignore[arg-type]


def test_a_node_of_another_graph_has_no_entry() -> None:
    with pytest.raises(KeyError, match="is not in the graph of"):
        audit(Value(1.0))[Value(1.0)]


@pytest.mark.parametrize(
    ("error", "digits"),
    [(0.0, 0.0), (EPS, 0.0), (1e3 * EPS, 3.0), (1e9, 16.0), (math.inf, 16.0)],
)
def test_digits_lost_lie_between_0_and_16(error: float, digits: float) -> None:
    assert digits_lost(error) == pytest.approx(digits)


def test_large_numbers_below_zero_take_no_longer_than_others() -> None:
    pole, beside = Value(-1e18), Value(-(2.0**40) - 0.5)
    assert audit(OPS["digamma"](pole)).digits <= 1600
    found = audit(OPS["digamma"](beside))
    assert found.lost < 2.0
    slope = mpmath.mpf(str(found[beside].exact_gradient))
    assert mpmath.almosteq(slope, mpmath.pi**2, 1e-10)  # of the cot's square


def test_polygamma_by_reflection_is_that_of_mpmath() -> None:
    precise = Precise(50)
    with mpmath.workdps(50):
        for x in (-1.5, -7.25, -1e3 - 0.125):
            for n in range(1, 5):
                exact = mpmath.psi(n, mpmath.mpf(x))
                ours = precise.apply(OPS["polygamma"], n, x)
                assert mpmath.almosteq(ours, exact, 1e-40)


@pytest.mark.parametrize("x", [3.0, 30.0, 50.0])
def test_a_slope_that_is_no_float_is_audited_to_all_digits(x: float) -> None:
    leaf = Value(x)
    slope = mpmath.mpf(str(audit(OPS["erf"](leaf))[leaf].exact_gradient))
    with mpmath.workdps(40):
        exact = 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(mpmath.mpf(x) ** 2))
        assert mpmath.almosteq(slope, exact, 1e-15)
