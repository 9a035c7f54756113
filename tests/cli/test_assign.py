"""NAME=VALUE arguments: split, and read as data."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd.cli.assign import literal, split
from dendrograd.cli.errors import CommandError


def test_values_may_hold_equal_signs_and_spaces_around_them_do_not_count() -> None:
    assert split(["a = b=c ", "x=-1"]) == {"a": "b=c", "x": "-1"}


def test_names_are_normalised_as_python_normalises_them() -> None:
    assert split(["ﬁ=1"]) == {"fi": "1"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x"], "'x': an argument is NAME=VALUE"),
        (["x="], "'x=': an argument is NAME=VALUE"),
        (["=2"], "'' cannot be a name"),
        (["2x=2"], "'2x' cannot be a name"),
        (["x y=2"], "'x y' cannot be a name"),
        (["lambda=2"], "'lambda' cannot be a name"),
        (["x=1", "x=2"], "x is given twice: 1 and 2"),
    ],
)
def test_what_is_no_assignment_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as caught:
        split(arguments)
    assert message in str(caught.value)


def test_literals_are_numbers_lists_and_dicts() -> None:
    assert literal("x", "{'a': [1, -2.5]}") == {"a": [1, -2.5]}
    assert literal("x", "-inf") == -math.inf
    assert math.isnan(literal("x", "NaN"))


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "f()",
        "1 +",
        "[1",
        "__import__('os')",
        "(" * 999,
        "+-inf",
        "--nan",
        "1if 1else 2",
        "\0",
        "\ud800",  # what Python warns of, too
        "9" * 5000,
        "{0x" + "f" * 5000 + ": 1}",  # more digits than Python writes out
    ],
)
def test_a_literal_runs_nothing_and_a_refusal_is_one_line(text: str) -> None:
    with pytest.raises(CommandError, match="neither a number nor a list"):
        literal("x", text)


@given(st.floats())
def test_a_float_comes_back_with_every_bit(x: float) -> None:
    found = float(literal("x", repr(x)))
    assert found == x or (found != found and x != x)
