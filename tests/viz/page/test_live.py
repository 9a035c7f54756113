"""A page holds the recorded graph, and says why leaves cannot be changed."""

import json
import math

from dendrograd import Value, primitive, scope
from dendrograd.viz import draw, trace
from dendrograd.viz.page import live
from dendrograd.viz.page.live import MOST, live_code, live_data, live_picture, obstacle


def test_an_operation_without_a_text_is_named():
    square = primitive(lambda y, x: (2.0 * x,))(lambda x: x * x)
    x = Value(3.0, label="x")
    assert "no rule for by_hand, which made ?(x)" in obstacle(
        trace(Value(1.0, (x,), (2.0,)))
    )
    assert "no rule for" in obstacle(trace(square(x)))
    assert obstacle(trace(x * x + x.tanh())) == ""


def test_a_graph_that_is_too_large_says_so(monkeypatch):
    total = Value(0.0)
    for _ in range(20):
        total = total + 1.0
    monkeypatch.setattr(live, "MOST", 20)
    assert obstacle(trace(total)).startswith("Leaves cannot be changed here: 21 nodes")
    assert live.MOST < MOST == 150_000


def test_the_data_is_the_recorded_graph():
    x = Value(3.0, label="x")
    graph = trace((x * x + 1.0) * math.inf)
    data = live_data(graph, {}, "auto")
    assert data["nodes"] == {
        "kinds": [["add", 2], ["mul", 2]],
        "codes": [-1, 1, 0, 1],
        "operands": [1, 1, 1, -1, 1, -2],
        "leaves": [3.0],
        "constants": [1.0, "Infinity"],
    }
    json.dumps(data, allow_nan=False)
    assert "// mul" in live_code(graph)


def test_each_arrow_knows_its_operands():
    x, y = Value(3.0, label="x"), Value(2.0, label="y")
    diagram = draw(2.0 * (x * y) + x)
    found = live_picture(diagram.drawn.graph, diagram.picture)
    assert found["outputs"] == [0, 1, 2, 3, 4]
    assert found["places"] == [0, 1, 1, 1, 2, 1, 3, 1, 4, 1]
    assert found["arrows"] == [[0], [1], [3], [4], [5]]  # the third one is a plain 2.0


def test_a_folded_call_is_a_run_of_nodes_and_an_arrow_into_it_has_all_its_operands():
    x = Value(3.0, label="x")
    with scope("f"):
        y = x * x + x
    diagram = draw(y * 2.0, fold=1)
    found = live_picture(diagram.drawn.graph, diagram.picture, ("v0-", 4))
    assert found["outputs"] == [0, 2, 3]
    assert found["places"] == [0, 1, 1, 2, 2, 1]
    assert found["arrows"] == [[0, 1, 2], [4]]  # each is so far from the one before
    assert found["around"] == ("v0-", 4)


def test_where_data_changed_the_page_holds_what_was_drawn():
    x = Value(3.0, label="x")
    y = x * 2.0 + math.inf
    graph = trace(y)
    assert live_data(graph, {}, "auto")["drawn"] is None
    x.data = 5.0
    graph = trace(y)
    data = live_data(graph, {}, "auto")
    assert data["drawn"] == {
        "data": [5.0, 6.0, "Infinity"],
        "partials": [2.0, 0.0, 1.0, 0.0],
        "adjoints": [2.0, 1.0, 1.0],
    }
    json.dumps(data, allow_nan=False)
