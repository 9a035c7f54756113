"""The steps of back-propagation are those of the engine, with its numbers."""

import math

import graphs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrograd import Value, toposort
from dendrograd.nn import MLP
from dendrograd.viz import draw
from dendrograd.viz.model.picture import Picture
from dendrograd.viz.player.naming import box_names, with_names
from dendrograd.viz.player.steps import by_arrow, told
from dendrograd.viz.text import num


def steps(diagram):
    """Return the steps by arrow of a picture, on which each box has a name."""
    picture = with_names(diagram.drawn.bare)
    return told(diagram.drawn.graph, [picture], by_arrow(picture))


def whole(root):
    return steps(draw(root, fold=None, max_nodes=None, sums=False))


def same(a, b):
    return (math.isnan(a) and math.isnan(b)) or (a == b)


def sums_of_the_engine(root):
    """Return (node, parent, sum so far) of each `+=`, as backprop's sweep makes them."""
    order = toposort(root)
    index = {node: i for i, node in enumerate(order)}
    bar, found = {root: 1.0}, []
    for node in reversed(order):
        for parent, partial in zip(node.parents, node.partials, strict=True):
            term = partial * bar.get(node, 0.0)
            if math.isnan(term) and 0.0 in (partial, bar.get(node, 0.0)):
                term = 0.0
            bar[parent] = bar[parent] + term if parent in bar else term
            found.append((index[node], index[parent], bar[parent]))
    return found


@given(st.one_of(graphs.roots(poles=True), graphs.programs()))
def test_the_steps_back_are_those_of_backward_with_its_floats(root):
    made = whole(root)
    back = [step for step in made.steps if step.arrow >= 0]
    wanted = sums_of_the_engine(root)
    assert [(s.box, s.gains) for s in back] == [pair[:2] for pair in wanted]
    for step, (_, _, total) in zip(back, wanted, strict=True):
        assert same(made.total(step), total)


@given(graphs.roots(poles=True))
def test_the_gradients_after_the_last_step_are_those_of_backward(root):
    made = whole(root)
    root.backward()
    found = made.gradients(len(made.steps) - 1)
    for i, node in enumerate(toposort(root)):
        assert same(found[i], node.grad or 0.0)


def pictures(root):
    """Return pictures of a root with calls folded, sums melted, and parts cut off."""
    yield draw(root, fold=None, max_nodes=None)
    yield draw(root, fold=1, sums=True)
    yield draw(root, fold=2, sums=True)
    yield draw(root, max_nodes=6)


def terms(picture: Picture):
    """Return the sum of the sizes of what leaves each box."""
    return [
        math.fsum(abs(arrow.contribution) for arrow in arrows)
        for arrows in picture.out()
    ]


@settings(deadline=None)
@given(graphs.programs())
def test_in_any_picture_the_terms_of_a_box_add_up_to_its_gradient(root):
    for diagram in pictures(root):
        made, picture = steps(diagram), diagram.picture
        last = made.gradients(len(made.steps) - 1)
        for box in picture.boxes:
            assert last.get(box.id) == box.adjoint
        for step in made.steps:
            if step.arrow >= 0 and step.gains >= 0:
                term = picture.arrows[step.arrow].contribution
                size = terms(picture)[step.gains]
                assert math.isclose(
                    made.total(step), step.before + term, abs_tol=1e-12 * size
                )


@settings(deadline=None)
@given(graphs.programs())
def test_a_box_comes_after_what_it_needs_and_each_arrow_once(root):
    for diagram in pictures(root):
        made, picture = steps(diagram), diagram.picture
        forward = [s.box for s in made.steps[: made.backward]]
        drawn = [box.id for box in picture.boxes if box.kind != "rest"]
        assert sorted(forward) == drawn
        for arrow in picture.arrows:
            if arrow.src in drawn and arrow.dst in drawn:
                assert forward.index(arrow.src) < forward.index(arrow.dst)
        used = [s.arrow for s in made.steps[made.backward + 1 :]]
        assert sorted(used) == [
            i for i, arrow in enumerate(picture.arrows) if arrow.src in drawn
        ]


