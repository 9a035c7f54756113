"""Batches and splits neither lose nor repeat a sample; columns become standard."""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dendrograd.errors import OperandError, ShapeError
from dendrograd.nn import (
    DataError,
    SettingError,
    Standardizer,
    StateError,
    batches,
    train_test_split,
)


@given(st.integers(0, 30), st.integers(1, 12), st.booleans(), st.integers(0, 99))
def test_batches_hold_every_pair_once(n, size, shuffle, seed):
    X, y = [[i, -i] for i in range(n)], list(range(n))
    seen = list(batches(X, y, size, shuffle=shuffle, seed=seed))
    assert all(len(rows) == size for rows, _ in seen[:-1])
    assert all(rows == [[t, -t] for t in targets] for rows, targets in seen)
    order = [t for _, targets in seen for t in targets]
    assert sorted(order) == y
    assert shuffle or order == y


def test_the_last_batch_may_be_dropped():
    sizes = [len(rows) for rows, _ in batches([0] * 7, [0] * 7, 3, drop_last=True)]
    assert sizes == [3, 3]


def test_a_seed_repeats_its_order_and_a_generator_goes_on():
    def order(seed):
        return [t for _, ts in batches(range(50), range(50), 8, seed=seed) for t in ts]

    rng = random.Random(1)
    first, second = order(rng), order(rng)
    assert order(1) == order(1) == first
    assert second != first


def test_arrays_give_arrays_and_lists_lists():
    rows, targets = next(batches(np.ones((4, 2)), [1, 2, 3, 4], 2, shuffle=False))
    assert isinstance(rows, np.ndarray)
    assert rows.shape == (2, 2)
    assert targets == [1, 2]


def test_unpaired_data_and_empty_batches_are_refused():
    with pytest.raises(ShapeError, match="2 rows but 1 targets"):
        next(batches([1, 2], [1], 1))
    for size in ("2", 2.0, None):
        with pytest.raises(SettingError, match=f"batch_size is {size!r}; .* >= 1"):
            next(batches([[1]], [1], size))
    with pytest.raises(OperandError, match="batches: y is a map, which has no length"):
        next(batches([[1]], map(int, "1"), 1))
    with pytest.raises(SettingError, match="batch_size is 0"):
        next(batches([1], [1], 0))


@given(
    labels=st.lists(st.sampled_from("abc"), min_size=6, max_size=60),
    share=st.floats(0.05, 0.8),
    seed=st.integers(0, 99),
)
def test_a_split_holds_every_sample_once_and_classes_by_their_share(
    labels, share, seed
):
    n, counts = len(labels), Counter(labels)
    X = list(range(n))
    X_train, X_test, y_train, y_test = train_test_split(
        X, labels, test_size=share, seed=seed
    )
    assert sorted(X_train + X_test) == X
    assert len(X_test) == -(-share * n // 1)
    assert y_train + y_test == [labels[i] for i in X_train + X_test]
    room = n - len(counts)
    if not room:
        return
    split = train_test_split(X, labels, test_size=share, seed=seed, stratify=labels)
    assert len(split[1]) == min(len(X_test), room)
    assert set(split[2]) == set(counts)
    shares = {label: len(X_test) * count / n for label, count in counts.items()}
    if all(shares[label] <= count - 1 for label, count in counts.items()):
        assert all(abs(split[3].count(label) - shares[label]) < 1 for label in counts)


def test_of_a_data_frame_a_split_gives_data_frames():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(
        {"a": range(8), "b": list("abababab")}, index=range(9, 1, -1)
    )
    X_train, X_test, y_train, y_test = train_test_split(table, table["b"], seed=0)
    assert pandas.concat([X_train, X_test]).sort_index(ascending=False).equals(table)
    assert y_train.equals(X_train["b"])
    assert y_test.equals(X_test["b"])


def test_a_split_repeats_by_its_seed_and_takes_arrays():
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    one = train_test_split(X, y, seed=3, stratify=y)
    other = train_test_split(X, y, seed=3, stratify=y)
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
    assert [len(part) for part in one] == [15, 5, 15, 5]
    assert (one[0][:, 0] / 2 % 2 == one[2]).all()
    assert len(train_test_split(X, y, test_size=np.int64(7))[1]) == 7
    assert not (train_test_split(X, y, seed=4)[1] == one[1]).all()


@pytest.mark.parametrize("size", [0, 0.0, 4, 1.0, -1, 2.5, "1", None, float("nan")])
def test_an_empty_part_is_refused(size):
    with pytest.raises(SettingError, match="test_size"):
        train_test_split([1, 2, 3, 4], [1, 2, 3, 4], test_size=size)


def test_classes_of_one_sample_each_cannot_be_stratified():
    with pytest.raises(SettingError, match="leave stratify out"):
        train_test_split([1, 2, 3, 4], "abcd", stratify="abcd")


TABLES = arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(1, 3)),
    elements=st.floats(-1e6, 1e6),
)


