"""An audit as text: the worst first, and what explains it."""

from __future__ import annotations

import math

from dendrograd import Value
from dendrograd.audit.audit import Audit, audit


def rump(a: Value, b: Value) -> Value:
    inner = 11 * a**2 * b**2 - b**6 - 121 * b**4 - 2
    return 333.75 * b**6 + a**2 * inner + 5.5 * b**8 + a / (2 * b)


def rows(found: Audit) -> list[str]:
    return str(found).split("\n\n")[1].splitlines()


def test_the_table_shows_the_worst_first_in_88_columns() -> None:
    found = audit(rump(Value(77617.0, label="a"), Value(33096.0, label="b")))
    head, *table = rows(found)
    assert head.split() == [
        "node",
        "value",
        "exact",
        "lost",
        "gradient",
        "exact",
        "lost",
    ]
    assert len(table) == 11
    assert all(len(row) <= 88 for row in table)
    losses = [round(max(e.lost, e.gradient_lost), 1) for e in found.entries]
    assert losses == sorted(losses, reverse=True)
    assert repr(found) == str(found)


def test_numbers_past_the_range_of_floats_are_shown() -> None:
    x = Value(1000.0)
    assert "1.97007e+434" in str(audit(x.exp()))
    assert "5.07596e-435" in str(audit((-x).exp()))


def test_data_assigned_after_the_build_is_reported() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 4.0
    found = audit(y)
    assert found.stale == (y,)
    assert "build the graph again: mul(3, 3)" not in str(found)
    assert "not what its operands give now" in str(found)


def test_an_overflow_loses_all_and_its_origin_is_named() -> None:
    x = Value(1000.0, label="x")
    found = audit(x.exp().log())
    assert found.value == math.inf
    assert found.exact_value == 1000
    assert found.lost == 16.0
    assert found.nonfinite is not None
    assert "first non-finite value: exp(x=1000.0) = inf" in str(found)


def test_the_rounding_that_keeps_a_value_from_0_is_named() -> None:
    x = Value(2.0, label="x")
    told = str(audit(x.sqrt() ** 2 - x))
    assert "alone keeps the value from being 0" in told


def test_where_the_value_is_infinite_no_rounding_is_blamed() -> None:
    x = Value(0.1, label="x")
    infinite = (x + 0.2) / 0.0
    assert "rounding:" not in str(audit(infinite))
