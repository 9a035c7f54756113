"""What a sentence says is true: its arithmetic, for each row of the table, at any number."""

import re

import graphs
import pytest
from hypothesis import given

from dendrograd import Value
from dendrograd.errors import GraphError
from dendrograd.ops import OPS
from dendrograd.rules import textbook
from dendrograd.testing.points import COUNT, sample
from dendrograd.viz import draw
from dendrograd.viz.player import steps
from dendrograd.viz.player.naming import with_names
from dendrograd.viz.player.slopes import carried, formula, passed
from dendrograd.viz.text import num

PLAIN = str.maketrans({"×": "*", "−": "-", "²": "**2", "³": "**3", "∞": "inf"})
NAMES = OPS | {
    "inf": float("inf"),
    "NaN": float("nan"),
}
EQUATION = re.compile(r": ([^:]+) = ([−\d.e∞NaN]+)(?=\. |$)")
each_row = pytest.mark.parametrize("op", OPS.values(), ids=OPS)


def told(root):
    drawn = draw(root, fold=None, max_nodes=None, sums=False).drawn
    picture = with_names(drawn.bare)
    made = steps.told(drawn.graph, [picture], steps.by_arrow(picture))
    return made, [(step, made.text(step)) for step in made.steps]


def number(text):
    return eval(text.translate(PLAIN), dict(NAMES))  # our own words


def close(a, b, digits=3):
    """Whether two numbers are the same but for the digits that are not printed."""
    both_lost = a != a and b != b
    return both_lost or a == b or abs(a - b) <= 2 * 10.0**-digits * max(abs(a), abs(b))


def slope_said(sentence):
    """Return the local derivative that a sentence tells, in whichever words."""
    first = sentence.partition(". ")[0]
    if found := re.search(r": ([^:]+) = (\S+)$", first):
        assert close(number(found[1]), number(found[2])), sentence
        return number(found[2])
    if found := re.search(r"(?:slope here being|multiplies by) (\S+)", first):
        return number(found[1].rstrip(","))
    if found := re.search(r"lets (\S+)% through", first):
        return number(found[1]) / 100
    words = {"lets nothing": 0.0, "lets everything": 1.0}
    words |= {"as it is": 1.0, "with the opposite sign": -1.0}
    return next((x for text, x in words.items() if text in first), None)


@each_row
def test_the_arithmetic_of_each_row_gives_the_partial_of_the_engine(op):
    said = 0
    for xs in sample(op):
        values = [Value(x, label=f"x{i}") for i, x in enumerate(xs)]
        try:
            root = op(*values)
        except GraphError:
            return
        root.label = "y"
        made, sentences = told(root)
        for step, sentence in sentences[made.backward + 1 :]:
            arrow = made.picture.arrows[step.arrow]
            slope = slope_said(sentence)
            if slope is None:  # "times b = 3 goes to a: 1 × 3 = 3"
                slope = number(re.search(r": \S+ × (\S+) = ", sentence)[1])
            assert close(slope, arrow.local), sentence
            said += 1
    assert said or op.constant


@given(graphs.roots(poles=True))
def test_each_product_and_each_sum_is_right_where_the_numbers_are(root):
    made, sentences = told(root)
    for step, sentence in sentences:
        if step.arrow < 0:
            continue
        arrow = made.picture.arrows[step.arrow]
        shown = [found.groups() for found in EQUATION.finditer(sentence)]
        terms = [result for left, result in shown if " × " in left]
        assert num(arrow.contribution) in terms, sentence
        if "used" in sentence:
            before, after = step.before, made.total(step)
            adds = f"{num(before)} + {num(arrow.contribution)} = {num(after)}"
            assert sentence.endswith(f"parts are added: {adds}")


def test_the_formula_of_a_row_is_its_rule_wherever_nothing_is_lost():
    for op in OPS.values():
        count = COUNT if op.variadic else len(op.domain)
        for xs in sample(op, 2):
            y, exact = op.linearize(*xs)
            if op.slopes:
                given = textbook(op, count).replay(y, *xs)
                for mine, theirs in zip(given, exact, strict=True):
                    assert close(mine, theirs, 9), op


def test_what_chooses_has_a_number_and_no_formula():
    assert formula(OPS["maximum"], (None, None), 0) is None
    assert formula(OPS["relu"], (None,), 0) is None
    assert formula(OPS["polygamma"], (None, None), 0) is None


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda x: x.tanh(), "tanh lets 18.1% through: 1 − 0.9051² = 0.1807."),
        (lambda x: (10 * x).tanh(), "tanh lets 3.74e−11% through: "),
        (lambda x: x**2, "x ** 2 multiplies by 3: 2 × 1.5 = 3."),
        (lambda x: x**3, "x ** 3 multiplies by 6.75: 3 × 1.5² = 6.75."),
        (lambda x: (x - 1.5).relu(), "ReLU lets nothing through at n1 = 0."),
        (
            lambda x: (x - 1.5).sqrt(),
            "sqrt lets nothing through, its slope here being 0.",
        ),
        (lambda x: (1e3 * x).tanh(), "tanh lets nothing through"),
        (lambda x: 2 * x, "The gradient of y, 1, times 2 goes to x: 1 × 2 = 2"),
        (
            lambda x: 2 - x,
            "The gradient of y, 1, goes to x with the opposite sign: 1 ×",
        ),
    ],
)
def test_a_sentence_is_plain(f, said):
    root = f(Value(1.5, label="x"))
    root.label = "y"
    made, sentences = told(root)
    assert sentences[made.backward + 1][1].startswith(said)


def test_words_for_what_becomes_of_a_gradient():
    assert [passed(x) for x in (0.0, 1.0, 0.25, -0.5, 3.0)] == [
        "lets nothing through", "lets everything through", "lets 25% through",
        "multiplies by −0.5", "multiplies by 3",
    ]  # fmt: skip
    assert [carried(x) for x in (1.0, -1.0, 2.0)] == [
        "as it is", "with the opposite sign", "2 times",
    ]  # fmt: skip
