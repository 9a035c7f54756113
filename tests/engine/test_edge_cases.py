"""Every row of the table of edge cases: value, and derivative in every mode."""

import importlib.util
import math
from pathlib import Path

import make_edge_specials
import numpy as np
import pytest
from edge_table import BY_HAND, GENERATED, Case, cases, function

import dendrograd
from dendrograd import Value, grad, jvp
from dendrograd.errors import OperandError
from dendrograd.ops import OPS

NAMES = {**vars(dendrograd), "float64": np.float64, "float32": np.float32}
NAMES |= {"int64": np.int64, "bool_": np.bool_}
ALL = cases(BY_HAND) + cases(GENERATED)
RUN = [case for case in ALL if not case.raises]
WRONG = [case for case in ALL if case.raises]
DOCS = Path(__file__).parents[2] / "docs"
every_case = pytest.mark.parametrize("case", RUN, ids=str)


def same_value(ours: float, text: str) -> bool:
    """Return whether a float is the one in the table, bit for bit; `~` allows 2 ulps."""
    expected = float(text.lstrip("~"))
    if text.startswith("~"):
        return abs(ours - expected) <= 2 * math.ulp(expected)
    if expected != expected:
        return ours != ours
    return ours == expected and math.copysign(1.0, ours) == math.copysign(1.0, expected)


def same_slope(ours: float, expected: float) -> bool:
    """Return whether derivatives agree; they are rounded, and their zero has no sign."""
    if not math.isfinite(expected):
        return ours == expected or (ours != ours and expected != expected)
    return math.isclose(ours, expected, rel_tol=4e-15, abs_tol=5e-324)


def check(found: list[float], case: Case) -> None:
    pairs = zip(found, case.slopes, strict=True)
    assert all(same_slope(float(a), b) for a, b in pairs), (found, case.slopes)


@every_case
def test_the_value_is_that_of_the_table_bit_for_bit(case):
    f, xs = function(case, NAMES), case.point.values()
    assert same_value(f(*map(Value, xs)).data, case.value)
    assert same_value(jvp(f, list(xs), [1.0] * len(xs))[0], case.value)


@every_case
def test_reverse_mode_gives_the_derivative_of_the_table(case):
    leaves = [Value(x) for x in case.point.values()]
    f = function(case, NAMES)
    f(*leaves).backward()
    check([leaf.grad for leaf in leaves], case)
    check(grad(f, argnums=tuple(range(len(leaves))))(*case.point.values()), case)


@every_case
def test_forward_mode_gives_the_derivative_of_the_table(case):
    f, xs = function(case, NAMES), list(case.point.values())
    unit = [[float(i == j) for j in range(len(xs))] for i in range(len(xs))]
    check([jvp(f, xs, direction)[1] for direction in unit], case)


@every_case
def test_a_derivative_made_of_values_is_that_of_the_table(case):
    leaves = [Value(x) for x in case.point.values()]
    f = function(case, NAMES)
    check(grad(f, argnums=tuple(range(len(leaves))))(*leaves), case)


@every_case
def test_a_number_in_the_place_of_a_value_changes_nothing(case):
    f, xs = function(case, NAMES), list(case.point.values())
    for i, slope in enumerate(case.slopes):
        operands = [Value(x) if k == i else x for k, x in enumerate(xs)]
        y = f(*operands)
        if isinstance(y, Value):  # where(c, 2.0, 1.0) of a number c is one
            y.backward()
            assert same_value(y.data, case.value)
            assert same_slope(operands[i].grad, slope)


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_what_is_no_number_is_refused_with_the_way_out(case):
    assert case.value == "OperandError"
    with pytest.raises(OperandError, match=r"^[a-z]+: .*operand.*(float|math\.)"):
        function(case, NAMES)(*map(Value, case.point.values()))


def test_the_generated_half_is_what_the_references_say():
    text = GENERATED.read_text(encoding="utf-8")
    assert text == make_edge_specials.text(), (
        "rewrite it: python tests/engine/make_edge_specials.py"
    )


def test_every_operand_of_every_operation_takes_every_special_number():
    found = {
        (case.group, i, repr(x))
        for case in cases(GENERATED)
        for i, x in enumerate(case.point.values())
    }
    for op in OPS.values():
        for i in range(len(make_edge_specials.samples(op))):
            for special in ("nan", "inf", "-inf", "0.0", "-0.0", "5e-324"):
                assert (op.name, i, special) in found
            assert (op.name, i, "1.7976931348623157e+308") in found


def test_every_case_written_by_hand_is_told_once_and_says_why():
    by_hand = cases(BY_HAND)
    assert len({(case.expression, case.at) for case in by_hand}) == len(by_hand)
    assert all(len(case.why) > 5 for case in by_hand)


def written():
    """Return the script of the page as a module."""
    spec = importlib.util.spec_from_file_location("p", DOCS / "make_edge_cases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_edge_cases_is_up_to_date():
    page = (DOCS / "edge_cases.md").read_text(encoding="utf-8")
    assert page == written().page(), "rewrite it: python docs/make_edge_cases.py"


def test_what_was_not_measured_in_another_library_says_so_on_the_page():
    titles, figures = written().figures()
    case = Case("new", "direction(x, y)", "x=3.0 y=4.0", "0.6", "0.128 -0.096")
    assert (case.expression, case.at) not in figures
    every = {(case.expression, case.at) for case in ALL}
    assert figures.keys() >= every
    unmeasured = ("not measured", "")
    assert written().cell(case, unmeasured) == "*not measured*"
    assert any(unmeasured not in figures[key] for key in every)
    assert len(titles) == 3
