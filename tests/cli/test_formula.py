"""Expressions: what is arithmetic is computed, all else is refused with carets."""

from __future__ import annotations

import math
from contextlib import suppress

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrograd import Value
from dendrograd.cli.errors import CommandError
from dendrograd.cli.formula import parse
from dendrograd.cli.functions import FUNCTIONS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 - 4 / 8", 6.5),
        ("-2 ** 2", -4.0),
        ("+7 // 2 % 2", 1.0),
        ("(x + y) * x", 10.0),
        ("2**3**2", 512.0),
        ("pi - e", math.pi - math.e),
        ("tanh(0) + arctan(1) * 4", math.pi),
        ("sum([x, y, 1])", 6.0),
        ("mean([x, y])", 2.5),
        ("norm([x, 0])", 2.0),
        ("dot([x, y], [y, x], 1)", 13.0),
        ("dot([x], [y])", 6.0),
        ("logsumexp([0, 0])", math.log(2)),
        ("where(x > y, x, y) + where(x != y, 1, 0)", 4.0),
        ("maximum(x, y) - minimum(x, y)", 1.0),
        ("polygamma(1, 1)", math.pi**2 / 6),
        ("1 / 0", math.inf),
        ("log(-1)", math.nan),
        ("9**9**9**9", math.inf),
        ("1_000", 1000.0),
    ],
)
def test_arithmetic_has_the_value_that_its_operations_have(
    text: str, expected: float
) -> None:
    found = float(parse(text).evaluate({"x": Value(2.0), "y": Value(3.0)}))
    assert found == pytest.approx(expected, rel=1e-15, nan_ok=True)


def test_names_come_in_order_of_appearance_and_may_hide_constants() -> None:
    formula = parse("b*a + e*b")
    assert formula.names == ("b", "a", "e")
    assert formula.evaluate({"a": 2.0, "b": 3.0, "e": 10.0}) == 36.0


def test_operands_are_computed_in_the_order_of_the_text() -> None:
    root = parse("(x - y) / (y + 1)").evaluate({"x": Value(5.0), "y": Value(2.0)})
    assert isinstance(root, Value)
    left, right = root.parents
    assert (left.data, right.data) == (3.0, 3.0)
    assert left.op is not None
    assert left.op.name == "sub"


def test_numbers_stay_plain_operands() -> None:
    root = parse("x * 2").evaluate({"x": Value(3.0)})
    assert isinstance(root, Value)
    assert root.operands[1] == 2.0


ATTACKS = [
    ("x.__class__", "an attribute", "x.__class__"),
    ("().__class__", "an attribute", "().__class__"),
    ("__import__('os')", "unknown function __import__", "__import__"),
    ("eval(x)", "unknown function eval", "eval"),
    ("(lambda: x)()", "a lambda", "lambda: x"),
    ("[y for y in x]", "a comprehension", "[y for y in x]"),
    ("sum([y for y in x])", "takes a list here", "[y for y in x]"),
    ("sum([x for x in [1]][0:1])", "takes a list here", "[x for x in [1]][0:1]"),
    ("x[0]", "an index", "x[0]"),
    ("{1: x}", "a dict", "{1: x}"),
    ("'a'", "a text", "'a'"),
    ("f'{x}'", "a text", "f'{x}'"),
    ("b'a'", "a text", "b'a'"),
    ("True", "True or False", "True"),
    ("None", "cannot hold this", "None"),
    ("...", "cannot hold this", "..."),
    ("1j", "an imaginary number", "1j"),
    ("x if x else 1", "where(condition, a, b)", "x if x else 1"),
    ("x and 1", "and/or", "x and 1"),
    ("not x", "the operator not", "not x"),
    ("~x", "the operator ~", "~x"),
    ("x ^ 2", "a power is written **", "x ^ 2"),
    ("x @ x", "write dot", "x @ x"),
    ("x << 2", "cannot hold this", "x << 2"),
    ("x, x", "a comma", "x, x"),
    ("[x]", "a list", "[x]"),
    ("x > 1", "a comparison", "x > 1"),
    ("where(1, x > 1, 2)", "a comparison", "x > 1"),
    ("where(0 < x < 1, x, 2)", "a comparison", "0 < x < 1"),
    ("where(x in x, x, 2)", "compares no numbers", "x in x"),
    ("tanh(x=1)", "by place", "1"),
    ("tanh(**x)", "by place", "x"),
    ("tanh(*x)", "a star", "*x"),
    ("sum([*x])", "a star", "*x"),
    ("tanh", "write tanh(...)", "tanh"),
    ("tanh()", "tanh takes 1 argument", "tanh()"),
    ("tanh(x, x)", "tanh takes 1 argument, but here are 2", "tanh(x, x)"),
    ("dot([x])", "dot takes 2 or 3 arguments", "dot([x])"),
    ("tanh([x])", "a number here", "[x]"),
    ("sum(x)", "a list here", "x"),
    ("dot([x], [x, x])", "1 weights but 2 inputs", "dot([x], [x, x])"),
    ("max(x, 1)", "did you mean maximum?", "max"),
    ("ln(x)", "did you mean log?", "ln"),
    ("sinn(x)", "did you mean sin?", "sinn"),
    ("x(x + 1)", "a product with *", "x"),
    ("x + lamda", "lamda=NUMBER", "lamda"),
    ("1e999 * x", "too large for a float", "1e999"),
    ("x * 1" + "0" * 400, "too large for a float", "1" + "0" * 400),
    ("x # x", "cannot stand in a formula", "#"),
    ("x\0", "cannot stand in a formula", None),
    ("\ufeffx", "cannot stand in a formula", None),
    ("x\ud800", "cannot stand in a formula", None),
    ("x = 1", "invalid syntax", "="),
    ("x +", "invalid syntax", None),
    ("(x", "'(' was never closed", "("),
    ("lambda * x", "invalid syntax", None),
    ("", "the expression is empty", None),
    (" \n ", "the expression is empty", None),
    ("x" * 10_001, "over 10000", None),
    ("9" * 5000, "", None),
]


