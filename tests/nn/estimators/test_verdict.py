"""A fit that has learnt nothing says so, and which scales keep it from learning."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import expit, xlogy
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from dendrograd.nn import MLPClassifier, MLPRegressor
from dendrograd.nn.estimators.losses import LOG_LOSS, LOGISTIC, OF_NUMBERS, written
from dendrograd.nn.estimators.rows import Rows
from dendrograd.nn.estimators.verdict import constant_loss

X, KINDS = load_iris(return_X_y=True)
rng = np.random.default_rng(0)
WEIGHTS = rng.uniform(0.5, 2.0, 150)


def told(model, X, y, *weights):
    """Return the warnings of a fit."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y, *weights)
    assert all(w.category is ConvergenceWarning for w in caught)
    assert all(w.filename == __file__ for w in caught)
    return [str(w.message) for w in caught]


def test_columns_of_very_different_scales_are_told_where_nothing_was_learnt():
    wide = X * [1.0, 1e4, 1.0, 1.0]
    model = MLPClassifier((5,), n_iter_no_change=1, random_state=0)
    (line,) = told(model, wide, KINDS)
    assert line.startswith("MLPClassifier: no better than a constant answer (loss ")
    assert (
        f"of the best constant {np.log(3.0):.4g}): columns of X have standard" in line
    )
    assert line.endswith("from 0.76 to 4.3e+03, so put a StandardScaler in front")
    model.set_params(n_iter_no_change=10, tol=0.01, learning_rate_init=0.05)
    assert told(model, scale(X), KINDS) == []


def test_a_target_far_from_0_is_told_beside_a_fit_that_is_still_learning():
    y = 1e3 + 77.0 * scale(X[:, 0])
    model = MLPRegressor(hidden_layer_sizes=(5,), max_iter=3, random_state=0)
    (line,) = told(model, scale(X), y)
    assert line.startswith(
        "MLPRegressor: still learning after max_iter=3 epochs; raise "
    )
    assert "tol. It is no better than a constant answer (loss" in line
    assert "y has mean 1e+03 and standard deviation 77, so put the estimator" in line
    assert line.endswith("transformer=StandardScaler()")


def test_a_net_of_good_scales_that_does_not_learn_is_told_to_try_something_else():
    model = MLPRegressor(hidden_layer_sizes=(5,), learning_rate_init=1e-9, tol=0.1)
    model.set_params(n_iter_no_change=2, random_state=1)
    for table in (scale(X), csr_array(scale(X))):
        (line,) = told(model, table, scale(X[:, 0]))
        assert line.endswith("a smaller tol, or solver='lbfgs'")


def test_one_class_one_number_and_a_loss_of_ones_own_are_not_judged():
    model = MLPClassifier((3,), tol=1.0, n_iter_no_change=1, random_state=0)
    assert told(model, 100.0 * X, np.ones(150)) == []
    model = MLPRegressor(hidden_layer_sizes=(), tol=1e-6, solver="lbfgs")
    assert told(model, scale(X), np.zeros(150)) == []
    model = MLPRegressor(lambda z, t: (z - t) ** 2, (), tol=1e9, n_iter_no_change=1)
    assert told(model, scale(X), X[:, 0]) == []


LOSSES = {  # and the outputs of a constant answer
    "classes": (LOG_LOSS, np.eye(3)[KINDS], lambda p: np.log(p)),
    "two classes": (LOGISTIC, np.eye(3)[KINDS][:, :1], lambda p: np.log(p / (1 - p))),
    "counts": (OF_NUMBERS["poisson"], rng.poisson(2.0, (150, 2)) * 1.0, np.log),
    "numbers": (OF_NUMBERS["squared_error"], rng.normal(size=(150, 2)), lambda y: y),
}


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("kind", LOSSES)
def test_no_other_constant_is_better_than_the_one_that_is_compared_with(kind, weights):
    loss, y, link = LOSSES[kind]
    least = constant_loss(loss, Rows(X, y, weights))
    best = link(np.average(y, axis=0, weights=weights))
    share = 0.5 if kind == "numbers" else 1.0  # the mean of two outputs is told
    for move in (0.0, *rng.normal(scale=0.1, size=(20, len(best)))):
        losses, _ = loss.rows(np.tile(best + move, (150, 1)), y)
        found = share * np.average(losses, weights=weights)
        assert found >= least - 1e-12
        assert found == pytest.approx(least) or np.any(move)


def test_the_constant_loss_is_that_of_the_textbooks():
    shares = np.bincount(KINDS[:90], minlength=3) / 90.0
    rows = Rows(X[:90], np.eye(3)[KINDS[:90]])
    assert constant_loss(LOG_LOSS, rows) == pytest.approx(-xlogy(shares, shares).sum())
    assert constant_loss(written(lambda z, t: z, expit), rows) is None
    zeros = Rows(X, np.zeros((150, 1)))
    for loss in (LOGISTIC, *OF_NUMBERS.values()):
        assert constant_loss(loss, zeros) == pytest.approx(0.0, abs=1e-12)
