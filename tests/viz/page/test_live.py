"""A page writes numbers as Python does, and says why leaves cannot be changed."""

import json
import math
import random
import shutil
import struct
import subprocess
from importlib.resources import files

import pytest

from dendrograd import Value, primitive
from dendrograd.viz import trace
from dendrograd.viz.formats.arrows import line_kind, weights
from dendrograd.viz.model.picture import Arrow
from dendrograd.viz.page.live import MOST, live_code, live_data, live_picture, obstacle
from dendrograd.viz.style import shade
from dendrograd.viz.text import num

needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not on PATH: JavaScript is not run"
)
LIVE = files("dendrograd.viz.page").joinpath("live.js").read_text("utf-8")
TIES = [0.5, 2.5, 1234.5, 1235.5, 0.00012345, 100050.0, 99995.0, 12.125, 1e22 + 2**30]
LIMITS = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7e308, 9999.5, 1e16, 1e-4]


def numbers():
    """Numbers of any size, and those at which a way of writing changes."""
    drawn = random.Random(0)
    bits = [struct.unpack("<d", drawn.randbytes(8))[0] for _ in range(3000)]
    plain = [round(drawn.uniform(-1e4, 1e4), drawn.randint(0, 7)) for _ in range(3000)]
    halves = [n / 8 * 10**e for n in range(-200, 200) for e in range(-6, 7)]
    return [*TIES, *LIMITS, *bits, *plain, *halves]


def run(script, given):
    """Return what an expression of JavaScript makes of some numbers."""
    words = [x if math.isfinite(x) else str(x) for x in given]
    text = f"{LIVE}\nconst given = {json.dumps(words)}.map((x) => typeof x === 'string'"
    text += " ? Number(x.replace('inf', 'Infinity')) : x);\n"
    text += f"console.log(JSON.stringify({script}))"
    made = subprocess.run(
        ["node"], input=text, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout)


@needs_node
@pytest.mark.parametrize("digits", [1, 2, 3, 4])
def test_a_page_writes_a_number_as_a_picture_does(digits):
    found = run(f"given.map((x) => num(x, {digits}))", numbers())
    assert found == [num(x, digits) for x in numbers()]


@needs_node
def test_a_page_writes_every_digit_as_python_does():
    assert run("given.map(exact)", numbers()) == [repr(x) for x in numbers()]


@needs_node
def test_a_page_tints_and_draws_lines_as_a_picture_does():
    drawn = random.Random(1)
    values = [drawn.gauss(0, 1) * 10 ** drawn.randint(-6, 2) for _ in range(200)]
    values += [0.0, math.inf, math.nan]
    step = shade(values)
    width = weights([Arrow(0, 1, None, value) for value in values])
    assert run("given.map(shades(given))", values) == [step(x) for x in values]
    assert run("given.map(lineKind)", values) == [line_kind(x) for x in values]
    assert run("given.map(weights(given))", values) == pytest.approx(
        [width(x) for x in values], abs=1e-9
    )


def test_an_operation_without_a_text_is_named():
    square = primitive(lambda y, x: (2.0 * x,))(lambda x: x * x)
    x = Value(3.0, label="x")
    assert "no rule for by_hand, which made n1" in obstacle(
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