@pytest.mark.parametrize(("text", "reason", "part"), ATTACKS)
def test_what_is_no_arithmetic_is_refused_with_carets_under_it(
    text: str, reason: str, part: str | None
) -> None:
    with pytest.raises(CommandError) as caught:
        parse(text).evaluate({"x": Value(2.0)})
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    if part:
        line, carets = caught.value.sketch.splitlines()
        start = carets.index("^")
        marked = line[start : start + carets.count("^")]
        assert marked
        assert part.startswith(marked)


def test_carets_stand_under_wide_characters_and_after_letters_of_many_bytes() -> None:
    with pytest.raises(CommandError) as caught:
        parse("é + 日本.x")
    assert caught.value.sketch.splitlines() == ["  é + 日本.x", "      ^^^^^^"]


def test_a_long_expression_is_shown_by_the_part_around_the_place() -> None:
    with pytest.raises(CommandError) as caught:
        parse(" + ".join(["x"] * 300) + " + x.y + " + " + ".join(["x"] * 300))
    line, carets = caught.value.sketch.splitlines()
    assert len(line) < 80
    assert line[carets.index("^") : carets.rindex("^") + 1] == "x.y"


@pytest.mark.parametrize(
    "text",
    [
        "-" * 3000 + "x",
        "-" * 9000 + "x",
        "(" * 300 + "x" + ")" * 300,
        "x+" * 4900 + "x",
        "x**" * 3000 + "x",
        "tanh(" * 1500 + "x" + ")" * 1500,
        "sum([" * 1200 + "x" + "])" * 1200,
    ],
)
def test_deep_nesting_is_computed_or_refused_and_never_a_crash(text: str) -> None:
    message = "nested"
    try:
        parse(text).evaluate({"x": Value(1.0)})
    except CommandError as error:
        message = str(error)
    assert "nested" in message


def test_a_thousand_terms_need_no_recursion() -> None:
    root = parse("+".join(["x"] * 900)).evaluate({"x": (x := Value(2.0))})
    assert isinstance(root, Value)
    root.backward()
    assert (root.data, x.grad) == (1800.0, 900.0)


def test_every_operation_of_fixed_arity_can_be_called() -> None:
    for name, function in FUNCTIONS.items():
        arguments = ", ".join(
            "[x, x]" if is_list else "1" for is_list in function.lists
        )
        if name != "where":
            parse(f"{name}({arguments})").evaluate({"x": Value(1.0)})


NUMBER = (Value, float)

# Fuzzing ---------------------------------------------------------------------------

WORDS = (
    "x y 1 2.5 + - * / ** % // ( ) [ ] , . : = < > ! tanh sum where and if else lambda "
    "for in not None ... ' \" { } @ ^ ~ # \\ 0x 1e5 _ __ é 日 \n \t \0"
)
PIECES = st.sampled_from(WORDS.split(" "))


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20))
def test_any_text_is_a_number_or_a_refusal(text: str) -> None:
    with suppress(CommandError):
        assert isinstance(parse(text).evaluate({"x": Value(0.5), "y": 2.0}), NUMBER)


LEAVES = st.sampled_from(["x", "y"]) | st.floats(0.5, 4.0).map(repr)


def _operations(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner)
    calls = st.tuples(st.sampled_from(["tanh", "sin", "exp", "abs"]), inner)
    return (
        pairs.map(lambda p: f"({p[0]} {p[1]} {p[2]})")
        | calls.map(lambda c: f"{c[0]}({c[1]})")
        | inner.map(lambda x: f"-{x}")
    )


@given(st.recursive(LEAVES, _operations, max_leaves=8))
def test_values_are_those_of_the_same_expression_at_fifty_digits(text: str) -> None:
    found = float(parse(text).evaluate({"x": Value(1.25), "y": Value(-0.75)}))
    names = {name: getattr(mpmath, name) for name in ("tanh", "sin", "exp")}
    names |= {"abs": abs, "x": mpmath.mpf(1.25), "y": mpmath.mpf(-0.75)}
    with mpmath.workdps(50):
        try:
            expected = eval(text, {"__builtins__": {}}, names)
        except ZeroDivisionError:
            return
        size = max(1.0, abs(float(expected)))
    if math.isfinite(found) and size < 1e6:
        assert abs(found - float(expected)) <= 1e-6 * size
