"""Accuracy and the confusion matrix count the same guesses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dendrograd import Value
from dendrograd.errors import OperandError, ShapeError
from dendrograd.nn import (
    DataError,
    SettingError,
    accuracy,
    confusion_matrix,
    predicted_class,
)

ROWS = st.lists(
    st.tuples(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.integers(0, 2)),
    min_size=1,
    max_size=20,
)


@given(ROWS)
def test_accuracy_is_the_diagonal_of_the_confusion_matrix(rows):
    outputs, targets = map(list, zip(*rows, strict=True))
    counts = confusion_matrix(outputs, targets, 3)
    assert counts.sum() == len(rows)
    assert counts.sum(axis=1).tolist() == [targets.count(i) for i in range(3)]
    assert accuracy(outputs, targets) == np.trace(counts) / len(rows)
    assert accuracy(np.array(outputs), np.array(targets)) == accuracy(outputs, targets)


def test_the_class_is_the_first_largest_logit_or_the_side_of_the_threshold():
    assert predicted_class([1.0, 3.0, 3.0]) == 1
    assert predicted_class([Value(1.0), Value(-3.0)]) == 0
    assert predicted_class(Value(0.1)) == 1
    assert predicted_class(0.0) == 0
    assert predicted_class(0.4, threshold=0.5) == 0


def test_scores_have_targets_0_and_1_or_plus_and_minus_1():
    scores = [2.0, -1.0, 0.5, -0.5]
    assert accuracy(scores, [1, 0, 0, 0]) == accuracy(scores, [1, -1, -1, -1]) == 0.75
    assert accuracy(scores, [Value(1.0), 0.0, np.int8(0), False]) == 0.75
    assert confusion_matrix(scores, [1, -1, -1, -1], 2).tolist() == [[2, 1], [0, 1]]


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(ShapeError, match="1 rows but 2 targets"):
        accuracy([1.0], [1, 0])
    with pytest.raises(DataError, match="no samples"):
        accuracy([], [])
    for targets in (["cat", "dog"], [0.5, 1], [None, 0], [float("nan"), 1], [[1], 0]):
        for count in (accuracy, lambda o, t: confusion_matrix(o, t, 2)):
            with pytest.raises(
                DataError, match=r"is not a class index; .* names\.index"
            ):
                count([[1.0, 2.0], [2.0, 1.0]], targets)
    for classes in ("2", 2.0, None, 0):
        with pytest.raises(SettingError, match=r"classes is .* whole number >= 1"):
            confusion_matrix([[1.0, 2.0]], [1], classes)
    with pytest.raises(DataError, match="class 3 of 2 classes"):
        confusion_matrix([[1.0, 2.0]], [3], 2)


def test_a_list_of_one_score_is_that_score():
    assert predicted_class([0.7]) == predicted_class(np.array([0.7])) == 1
    assert predicted_class([-0.7]) == 0
    assert accuracy([[0.7], [-0.2]], [1, 0]) == 1.0


NAN = float("nan")


@pytest.mark.parametrize("output", [NAN, Value(NAN), np.float32(NAN), [NAN], [1.0, NAN],
                                    np.array([NAN, 1.0]), []])  # fmt: skip
def test_a_nan_is_of_no_class(output):
    with pytest.raises(DataError, match="predicted_class: the output is"):
        predicted_class(output)
    for count in (accuracy, lambda o, t: confusion_matrix(o, t, 2)):
        with pytest.raises(DataError, match=r": outputs\[1\] is .* names no class"):
            count([[0.0, 1.0], output], [1, 0])


def test_an_infinite_score_has_its_side_and_a_name_none():
    assert predicted_class(float("inf")) == 1
    assert predicted_class([-float("inf"), 0.0]) == 1
    with pytest.raises(OperandError, match="'high'"):
        predicted_class(["high", 1.0])