@given(graphs.roots())
def test_the_widest_text_of_a_gradient_is_known_beforehand(root):
    made = whole(root)
    widest = made.widest()
    for at in range(made.backward, len(made.steps)):
        for box, total in made.gradients(at).items():
            text = f"grad {num(total)}"
            assert len(text) <= widest.get(box, len("grad 1"))


def lines(root, **options):
    made = steps(draw(root, **options))
    return [made.text(step) for step in made.steps]


def test_the_words_are_the_arithmetic():
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    d = a * b
    e = d + c
    L = e * a
    d.label, e.label, L.label = "d", "e", "L"
    assert lines(L)[2:] == [
        "d is a * b: 2 × −3 = −6",
        "c is given: 10",
        "e is d + c: −6 + 10 = 4",
        "L is e * a: 4 × 2 = 8",
        "The way back begins at L: its gradient by itself is 1",
        "The gradient of L, 1, times a = 2 goes to e: 1 × 2 = 2",
        "The gradient of L, 1, times e = 4 goes to a: 1 × 4 = 4",
        "The gradient of e, 2, goes to d as it is: 2 × 1 = 2",
        "The gradient of e, 2, goes to c as it is: 2 × 1 = 2",
        (
            "The gradient of d, 2, times b = −3 goes to a: 2 × −3 = −6. "
            "a is used twice, so both parts are added: 4 + −6 = −2"
        ),
        "The gradient of d, 2, times a = 2 goes to b: 2 × 2 = 4",
    ]


X = Value(-3.0, label="x")


@pytest.mark.parametrize(
    ("root", "line"),
    [
        (X**2, "n1 is x ** 2: (−3) ** 2 = 9"),
        (-X, "n1 is -x: −(−3) = 3"),
        (2 - X, "n1 is 2 - x: 2 − −3 = 5"),
        (X.tanh(), "n1 is tanh(x): tanh(−3) = −0.9951"),
        (X.maximum(1.0), "n1 is max(x, 1): max(−3, 1) = 1"),
        (Value(7.0, (X,), (2.0,)), "n1 is ?(x): ?(−3) = 7"),
    ],
)
def test_an_operation_is_told_as_it_is_written(root, line):
    assert lines(root)[1] == line


def test_each_use_of_a_repeated_operand_is_told():
    assert lines(X * X)[-1] == (
        "The gradient of n1, 1, times x = −3 goes to x: 1 × −3 = −3. "
        "x is used twice, so both parts are added: −3 + −3 = −6"
    )


def test_a_folded_call_is_a_function_of_what_enters_it():
    model = MLP(1, [2, 1], activation="tanh", seed=0)
    x = Value(1.0, label="x")
    told = lines(model([x]), fold=1)
    assert told[1].startswith("MLP turns x into ")
    assert told[-1].startswith("MLP changes ")
    assert (
        " times as fast as x. The gradient of MLP, 1, times that goes to x: "
        in told[-1]
    )
    told = lines(model([x]), fold=2)
    assert "layers.0 turns x into 2 outputs" in told
    assert told[2].startswith("layers.1 turns the 2 outputs of layers.0 into ")
    assert told[-2] == "layers.1 hands the 2 outputs of layers.0 their gradients"
    assert told[-1].endswith(" through the 2 outputs of layers.0")


def test_what_was_cut_off_is_told():
    model = MLP(2, [4, 1], seed=1)
    x = Value(1.0, label="x")
    told = lines(model([x, 2.0]), focus=x, k=1)
    assert any(line.endswith("uses not drawn") or "is used" in line for line in told)


def test_boxes_of_one_label_are_told_apart_by_their_frames():
    picture = draw(MLP(2, [2, 1], seed=0)([1.0, 2.0]), fold=None).picture
    called = box_names(picture)
    assert len(set(called)) == len(called)
    assert "layers.1.neurons.0.w0" in called
    twins = box_names(draw(Value(1.0, label="w") * Value(2.0, label="w")).picture)
    assert twins == ["w #1", "w #2", "n2"]


def test_the_steps_of_a_leaf_alone():
    assert lines(X) == [
        "x is given: −3",
        "The way back begins at x: its gradient by itself is 1",
    ]