@given(TABLES)
def test_standard_columns_have_mean_0_and_deviation_1_and_come_back(X):
    standard = Standardizer().fit(X)
    Z = standard.transform(X)
    np.testing.assert_allclose(Z.mean(axis=0), 0.0, atol=1e-6)
    for column in range(X.shape[1]):
        if np.ptp(X[:, column]) > 1e-3 * (1 + abs(X[:, column]).max()):
            assert Z[:, column].std() == pytest.approx(1.0, rel=1e-9)
        if np.ptp(X[:, column]) == 0.0:
            assert (Z[:, column] == 0.0).all()
    np.testing.assert_allclose(standard.inverse_transform(Z), X, rtol=1e-9, atol=1e-6)
    assert standard.transform(X[0]).tolist() == Z[0].tolist()


def test_a_constant_column_is_only_shifted_though_its_mean_is_rounded():
    standard = Standardizer().fit([[0.1]] * 6)
    assert standard.scale.tolist() == [1.0]
    assert standard.transform([[0.1], [1.1]]).tolist() == [[0.0], [1.0]]


def test_targets_are_a_single_column():
    standard = Standardizer().fit([1.0, 3.0])
    assert standard.transform([1.0, 5.0]).tolist() == [-1.0, 3.0]
    assert float(standard.inverse_transform(3.0)) == 5.0


def test_what_was_fitted_is_remembered_in_the_state():
    standard, other = Standardizer().fit([[1.0, 2.0], [3.0, 8.0]]), Standardizer()
    other.load_state_dict(standard.state_dict())
    assert other.transform([[2.0, 2.0]]).tolist() == [[0.0, -1.0]]


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"mean": [0.0]}, "the keys are mean and scale, not mean"),
        ({"mean": [0.0], "scale": [0.0]}, "scale must be > 0"),
        ({"mean": [0.0], "scale": [1.0, 1.0]}, "scale has the shape"),
        ({"mean": ["a"], "scale": [1.0]}, "mean holds no real numbers"),
    ],
)
def test_an_unfit_state_is_refused_and_changes_nothing(state, message):
    standard = Standardizer().fit([[1.0], [3.0]])
    with pytest.raises(StateError, match=message):
        standard.load_state_dict(state)
    assert standard.mean.tolist() == [2.0]


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([[1.0, 2.0], [3.0, np.nan]], DataError, "row 1, column 1 is nan"),
        ([1.0, -np.inf], DataError, "row 1 is -inf"),
        ([["a"], ["b"]], DataError, "convert them to numbers"),
        ([[1.0], [1.0, 2.0]], DataError, "not all numbers, or differ in length"),
        ([[1e200], [-1e200]], DataError, "too large"),
        ([], ShapeError, "one row or more"),
        (3.0, ShapeError, "one row or more"),
    ],
)
def test_columns_that_cannot_be_standardised_are_refused(X, error, message):
    with pytest.raises(error, match=message):
        Standardizer().fit(X)


def test_the_order_of_calls_and_the_number_of_columns_are_checked():
    with pytest.raises(DataError, match="call fit"):
        Standardizer().transform([[1.0]])
    with pytest.raises(ShapeError, match="fitted to 2 columns"):
        Standardizer().fit([[1.0, 2.0]]).transform([[1.0]])
