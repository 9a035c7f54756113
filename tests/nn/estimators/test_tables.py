"""What a table holds that a net cannot take is told by the names of its columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dendrograd.nn import DataError, MLPClassifier, MLPRegressor

DATES = pd.Series(pd.date_range("2024-01-31", periods=6))
TABLE = pd.DataFrame(
    {
        "height": [1.0, 2.0, np.nan, 4.0, 5.0, 6.0],
        "count": pd.array([1, None, 3, 4, 5, 6], dtype="Int64"),
        "city": ["Köln", "Rome", "Oslo", "Rome", None, "Oslo"],
        "plan": pd.Categorical(["a", "b", "a", "b", "a", "b"]),
        "since": DATES.dt.strftime("%Y-%m-%d"),
        "until": DATES.dt.strftime("%d/%m/%Y"),
        "size": [1, 2, 3, 4, 5, 6],
    }
)
Y = [0, 1, 0, 1, 0, 1]


def told(call, *given):
    with pytest.raises(DataError) as error:
        call(*given)
    return str(error.value).splitlines()


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_columns_with_words_gaps_and_dates_as_text_are_named_with_the_way_out(kind):
    first, *lines = told(kind().fit, TABLE, Y)
    assert first == f"{kind.__name__}: a net takes numbers, but X has"
    by_kind = dict(line.strip().split(": ") for line in lines)
    assert list(by_kind) == [
        "gaps in height, count",
        "words in city, plan",
        "dates as text in since, until",
    ]
    ways = ["SimpleImputer", "OneHotEncoder", "read_csv(parse_dates=[...])"]
    for way, line in zip(ways, by_kind.values(), strict=True):
        assert way in line


def test_a_prediction_and_an_explanation_name_columns_too():
    X = pd.DataFrame({"size": TABLE["size"], "mass": 2 * TABLE["size"]}, dtype=float)
    model = MLPClassifier((2,)).partial_fit(X, Y, classes=[0, 1])
    X.loc[2, "mass"] = np.nan
    for call in (model.predict, lambda X: model.explain(X.iloc[[2]])):
        assert told(call, X)[1].startswith("  gaps in mass: a SimpleImputer")


@pytest.mark.parametrize(
    "X",
    [
        DATES.to_frame("day"),
        DATES.dt.tz_localize("UTC").to_frame("day"),
        (DATES - DATES[0]).to_frame("day"),
    ],
)
def test_dates_and_durations_are_no_numbers_of_nanoseconds(X):
    assert told(MLPRegressor().fit, X, Y)[1].startswith("  dates in day: take a number")


def test_an_array_of_dates_is_told_too():
    (line,) = told(MLPRegressor().fit, DATES.to_numpy()[:, np.newaxis], Y)
    assert line.startswith("MLPRegressor: X holds dates; take a number of each")


def test_dates_of_python_and_columns_of_one_name_are_told_apart():
    days = [day.date() for day in DATES]
    X = pd.DataFrame({"day": days, "a": 1.0, "b": list("xyzxyz")})
    X.columns = pd.Index(["day", "same", "same"])
    wanted = ["dates in day", "words in same"]
    assert [
        line.strip().split(":")[0] for line in told(MLPRegressor().fit, X, Y)[1:]
    ] == wanted


def test_entries_under_a_mask_are_not_learnt_from():
    X = np.ma.masked_equal(np.arange(6.0).reshape(6, 1), 3.0)
    assert "hides entries under a mask" in told(MLPRegressor().fit, X, Y)[0]


@pytest.mark.parametrize(
    "y",
    [
        ["a", None, "a", "b", "a", "b"],
        pd.Series(["a", None, "a", "b", "a", "b"]),
        pd.Series(["a", None, "a", "b", "a", "b"], dtype="string"),
        pd.Series(["a", None, "a", "b", "a", "b"], dtype="category"),
        pd.Series([0, None, 0, 1, 0, 1], dtype="Int64"),
        np.array(["a", None, "a", "b", "a", "b"], dtype=object),
        [0.0, float("nan"), 0.0, 1.0, 0.0, 1.0],
    ],
)
def test_a_missing_target_is_told_by_its_row(y):
    wanted = "MLPClassifier: y has a gap in row 1; drop such rows, as by "
    wanted += "table.dropna(subset=[target])"
    assert told(MLPClassifier().fit, TABLE[["size"]], y) == [wanted]


def test_targets_of_the_other_kind_of_estimator_are_told():
    X = TABLE[["size"]]
    (line,) = told(MLPRegressor().fit, X, list("ababab"))
    assert line.startswith("MLPRegressor: y is not all numbers (could not convert")
    assert line.endswith("MLPClassifier predicts classes, whose names may be words")
    assert told(MLPRegressor().fit, X, DATES)[0].startswith(
        "MLPRegressor: y holds dates"
    )
    with pytest.raises(ValueError, match="expects discrete classes"):
        MLPClassifier().fit(X, np.linspace(0.1, 0.9, 6))


def test_counts_below_0_are_told_where_the_loss_is_of_counts():
    X = TABLE[["size"]]
    (line,) = told(MLPRegressor("poisson").fit, X, [3, 2, 0, -1, 2, 1])
    assert line.startswith(
        "MLPRegressor: y has the number -1, and loss='poisson' is of"
    )


def test_of_many_columns_the_first_are_named():
    X = pd.DataFrame({f"c{i}": ["word"] * 6 for i in range(9)})
    assert (
        "  words in c0, c1, c2, c3, c4, c5 and 3 more: "
        in told(MLPRegressor().fit, X, Y)[1]
    )


def test_other_mistakes_are_told_as_scikit_learn_tells_them():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        MLPRegressor().fit(TABLE[["size"]], [1.0])
    with pytest.raises(ValueError, match="could not convert string to float"):
        MLPRegressor().fit([["a"], ["b"]], [1.0, 2.0])
