"""Explanations: the sum over the paths, the sentences, and what text and HTML hold."""

import csv
import io
import math
import re
from html.parser import HTMLParser

import pytest
from graphs import roots
from hostile import LABELS
from hypothesis import given
from hypothesis import strategies as st

from dendrograd import Value, no_grad, relu
from dendrograd import sum as total
from dendrograd.backprop import toposort
from dendrograd.errors import GraphError, OperandError
from dendrograd.viz import explain


def black_scholes():
    """Return a call option and its volatility, on which two paths cancel."""
    spot, strike, rate, vol, time = (
        Value(x, label=label)
        for x, label in [
            (100, "spot"),
            (98, "strike"),
            (0.03, "rate"),
            (0.2, "vol"),
            (0.5, "time"),
        ]
    )
    sd = vol * time.sqrt()
    d1 = ((spot / strike).log() + rate * time) / sd + sd / 2
    d2 = d1 - sd
    call = spot * d1.ndtr() - strike * (-rate * time).exp() * d2.ndtr()
    for node, label in ((sd, "sd"), (d1, "d1"), (d2, "d2"), (call, "call")):
        node.label = label
    return call, vol


@given(roots(steps=6), st.integers(1, 6), st.data())
def test_the_products_and_the_rest_sum_to_the_gradient(root, k, data):
    leaf = data.draw(st.sampled_from(toposort(root)))
    explanation = explain(root, leaf, k)
    root.backward()
    held = leaf.grad if leaf is not root else 1.0
    assert explanation.total == held
    summed = math.fsum([*(p.product for p in explanation.paths), explanation.rest])
    assert summed == pytest.approx(held, abs=1e-13 * explanation.weight)
    assert len(explanation.paths) == min(k, explanation.n_paths)
    if explanation.n_paths <= k:
        assert explanation.rest == 0.0


