"""What is on the axes of a chart is what was given."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from stand_ins import Frame, Series

from dendrograd import Value
from dendrograd.errors import MissingToolError, OperandError, ShapeError
from dendrograd.nn import MLP, SGD, fit, mse_loss
from dendrograd.viz import (
    ConfusionMatrixDisplay,
    confusion,
    decision_boundary,
    loss_curve,
)

NAMES = ["cat", "dog", "eel"]
CLASSES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1)


def halves(rows):
    return [a for a, _ in rows]


DRAW = {
    "loss_curve": lambda ax=None: loss_curve({"train": [2.0, 1.0]}, ax=ax),
    "confusion": lambda ax=None: confusion([0, 1], [0, 0], NAMES, ax=ax),
    "decision_boundary": lambda ax=None: decision_boundary(
        halves, [[-1.0, 1.0], [1.0, 2.0]], [0, 1], grid_resolution=9, ax=ax
    ),
}
every_chart = pytest.mark.parametrize("name", DRAW)


@every_chart
def test_a_chart_is_drawn_on_the_axes_that_are_given(name):
    left, right = Figure().subplots(1, 2)
    display = DRAW[name](right)
    assert display.ax_ is right
    assert display.figure_ is right.figure
    assert right.has_data()
    assert not left.has_data()


@every_chart
def test_a_chart_without_axes_gets_a_figure_of_its_own(name, tmp_path):
    first, second = DRAW[name](), DRAW[name]()
    assert first.figure_ is not second.figure_
    assert first.figure_.axes == [first.ax_]
    for k, display in enumerate((first, second)):
        display.figure_.savefig(tmp_path / f"{k}.png")
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()


@every_chart
def test_no_text_of_a_chart_lies_on_another_or_outside(name):
    display = DRAW[name]()
    display.figure_.draw_without_rendering()
    ax, inside = display.ax_, display.figure_.bbox
    shown = [ax.xaxis.label, ax.yaxis.label]
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        low, high = sorted(limits)
        shown += [
            t.label1 for t in axis.get_major_ticks() if low <= t.get_loc() <= high
        ]
    if ax.get_legend():
        shown += ax.get_legend().get_texts()
    boxes = [text.get_window_extent() for text in shown if text.get_text()]
    seen = [box for box in boxes if inside.containsx(box.x0) and inside.y0 <= box.y0]
    assert len(seen) == len(boxes)
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


@every_chart
def test_without_matplotlib_the_hint_says_how_to_get_it(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(
        MissingToolError, match=r"in a clone, pip install '\.\[plot\]'"
    ) as e:
        DRAW[name]()
    assert str(e.value).startswith(f"{name} needs matplotlib")


def test_matplotlib_is_loaded_when_a_chart_is_drawn_and_pyplot_never():
    code = (
        "import sys, dendrograd.viz as v; assert 'matplotlib' not in sys.modules\n"
        "v.loss_curve({'a': [1.0]}).figure_\n"
        "assert 'matplotlib' in sys.modules\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@given(
    st.dictionaries(st.text(), st.lists(st.floats(-9, 9), min_size=1), min_size=1)
)  # fmt: skip
def test_a_curve_has_the_points_given_from_epoch_1_on(curves):
    display = loss_curve(curves)
    assert len(display.lines_) == len(curves)
    for line, ys in zip(display.lines_, curves.values(), strict=True):
        assert line.get_xdata().tolist() == list(range(1, len(ys) + 1))
        assert line.get_ydata().tolist() == ys


HISTORY = [
    {"epoch": 1, "loss": 0.7, "accuracy": 0.5},
    {"epoch": 2, "loss": 0.3, "accuracy": 0.75, "test_loss": 0.4},
]


def test_what_fit_returns_is_drawn_as_it_is_or_as_a_data_frame():
    curves = {"loss": [0.7, 0.3], "accuracy": [0.5, 0.75], "test_loss": [math.nan, 0.4]}
    frame = Frame({"epoch": [1, 2], **curves})
    for given_as in (HISTORY, tuple(HISTORY), iter(HISTORY), frame):
        lines = loss_curve(given_as).lines_
        assert [line.get_label() for line in lines] == list(curves)
        for line, ys in zip(lines, curves.values(), strict=True):
            assert line.get_xdata().tolist() == [1, 2]
            np.testing.assert_array_equal(line.get_ydata(), ys)
    model = MLP(1, [1], seed=0)
    records = fit(model, [[0.0], [1.0]], [0.0, 1.0], mse_loss,
                  SGD(model.parameters()), epochs=3)  # fmt: skip
    (line,) = loss_curve(records).lines_
    assert line.get_ydata().tolist() == [record["loss"] for record in records]


@pytest.mark.parametrize("numbers", [[2.0, 1.0], (2, 1), np.array([2.0, 1.0]),
                                     Series([2.0, 1.0]), [Value(2.0), 1]])  # fmt: skip
def test_one_curve_needs_no_name(numbers):
    (line,) = loss_curve(numbers, ylabel="error").lines_
    assert (line.get_label(), line.get_ydata().tolist()) == ("error", [2.0, 1.0])


@pytest.mark.parametrize("name", ["", "_private", "$x", "a\nb", "$\\bad$"])
def test_a_name_is_shown_as_it_is(name, tmp_path):
    shown = " ".join(name.split())
    for display in (
        loss_curve({name: [1.0, 2.0]}),
        decision_boundary(halves, [[0.0, 1.0]], [0], class_names=[name, "b"]),
        confusion([0], [0], [name]),
    ):
        display.figure_.savefig(tmp_path / "chart.png")  # warnings are errors
        legend = display.ax_.get_legend()
        texts = legend.get_texts() if legend else display.ax_.get_xticklabels()
        assert texts[0].get_text() == shown


def test_curves_differ_without_colour():
    lines = loss_curve({f"{k}": [1.0, 2.0] for k in range(6)}).lines_
    looks = {(line.get_linestyle(), line.get_marker()) for line in lines}
    assert len(looks) == len({line.get_color() for line in lines}) == 6
    long = loss_curve({f"{k}": [1.0] * 99 for k in range(4)}).lines_
    assert len({line.get_linestyle() for line in long}) == 4


def test_a_value_is_drawn_as_its_number_and_a_gap_leaves_its_neighbours_marked():
    display = loss_curve({"a": [Value(3.0), math.nan, 2.0, math.inf] + [1.0] * 40})
    (line,) = display.lines_
    assert line.get_ydata()[0] == 3.0
    assert line.get_marker() != ""  # 2.0 has no neighbour: a line would not show it
    low, high = display.ax_.get_ylim()
    assert low < 1.0
    assert 3.0 < high < 4.0


def test_epochs_are_whole_numbers_on_the_axis():
    ax = loss_curve({"a": [1.0, 2.0]}).ax_
    assert all(tick == round(tick) for tick in ax.get_xticks())


@given(CLASSES)
def test_the_counts_of_a_confusion_are_of_the_pairs_given(pairs):
    true, pred = zip(*pairs, strict=True)
    display = confusion(true, pred, NAMES)
    counts = display.confusion_matrix
    assert counts.sum() == len(pairs)
    for i, j in np.ndindex(3, 3):
        assert counts[i, j] == pairs.count((i, j))
        text = display.text_[i, j]
        assert text.get_text() == str(counts[i, j])
        assert text.get_position() == (j, i)  # rows down, columns to the right
    assert display.im_.get_array().tolist() == counts.tolist()


def test_classes_may_be_given_by_name_and_are_named_on_both_axes():
    display = confusion(["cat", "dog"], np.array([0.0, 2.0]), NAMES)
    assert display.confusion_matrix.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    both = confusion([True, np.False_], [True, True], NAMES[:2])
    assert both.confusion_matrix.tolist() == [[0, 1], [0, 1]]
    display = confusion(["cat", "dog"], ["cat", 2], NAMES)
    assert display.confusion_matrix.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    for labels in (display.ax_.get_xticklabels(), display.ax_.get_yticklabels()):
        assert [label.get_text() for label in labels] == NAMES


def test_a_matrix_without_names_or_counts_is_drawn():
    display = ConfusionMatrixDisplay([[0, 0], [0, 0]]).plot()
    assert [t.get_text() for t in display.ax_.get_xticklabels()] == ["0", "1"]


def test_a_count_can_be_read_on_its_cell():
    def luminance(color):
        linear = [u / 12.92 if u <= 0.04 else ((u + 0.055) / 1.055) ** 2.4
                  for u in color[:3]]  # fmt: skip
        return float(np.dot((0.2126, 0.7152, 0.0722), linear))

    display = ConfusionMatrixDisplay(np.arange(100).reshape(10, 10)).plot()
    for text, count in zip(display.text_.flat, range(100), strict=True):
        cell = display.im_.cmap(display.im_.norm(count))
        ink = 1.0 if text.get_color() == "white" else 0.0
        low, high = sorted((luminance(cell), ink))
        assert (high + 0.05) / (low + 0.05) >= 4.5, count


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda: loss_curve({}), ShapeError, "no curve is given"),
        (lambda: loss_curve({"a": []}), ShapeError, "a has no point"),
        (lambda: loss_curve({"a": [1, "2"]}), OperandError, r"a\[1\] is '2', not a num"),
        (lambda: loss_curve({"a": [None]}), OperandError, r"a\[0\] is None, not a num"),
        (lambda: loss_curve([]), ShapeError, "no curve is given"),
        (lambda: loss_curve([{"epoch": 1}]), ShapeError, "no curve is given"),
        (lambda: loss_curve(None), OperandError, "None is a NoneType; give a dict"),
        (lambda: loss_curve([1.0, {}]), OperandError, r"loss\[1\] is {}, not a number"),
        (lambda: loss_curve([[1.0]]), OperandError, r"loss\[0\] is \[1.0\], not a"),
        (lambda: confusion([], [], NAMES), ShapeError, "nothing to draw"),
        (lambda: confusion([0], [0, 1], NAMES), ShapeError, "1 and 2 entries"),
        (lambda: confusion([3], [0], NAMES), OperandError, r"y_true\[0\] is 3, not a cl"),
        (lambda: confusion([0], [-1], NAMES), OperandError, r"y_pred\[0\] is -1, not"),
        (lambda: confusion([0], ["ant"], NAMES), OperandError, "'ant', not a class"),
        (lambda: confusion([0], [0.5], NAMES), OperandError, "0.5, not a class"),
    ],
)  # fmt: skip
def test_wrong_use_is_named(draw, error, message):
    with pytest.raises(error, match=message):
        draw()
