"""explain and draw say of a row what the net computed for it."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from dendrograd import Value
from dendrograd.errors import ShapeError
from dendrograd.nn import DataError, MLPClassifier, MLPRegressor, SettingError
from dendrograd.nn.estimators.answer import Answer

TWO = make_classification(40, 4, random_state=0)
NUMBERS = make_regression(40, 3, random_state=0)


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    return X, names[y]


@pytest.fixture(scope="module")
def flowers(iris):
    return fitted(MLPClassifier((6,), max_iter=60, learning_rate_init=0.02), *iris)


def fitted(model, *data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.set_params(random_state=0).fit(*data)


def test_of_several_classes_the_score_is_the_lead_over_the_next(flowers, iris):
    X, _ = iris
    for i in (0, 75, 149):
        logits = flowers.decision_function(X.iloc[[i]])[0]
        answer = flowers.explain(X.iloc[i])
        first, second = np.argsort(-logits)[:2]
        assert answer.score.data == pytest.approx(logits[first] - logits[second])
        ahead = f"class {flowers.classes_[first]}, ahead of class {flowers.classes_[second]}"
        assert answer.text == ahead


def test_another_class_is_explained_against_the_one_that_won(flowers, iris):
    answer = flowers.explain(iris[0].iloc[0], output="virginica")
    logits = flowers.decision_function(iris[0].iloc[:1])[0]
    assert answer.score.data == pytest.approx(logits[2] - max(logits[:2]))
    assert answer.score.data < 0.0
    assert answer.text == "class virginica, behind class setosa"
    with pytest.raises(
        SettingError, match=r"output is 'rose'; it must be one of .*setosa"
    ):
        flowers.explain(iris[0].iloc[0], output="rose")


def test_of_two_classes_the_score_is_the_logit_of_the_answer():
    model = fitted(MLPClassifier((4,), max_iter=20), *TWO)
    logits = model.decision_function(TWO[0])
    for i in (logits.argmin(), logits.argmax()):
        answer = model.explain(TWO[0][i])
        assert answer.score.data == pytest.approx(abs(logits[i]))
        assert answer.text == f"class {int(logits[i] > 0)}"


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_of_a_number_the_score_is_what_is_predicted(loss):
    X, y = NUMBERS
    model = fitted(MLPRegressor(loss, (4,), max_iter=5), X, abs(y) / 100.0)
    answer = model.explain(X[3])
    assert answer.score.data == pytest.approx(model.predict(X[3:4])[0], rel=1e-12)
    assert str(answer).startswith("answer (prediction ")


def test_one_of_several_outputs_or_labels_is_asked_for_by_its_number():
    X, y = make_regression(40, 3, n_targets=2, random_state=0)
    model = fitted(MLPRegressor(hidden_layer_sizes=(3,), max_iter=2), X, y)
    answer = model.explain(X[0], output=1)
    assert answer.score.data == pytest.approx(model.predict(X[:1])[0, 1], rel=1e-12)
    assert answer.text == "output 1"
    with pytest.raises(
        SettingError, match="output is None; it must be a number from 0 to 1"
    ):
        model.explain(X[0])
    labels = fitted(MLPClassifier((3,), max_iter=2), X, (y > 0).astype(int))
    score = labels.explain(X[0], output=0).score.data
    assert score == pytest.approx(labels.decision_function(X[:1])[0, 0], rel=1e-12)


def test_slopes_are_the_derivatives_and_effects_add_up_to_a_net_of_relu(flowers, iris):
    row = iris[0].iloc[75].to_numpy()

    def lead(x):
        logits = flowers.decision_function(pd.DataFrame([x], columns=iris[0].columns))[
            0
        ]
        return logits[1] - logits[2]

    answer = flowers.explain(row)
    assert list(answer.effects) == sorted(
        answer.effects, key=lambda name: -abs(answer.effects[name])
    )
    for i, name in enumerate(iris[0].columns):
        h = 1e-5 * np.eye(4)[i]
        slope = (lead(row + h) - lead(row - h)) / 2e-5
        assert answer.effects[name] == pytest.approx(row[i] * slope, rel=1e-6, abs=1e-8)
    ends = lead(row) - sum(answer.effects.values())  # of the straight piece, at 0
    assert f"whatever the columns are: {ends:.4g}" in str(answer)


def test_the_paths_shown_are_those_of_one_column(flowers, iris):
    row = iris[0].iloc[75]
    answer = flowers.explain(row)
    assert answer.explanation.leaf.label == next(iter(answer.effects))
    asked = flowers.explain(row, "petal width (cm)", k=2)
    assert asked.explanation.leaf.label == "petal width (cm)"
    assert len(asked.explanation.paths) == 2
    assert "d score / d petal width (cm) = " in str(asked)
    with pytest.raises(
        SettingError, match=r"feature is 'width'; it must be one of sepal"
    ):
        flowers.explain(row, "width")


def test_the_drawing_shows_the_columns_and_the_score(flowers, iris):
    drawing = flowers.draw(iris[0].iloc[75], fold=None, title="a flower")
    assert "sepal length (cm)" in drawing.svg
    assert "score" in drawing.svg


def test_a_row_may_come_as_a_list_an_array_or_a_table_of_one(flowers, iris):
    X = iris[0]
    wanted = flowers.explain(X.iloc[0]).score.data
    for row in (X.iloc[[0]], X.iloc[0].tolist(), X.to_numpy()[0], X.to_numpy()[:1]):
        assert flowers.explain(row).score.data == wanted
    by_name = dict(reversed(list(X.iloc[0].items())), more=1.0)
    assert flowers.explain(by_name).score.data == wanted
    del by_name["petal width (cm)"]
    with pytest.raises(DataError, match=r"the row has no petal width \(cm\)"):
        flowers.explain(by_name)
    with pytest.raises(ShapeError, match="2 rows of 4 columns; give one row of 4"):
        flowers.explain(X.to_numpy()[:2])
    with pytest.raises(ShapeError, match="1 rows of 2 columns"):
        flowers.explain([1.0, 2.0])
    with pytest.raises(NotFittedError):
        MLPClassifier().explain([1.0])


def test_columns_of_small_effect_are_counted_and_not_listed():
    columns = tuple(Value(1.0, label=f"x{i}") for i in range(9))
    total = sum((i + 1.0) * x for i, x in enumerate(columns))
    lines = str(Answer("sum", total, columns)).splitlines()
    assert lines[:2] == ["sum (score 45)", "  x8 = 1, where the slope is 9: 9"]
    assert lines[7] == "  and 3 columns of smaller effect"


def test_of_many_columns_an_error_lists_the_nearest_or_the_first():
    columns = tuple(Value(1.0, label=f"width {i}") for i in range(30))
    with pytest.raises(SettingError, match=r"one of width 17, .* and 27 more$"):
        Answer("sum", sum(columns), columns, "width17")
    with pytest.raises(SettingError, match=r"one of width 0, .* width 11 and 18 more$"):
        Answer("sum", sum(columns), columns, "?")


def test_the_module_computes_what_the_estimator_does(flowers, iris):
    model = flowers.to_module()
    row = iris[0].iloc[3]
    logits = [z.data for z in model(row.tolist())]
    assert logits == pytest.approx(
        flowers.decision_function(iris[0].iloc[[3]])[0].tolist()
    )
    assert (
        model.state_dict()["layers.0.weight"].T.tolist() == flowers.coefs_[0].tolist()
    )