@given(roots(steps=6, poles=True), st.integers(1, 4), st.data())
def test_every_explanation_can_be_printed_and_starts_with_the_derivative(root, k, data):
    leaf = data.draw(st.sampled_from(toposort(root)))
    explanation = explain(root, leaf, k)
    text = str(explanation)
    assert text.startswith("d ")
    assert text.count("\npath ") == len(explanation.paths)
    assert all(line == line.rstrip() for line in text.splitlines())
    assert set(explanation._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_an_explanation_neither_needs_nor_changes_a_gradient():
    x = Value(3.0)
    y = x * x
    x.grad = y.grad = 7.0
    assert explain(y, x).total == 6.0
    assert (x.grad, y.grad) == (7.0, 7.0)


def test_vega_is_one_path_beside_two_that_cancel():
    explanation = explain(*black_scholes())
    first, second, third = (path.product for path in explanation.paths)
    assert first == pytest.approx(-second, rel=1e-12)
    assert third == pytest.approx(explanation.total, rel=1e-12)
    lines = str(explanation).splitlines()
    assert lines[0] == "d call / d vol = 26.8 = 47.18 − 47.18 + 26.8"
    assert lines[1] == "Paths 1 and 2 cancel: 47.18 and −47.18."
    assert lines[2] == "All |products| sum to 148, 5.52 times |d call / d vol|."
    assert lines[3].endswith("; the others add 0 but for rounding:")


@pytest.mark.parametrize("nudge", [1.0, 1.0 + 1e-15, 1.0 - 1e-15])
def test_rounding_does_not_decide_which_of_two_alike_paths_is_first(nudge):
    x = Value(3.0, label="x")
    explanation = explain(x * 4 + (x * -7 * nudge + x * 7), x)
    found = [round(path.product, 9) for path in explanation.paths]
    assert found == [7.0, -7.0, 4.0]


def test_paths_of_one_sign_are_not_said_to_cancel():
    x = Value(3.0, label="x")
    assert "cancel" not in str(explain(x * x + 5 * x, x))
    assert "cancel" not in str(explain(x * 5 - x, x))  # 6 is 1.5 times 4
    assert "Paths cancel in part: all" in str(explain(x * 5 - x * 4, x))
    assert "Paths 1 and 2 cancel" not in str(explain(x * 5 - x * 4.999, x))


def test_paths_that_cancel_altogether_are_told_so():
    x = Value(3.0, label="x")
    text = str(explain(x * 5 - x * 5, x))
    assert "Paths 1 and 2 cancel: 5 and −5." in text
    assert "All |products| sum to 10.\n" in text


def test_a_sum_of_which_rounding_is_left_says_how_many_digits_are():
    x = Value(3.0, label="x")
    assert "the last 6 of its 16 digits may be rounding" in str(
        explain(x * 1e6 - x * (1e6 - 1), x)
    )
    y = x * 0.1 + x * 0.2 - x * 0.3
    assert "so what is left may be rounding alone" in str(explain(y, x))


def test_a_derivative_that_is_no_number_shows_the_factor_first():
    x = Value(3.0, label="x")
    text = str(explain(x * 2 + Value(1.0, (x,), (math.nan,)), x))
    assert text.startswith("d ((x * 2) + ?(x)) / d x = NaN")
    assert "It is not finite" in text
    assert re.search(r"path 1: NaN\n  ×NaN ", text)


def test_where_every_way_ends_is_told_instead_of_paths():
    x = Value(-3.0, label="x")
    y = relu(x * 2) + relu(x)
    y.label = "y"
    explanation = explain(y, x)
    assert (explanation.paths, explanation.n_paths, explanation.rest) == ((), 0, 0.0)
    assert str(explanation).splitlines() == [
        "d y / d x = 0",
        "No path from x to y: on every way a local derivative is 0.",
        "",
        "the ways end here:",
        "  ×0  d ReLU(x * 2) / d (x * 2)  ReLU(x * 2)  at x * 2 = −6",
        "  ×0  d ReLU(x) / d x            ReLU(x)      at x = −3",
    ]


def test_the_derivative_of_the_result_itself_is_one():
    y = Value(3.0).tanh()
    explanation = explain(y, y)
    assert (explanation.total, explanation.n_paths) == (1.0, 1)
    assert str(explanation).endswith("path 1: 1, since it is the result itself")


def test_an_inner_node_without_a_label_is_told_by_its_expression():
    x = Value(3.0, label="x")
    inner = x * 2
    assert "\nx * 2 is 6.\n" in str(explain(inner.tanh(), inner))
    told = str(explain(inner.tanh(), inner, names=True))
    assert "\nn1 is x * 2 = 6.\n" in told


def test_nodes_with_one_label_are_told_apart():
    x = y = Value(3.0, label="h")
    for _ in range(2):
        y = y.tanh()
        y.label = "h"
    assert "d h #2 / d h #1" in str(explain(y, x))
    assert "d h (n1) / d h (n0)" in str(explain(y, x, names=True))


def test_the_operands_of_a_repeated_operand_are_told_apart():
    x = Value(3.0, label="x")
    text = str(explain(x * x, x))
    assert "d (x * x) / d x, operand 1" in text
    assert "d (x * x) / d x, operand 2" in text


def test_of_many_operands_those_on_a_path_are_shown():
    leaves = [Value(float(i), label=f"x{i}") for i in range(50)]
    assert "d Σ(…, x7, …) / d x7" in str(explain(total(leaves), leaves[7]))


def test_a_long_path_is_folded_and_needs_no_recursion():
    x = y = Value(1.0, label="x")
    for _ in range(20_000):  # twenty times what recursion would allow
        y = Value(1.0, (y,), (1.00005,))
    explanation = explain(y, x)
    text = str(explanation)
    assert len(text.splitlines()) < 30
    (folded,) = re.findall(r"×(\S+)  19,984 more steps", text)
    assert float(folded) == pytest.approx(1.00005**19_984, rel=1e-3)
    assert explanation.total == pytest.approx(math.exp(1.0), rel=1e-4)


def test_a_count_beyond_all_bounds_has_a_short_name():
    x = y = Value(1.0, label="x")
    for _ in range(4000):
        y = y * 0.5 + y * 0.5
    assert "The 3 largest of 10^1000 or more paths" in str(explain(y, x))


def test_rows_hold_each_step_of_each_path():
    call, vol = black_scholes()
    explanation = explain(call, vol, k=2)
    rows = explanation.rows
    assert len(rows) == sum(len(path.edges) for path in explanation.paths)
    for number, path in enumerate(explanation.paths, 1):
        own = [row for row in rows if row["path"] == number]
        assert [row["step"] for row in own] == list(range(1, len(own) + 1))
        assert [row["local"] for row in own] == [edge.local for edge in path.edges]
        assert {row["product"] for row in own} == {path.product}
        ends = [row["operand"] for row in own[1:]]
        assert ends == [row["consumer"] for row in own[:-1]]
    assert (rows[0]["operand"], rows[0]["data"]) == ("vol", 0.2)
    assert (rows[-1]["consumer"], rows[-1]["result"]) == ("call", call.data)


def test_rows_go_through_csv_and_back():
    x = Value(0.1, label='a,"b"\nc')
    rows = explain(x * x.tanh(), x).rows
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    file.seek(0)
    read = list(csv.DictReader(file))
    assert [{key: str(x) for key, x in row.items()} for row in rows] == read


def test_labels_change_nothing_but_the_names():
    def text(labels):
        call, vol = black_scholes()
        for node in toposort(call):
            node.label = labels.get(node.label, node.label)
        return str(explain(call, vol))

    names = {"vol": "ξξξ", "spot": "λλλλ", "sd": "µµ", "call": "öööö"}
    changed = text(names)
    for old, new in names.items():
        changed = changed.replace(new, old)
    assert changed == text({})


class Cells(HTMLParser):
    """The tags and the texts of some HTML."""

    def __init__(self):
        super().__init__()
        self.tags, self.texts = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {"scope", "colspan"}

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize("label", LABELS)
def test_a_hostile_label_is_shown_and_nothing_else(label):
    x, w = Value(3.0, label=label), Value(2.0, label=label)
    y = (x * w).tanh() * x
    y.label = label
    bundle = explain(y, x, k=9)._repr_mimebundle_()
    text, html = bundle["text/plain"], bundle["text/html"]
    text.encode(), html.encode()
    unseen = [c for c in text if ord(c) < 32 and c != "\n"]
    assert not unseen
    assert not set(text) & set("\x7f\u202e\u2066\u061c\u200e")
    assert len(text.splitlines()) - text.count("\u2028") <= 20
    cells = Cells()
    cells.feed(html)
    assert cells.tags <= {"div", "p", "table", "thead", "tbody", "tr", "th", "td"}
    words = [line.strip() for line in text.splitlines() if line.startswith("d ")]
    assert words[0] in "".join(cells.texts)


def test_text_and_html_say_the_same():
    bundle = explain(*black_scholes())._repr_mimebundle_()
    cells = Cells()
    cells.feed(bundle["text/html"])
    heads = ["factor", "local derivative", "operation", "at"]
    words = [text for text in cells.texts if text not in heads]
    plain = re.sub(r"\s+", " ", bundle["text/plain"])
    assert re.sub(r"\s+", " ", " ".join(words)) == plain


def test_a_notebook_may_ask_for_one_kind():
    explanation = explain(*black_scholes())
    only = explanation._repr_mimebundle_(include={"text/plain"})
    assert only == explanation._repr_mimebundle_(exclude={"text/html"})
    assert only == {"text/plain": str(explanation)}


def test_a_value_that_the_result_does_not_depend_on_is_refused():
    x, y, z = (Value(2.0, label=label) for label in "xyz")
    product = x * y * 3
    product.label = "p"
    with pytest.raises(GraphError, match="no path leads from z to p, which was") as e:
        explain(product, z)
    assert "computed from x, y;" in str(e.value)
    with pytest.raises(GraphError, match="from another Value of this label"):
        explain(product, x.detach())
    many = total([Value(1.0, label=f"w{i}") for i in range(99)])
    with pytest.raises(GraphError, match="w0, w1, w2, w3, w4, w5, 93 more leaves"):
        explain(many, x)


def test_a_result_of_no_grad_says_why_nothing_leads_to_it():
    x = Value(2.0, label="x")
    with no_grad():
        y = x * 2
    with pytest.raises(GraphError, match="was computed inside no_grad"):
        explain(y, x)


@pytest.mark.parametrize("bad", [None, 2.5, "x", [Value(1.0)]])
def test_what_is_not_a_value_is_named(bad):
    x = Value(1.0)
    with pytest.raises(OperandError, match=f"explain: out is the {type(bad).__name__}"):
        explain(bad, x)
    with pytest.raises(OperandError, match="explain: leaf is the"):
        explain(x, bad)


@pytest.mark.parametrize("k", [0, -3])
def test_fewer_than_one_path_cannot_be_asked_for(k):
    x = Value(1.0)
    with pytest.raises(ValueError, match=f"explain: k={k}; it is how many paths"):
        explain(x * 2, x, k)
