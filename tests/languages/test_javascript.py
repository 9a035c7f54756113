"""JavaScript computes what the engine does: values, local derivatives, gradients."""

from __future__ import annotations

import itertools
import json
import math
import random
import re
import shutil
import subprocess

import pytest
from programs import DRIVER, EXACT, SPECIAL, check, close, number, numbers, same, script

from dendrograd import Value, norm, primitive, toposort
from dendrograd import sum as total
from dendrograd.flat import flat
from dendrograd.languages.javascript import (
    JavaScript,
    forward,
    knows,
    operations,
    recorded,
    sweep,
    used,
)
from dendrograd.op import Op
from dendrograd.ops import OPS, neg
from dendrograd.printing import printed
from dendrograd.program import record
from dendrograd.testing.safe_domain import counts

every_op = pytest.mark.parametrize("op", OPS.values(), ids=OPS)
needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not on PATH: JavaScript is not run"
)
LARGE = (3.0, -3.0, 2.5, 1e-8, 1e16, -1e300, -5e-324, 1.7e308, 30.0, 171.0, 700.0)
whole_table = [(op, count) for op in OPS.values() for count in counts(op)]


@primitive(lambda y, x: (2.0 * x,))
def square(x):
    return x * x


def node(text: str) -> str:
    """Return what a program prints in node."""
    done = subprocess.run(
        ["node", "-"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[:2000]
    return done.stdout


def points(op: Op) -> list[tuple[float, ...]]:
    """Return special operands, ties among them, and random ones of all sizes."""
    drawn = random.Random(op.name)
    made: list[tuple[float, ...]] = []
    for count in counts(op):
        special = list(itertools.product(SPECIAL + LARGE, repeat=min(count, 2)))
        rest = [drawn.choices(SPECIAL + LARGE, k=max(count - 2, 0)) for _ in special]
        found = [(*xs, *more) for xs, more in zip(special, rest, strict=True)]
        made += drawn.sample(found, min(len(found), 200))
        for _ in range(50):
            size = drawn.choice([1.0, 1.0, 10.0 ** drawn.uniform(-5.0, 5.0)])
            made.append(tuple([drawn.uniform(-4.0, 4.0) * size for _ in range(count)]))
    return made


@pytest.fixture(scope="module")
def linearized() -> dict[str, list[list[float]]]:
    """Return the value and the partials of each operation at its points, by node."""
    asked = {op.name: [[*map(number, xs)] for xs in points(op)] for op in OPS.values()}
    found = node(
        f"""
        const operations = {operations(whole_table)};
        const cases = []; {DRIVER}
        const at = ({{ f, d }}, xs) => [f(...xs), ...d(f(...xs), ...xs)].map(told);
        const asked = Object.entries({json.dumps(asked)});
        const all = asked.map(([name, points]) =>
            [name, points.map((xs) => at(operations[name], xs.map(Number)))]);
        console.log(JSON.stringify(Object.fromEntries(all)));
        """
    )
    return {name: [*map(numbers, rows)] for name, rows in json.loads(found).items()}


def test_an_operation_without_a_text_is_refused_by_name() -> None:
    assert not knows(square)
    with pytest.raises(LookupError, match=r"square has no spelling.*knows\(op\)"):
        operations([(square, 1)])
    with pytest.raises(LookupError, match="square"):
        recorded(flat([square(Value(3.0)) + 1.0]))
    with pytest.raises(LookupError, match="by_hand"):
        recorded(flat([Value(1.0, [Value(2.0)], [3.0])]))


def test_the_text_depends_on_no_order_and_repeats_nothing() -> None:
    pairs = list(whole_table)
    text = operations(pairs)
    random.Random(0).shuffle(pairs)
    assert operations(pairs + pairs) == text
    functions = re.findall(r"^(?:function|const) (\w+)", text, re.MULTILINE)
    assert len(functions) == len(set(functions))


def test_the_text_is_balanced_and_safe_inside_a_script() -> None:
    text = operations(whole_table) + forward(whole_table) + sweep()
    code = re.sub(r"//.*|\"\w*\"", "", text)
    stack: list[str] = []
    for char in re.findall(r"[()\[\]{}]", code):
        if char in "([{":
            stack.append(char)
        else:
            assert stack.pop() + char in ("()", "[]", "{}")
    assert not stack
    assert "</" not in text
    assert "<!--" not in text
    assert text.isascii()


def test_a_page_is_given_no_function_that_it_does_not_call() -> None:
    text = operations([(OPS["logsumexp"], 2), (OPS["mul"], 2)])
    functions = re.findall(r"^function (\w+)", text, re.MULTILINE)
    assert functions == ["compare", "counted", "logsumexp", "sum", "where"]


def test_a_rule_is_printed_for_each_number_of_operands() -> None:
    text = operations([(OPS["sum"], 3), (OPS["sum"], 1)])
    assert (
        "counted({1: (y, x) => [1.0], 3: (y, x0, x1, x2) => [1.0, 1.0, 1.0]})" in text
    )


def test_signs_and_limits_are_written_as_javascript_reads_them() -> None:
    program = record(lambda x: (neg(neg(x)), +(-x), -x - -2.0, x * math.inf), 1)
    outputs = printed(program, ["x"], JavaScript()).outputs
    assert outputs == ["-(-x)", "+(-x)", "-x - -2.0", "x * Infinity"]


def test_a_graph_tells_plain_numbers_from_nodes() -> None:
    x, y = Value(math.nan), Value(-0.0)
    z = (x * 0.5 + y) * -math.inf
    found = recorded(flat([z]))
    assert json.loads(json.dumps(found, allow_nan=False)) == {
        "kinds": [["add", 2], ["mul", 2]],
        "codes": [-1, 1, -1, 0, 1],
        "operands": [1, -1, 2, 1, 1, -2],
        "leaves": ["NaN", -0.0],
        "constants": [0.5, "-Infinity"],
    }
    assert used(flat([z])) == {(OPS["mul"], 2), (OPS["add"], 2)}


@needs_node
def test_an_operation_of_many_operands_or_of_none_is_swept() -> None:
    xs = [Value(float(i)) for i in range(5)]
    root = total([xs[0] * xs[1], *xs]) + total([]) * norm(xs)
    root.backward()
    found = flat([root])
    text = f"""
        const forward = {forward(used(found))};\n{sweep()}
        const graph = unrolled(forward, {json.dumps(recorded(found))});
        const {{ data, adjoints }} = sweep(forward, graph);
        console.log(JSON.stringify([[...data], [...adjoints]]));"""
    order = toposort(root)
    wanted = [[v.data for v in order], [v.grad or 0.0 for v in order]]
    assert json.loads(node(text)) == wanted


@needs_node
@every_op
def test_values_and_partials_are_those_of_python(op: Op, linearized) -> None:
    agree = same if op in EXACT else close
    for xs, found in zip(points(op), linearized[op.name], strict=True):
        y, partials = op.linearize(*xs)
        pairs = zip(found, [y, *partials], strict=True)
        assert [(xs, *pair) for pair in pairs if not agree(*pair)] == []


@needs_node
def test_a_sweep_gives_the_data_and_the_gradients_of_the_engine() -> None:
    check(node(script() + "console.log(JSON.stringify(swept));"))
