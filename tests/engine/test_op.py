"""Intervals: open, less some points; or whole numbers, with their ends."""

import math
import re
from dataclasses import fields
from pathlib import Path

import pytest

import dendrograd
from dendrograd import Value, nn, viz
from dendrograd.domain import FLAG, NONZERO, ORDER, POSITIVE, REAL, UNIT, Interval
from dendrograd.op import Op
from dendrograd.ops import OPS

TINY = 5e-324


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        (REAL, [-1e308, 0.0, 1e308], [math.inf, -math.inf, math.nan]),
        (NONZERO, [-TINY, TINY, 1e308], [0.0, -0.0, math.inf, math.nan]),
        (POSITIVE, [TINY, 1e308], [0.0, -TINY, math.inf, math.nan]),
        (UNIT, [-0.999, 0.0, 0.999], [-1.0, 1.0, 2.0, -2.0, math.nan]),
        (FLAG, [0.0, 1.0], [-1.0, 0.5, 2.0, math.nan]),
        (ORDER, [0.0, 3.0, 170.0], [-1.0, 2.5, 171.0, math.nan]),
    ],
    ids=str,
)
def test_an_interval_knows_what_lies_inside(interval, inside, outside):
    assert all(x in interval for x in inside)
    assert not any(x in interval for x in outside)


def test_intervals_are_written_with_brackets_that_tell_their_kind():
    assert str(REAL) == "(-inf .. inf)"
    assert str(ORDER) == "{0 .. 170}"
    assert str(Interval(-1.0, 8.0, without=(0.0, 0.5))) == "(-1 .. 8) less 0 less 0.5"


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_an_operation_is_infix_where_python_reads_its_symbol_between_operands(op):
    try:
        code = compile(f"a {op.symbol} b", op.name, "eval")
        made = eval(code, {"a": Value(2.0), "b": Value(3.0)})  # our table
    except SyntaxError:
        made = None
    assert op.infix == (made is not None and made.op is op)


def test_every_field_of_an_operation_is_read_by_the_packages():
    packages = [Path(part.__file__).parent for part in (dendrograd, nn, viz)]
    sources = [file for folder in packages for file in folder.rglob("*.py")]
    text = "\n".join(file.read_text("utf-8") for file in sources)
    read = set(re.findall(r"\.([a-z_]+)\b", text))
    assert {field.name for field in fields(Op)} <= read
