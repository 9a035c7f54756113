"""The regions of a decision boundary hold what the model says, and no stairs."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from stand_ins import Frame, Series

from dendrograd.errors import NonFiniteError, OperandError, ShapeError
from dendrograd.nn import MLP, predicted_class
from dendrograd.viz import DecisionBoundaryDisplay, decision_boundary

RANDOM = random.Random(0)
ROWS = [[RANDOM.gauss(0, 1), RANDOM.gauss(5, 2)] for _ in range(40)]


def right_of(rows):
    return [a - 0.25 for a, _ in rows]


def regions(display, point):
    """Return the classes whose region holds a point."""
    return [
        kind
        for kind, surface in enumerate(display.surface_)
        if any(path.contains_point(point) for path in surface.get_paths())
    ]


@given(st.integers(0, 99), st.sampled_from([1, 2, 3, 4]))
def test_a_point_lies_in_the_region_of_the_class_that_the_model_gives_it(seed, outputs):
    model = MLP(2, [4, outputs], seed=seed)
    display = decision_boundary(model, [[-2.0, -2.0], [2.0, 2.0]], grid_resolution=24)
    rng = random.Random(seed)
    for _ in range(10):
        point = [rng.uniform(-2, 2), rng.uniform(-2, 2)]
        around = [[point[0] + u, point[1] + v] for u in (-0.3, 0, 0.3)
                  for v in (-0.3, 0, 0.3)]  # fmt: skip
        said = {predicted_class(output) for output in model(around)}
        if len(said) == 1:  # further than a cell from every boundary
            assert regions(display, point) == list(said)


def test_the_response_is_the_models_at_the_points_of_the_grid():
    model = MLP(2, [3], seed=0)
    display = decision_boundary(model, ROWS, grid_resolution=5)
    for i, j in np.ndindex(5, 5):
        logits = model([display.xx0[i, j], display.xx1[i, j]])
        assert display.response[i, j].tolist() == pytest.approx(
            [z.data for z in logits]
        )
    assert np.diff(display.xx0[0]).min() > 0
    assert np.diff(display.xx1[:, 0]).min() > 0


def test_a_circle_is_a_circle_and_not_stairs():
    display = decision_boundary(
        lambda rows: [1.0 - a * a - b * b for a, b in rows],
        [[-1.5, -1.5], [1.5, 1.5]],
        grid_resolution=40,
    )
    edge = [v for p in display.surface_[1].get_paths() for v in p.vertices]
    assert len(edge) > 50
    assert [a * a + b * b for a, b in edge] == pytest.approx(
        [1.0] * len(edge), abs=0.01
    )


@pytest.mark.parametrize(("eps", "low"), [(None, -0.3), (0.5, -0.5), (0.0, 0.0)])
def test_the_grid_reaches_beyond_the_samples(eps, low):
    display = decision_boundary(right_of, [[0.0, 1.0], [3.0, 1.0]], eps=eps)
    assert display.xx0.min() == pytest.approx(low)
    assert display.xx0.max() == pytest.approx(3.0 - low)


def test_a_threshold_moves_the_boundary():
    display = decision_boundary(right_of, ROWS, threshold=0.5)
    assert regions(display, [0.5, 5.0]) == [0]
    assert regions(display, [0.9, 5.0]) == [1]


def test_samples_stand_in_their_places_and_wrong_ones_wear_a_ring():
    truth = [int(z > 0) for z in right_of(ROWS)]
    truth[:3] = [1 - kind for kind in truth[:3]]
    display = decision_boundary(right_of, ROWS, truth, class_names=["left", "right"])
    found = {c.get_label(): c.get_offsets().tolist() for c in display.ax_.collections}
    for kind, name in enumerate(["left", "right"]):
        mine = [row for row, true in zip(ROWS, truth, strict=True) if true == kind]
        assert found[name] == mine
    assert found["wrong"] == ROWS[:3]
    words = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert words == ["left", "right", "wrong"]


def test_classes_differ_without_colour():
    model = MLP(2, [3], seed=0)
    display = decision_boundary(model, ROWS, [k % 3 for k in range(40)])
    assert len({tuple(surface.hatches) for surface in display.surface_}) == 3
    shapes = {
        c.get_paths()[0].vertices.tobytes()
        for c in display.ax_.collections
        if c.get_label() in "012"
    }
    assert len(shapes) == 3


def test_arrays_are_as_good_as_lists():
    kinds = [int(z > 0) for z in right_of(ROWS)]
    listed = decision_boundary(right_of, ROWS, kinds)
    arrays = decision_boundary(
        lambda rows: np.array(right_of(rows)), np.array(ROWS), np.array(kinds)
    )
    assert (arrays.response == listed.response).all()


KINDS = [int(z > 0) for z in right_of(ROWS)]
TARGETS = {
    "signs": [2 * k - 1 for k in KINDS],
    "floats": [float(k) for k in KINDS],
    "bools": [k == 1 for k in KINDS],
    "float signs": np.array(KINDS) * 2.0 - 1.0,
    "array of bools": np.array(KINDS) == 1,
    "array of names": np.array(["01"[k] for k in KINDS]),
    "series": Series(KINDS),
}


@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS)
def test_the_rows_and_targets_that_fit_takes_are_drawn(targets):
    frame = Frame(dict(zip("ab", zip(*ROWS, strict=True), strict=True)))
    drawn = {}
    for X, y in ((ROWS, KINDS), (frame, targets)):
        display = decision_boundary(right_of, X, y, grid_resolution=9)
        places = {c.get_label(): c.get_offsets().tolist()
                  for c in display.ax_.collections if c.get_label() in "01"}  # fmt: skip
        drawn[id(X)] = display.response.tolist(), places
        assert "wrong" not in [c.get_label() for c in display.ax_.collections]
    one, other = drawn.values()
    assert one == other


def test_no_graph_is_recorded_for_the_grid():
    model, seen = MLP(2, [1], seed=0), []
    decision_boundary(lambda rows: seen.append(model(rows)) or seen[-1], ROWS)
    assert not any(output.parents for output in seen[0])


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], [[1.0, 2.0]] * 3, [[0, 0], [1e-9, 5]]])
def test_degenerate_samples_and_a_model_of_one_answer_give_a_chart(rows):
    display = decision_boundary(lambda r: [-1.0] * len(r), rows, [0] * len(rows))
    assert regions(display, rows[0]) == [0]


def test_a_display_can_be_drawn_again_elsewhere():
    display = decision_boundary(right_of, ROWS, xlabel="p", ylabel="q")
    other = DecisionBoundaryDisplay(
        xx0=display.xx0, xx1=display.xx1, response=display.response
    )
    ax = Figure().subplots()
    assert other.plot(ax) is other
    assert ax.get_xlabel() == ""
    assert display.plot(ax).ax_.get_xlabel() == "p"
    assert ax.get_ylabel() == "q"


@pytest.mark.parametrize(
    ("model", "rows", "kinds", "options", "error", "message"),
    [
        (right_of, [], [], {}, ShapeError, "X has no row"),
        (right_of, ROWS, [0], {}, ShapeError, "40 and 1 entries"),
        (right_of, [[1.0]], [0], {}, ShapeError, r"X\[0\] has 1 features, not 2"),
        (right_of, [["a", 1.0]], [0], {}, OperandError, r"X\[0\]\[0\] is 'a', not"),
        (right_of, [[1.0, np.nan]], [0], {}, NonFiniteError, r"X\[0\] .* no place"),
        (right_of, [[1.0, 2.0]], [-2], {}, OperandError, r"y\[0\] is -2, not a class"),
        (right_of, [[1.0, 2.0]], [0.5], {}, OperandError, r"y\[0\] is 0.5, not a class"),
        (MLP(2, [3], seed=0), [[1.0, 2.0]], [-1], {}, OperandError, "is -1, not a class"),
        (right_of, [1.0, 2.0], [0, 1], {}, ShapeError, r"X\[0\] has 1 features, not 2"),
        (right_of, 3.0, [0], {}, ShapeError, "X has no row"),
        (right_of, [[1.0, 2.0]], [2], {}, OperandError, r"y\[0\] is 2, not a class"),
        (lambda r: [0.0], ROWS, None, {}, ShapeError, "1 answers .* for 10000 rows"),
        (
            lambda r: [[0.0]] + [[0.0, 1.0]] * (len(r) - 1), ROWS, None, {},
            ShapeError, r"of \[1, 2\] numbers",
        ),
        (lambda r: [np.inf] * len(r), ROWS, None, {}, NonFiniteError, "answers inf at"),
        (lambda r: ["a"] * len(r), ROWS, None, {}, OperandError, "'a'"),
        (right_of, ROWS, None, {"grid_resolution": 1}, ShapeError, "below 2"),
    ],
)  # fmt: skip
def test_wrong_use_is_named(model, rows, kinds, options, error, message):
    with pytest.raises(error, match=message):
        decision_boundary(model, rows, kinds, **options)
