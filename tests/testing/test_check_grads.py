"""check_grads passes what is right, fails what is wrong, and says where and why."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from right_functions import Right, verdict

from dendrograd import (
    Value,
    atan,
    cos,
    direction,
    erfc,
    exp,
    hypot,
    log,
    logaddexp,
    maximum,
    minimum,
    norm,
    primitive,
    relu,
    sign,
    sqrt,
    tanh,
)
from dendrograd.errors import OperandError, TraceError
from dendrograd.nn import MLP
from dendrograd.testing import GradientError, check_grads, expressions


@primitive(lambda y, x: (4 * x * x,))
def wrong_cube(x: float) -> float:
    return x * x * x


@primitive(lambda y, x: (3.0,))
def wrong_slope(x: float) -> float:
    return 2.0 * x


@primitive(lambda y, x: (wrong_slope(x),))
def square(x: float) -> float:  # its derivative is right, the derivative of that not
    return x * x


@primitive(lambda y, x: (math.cos(x),))
def foreign_sine(x: float) -> float:
    return math.sin(x)


def test_a_second_derivative_of_0_agrees_though_a_branch_not_taken_is_rounded():
    f = lambda x: minimum(sign(x), erfc(x))  # -1 at x < 0
    assert set(check_grads(f, (-2.0,), order=2).verdicts) == {"agree"}


@given(expressions())
def test_the_engine_is_right_at_random_expressions(expression: Any) -> None:
    assert set(check_grads(expression, expression.point).verdicts) <= {"agree"}


@pytest.mark.parametrize("x", [0.25, 0.7, 1.0, 1.3, 2.9, 5.0])
def test_terms_that_cancel_inside_an_operation_are_rounding_and_no_fault(
    x: float,
) -> None:
    def ones(x: Any) -> Any:  # the complex step of each gives 1e-16, and not 0
        t, u = atan(x) * atan(x), tanh(x)
        return [t / t, direction(u, u), hypot(u, -u) / hypot(u, u)]

    assert set(check_grads(ones, (x,), order=2).verdicts) == {"agree"}


def test_trees_of_arguments_and_results_are_named_in_the_report() -> None:
    def f(p: Any, x: Any) -> Any:
        return {"a": p["w"][0] * x, "b": tanh(p["w"][1])}

    report = check_grads(f, ({"w": [0.5, -1.0]}, 2.0), order=1)
    lines = str(report).splitlines()
    assert lines[0] == "d f[0] / d p['w'][0] = 2: agree"
    assert lines[-2] == "d f[1] / d x = 0: agree"
    assert report.verdicts == {"agree": 6}


def test_arrays_are_checked_entry_by_entry_and_named_by_index() -> None:
    def f(w: Any, x: Any) -> Any:
        return np.tanh(w @ x)

    w, x = np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([0.75, 0.5])
    report = check_grads(f, (w, x), order=1)
    assert report.verdicts == {"agree": 2 * 6}
    assert "d f[1] / d w[1, 0] = " in str(report)


def test_order_two_checks_each_mode_over_each() -> None:
    report = check_grads(lambda x, y: x * y * y, (2.0, 3.0))
    by_order = [check.what.count("d ") for check in report.checks]
    assert sorted(set(by_order)) == [2, 4]
    assert len(report.checks) == 2 + 2 * 4
    assert all(set(check.comparison.modes) == {"rev", "fwd"} for check in report.checks)


@pytest.mark.parametrize("mode", ["rev", "fwd"])
def test_one_mode_alone_can_be_asked_for(mode: str) -> None:
    report = check_grads(exp, (0.5,), modes=(mode,))
    assert [set(check.comparison.modes) for check in report.checks] == [{mode}] * 2


@pytest.mark.parametrize(
    ("f", "order", "said"),
    [
        (lambda x: wrong_cube(x.sin()), 1, "first wrong local derivative: wrong_cube("),
        (lambda x: square(x) * x, 2, "first wrong local derivative: wrong_slope("),
        (lambda x: x * math.exp(x), 1, "does the function leave dendrograd"),
        (
            lambda x: x * Value(x.data**2, (x,), (3.0,)),
            1,
            "made by hand, with the local derivatives [3.0]",
        ),
    ],
)
def test_a_wrong_derivative_fails_with_its_whole_story(
    f: Callable[..., Any], order: int, said: str
) -> None:
    with pytest.raises(GradientError) as caught:
        check_grads(f, (0.7,))
    message = str(caught.value)
    assert said in message
    assert "x = 0.7" in message
    for figure in ("reverse mode", "forward mode", "complex step", "differences"):
        assert figure in message
    assert "def f(x0):" in message
    checks = caught.value.report.checks
    assert [check.comparison.verdict for check in checks].count("differ") >= 1
    assert len(checks) >= order
    assert isinstance(caught.value, AssertionError)


def test_a_rule_that_works_once_passes_at_order_one_and_says_why_not_two() -> None:
    assert check_grads(foreign_sine, (0.5,), order=1).verdicts == {"agree": 1}
    with pytest.raises(TraceError, match="left the table"):
        check_grads(foreign_sine, (0.5,))


def test_a_point_on_a_kink_is_reported_and_does_not_fail() -> None:
    report = check_grads(lambda x, y: relu(x) + x.maximum(y), (0.0, 0.0), order=1)
    assert report.verdicts == {"kink": 2}
    assert report.kinks[0] == "d f / d x: relu(0.0), maximum(0.0, 0.0)"


@pytest.mark.parametrize("mpmath", ["mpmath", "no mpmath"])
@pytest.mark.parametrize(
    ("f", "verdict"),
    [
        (lambda x: abs(x) * x, "kink"),
        (lambda x: relu(x) ** 2, "kink"),
        (lambda x: sqrt(x * x), "jump"),  # of its derivative, the sign
    ],
)
def test_a_second_derivative_at_a_kink_is_zero_and_reported_as_a_kink(
    f: Callable[..., Any], verdict: str, mpmath: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mpmath == "no mpmath":
        monkeypatch.setitem(sys.modules, "mpmath", None)
    checks = check_grads(f, (0.0,)).checks
    assert {c.comparison.ours for c in checks} == {0.0}
    assert [c.comparison.verdict for c in checks[1:]] == [verdict] * 2


@pytest.mark.parametrize("mpmath", ["mpmath", "no mpmath"])
@pytest.mark.parametrize(
    ("f", "point", "truth"),
    [
        (lambda x, y: norm([x, y]) ** 2, (0.0, 0.0), "2 (100%)"),
        (lambda x: sqrt(x * x) ** 2, (0.0,), "2 (100%)"),
        (
            lambda a, b: minimum(a, b) ** 2 * maximum(a, b) ** 2,
            (0.7, 0.7),
            "0.49 (50%)",
        ),
    ],
)
def test_a_function_that_is_smooth_at_a_kink_has_its_one_slope(
    f: Callable[..., Any],
    point: tuple[float, ...],
    truth: str,
    mpmath: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if mpmath == "no mpmath":
        monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(GradientError) as caught:
        check_grads(f, point)
    text = str(caught.value)
    assert f"{truth} away from" in text
    assert "the function is smooth there; write it without the kink" in text


def test_a_branch_of_the_function_is_reported_and_does_not_fail() -> None:
    def bends(x: Any) -> Any:
        return x if x <= 1.0 else 2.0 * x - 1.0

    report = check_grads(bends, (1.0,), order=1)
    assert report.verdicts == {"branch": 1}
    assert check_grads(bends, (1.5,)).verdicts == {"agree": 3}


def test_a_constant_at_one_point_of_a_branch_is_a_wrong_gradient() -> None:
    with pytest.raises(GradientError, match="takes another branch"):
        check_grads(lambda x: x * 0.0 if x == 0.0 else x, (0.0,), order=1)


@pytest.mark.parametrize("x", [-1.0, 1000.0])
def test_a_value_that_is_not_finite_is_confirmed_by_nothing(x: float) -> None:
    with pytest.raises(GradientError, match="first non-finite value"):
        check_grads(lambda x: log(exp(x)) if x > 0.0 else log(x), (x,), order=1)


def test_figures_that_rounding_tells_apart_are_neither_accused_nor_passed() -> None:
    with pytest.raises(GradientError, match="cannot tell whether 1 of 1") as caught:
        check_grads(lambda x: (1.0 - cos(x)) / x**2, (1e-4,), order=1)
    assert "wrong" not in str(caught.value).splitlines()[0]
    assert "look where less is lost" in str(caught.value)


@pytest.mark.parametrize("mpmath", ["mpmath", "no mpmath"])
@pytest.mark.parametrize("x", [1e-9, -1e-7, 3e-5, -0.01])
def test_a_smooth_point_beside_a_kink_agrees(
    x: float, mpmath: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mpmath == "no mpmath":
        monkeypatch.setitem(sys.modules, "mpmath", None)
    assert check_grads(lambda x: relu(x) * exp(x), (x,)).verdicts == {"agree": 3}


def test_a_kink_that_the_graph_does_not_show_is_told_by_the_slopes_of_its_sides() -> (
    None
):
    @primitive(lambda y, x: (0.5,))
    def ramp(x: float) -> float:
        return max(x, 0.0)

    @primitive(lambda y, x: (5.0,))
    def wrong_ramp(x: float) -> float:
        return max(x, 0.0)

    assert check_grads(ramp, (0.0,), order=1).verdicts == {"kink": 1}
    with pytest.raises(GradientError, match="1 of 1 derivatives wrong"):
        check_grads(wrong_ramp, (0.0,), order=1)


def test_what_nothing_can_confirm_is_no_pass() -> None:
    with pytest.raises(
        GradientError, match="cannot tell: 1 of 1 derivatives not finite"
    ):
        check_grads(log, (0.0,))


def test_steps_of_the_differences_may_leave_the_domain() -> None:
    def f(x: Any) -> Any:
        return x * x if math.log(float(x)) < 0.0 else x  # log raises below 0

    assert check_grads(f, (1e-3,)).verdicts == {"agree": 3}


def test_a_function_that_does_not_tell_its_parameters_is_checked() -> None:
    report = check_grads(max, (1.0, 2.0), order=1)
    assert str(report).splitlines()[1] == "d max / d args[1] = 1: agree"


def test_a_long_expression_is_cut_in_the_message() -> None:
    def long(x: Any) -> Any:
        for _ in range(50):
            x = x + 0.01
        return wrong_cube(x)

    with pytest.raises(GradientError, match=r"\.\.\. \d+ more lines"):
        check_grads(long, (0.5,))


def test_cancellation_is_not_taken_for_a_wrong_derivative() -> None:
    check_grads(lambda x: ((x + 1e8) ** 2 - 1e16) * 1e-8, (0.25,))


def test_a_network_of_many_weights_is_checked_along_random_directions() -> None:
    net = MLP(2, [4, 1], seed=0)
    names = [name for name, _ in net.named_parameters()]
    start = [p.data for p in net.parameters()]

    def loss(weights: list[Any]) -> Any:
        hidden = [
            tanh(weights[3 * i] * 0.5 - weights[3 * i + 1] + weights[3 * i + 2])
            for i in range(4)
        ]
        pairs = zip(weights[12:16], hidden, strict=True)
        return (sum(w * h for w, h in pairs) + weights[16]) ** 2

    report = check_grads(loss, (start,))
    assert len(names) == len(start) == 17
    assert len(report.checks) == 17 + 2 * 4 * 4
    assert report.verdicts == {"agree": 49}


@pytest.mark.parametrize("modes", [(), ("reverse",), ("rev", "back"), "both"])
def test_a_mode_that_is_none_is_told(modes: Any) -> None:
    with pytest.raises(ValueError, match="but they are 'rev', 'fwd' or both"):
        check_grads(exp, (1.0,), modes=modes)


@pytest.mark.parametrize("order", [0, -1, 1.5])
def test_an_order_that_is_none_is_told(order: Any) -> None:
    with pytest.raises(ValueError, match="order="):
        check_grads(exp, (1.0,), order=order)


def test_an_argument_that_is_no_number_is_told() -> None:
    message = r"check_grads: w\[1\]: the operand 'a' is a str"
    with pytest.raises(OperandError, match=message):
        check_grads(lambda x, w: x * w[0], (1.0, [2.0, "a"]))


def test_a_function_that_changes_its_mind_is_told() -> None:
    draw = random.Random(0)
    with pytest.raises(ValueError, match="two results for the same arguments"):
        check_grads(lambda x: x * draw.random(), (1.0,))


@pytest.mark.parametrize(("gap", "verdict"), [(1e-15, "jump"), (1e-9, "agree")])
def test_a_jump_beside_the_point_is_told_as_a_jump(gap: float, verdict: str) -> None:
    for x in (2.0 - gap, 2.0 + gap):
        report = check_grads(lambda x: x % 1.0 + x // 1.0 * 3.0, (x,), order=1)
        assert report.verdicts == {verdict: 1}
        assert bool(report.kinks) == (verdict == "jump")
        assert not report.kinks or "mod(" in report.kinks[0]


def test_a_small_gradient_beside_a_large_constant_is_not_told_without_an_oracle() -> (
    None
):
    @primitive(lambda y, x: (0.0 * x,))
    def dead(x: float) -> float:
        return math.sin(x)

    with pytest.raises(GradientError, match="cannot tell whether 1 of 1") as caught:
        check_grads(lambda x: 1e9 + 1e-6 * dead(x), (1.0,))
    assert "dead(1.0) = 0.841" in str(caught.value)
    report = check_grads(lambda x: 1e9 + 1e-6 * cos(x), (1.0,), order=1)
    assert report.verdicts == {"agree": 1}  # mpmath knows it, and the graph is whole


def test_the_report_says_which_orders_were_not_looked_at() -> None:
    for order in (1, 2):
        report = check_grads(exp, (0.5,), order=order)
        assert report.order == order
        assert str(report).endswith(f"order {order + 1} and above: not looked at")


def test_a_report_of_what_is_wrong_fits_a_screen() -> None:
    with pytest.raises(GradientError) as caught:
        check_grads(lambda x: wrong_cube(sum(x + i for i in range(99))), (0.5,))
    lines = str(caught.value).splitlines()
    assert len(lines) <= 40
    assert "33.3%) away from differences; errors explain" in lines[8]


def test_a_gradient_that_is_lost_at_a_kink_is_no_kink() -> None:
    with pytest.raises(GradientError, match="does the function leave dendrograd"):
        check_grads(lambda x: relu(x) + 3.0 * math.exp(x), (0.0,), order=1)


@pytest.mark.parametrize(
    ("f", "point"),
    [
        (logaddexp, (-519.0, 0.0)),  # 1e-226 beside 1, more than 100 digits show
        (tanh, (-365.8,)),  # its slope has few digits left in a float
        (exp, (-690.0,)),
        (lambda x: 1.0 / (1.0 + exp(-x)), (-365.1,)),  # a partial of 1e-317 inside
        (hypot, (1e160, 1e160)),
        (lambda x: (x + 1e300) - 1e300 + exp(x), (1.0,)),
    ],
)
def test_at_the_ends_of_the_range_nobody_right_is_accused(
    f: Callable[..., Any], point: tuple[float, ...]
) -> None:
    assert verdict(Right(f, point)) in ("agree", "cannot tell")


def test_steps_and_noise_of_the_function_are_neither_accused_nor_passed() -> None:
    @primitive(lambda y, x: (1.0,))
    def stairs(x: float) -> float:
        return math.floor(x)

    def noisy(x: Any) -> Any:
        return x + math.sin(1e17 * float(x))

    for f, x, said in ((stairs, 2.0, "jumps"), (noisy, 1.0, "another branch")):
        with pytest.raises(GradientError, match="cannot tell whether 1 of 1") as caught:
            check_grads(f, (x,), order=1)
        assert said in str(caught.value)
