"""What is wrong with a graph is named: its first bad number, and data that changed."""

import math

import pytest

import dendrograd as dg
from dendrograd import Value, first_nonfinite, primitive, sqrt, toposort
from dendrograd import sum as total
from dendrograd.diagnose import moved
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


CHANGES = {
    "mul": lambda a, b: a * b,
    "dot": lambda a, b: dg.dot([a, 2.0], [b, 3.0]),
    "div": lambda a, b: (a * 1.0) / b,
    "shared": lambda a, b: (a + b) * b.tanh(),
    "square": lambda a, b: a * a + b,
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_after_a_graph_was_built_is_found(name):
    a, b = Value(3.0, label="a"), Value(2.0, label="b")
    order = toposort(CHANGES[name](a, b))
    assert moved(order) is None
    a.data = 4.5
    change = moved(order)
    assert (change.sources, change.sure) == ((a,), True)
    assert change.nodes
    a.data = 3.0
    assert moved(order) is None


def test_what_cannot_be_told_apart_is_named_together():
    a, b, c = Value(1.0), Value(2.0), Value(0.25)
    order = toposort((a + b) * c)
    a.data = 5.0
    change = moved(order)
    assert (set(change.sources), change.sure) == ({a, b}, False)
    power = toposort(a**b)
    a.data = 5.5
    change = moved(power)
    assert (set(change.sources), change.sure) == ({a, b}, False)
    beside = toposort((a + b) * (b * 3.0))
    a.data = 6.0
    assert moved(beside).sources == (a,)  # b still gives b * 3


def test_a_result_that_was_assigned_is_named_and_no_operand_of_it():
    a, b = Value(1.0), Value(2.0)
    m = a + b
    y = m.tanh()
    m.data = 5.0
    change = moved(toposort(y))
    assert (change.sources, change.nodes) == ((m,), (y,))
    m = a * 2.0
    y = m.tanh()
    m.data = 5.0
    assert moved(toposort(y)).sources == (m,)
    y = a * b
    y.data = 7.0
    change = moved(toposort(y))
    assert (change.sources, change.nodes) == ((y,), ())


def test_a_leaf_is_taken_to_have_changed_rather_than_a_result():
    a, b = Value(1.0), Value(2.0)
    order = toposort(a.tanh() + b)
    b.data = 3.0
    change = moved(order)
    assert (change.sources, change.sure) == ((b,), True)


def test_operands_that_are_too_large_for_a_step_of_one_are_told_apart_as_well():
    a, b, c, d = Value(1e200), Value(2e200), Value(2.0), Value(3.0)
    order = toposort(dg.dot([a, b], [c, d]))
    a.data, b.data = 1.5e200, 2.5e200
    change = moved(order)
    assert (change.sources, change.sure) == ((a, b), True)


def test_of_very_many_operands_all_may_have_changed():
    ws, xs = [Value(1.0) for _ in range(40)], [Value(2.0) for _ in range(40)]
    order = toposort(dg.dot(ws, xs))
    ws[0].data = 3.0
    change = moved(order)
    assert (set(change.sources), change.sure) == ({*ws, *xs}, False)


def test_a_nan_that_stays_one_is_no_change():
    x = Value(math.nan)
    order = toposort(x * 2.0 + 1.0)
    assert moved(order) is None
    x.data = 1.0
    assert moved(order).sources == (x,)


def test_a_function_outside_the_table_is_not_run_again():
    calls = []
    square = primitive(lambda y, x: (2.0 * x,))(lambda x: calls.append(x) or x * x)
    x = Value(3.0)
    order = toposort(square(x) + Value(1.0, (x,), (2.0,)))
    x.data = 4.0
    assert moved(order) is None
    assert calls == [3.0]
