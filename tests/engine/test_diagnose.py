"""first_nonfinite names the node, its operands, its line and its way to the result."""

import math

import pytest

from dendrograd import Value, first_nonfinite, sqrt
from dendrograd import sum as total
from dendrograd.errors import OperandError


def test_a_finite_graph_has_no_finding():
    x = Value(2.0)
    assert first_nonfinite(x.log() * x) is None


def test_the_first_bad_value_is_found_with_its_operands_line_and_path():
    x = Value(-1.0, label="x")
    bad = (x * 1).log()
    loss = total([bad * 2, x * 3]) + 1
    found = first_nonfinite(loss)
    assert found.node is bad
    assert found.what == "value"
    assert found.node.operands[0].data == -1.0
    assert found.path[0] is bad
    assert found.path[-1] is loss
    assert [v.op.name for v in found.path] == ["log", "mul", "sum", "add"]
    for earlier, later in zip(found.path, found.path[1:], strict=False):
        assert earlier in later.parents
    text = str(found)
    assert "log(-1.0) = nan" in text
    assert "bad = (x * 1).log()" in text
    assert "log -> mul -> sum -> add" in text


def test_the_path_prefers_what_is_bad_itself():
    x = Value(0.0)
    bad = x.log()
    loss = (bad + 1) + bad.exp()  # exp(-inf) is 0, which is fine
    assert [v.op.name for v in first_nonfinite(loss).path] == ["log", "add", "add"]


@pytest.mark.parametrize("root", [1.0, math.nan, None, [Value(1.0)]])
def test_what_is_no_value_is_told(root):
    with pytest.raises(OperandError, match=r"first_nonfinite: .* not a Value; give"):
        first_nonfinite(root)


def test_a_bad_leaf_is_found():
    x = Value(math.nan, label="weight")
    found = first_nonfinite(x * 2)
    assert found.node is x
    assert "the leaf weight = nan" in str(found)


def test_a_bad_local_derivative_is_found_where_all_values_are_finite():
    x = Value(0.0)
    loss = x.cbrt() + 1
    found = first_nonfinite(loss)
    assert found.what == "partial"
    assert found.node.op.name == "cbrt"
    assert "local derivatives: [inf]" in str(found)
    assert first_nonfinite(sqrt(x) + 1) is None  # the kink's promise is 0


def test_a_long_way_is_cut_in_the_text_and_whole_in_the_path():
    x = Value(0.0).log()
    for _ in range(5000):
        x = x + 1
    found = first_nonfinite(x)
    assert len(found.path) == 5001
    assert "log -> add -> add" in str(found)
    assert str(found).endswith("add -> (4993 more)")
    assert len(str(found)) < 1000


@pytest.mark.parametrize("count", [3, 10])
def test_many_operands_are_cut_in_the_text(count):
    found = first_nonfinite(total([Value(1e308)] * count))
    assert ("1e+308, 4 more) = inf" in str(found)) == (count == 10)
    assert str(found).count("1e+308") == min(count, 6)


def test_what_fits_is_shown_whole():
    x = Value(0.0).log()
    for _ in range(7):
        x = x + 1
    six = total([Value(1e308)] * 6)
    for found in (first_nonfinite(x), first_nonfinite(six)):
        assert " more" not in str(found)
