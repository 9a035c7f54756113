"""The decision boundary, read back from its SVG."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from svg_reader import NUMBER, SVG, check_layout, marks, parse, paths, ruler, texts

from dendrograd.errors import OperandError, ShapeError
from dendrograd.viz import decision_boundary

RANDOM = random.Random(0)
ROWS = [[RANDOM.gauss(0, 1), RANDOM.gauss(5, 2)] for _ in range(40)]


def side(rows):
    return [int(a > 0.25) for a, _ in rows]


def area(path):
    """Return the area of rectangles "Mx yhWvH..." in square pixels."""
    sizes = [NUMBER.findall(part) for part in path.split("M")[1:]]
    return sum(float(width) * float(height) for _, _, width, height, *_ in sizes)


def regions(chart):
    tinted = (p for p in parse(chart).iter(f"{SVG}path") if p.get("fill-opacity"))
    return {p.get("class"): area(p.get("d")) for p in tinted}


@given(st.lists(st.integers(0, 2), min_size=49, max_size=49))
def test_each_class_has_as_much_area_as_tiles(kinds):
    answers = iter([[0] * len(ROWS), kinds])
    chart = decision_boundary(
        lambda rows: next(answers), ROWS, [0] * len(ROWS), grid_resolution=7
    )
    tile = (400 / 7) ** 2
    assert regions(chart) == pytest.approx(
        {f"dg-fill{k}": kinds.count(k) * tile for k in set(kinds)}, rel=1e-3
    )


def test_samples_and_boundary_stand_where_the_ticks_say():
    chart = decision_boundary(side, ROWS, side(ROWS), grid_resolution=200)
    check_layout(chart)
    x, y = ruler(chart)
    for kind in (0, 1):
        *points, _ = marks(chart, kind)  # the last mark belongs to the legend
        mine = [row for row in ROWS if side([row]) == [kind]]
        assert points == [pytest.approx((x(a), y(b)), abs=0.1) for a, b in mine]
    left = paths(chart, "dg-fill0")[0]
    starts = [float(part.split()[0]) for part in left.split("M")[1:]]
    widths = [float(NUMBER.findall(part)[2]) for part in left.split("M")[1:]]
    for start, width in zip(starts, widths, strict=True):
        assert start + width == pytest.approx(x(0.25), abs=2.1)


def test_up_is_up():
    chart = decision_boundary(
        lambda rows: [int(b > 5) for _, b in rows], ROWS, [0] * 40, grid_resolution=100
    )
    _, y = ruler(chart)
    upper = paths(chart, "dg-fill1")[0]
    tops = [float(NUMBER.findall(part)[1]) for part in upper.split("M")[1:]]
    assert max(tops) + 4 == pytest.approx(y(5.0), abs=4.1)
    assert min(tops) == 76


def test_wrong_samples_wear_a_ring():
    truth = [1 - k if i < 3 else k for i, k in enumerate(side(ROWS))]
    chart = decision_boundary(side, ROWS, truth, class_names=["left", "right"])
    rings = list(parse(chart).iter(f"{SVG}circle"))
    assert len(rings) == 3 + 1  # and one in the legend
    words = [t.text for t in texts(chart)]
    assert {"left", "right", "wrong", "37 of 40 samples right (92.5 %)"} <= set(words)


def test_arrays_are_as_good_as_lists():
    listed = decision_boundary(side, ROWS, side(ROWS))
    array = np.array(ROWS)
    arrays = decision_boundary(lambda r: np.array(side(r)), array, np.array(side(ROWS)))
    assert arrays.svg == listed.svg


def test_predict_is_asked_once_for_samples_and_once_for_the_plane():
    asked = []
    decision_boundary(lambda r: asked.append(len(r)) or side(r), ROWS, side(ROWS))
    assert asked == [40, 3600]


@pytest.mark.parametrize(
    "rows",
    [[[1.0, 2.0]], [[1.0, 2.0]] * 3, [[0.0, 0.0], [1e-12, 5.0]], [[-1e300, 1e300]]],
)
def test_degenerate_samples_give_a_chart(rows):
    check_layout(decision_boundary(lambda r: [0] * len(r), rows, [0] * len(rows)))


def test_samples_that_are_not_finite_are_left_out_and_counted():
    rows = [[float("nan"), 1.0], [0.0, float("inf")], *ROWS]
    chart = decision_boundary(side, rows, [0, 0, *side(ROWS)])
    assert "40 of 40 samples right (100 %); 2 not finite, left out" in chart.description
    with pytest.raises(ShapeError, match="no sample is finite"):
        decision_boundary(side, rows[:2], [0, 0])


@pytest.mark.parametrize(
    ("predict", "rows", "kinds", "options", "error", "message"),
    [
        (side, [], [], {}, ShapeError, "nothing to draw"),
        (side, ROWS, [0], {}, ShapeError, "40 and 1 entries"),
        (side, [[1.0]], [0], {}, ShapeError, r"X\[0\] has 1 features, not 2"),
        (side, [["a", 1.0]], [0], {}, OperandError, r"X\[0\]\[0\] is 'a', not"),
        (side, [[1.0, 2.0]], [-1], {}, OperandError, r"y\[0\] is -1, not a class"),
        (lambda r: [0], ROWS, side(ROWS), {}, ShapeError, "1 classes for 40 rows"),
        (
            lambda r: [0.5] * len(r), [[1.0, 2.0]], [0], {},
            OperandError, r"predict\(\.\.\.\)\[0\] is 0.5",
        ),
        (side, ROWS, side(ROWS), {"grid_resolution": 1}, ShapeError, "below 2"),
        (
            side, ROWS, side(ROWS), {"class_names": ["one"]},
            OperandError, r"is 1, not a class",
        ),
    ],
)  # fmt: skip
def test_wrong_use_is_named(predict, rows, kinds, options, error, message):
    with pytest.raises(error, match=message):
        decision_boundary(predict, rows, kinds, **options)
