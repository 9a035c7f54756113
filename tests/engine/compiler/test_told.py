"""What became of a compiled function is told: report, readable code, the tree."""

import math

import numpy as np
import pytest

import dendrograd
from dendrograd import Value, compile, errstate, grad, no_grad
from dendrograd.compiler import batched, compiled
from dendrograd.compiler.lanes import kernels
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


def payoff(w, x):
    y = x * w.exp()
    return y * x if y > 0.0 else w * 2.0


def test_the_report_over_lanes_says_what_ran_and_the_share_of_each_path():
    fast = compile(payoff, in_axes=(None, 0), reduce="sum")
    assert "lanes" not in str(fast.report())
    fast(0.5, np.array([1.0, -1.0, 1.0, 2.0] * 500))
    grad(fast)(0.5, np.array([-1.0] * 3 + [1.0]))
    report = fast.report()
    assert report.lanes[:2] == (4, 2004)
    kernel = (
        f"{kernels[-1]}, blocks of {64 if kernels[-1] != 'NumPy' else '1,024'} lanes"
    )
    assert report.lanes.kernel == kernel
    assert (report.lanes.eager, len(report.paths)) == (0, 2)
    down, up = [path.lanes for path in report.paths]  # most lanes first
    assert (down.last, down.share, down.total) == (3, 0.75, 503)
    assert (up.last, up.share, up.total) == (1, 0.25, 1501)
    assert (up.steps[0], up.once[0]) == (2, 1)  # exp runs once
    assert (down.steps, down.once[0]) == ({0: 0, 1: 0}, 1)
    assert up.asking == 1
    text = str(report)
    assert f"payoff: 2 paths of 1 kind of arguments; {kernel}" in text
    assert "4 lanes in the last call, 2,004 in all\n" in text
    assert "1. 75.0% of the lanes: 3 in the last call, 503 in all; " in text
    assert "value 2 steps for each lane, 1 once; " in text
    assert "guards 1 step for each lane" in text


def test_the_report_over_lanes_counts_those_that_ran_eagerly(monkeypatch):
    for module in (compiled, batched):
        monkeypatch.setattr(module, "MOST", 2)
    fast = compile(lambda x: x * math.floor(x), in_axes=0)
    with pytest.warns(RuntimeWarning, match="took 2 paths"):
        fast(np.arange(5.0))
    report = fast.report()
    assert (report.lanes.eager, [path.lanes.share for path in report.paths]) == (
        3,
        [0.2, 0.2],
    )
    assert "5 lanes in the last call, 5 in all; 3 of the last call ran eagerly" in str(
        report
    )
    with errstate(invalid="raise"):
        fast(np.arange(3.0))
    report = fast.report()
    assert (report.lanes.eager, report.lanes.total) == (3, 8)
    assert "0.0% of the lanes: 0 in the last call, 1 in all" in str(report)


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
