"""The DOT text: what it says, read back with our own small reader."""

import re
from contextlib import ExitStack

import graphviz
import hostile
import pytest
from dot_language import fields, read, text
from graphs import roots
from hypothesis import given

from dendrograd import Value, scope
from dendrograd.errors import OperandError
from dendrograd.ops import OPS
from dendrograd.viz import draw_dot
from dendrograd.viz.formats.quoting import quote
from dendrograd.viz.model.snapshot import trace


def picture(root, **options):
    return read(draw_dot(root, **options).source)


def shown(root, **options):
    """Return the texts in each box."""
    return {n: fields(a["label"]) for n, a in picture(root, **options).nodes.items()}


@given(roots())
def test_every_node_and_every_edge_is_drawn_once(root):
    root.backward()
    graph, drawn = trace(root), picture(root)
    assert list(drawn.nodes) == [f"n{node.id}" for node in graph.nodes]
    assert [edge[:2] for edge in drawn.edges] == [
        (f"n{edge.src}", f"n{edge.dst}") for edge in graph.edges
    ]


def test_a_box_tells_label_operation_data_and_grad():
    x = Value(-4.0, label="x")
    y = x.tanh()
    y.label = "out"
    y.backward()
    assert shown(y) == {
        "n0": ["x", "data −4", "grad 0.001341"],
        "n1": ["out", "tanh", "data −0.9993", "grad 1"],
    }


def test_a_box_without_a_label_tells_the_operation():
    x = Value(1e-5)
    assert shown(x + x) == {
        "n0": ["leaf", "data 1e−5", "grad 0"],
        "n1": ["+", "data 2e−5", "grad 0"],
    }


def test_grad_is_what_the_node_holds():
    x = Value(1.0)
    y = x * 3
    y.backward()
    y.backward()
    assert shown(y)["n0"][-1] == "grad 6"


@pytest.mark.parametrize(
    ("build", "operation"),
    [
        (lambda x: x * 2, "* 2"),
        (lambda x: 2 - x, "2 -"),
        (lambda x: x**-0.5, "** −0.5"),
        (lambda x: 1 / x, "1 /"),
        (lambda x: x * x, "*"),
        (lambda x: Value(2.0, (x, x), (1.0, 1.0)), "?"),
    ],
)
def test_plain_numbers_are_seen(build, operation):
    assert shown(build(Value(3.0)))["n1"][0] == operation


def test_many_plain_numbers_are_cut_and_the_tooltip_counts_them():
    x = Value(2.0)
    y = OPS["sum"](x, *[float(i) for i in range(100)])
    drawn = picture(y).nodes["n1"]
    assert fields(drawn["label"])[0].startswith("Σ(·, 0, 1, 2, 3")
    assert fields(drawn["label"])[0].endswith("…")
    assert "14.0, 15.0, and 84 more" in text(drawn["tooltip"])


def test_tooltips_hold_every_digit():
    x = Value(0.1 + 0.2, label="x")
    y = x * (1 / 3)
    y.backward()
    drawn = picture(y)
    assert "data 0.30000000000000004" in text(drawn.nodes["n0"]["tooltip"])
    assert "grad 0.3333333333333333" in text(drawn.nodes["n0"]["tooltip"])
    assert text(drawn.edges[0][2]["tooltip"]) == (
        "d (x * 0.3333) / d x = 0.3333333333333333\nadds 0.3333333333333333 to d (x * 0.3333) / d x"
    )


def test_edges_carry_local_derivatives_but_not_one():
    x, y = Value(3.0), Value(-4.0)
    labels = [edge[2].get("label") for edge in picture(x * y + x).edges]
    assert labels == [" ×−4 ", " ×3 ", None, None]


def test_a_repeated_operand_keeps_two_edges():
    x = Value(3.0)
    assert [edge[:2] for edge in picture(x * x).edges] == [("n0", "n1")] * 2


def test_colour_and_dash_tell_the_sign_of_what_an_edge_adds():
    x, dead, broken = Value(3.0), Value(0.0), Value(1.0)
    drawn = picture(x - dead * x + Value(1.0, (broken,), (float("nan"),)))
    looks = [(e[0], e[1], e[2]["color"], e[2].get("style")) for e in drawn.edges]
    blue, vermillion, grey, purple = "#0072B2", "#D55E00", "#8C959F", "#CC79A7"
    assert looks == [
        ("n1", "n2", vermillion, "dashed"),  # d root / d product is -1, times x = 3
        ("n0", "n2", grey, None),  # times dead = 0
        ("n0", "n3", blue, None),
        ("n2", "n3", vermillion, "dashed"),
        ("n4", "n5", purple, None),
        ("n3", "n6", blue, None),
        ("n5", "n6", blue, None),
    ]


def test_boxes_are_tinted_by_the_sign_of_grad():
    x, y, z = Value(3.0), Value(4.0), Value(0.0)
    root = (x - y) * 2 + z * 0
    root.backward()
    nodes = picture(root).nodes
    by_grad = {fields(a["label"])[-1]: a["class"].split()[-1] for a in nodes.values()}
    assert by_grad == {
        "grad 2": "positive2",
        "grad −2": "negative2",
        "grad 0": "zero",
        "grad 1": "positive0",
    }
    assert len({a["fillcolor"] for a in nodes.values()}) == 4


def test_the_root_has_a_border_of_its_own():
    x = Value(3.0)
    nodes = picture((x * 2).tanh()).nodes
    borders = [(a.get("color"), a.get("penwidth")) for a in nodes.values()]
    assert borders == [(None, "1.6"), (None, None), ("#1B1F24", "2")]


