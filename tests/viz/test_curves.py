"""The curves of a training, read back from their SVG."""

import math

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from svg_reader import (
    NUMBER,
    SVG,
    check_layout,
    marks,
    one_line,
    parse,
    paths,
    ruler,
    texts,
    words,
)

from dendrograd import Value
from dendrograd.errors import OperandError, ShapeError
from dendrograd.viz import loss_curve

ANY = st.floats(allow_nan=True, allow_infinity=True)
MODEST = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@given(st.lists(MODEST, min_size=2, max_size=20, unique=True))
def test_points_stand_where_the_ticks_say(ys):
    chart = loss_curve({"train": ys})
    x, y = ruler(chart)
    *points, _ = marks(chart, 0)  # the last mark belongs to the label
    assert len(points) == len(ys)
    for i, (value, (left, top)) in enumerate(zip(ys, points, strict=True), 1):
        assert left == pytest.approx(x(i), abs=0.1)
        assert top == pytest.approx(y(value), abs=0.1)


@given(
    st.dictionaries(
        st.sampled_from(["train", "test", "a name too long to be shown", "重み", "v"]),
        st.lists(ANY, min_size=1, max_size=40),
        min_size=1,
    )
)
def test_any_numbers_give_a_readable_chart(history):
    chart = loss_curve(history)
    if "重み" not in history:  # the reader counts one column for each letter
        check_layout(chart)
    assert chart.svg == loss_curve(history).svg


@pytest.mark.parametrize(
    "ys",
    [
        [3.0],
        [2.0] * 9,
        [0.0],
        [1e-320] * 2,
        [1e300, -1e300],
        [1e308, 1.0, -1e308],
        [1e9, 1e9 + 1e-3],
    ],
)
def test_degenerate_numbers_give_a_chart(ys):
    chart = loss_curve({"loss": ys})
    check_layout(chart)
    assert len(marks(chart, 0)) == sum(abs(y) <= 1e300 for y in ys) + 1


def test_points_that_are_not_finite_break_the_curve_and_are_told():
    ys = [3.0, 2.5, math.nan, 2.0, math.inf, 1.5, 1.0, -math.inf]
    chart = loss_curve({"train": ys, "test": [3.0] * 8})
    assert len(paths(chart, "dg-stroke0")) == 2 + 3  # two lines and three crosses
    told = "train not drawn at epoch 3 (NaN), 5 (∞), 8 (−∞)"
    assert told in words(chart)
    assert told in chart.description
    crosses = [d for d in paths(chart, "dg-stroke0") if "L" not in d]
    low = [d for d in crosses if float(NUMBER.findall(d)[1]) > 200]
    assert (len(crosses), len(low)) == (3, 1), "minus infinity alone is low"


def test_curves_differ_in_more_than_colour():
    names = ["train", "test", "validation", "other", "fifth"]
    chart = loss_curve({name: [k, 2.0] for k, name in enumerate(names)})
    drawn = [p for p in parse(chart).iter(f"{SVG}path") if p.get("stroke-linejoin")]
    assert len({p.get("stroke-dasharray") for p in drawn}) == 5
    shapes = {
        paths(chart, f"dg-fill{k} dg-edge")[0].partition("m")[2] for k in range(5)
    }
    assert len(shapes) == 5
    for k, name in enumerate(names):
        (at,) = [t for t in texts(chart) if t.text == f"{name} 2"]
        x, y = marks(chart, k)[-1]
        assert (at.left - x, at.bottom - y) == (9, 6), "a label stands at its mark"


def test_many_points_are_thinned_but_no_spike_is_lost():
    ys = [1.0 + i % 7 for i in range(50_000)]
    ys[31_234] = 99.0
    chart = loss_curve({"loss": ys})
    assert len(chart.svg) < 100_000
    (line,) = paths(chart, "dg-stroke0")
    _, y = ruler(chart)
    rows = [float(point.split()[1]) for point in line[1:].split("L")]
    assert min(rows) == pytest.approx(y(99.0), abs=0.1)
    assert max(rows) == pytest.approx(y(1.0), abs=0.1)


def test_losses_may_be_values():
    assert words(loss_curve({"train": [Value(2.0), 1]})) == words(
        loss_curve({"train": [2.0, 1.0]})
    )


@pytest.mark.parametrize("label", hostile.LABELS)
def test_any_text_is_shown_literally(label):
    curve = loss_curve({label: [2.0, 1.0]}, title=label or None, ylabel=label)
    assert f"{one_line(label)} 1".strip() in words(curve)
    assert words(curve)[0].startswith(one_line(label).rstrip("…"))


@pytest.mark.parametrize(
    ("history", "error", "message"),
    [
        ({}, ShapeError, "history is empty"),
        ({"train": []}, ShapeError, "train has no point"),
        ({"train": [1.0, "2"]}, OperandError, r"train\[1\] is '2', not a number"),
        ({"train": [None]}, OperandError, r"train\[0\] is None, not a number"),
    ],
)
def test_a_curve_without_numbers_is_refused(history, error, message):
    with pytest.raises(error, match=message):
        loss_curve(history)
