"""The steps of a player by call and by operation: each node once, with the engine's sums."""

import math
import re
from collections import Counter

import graphs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrograd import Value, scope, toposort
from dendrograd.nn import MLP
from dendrograd.viz import animate, draw
from dendrograd.viz.player.courses import by_call, by_operation
from dendrograd.viz.player.naming import box_names, with_names
from dendrograd.viz.text import num

FOLDS = st.sampled_from([1, 2, "auto"])


def courses(root, **options):
    drawn = draw(root, grad="true", **options).drawn
    picture = with_names(drawn.bare)
    return by_call(drawn.graph, picture), by_operation(drawn.graph, picture)


@settings(deadline=None)
@given(graphs.programs(), FOLDS)
def test_by_operation_each_node_is_computed_once_and_each_edge_used_once(root, fold):
    _, made = courses(root, fold=fold, sums=False)
    forward = [s for s in made.steps if s.phase == "forward"]
    boxes = [made.pictures[s.move.view].boxes[s.box] for s in forward]
    assert all(box.nodes == 1 for box in boxes)
    order = [box.node.id for box in boxes]
    assert sorted(order) == list(range(len(toposort(root))))
    used = Counter(
        edge
        for s in made.steps
        for i in s.move.arrows
        for edge in made.pictures[s.move.view].arrows[i].edges
    )
    edges = sum(len(node.parents) for node in toposort(root))
    assert used == Counter(range(edges))
    seen = set()
    for step in forward:
        picture = made.pictures[step.move.view]
        for i, arrow in enumerate(picture.arrows):
            if arrow.dst == step.box:
                members = [n for n, b in enumerate(picture.places) if b == arrow.src]
                assert (
                    seen.issuperset(members) or picture.boxes[arrow.src].kind != "op"
                ), i
        seen.add(picture.boxes[step.box].node.id)


@settings(deadline=None)
@given(graphs.programs(), FOLDS)
def test_by_operation_all_gradients_are_those_of_backward(root, fold):
    _, made = courses(root, fold=fold)
    totals = {}
    for step in made.steps:
        totals |= step.totals
    root.backward()
    for i, node in enumerate(toposort(root)):
        assert math.isclose(totals[i], node.grad, rel_tol=1e-12, abs_tol=1e-300)


@settings(deadline=None)
@given(graphs.programs(), FOLDS)
def test_in_each_picture_with_a_call_open_the_gradients_add_up(root, fold):
    _, made = courses(root, fold=fold)
    for picture in made.pictures:
        assert [box.id for box in picture.boxes] == list(range(len(picture.boxes)))
        assert len(set(box_names(picture))) == len(picture.boxes)
        for box, arrows in zip(picture.boxes, picture.out(), strict=True):
            if box.adjoint is not None and box.id != picture.root:
                terms = [arrow.contribution for arrow in arrows]
                slack = 1e-12 * math.fsum(map(abs, terms))
                assert math.isclose(math.fsum(terms), box.adjoint, abs_tol=slack)


def network():
    x = [Value(1.0, label="x1"), Value(-2.0, label="x2")]
    loss = (MLP(2, [3, 1], activation="tanh", seed=3)(x) - 1.0) ** 2
    loss.label = "loss"
    return loss


def test_by_call_a_folded_call_is_one_step_with_its_in_and_out():
    made, _ = courses(network(), fold=2)
    assert [made.text(step) for step in made.steps][2:4] == [
        "layers.0 turns x1, x2 into 3 outputs",
        "layers.1 turns the 3 outputs of layers.0 into −0.3248",
    ]
    assert [made.text(step) for step in made.steps][-2:] == [
        "layers.1 hands the 3 outputs of layers.0 their gradients",
        "layers.0 hands its gradients back: x1 gets −0.6593, x2 gets −0.1969",
    ]
    made, _ = courses(network(), fold=1)
    assert made.text(made.steps[-1]) == (
        "The gradient of MLP, −2.65, goes back through it: "
        "x1 gets −0.6593, x2 gets −0.1969"
    )


