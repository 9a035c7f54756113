"""A page holds the recorded graph, and says why leaves cannot be changed."""

import json
import math

from dendrograd import Value, primitive
from dendrograd.viz import trace
from dendrograd.viz.page.live import MOST, live_code, live_data, live_picture, obstacle


def test_an_operation_without_a_text_is_named():
    square = primitive(lambda y, x: (2.0 * x,))(lambda x: x * x)
    x = Value(3.0, label="x")
    assert "no rule for by_hand, which made ?(x)" in obstacle(
        trace(Value(1.0, (x,), (2.0,)))
    )
    assert "no rule for" in obstacle(trace(square(x)))
    assert obstacle(trace(x * x + x.tanh())) == ""


def test_a_graph_that_is_too_large_says_so():
    total = Value(0.0)
    for _ in range(MOST):
        total = total + 1.0
    assert obstacle(trace(total * 1.0)).startswith("Leaves cannot be changed here: 2,0")


def test_the_data_is_the_recorded_graph():
    x = Value(3.0, label="x")
    graph = trace((x * x + 1.0) * math.inf)
    picture = {"boxes": [[0], [1], [2], [3]], "arrows": []}
    data = live_data(graph, {"": picture}, "auto")
    assert data["nodes"] == [
        "3.0",
        ["mul", 0, 0],
        ["add", 1, "1.0"],
        ["mul", 2, "Infinity"],
    ]
    json.dumps(data, allow_nan=False)
    assert '"mul"' in live_code(graph)


def test_each_arrow_knows_its_operands():
    from dendrograd.viz import draw

    x, y = Value(3.0, label="x"), Value(2.0, label="y")
    diagram = draw(x * y + x)
    found = live_picture(diagram.drawn.graph, diagram.picture)
    assert found["boxes"] == [[0], [1], [2], [3]]
    assert found["arrows"] == [[2, 0], [2, 1], [3, 0], [3, 1]]


def test_where_data_changed_the_page_holds_what_was_drawn():
    x = Value(3.0, label="x")
    y = x * 2.0 + math.inf
    graph = trace(y)
    assert live_data(graph, {}, "auto")["drawn"] is None
    x.data = 5.0
    graph = trace(y)
    data = live_data(graph, {}, "auto")
    assert data["drawn"] == {
        "data": ["5.0", "6.0", "Infinity"],
        "partials": [[], ["2.0", 0], ["1.0", 0]],
        "adjoints": ["2.0", "1.0", "1.0"],
    }
    json.dumps(data, allow_nan=False)
