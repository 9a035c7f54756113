"""A fitted estimator in one file: loaded elsewhere, it predicts what it predicted."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

from dendrograd import nn
from dendrograd.nn import DataError, MLPClassifier, MLPRegressor, Predictor

X, KINDS = make_classification(
    60, 4, n_classes=3, n_informative=3, n_redundant=0, random_state=0
)
Y = make_regression(60, 4, random_state=1)[1]
SEVERAL = make_regression(60, 4, n_targets=2, random_state=0)[1]
NAMES = np.array(["ash", "birch", "cedar"])[KINDS]
NO_LOCALE = ["-X", "warn_default_encoding", "-W", "error::EncodingWarning"]
SETTINGS: dict[str, Any] = {"random_state": 0, "max_iter": 5}


def swish(x: Any) -> Any:
    return x * x.sigmoid()


def fitted(model: Any, X: Any, y: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


@pytest.mark.parametrize(
    "y", [NAMES, NAMES[KINDS > 0], KINDS, KINDS == 1, KINDS[KINDS == 1]],
    ids=["names", "two names", "numbers", "bools", "one class"],
)  # fmt: skip
def test_a_classifier_is_loaded_with_its_classes_and_probabilities(y, tmp_path):
    rows = X[-len(y) :]
    net = fitted(MLPClassifier((5,), **SETTINGS), rows, y)
    nn.save(tmp_path / "net", net)
    again = Predictor.load(tmp_path / "net")
    assert again.classes == net.classes_.tolist()
    assert again.predict(rows).tolist() == net.predict(rows).tolist()
    np.testing.assert_allclose(
        again.predict_proba(rows), net.predict_proba(rows), rtol=1e-10, atol=1e-15
    )
    assert again.predict([]).shape == (0,)
    assert again.predict_proba([]).shape == (0, len(net.classes_))
    assert again.loss == "log_loss"


@pytest.mark.parametrize(
    ("loss", "y"),
    [("squared_error", Y), ("squared_error", SEVERAL), ("poisson", abs(Y) / 100.0)],
    ids=["number", "numbers", "rates"],
)
@pytest.mark.parametrize("activation", ["relu", "logistic", "identity", "elu"])
def test_a_regressor_is_loaded_with_its_numbers(loss, y, activation, tmp_path):
    net = fitted(MLPRegressor(loss, (5,), activation, **SETTINGS), X, y)
    nn.save(net, tmp_path / "net")  # in the other order
    found = Predictor.load(tmp_path / "net").predict(X)
    np.testing.assert_allclose(found, net.predict(X), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "scaler",
    [{}, {"with_mean": False}, {"with_std": False}],
    ids=["both", "no mean", "no deviation"],
)
def test_a_pipeline_brings_its_scale_and_the_names_of_its_columns(scaler, tmp_path):
    table = pd.DataFrame(X * [1.0, 10.0, 100.0, 0.0] + 3.0, columns=list("abcd"))
    net = MLPClassifier((5,), **SETTINGS)
    model = make_pipeline(StandardScaler(**scaler), "passthrough", net)
    fitted(model.set_output(transform="pandas"), table, NAMES)
    Predictor(model).save(tmp_path / "net")
    again = Predictor.load(tmp_path / "net")
    assert again.columns == list("abcd")
    shuffled = table[["d", "b", "a", "c"]]
    assert again.predict(shuffled).tolist() == model.predict(table).tolist()
    np.testing.assert_allclose(
        again.predict_proba(shuffled), model.predict_proba(table), rtol=1e-10
    )


@pytest.mark.parametrize(
    "scaler",
    [MinMaxScaler((-1, 1)), MaxAbsScaler(), RobustScaler(with_centering=False)],
)
def test_other_scalers_that_shift_and_divide_are_saved_too(scaler, tmp_path):
    table = X * [1.0, 10.0, 100.0, 0.0] + 3.0
    model = make_pipeline(scaler, MLPRegressor(hidden_layer_sizes=(5,), **SETTINGS))
    nn.save(tmp_path / "net", fitted(model, table, Y))
    found = Predictor.load(tmp_path / "net").predict(table)
    np.testing.assert_allclose(found, model.predict(table), rtol=1e-10)


@pytest.mark.parametrize("y", [Y, SEVERAL], ids=["number", "numbers"])
@pytest.mark.parametrize("outside", [False, True])
def test_a_target_that_is_scaled_is_predicted_in_its_own_units(y, outside, tmp_path):
    net = MLPRegressor(hidden_layer_sizes=(5,), **SETTINGS)
    inner = net if outside else make_pipeline(StandardScaler(), net)
    model = TransformedTargetRegressor(inner, transformer=StandardScaler())
    model = make_pipeline(StandardScaler(), model) if outside else model
    table = pd.DataFrame(3.0 * X, columns=list("abcd"))
    nn.save(tmp_path / "net", fitted(model, table, y))
    again = Predictor.load(tmp_path / "net")
    np.testing.assert_allclose(again.predict(table), model.predict(table), rtol=1e-10)


def test_a_search_brings_the_best_of_its_models(tmp_path):
    net = make_pipeline(StandardScaler(), MLPClassifier((3,), **SETTINGS))
    search = GridSearchCV(net, {"mlpclassifier__alpha": [1e-4, 1.0]}, cv=2)
    nn.save(tmp_path / "net", fitted(search, X, NAMES))
    again = Predictor.load(tmp_path / "net")
    assert again.predict(X).tolist() == search.predict(X).tolist()


def test_a_fresh_process_predicts_without_scikit_learn(tmp_path):
    net = fitted(MLPClassifier((3,), swish, **SETTINGS), X, NAMES)
    nn.save(net, tmp_path / "net")
    code = (
        "import sys\n"
        "from dendrograd.nn import Predictor\n"
        "sys.modules['sklearn'] = None\n"
        "own = {'test_saving:swish': lambda x: x * x.sigmoid()}\n"
        "found = Predictor.load(sys.argv[1], functions=own)\n"
        f"print(found.predict({X[:9].tolist()}).tolist())\n"
    )
    ran = subprocess.run(
        [sys.executable, *NO_LOCALE, "-c", code, str(tmp_path / "net")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.stderr, ran.stdout) == ("", f"{net.predict(X[:9]).tolist()}\n")


def test_what_is_given_by_name_counts_more_than_what_the_estimator_brings():
    net = fitted(MLPClassifier((3,), **SETTINGS), X, KINDS)
    named = Predictor(net, classes=["ash", "birch", "cedar"], columns="abcd")
    expected = np.array(named.classes)[net.predict(X)].tolist()
    assert named.predict(X).tolist() == expected
    assert named.columns == list("abcd")


def test_what_one_file_cannot_hold_is_refused_with_the_way_out(tmp_path):
    file = tmp_path / "net"
    net = fitted(MLPClassifier((3,), **SETTINGS), X, KINDS)
    same = FunctionTransformer()
    with pytest.raises(DataError, match=r"stands FunctionTransformer; .* joblib.dump"):
        nn.save(file, fitted(make_pipeline(same, net), X, KINDS))
    two = fitted(make_pipeline(StandardScaler(), StandardScaler(), net), X, KINDS)
    with pytest.raises(DataError, match="StandardScaler and StandardScaler; one file"):
        nn.save(file, two)
    clipped = make_pipeline(MinMaxScaler(clip=True), net)
    with pytest.raises(DataError, match=r"stands MinMaxScaler; .*, without clip\)"):
        nn.save(file, fitted(clipped, X, KINDS))
    with pytest.raises(NotFittedError):
        nn.save(file, TransformedTargetRegressor(MLPRegressor()))
    with pytest.raises(DataError, match="LogisticRegression is neither"):
        Predictor(LogisticRegression())
    with pytest.raises(DataError, match="is a str; give a module, or a fitted"):
        Predictor("net")
    with pytest.raises(NotFittedError):
        nn.save(file, MLPRegressor())
    labels = fitted(
        MLPClassifier((3,), **SETTINGS), X, (KINDS[:, np.newaxis] > [0, 1]) * 1
    )
    with pytest.raises(DataError, match="has several labels"):
        nn.save(file, labels)
    with pytest.raises(nn.StateError, match="metadata of its own"):
        nn.save(file, net, {"target": "tree"})
    odd = fitted(MLPClassifier((3,), lambda x: x.tanh(), **SETTINGS), X, KINDS)
    with pytest.raises(nn.StateError, match="cannot be found by a name"):
        nn.save(file, odd)
    number = fitted(MLPRegressor(hidden_layer_sizes=(3,), **SETTINGS), X, Y)
    with pytest.raises(nn.SettingError, match="this model has no classes"):
        Predictor(number).predict_proba(X)
    assert not file.exists()
