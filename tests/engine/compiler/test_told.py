"""What became of a compiled function is told: report, readable code, the tree."""

import math

import pytest

import dendrograd
from dendrograd import Value, compile, grad, no_grad
from dendrograd.errors import GraphError


@compile
def bent(x, p, n=2):
    y = x * p["w"][0]
    if y > 0.0:
        y = y**n
    return [y, p["w"][1] * x]


POINT = {"w": [2.0, 3.0]}


def test_the_source_is_the_function_on_its_last_path():
    bent(1.0, POINT)
    bent(-1.0, POINT)
    space = {}
    exec(bent.source, space)  # noqa: S102  # our own text
    assert space["bent"](-1.0, 2.0, 3.0) == bent(-1.0, POINT)
    assert "# holds where gt at" in bent.source
    assert "test_told.py" in bent.source


def test_the_report_counts_what_runs_and_says_where_paths_part():
    fast = compile(bent.__wrapped__)
    assert "nothing ran yet" in str(fast.report())
    fast(1.0, POINT)
    fast(-1.0, POINT)
    report = fast.report()
    assert [path.operations for path in report.paths] == [2, 3]
    assert all("test_told.py" in guard for p in report.paths for guard in p.guards)
    assert "2 paths of 1 kind of arguments" in str(report)
    one = compile(lambda x: x * x)
    grad(one)(2.0)
    assert "gradient by 1 input" in str(one.report())


def test_the_report_names_what_was_read_and_what_stays():
    w = [Value(1.0, label=f"w{i}") for i in range(9)]
    fast = compile(lambda x: sum(w) * x + x.data, frozen="allow")
    fast(1.0)
    text = str(fast.report())
    assert "reads 9 Values: w0, w1, w2, w3, w4, w5, and 3 more" in text
    assert "a number stays as it was" in text


def test_the_graph_is_the_tree_at_the_numbers_of_the_recording():
    def f(x, y):
        return (x * y).tanh() + x

    fast = compile(f)
    fast(0.5, 2.0)
    assert fast.graph.data == f(Value(0.5), Value(2.0)).data
    assert [
        leaf.label for leaf in dendrograd.toposort(fast.graph) if not leaf.parents
    ] == [
        "x",
        "y",
    ]

    def cut(x):
        with no_grad():
            y = x * 2.0
        return y * x

    held = compile(cut)
    held(3.0)
    held.graph.backward()
    assert held.graph.data == 18.0


def test_inputs_get_names_that_are_names():
    fast = compile(lambda *xs, k: xs[0] * xs[1] * k[0])
    fast(1.0, 2.0, k=[3.0])
    assert "(x0, x1, k_0)" in fast.source
    x = Value(2.0, label="a b")
    assert compile(lambda: x * 2.0)().data == 4.0
    keyword = compile(lambda x: x["lambda"] * x["lambda"])
    keyword({"lambda": 1.0})
    assert "x_lambda" in keyword.source
    wide = compile(sum)
    wide([1.0] * 2000)
    assert "x1999" in wide.source
    assert "further statements" in wide.source
    alike = compile(lambda x_0, x: x_0 * x[0])
    alike(1.0, [2.0])
    assert "(x_0, x_0_)" in alike.source
    twice = compile(lambda a, b: a * b)
    twice(x, x)
    assert "(a)" in twice.source


def test_before_the_first_call_there_is_nothing_to_show():
    fast = compile(math.hypot)
    for what in ("source", "graph"):
        with pytest.raises(GraphError, match=f"there is no {what} yet"):
            getattr(fast, what)


@pytest.mark.parametrize("name", ["jit", "vmap"])
def test_other_libraries_names_are_answered_with_compile(name):
    with pytest.raises(AttributeError, match=r"is dendrograd\.compile here"):
        getattr(dendrograd, name)
