"""What a folded box holds, in words that the table and the calls have."""

import pytest
from graphs import programs
from hypothesis import given
from hypothesis import strategies as st

from dendrograd import Value, scope
from dendrograd.nn import MLP
from dendrograd.ops import OPS
from dendrograd.viz import draw, trace
from dendrograd.viz.model.contents import contents, fitted, several
from dendrograd.viz.model.frames import frames
from dendrograd.viz.model.picture import labels_of
from dendrograd.viz.model.sums import is_sum
from dendrograd.viz.text import columns


def words(root, depth=0):
    graph = trace(root)
    return contents(graph, frames(graph), range(len(graph.nodes)), depth)


def inputs(count):
    return [Value(0.5 + i, label=f"x{i}") for i in range(count)]


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([16, 16, 1], "2 layers of 16 neurons, 1 of 1 neuron"),
        ([16, 16], "2 layers of 16 neurons"),
        ([4, 3, 2], "3 layers"),
        ([1], "1 layer of 1 neuron"),
    ],
)
def test_a_network_is_told_by_its_layers_and_neurons(layers, said):
    output = MLP(2, layers, seed=0)(inputs(2))
    root = sum(output) if isinstance(output, list) else output
    graph = trace(root)
    inside = [i for i, path in enumerate(frames(graph).paths) if path]
    assert contents(graph, frames(graph), inside, 1) == said


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda a, b, c: (a * b + b * c + c * a).tanh(), "adds 3 products, takes tanh"),
        (lambda a, b, c: a * b + c, "adds a product and a term"),
        (lambda a, b, c: (a + b + c).exp().exp(), "adds 3 terms, takes exp twice"),
        (lambda a, b, c: a * b * c / 2, "2 products, a quotient"),
        (
            lambda a, b, c: (a * b + a.exp()) * c,
            "a product, adds a product and a term, takes exp",
        ),
        (lambda a, b, c: a * b + a / b, "a product, a quotient, adds 2 terms"),
        (lambda a, b, c: -a, "changes a sign"),
        (lambda a, b, c: -(a * b), "a product"),
        (lambda a, b, c: Value(1.0, (a,), (2.0,)), "takes by_hand"),
    ],
)
def test_without_calls_operations_are_told_in_words(made, said):
    assert words(made(*inputs(3))) == said


def test_every_operation_of_the_table_has_words():
    for op in OPS.values():
        alone = op.makes or is_sum(op) or op.symbol.isidentifier()
        assert alone, op.name


def test_calls_are_counted_or_listed():
    x = Value(0.5)
    for number in range(3):
        with scope(f"rk {number}"):
            x = x.tanh()
    for _ in range(4):
        with scope("cell"):
            x = x.sin()
    with scope("last"):
        x = x * 2
    assert words(x + 1) == "rk 0 to rk 2, 4 calls of cell, last, adds 2 terms"


def test_leaves_are_told_by_their_labels():
    u, v, w = (Value(1.0, label=label) for label in ("u", "v", ""))
    graph = trace(u * v * w)
    scopes = frames(graph)
    assert contents(graph, scopes, [0, 1], 0) == "u, v"
    assert contents(graph, scopes, [0, 1, 3], 0) == "3 leaves"


@given(programs())
def test_a_folded_box_speaks_in_words_and_no_line_is_wide(root):
    for box in draw(root, fold=1).picture.boxes:
        if box.kind == "call":
            assert box.operation
            lines = fitted(box.operation.split(", "), 28, most=2)
            assert all(columns(line) <= 31 for line in lines)


@given(st.lists(st.text("ab", min_size=1, max_size=9), min_size=1))
def test_what_has_no_room_is_a_sign_of_omission(phrases):
    lines = fitted(phrases, 12, most=2)
    whole = ", ".join(phrases)
    text = " ".join(lines)
    assert text == whole or (text.endswith(" …") and len(lines) == 2)


def test_names_with_numbers_are_told_from_the_first_to_the_last():
    assert several([f"x{i}" for i in range(9)]) == "x0 to x8"
    assert several(["x0", "x1"]) == "x0, x1"
    assert several(["x0", "y1", "z"]) == "x0, y1, z"
    assert several(["a" * 20, "b" * 20]) == "a" * 20 + ", …"
    assert labels_of(["u", "u", ""]) == ("u",)


def test_blocks_of_steps_are_named_for_what_they_hold():
    x = Value(0.5, label="x")
    for number in range(200):
        with scope(f"rk {number}"):
            x = (x * x + 0.1).tanh() - x
    labels = [box.label for box in draw(x).picture.boxes if box.kind == "call"]
    assert labels[0].startswith("rk 0 to rk ")
    assert not any("part" in label or "step" in label for label in labels)


def test_blocks_of_single_steps_are_named_by_results_or_in_their_order():
    x = y = Value(0.5, label="x")
    for step in range(150):
        y = (y * x + 0.1 * step).tanh()
    y.label = "end"
    labels = [box.label for box in draw(y).picture.boxes if box.kind == "call"]
    parts = [f"part {number}" for number in range(1, len(labels))]
    assert labels == [*parts, "end"]
