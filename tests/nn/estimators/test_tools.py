"""The tools of scikit-learn and pandas take the estimators as their own."""

from __future__ import annotations

import subprocess
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import DecisionBoundaryDisplay, permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import dendrograd as dg
from dendrograd.nn import MLPClassifier, MLPRegressor

FLOWERS = load_iris(return_X_y=True, as_frame=True)


def pipeline(**settings):
    settings = {
        "max_iter": 200,
        "learning_rate_init": 0.05,
        "random_state": 0,
        **settings,
    }
    return make_pipeline(StandardScaler(), MLPClassifier((5,), tol=0.01, **settings))


def test_a_pipeline_is_fitted_scored_and_validated():
    assert pipeline().fit(*FLOWERS).score(*FLOWERS) > 0.95
    assert cross_val_score(pipeline(), *FLOWERS, cv=3).mean() > 0.9


def test_names_of_columns_are_kept_and_compared():
    X, y = FLOWERS
    model = pipeline().set_output(transform="pandas").fit(X, y)[-1]
    assert model.feature_names_in_.tolist() == list(X.columns)
    scaled = pd.DataFrame(StandardScaler().fit_transform(X), columns=X.columns)
    predicted = pd.Series(model.predict(scaled), index=X.index)
    assert predicted.dtype == y.dtype
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(scaled[scaled.columns[::-1]])


def test_the_importance_of_columns_is_measured():
    X, y = FLOWERS
    model = pipeline().fit(X, y)
    found = permutation_importance(model, X, y, n_repeats=2, random_state=0)
    assert np.argmax(found.importances_mean) in (2, 3)  # of the petal


def test_the_boundary_is_drawn():
    X, y = make_classification(60, 2, n_redundant=0, random_state=0)
    model = pipeline().fit(X, y)
    display = DecisionBoundaryDisplay.from_estimator(model, X, grid_resolution=8)
    assert display.response.shape == (8, 8)


def test_joblib_writes_and_reads_it(tmp_path):
    model = pipeline().fit(*FLOWERS)
    joblib.dump(model, tmp_path / "model")
    assert (
        joblib.load(tmp_path / "model").predict(FLOWERS[0]) == model.predict(FLOWERS[0])
    ).all()


def test_without_scikit_learn_the_names_are_there_and_say_how_to_get_it():
    code = """
import sys
sys.modules["sklearn"] = None
import dendrograd.nn as nn
from dendrograd.nn import *
assert {"MLPClassifier", "MLPRegressor"} <= set(dir(nn))
for kind in (nn.MLPClassifier, MLPRegressor):
    try:
        kind((5,), max_iter=3)
    except ImportError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    wanted = "needs scikit-learn 1.6 or newer, which is not installed; in a clone, "
    wanted += "pip install '.[sklearn]'"
    assert done.stdout == f"MLPClassifier {wanted}\nMLPRegressor {wanted}\n", (
        done.stderr
    )


@pytest.mark.heavy(
    "check_estimator, searches in processes and statsmodels take seconds"
)
class TestOnce:
    @pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
    def test_check_estimator_finds_no_failure_and_skips_what_it_skips_for_its_own(
        self, kind
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = check_estimator(kind(max_iter=20), on_skip=None, on_fail=None)
        failed = {
            f["check_name"]: f["exception"] for f in found if f["status"] == "failed"
        }
        skipped = {f["check_name"] for f in found if f["status"] == "skipped"}
        assert failed == {}
        assert skipped <= {
            "check_array_api_input"
        }  # unless the environment asks for it
        assert len(found) > 50

    def test_a_search_runs_in_two_processes(self):
        grid = {"mlpclassifier__activation": [lambda x: x * dg.sigmoid(x), "tanh"]}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            search = GridSearchCV(pipeline(), grid, cv=3, n_jobs=2).fit(*FLOWERS)
        assert min(search.cv_results_["mean_test_score"]) > 0.9

    def test_a_net_without_hidden_layers_is_the_logistic_regression_of_statsmodels(
        self,
    ):
        from statsmodels.api import Logit, add_constant

        rng = np.random.default_rng(0)
        X = rng.normal(size=(120, 2))
        y = (X @ [1.0, -0.5] + rng.logistic(size=120) > 0.3).astype(int)
        wanted = Logit(y, add_constant(X)).fit(disp=0)
        model = MLPClassifier((), alpha=0.0, solver="sgd", learning_rate_init=0.5)
        model.set_params(
            batch_size=120,
            tol=1e-12,
            n_iter_no_change=100,
            max_iter=5000,
            random_state=0,
        )
        model.fit(X, y)
        slopes, constant = model.coefs_[0][:, 0], model.intercepts_[0][0]
        fitted = [float(constant), *slopes.tolist()]
        np.testing.assert_allclose(fitted, wanted.params, rtol=1e-5)

        def loss(p):
            logits = [dg.dot(p[1:], row, p[0]) for row in X.tolist()]
            return dg.sum(
                [
                    dg.softplus(z) - t * z
                    for z, t in zip(logits, y.tolist(), strict=True)
                ]
            )

        variances = np.diag(np.linalg.inv(np.array(dg.hessian(loss)(fitted))))
        np.testing.assert_allclose(np.sqrt(variances), wanted.bse, rtol=1e-5)