def test_by_operation_one_call_is_open_at_a_time():
    _, made = courses(network(), fold=2)
    opened = [
        [box.label for box in p.boxes if box.kind == "call"] for p in made.pictures
    ]
    assert opened == [
        ["layers.0", "layers.1"],
        ["neurons.1", "neurons.2", "layers.1"],
        ["neurons.0", "neurons.2", "layers.1"],
        ["neurons.0", "neurons.1", "layers.1"],
        ["layers.0"],
    ]


def test_a_call_that_is_left_and_entered_again_is_opened_with_what_is_around_it():
    def halves(x):
        with scope("inner"):
            y = yield x.tanh()
            yield y * 3.0

    x = Value(0.5, label="x")
    with scope("outer"):
        inner = halves(x)
        first = next(inner)
        second = inner.send(first.exp())
        root = second + first
    _, made = courses(root, fold=1)
    assert [len(picture.boxes) for picture in made.pictures] == [2, 5, 5]
    assert made.gradients(len(made.steps) - 1)[0] == made.picture.boxes[0].adjoint


def test_no_sentence_has_an_n_name_where_a_label_or_a_call_has_one():
    x = [Value(1.0, label="x1"), Value(-2.0, label="x2")]
    with scope("cell"):
        y = x[0] * x[1] + x[0] * 2.0 - x[0].tanh()
    loss = MLP(1, [2, 1], activation="tanh", seed=3)([y])
    loss.label = "loss"
    for fold in (1, 2, None):
        for made in courses(loss, fold=fold):
            assert not re.search(r"\bn\d", "\n".join(map(made.text, made.steps)))
    texts = [made.text(step) for step in made.steps]
    assert "cell.mul #1 is x1 * x2: 1 × −2 = −2" in texts
    assert "cell is cell.add - cell.tanh: 0 − 0.7616 = −0.7616" in texts


def test_a_leaf_that_calls_use_is_told_with_all_of_its_uses():
    x = Value(0.5, label="x")
    with scope("square"):
        y = x * x
    root = y * x
    root.label = "y"
    told = ["\n".join(map(made.text, made.steps)) for made in courses(root, fold=1)]
    assert "x is used twice, so both parts are added: 0.25 + 0.5 = 0.75" in told[0]
    assert "x is used 3 times, so its parts are added: 0.25 + 0.25 = 0.5\n" in told[1]
    assert "x is used 3 times, so its parts are added: 0.5 + 0.25 = 0.75" in told[1]


@settings(deadline=None)
@given(graphs.programs(), FOLDS)
def test_what_is_told_of_products_is_true_in_each_course(root, fold):
    for made in courses(root, fold=fold):
        for step in made.steps:
            if step.arrow >= 0:
                arrow = made.pictures[step.move.view].arrows[step.arrow]
                text = made.text(step)
                assert num(arrow.contribution) in text or " hands " in text


@pytest.mark.parametrize("steps", ["calls", None, 3])
def test_other_steps_are_told(steps):
    with pytest.raises(ValueError, match=r"animate: steps=.*\('call', 'operation'\)"):
        animate(network(), steps=steps)


def test_what_cannot_be_opened_is_told():
    root = sum((MLP(2, [9, 9, 1], seed=k)([1.0, 2.0]) for k in range(4)), Value(0.0))
    moving = animate(root, fold=1, steps="operation")
    assert "nodes are more than 500" in moving.notes[-1]
    assert moving.text == animate(root, fold=1).text
    assert '<select id="by">' not in moving.html
    assert "calls are not shown one by one" in animate(root, fold=1).html
    x = leaf = Value(1.0, label="x")
    for _ in range(45):
        with scope("cell"):
            x = (2 * x).tanh()
    long = animate(x, fold=1, steps="operation")
    assert "45 pictures of them are too many" in long.notes[-1]
    cut = animate(x, focus=leaf, fold=1, k=1, steps="operation")
    assert len(cut.courses) == 1
    assert '<select id="by">' in animate(network(), fold=1).html
    assert '<select id="by">' not in animate(Value(1.0) * 2.0).html
