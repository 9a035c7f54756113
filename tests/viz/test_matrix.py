"""The confusion matrix, read back from its SVG."""

from collections import Counter

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st
from svg_reader import SVG, check_layout, one_line, parse, words

from dendrograd.errors import OperandError, ShapeError
from dendrograd.viz import confusion

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1)


@given(PAIRS)
def test_cells_count_every_pair(pairs):
    names = ["ant", "bee", "cat", "a long class name of forty letters"]
    true, pred = zip(*pairs, strict=True)
    chart = confusion(true, pred, names)
    check_layout(chart)
    counts = Counter(pairs)
    tips = [e.text for e in parse(chart).iter(f"{SVG}title")][1:]
    assert sorted(tips) == sorted(
        f"{names[i]} taken for {names[j]}: {n}" for (i, j), n in counts.items()
    )
    grid = [int(t) for t in words(chart) if t.isdecimal()]
    assert grid == [counts[i, j] for i in range(4) for j in range(4)]
    right = sum(i == j for i, j in pairs)
    assert any(t.startswith(f"{right} of {len(pairs)} right") for t in words(chart))


def test_labels_may_stand_for_their_positions():
    names = ["no", "yes"]
    given_names = confusion(["no", "yes", "yes"], ["yes", "yes", "no"], names)
    assert given_names.svg == confusion([0, 1, 1], [1, 1, 0], names).svg


def test_many_classes_stay_readable():
    names = [f"class {k}" for k in range(30)]
    check_layout(confusion(range(30), range(30), names))


@pytest.mark.parametrize(
    ("true", "pred", "error", "message"),
    [
        ([], [], ShapeError, "nothing to draw"),
        ([0, 1], [0], ShapeError, "2 and 1 entries"),
        ([0, 2], [0, 1], OperandError, r"y_true\[1\] is 2, not a class.*0 to 1"),
        ([0, 1], [0, -1], OperandError, r"y_pred\[1\] is -1"),
        (["c"], [0], OperandError, r"y_true\[0\] is 'c'.*\['a', 'b'\]"),
        ([0.5], [0], OperandError, r"y_true\[0\] is 0.5"),
    ],
)
def test_pairs_that_are_no_classes_are_refused(true, pred, error, message):
    with pytest.raises(error, match=message):
        confusion(true, pred, ["a", "b"])


@pytest.mark.parametrize("label", hostile.LABELS)
def test_any_class_name_is_shown_literally(label):
    matrix = confusion([0], [1], [label, "b"], title=label)
    assert words(matrix).count(one_line(label)) >= 2  # its row and its column
    tip = f"{hostile.seen(label)} taken for b: 1"
    assert tip in [e.text for e in parse(matrix).iter(f"{SVG}title")]