def test_frames_are_nested_as_the_modules_are():
    x = Value(1.0)
    with scope("net"):
        with scope("layer 0"):
            y = x * 2
        with scope("layer 1"), scope("neuron <1>"):
            z = y.tanh()
        w = z + 1
    assert picture(w).inside == {
        "n0": [],
        "n1": ["net", "layer 0"],
        "n2": ["net", "layer 1", "neuron <1>"],
        "n3": ["net"],
    }
    assert draw_dot(w).source.count("subgraph") == 4


def test_two_calls_are_two_frames_with_a_number_that_no_label_cuts_off():
    name = "cell" * 30
    x = Value(1.0)
    for _ in range(2):
        with scope(name):
            x = x.tanh()
    inside = picture(x).inside
    assert [inside["n1"], inside["n2"]] == [
        [name[:47] + "… #1"],
        [name[:47] + "… #2"],
    ]


def test_notes_stand_below_the_picture():
    drawn = picture(Value(1.0) * 2)
    assert "backward() has not run" in text(drawn.attributes["label"])
    assert drawn.attributes["labelloc"] == "b"


@pytest.mark.parametrize("label", hostile.LABELS)
def test_a_label_is_shown_literally(label):
    x = Value(2.0, label=label)
    with scope(label):
        y = x.tanh()
    y.label = label
    drawn, literal = picture(y), hostile.seen(label)
    boxes = [fields(drawn.nodes[n]["label"])[0] for n in ("n0", "n1")]
    if label in hostile.LONG:
        literal = hostile.LONG[label]
    assert boxes == [literal or "leaf", literal or "tanh"]
    assert drawn.inside["n1"] == [literal]


@pytest.mark.parametrize("label", hostile.LABELS)
def test_a_tooltip_holds_the_whole_label(label):
    tooltip = text(picture(Value(2.0, label=label)).nodes["n0"]["tooltip"])
    head, leaf, _ = tooltip.partition("leaf\ndata 2.0")
    assert leaf
    assert head.removesuffix("\n") == hostile.seen(label)


def tree_of(label):
    """Return a tree with the label wherever a picture shows one, also with an inf."""
    x = Value(0.0, label=label)
    with scope(label), scope(label):
        y = x * 3 + 1 / x
        y.label = label
    y.backward()
    return y


@pytest.mark.parametrize("label", hostile.TOO_LONG.values(), ids=hostile.TOO_LONG)
def test_no_quoted_text_is_longer_than_dot_reads(label):
    source = draw_dot(tree_of(label)).source
    texts = re.findall(r'"(?:[^"\\]|\\.)*"', source, re.DOTALL)
    assert len(texts) > 40
    assert max(len(quoted.encode()) for quoted in texts) <= 16_384


@pytest.mark.parametrize("label", hostile.TOO_LONG.values(), ids=hostile.TOO_LONG)
def test_the_tooltip_of_a_label_too_long_for_dot_tells_its_beginning_and_all_else(
    label,
):
    tooltip = text(picture(Value(2.0, label=label)).nodes["n0"]["tooltip"])
    beginning, dots, rest = tooltip.partition("…")
    assert (dots, rest) == ("…", "\nleaf\ndata 2.0\ngrad 0.0\nd root / d node 1.0")
    assert hostile.seen(label).startswith(beginning)
    assert len(beginning) > 1000


def test_a_quoted_text_is_never_sent_as_html():
    assert isinstance(quote("<b>"), type(graphviz.nohtml("")))
    assert '"<b>"' in graphviz.Digraph(graph_attr={"label": quote("<b>")}).source


def test_the_same_bytes_when_a_program_runs_again_in_one_process():
    def program():
        x = Value(0.5)
        for name in ("f", "g", "f"):
            with scope(name):
                x = x.tanh()
        return draw_dot(x).source

    first = program()
    assert '"f #2"' in first
    assert program() == first  # where the calls have other serial numbers


def test_a_graphviz_digraph_comes_back_with_the_format_asked_for():
    drawing = draw_dot(Value(1.0), format="png")
    assert isinstance(drawing, graphviz.Digraph)
    assert drawing.format == "png"
    assert drawing.name == "dendrograd"


@pytest.mark.parametrize("rankdir", ["LR", "RL", "TB", "BT"])
def test_rows_stack_in_every_direction(rankdir):
    drawn = picture(Value(1.0, label="x"), rankdir=rankdir)
    assert drawn.attributes["rankdir"] == rankdir
    outer = drawn.nodes["n0"]["label"].startswith("{{")
    assert outer == (rankdir in ("TB", "BT"))


@pytest.mark.parametrize("rankdir", ["lr", "XX", "", None])
def test_another_direction_is_refused(rankdir):
    with pytest.raises(ValueError, match=r"rankdir .* use one of LR, RL, TB, BT"):
        draw_dot(Value(1.0), rankdir=rankdir)


def test_another_format_is_refused():
    with pytest.raises(ValueError, match="tiff9"):
        draw_dot(Value(1.0), format="tiff9")


def test_what_is_not_a_value_is_refused():
    with pytest.raises(OperandError, match=r"not the list \[Value"):
        draw_dot([Value(1.0)])


def test_long_chains_and_deep_modules_need_no_recursion():
    root = Value(1.0)
    for _ in range(10_000):
        root = root + 1.0
    assert draw_dot(root, max_nodes=None).source.count("->") == 10_000
    with ExitStack() as stack:
        for depth in range(300):
            stack.enter_context(scope(f"m{depth}"))
        deep = Value(1.0)
    assert picture(deep).inside["n0"] == [f"m{depth}" for depth in range(300)]
