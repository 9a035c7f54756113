"""Losses, activations and metrics that a person writes as plain scalar Python."""

from __future__ import annotations

import math
import pickle
import warnings

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import f1_score

import dendrograd as dg
from dendrograd import nn
from dendrograd.errors import NonFiniteError
from dendrograd.nn import MLPClassifier, MLPRegressor, SettingError

TWO = make_classification(40, 4, random_state=0)
THREE = make_classification(40, 5, n_classes=3, n_informative=3, random_state=0)
NUMBERS = make_regression(40, 3, random_state=0)
SEVERAL = make_regression(40, 3, n_targets=2, random_state=0)
LABELS = (THREE[0], np.column_stack([THREE[1] == 0, THREE[1] > 1]).astype(int))


def quiet(model, *data):
    """Fit, though it may not be done."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*data)


def cross_entropy(logits, one_hot):
    return dg.logsumexp(logits) - dg.dot(logits, one_hot)


def logistic(logit, target):
    return dg.softplus(-logit) if target == 1 else dg.softplus(logit)


def of_labels(logits, targets):
    return dg.sum([logistic(z, t) for z, t in zip(logits, targets, strict=True)])


def half_squares(prediction, target):
    pairs = zip(prediction, target, strict=True)
    return dg.sum([0.5 * (z - t) ** 2 for z, t in pairs])


def test_predict_records_a_written_activation_once():
    calls = []

    def counted(x):
        calls.append(x)
        return dg.tanh(x)

    model = quiet(MLPClassifier((3,), counted, max_iter=1, random_state=0), *TWO)
    recorded = len(calls)
    first = model.predict_proba(TWO[0])
    model.predict_proba(TWO[0])
    again = quiet(MLPClassifier((3,), counted, max_iter=1, random_state=0), *TWO)
    assert len(calls) == recorded
    np.testing.assert_array_equal(again.predict_proba(TWO[0]), first)


def half_square(prediction, target):
    return 0.5 * (prediction - target) ** 2


@pytest.mark.parametrize(
    ("kind", "loss", "data"),
    [
        (MLPClassifier, logistic, TWO),
        (MLPClassifier, nn.bce_with_logits_loss, TWO),
        (MLPClassifier, nn.cross_entropy, TWO),
        (MLPClassifier, nn.cross_entropy, THREE),
        (MLPClassifier, cross_entropy, THREE),
        (MLPClassifier, of_labels, LABELS),
        (MLPRegressor, half_square, NUMBERS),
        (MLPRegressor, half_squares, SEVERAL),
    ],
)
def test_the_usual_loss_written_as_a_formula_trains_the_same_net(kind, loss, data):
    settings = {"hidden_layer_sizes": (4,), "max_iter": 4, "random_state": 0}
    usual = quiet(kind(**settings), *data)
    ours = quiet(kind(**settings, loss=loss), *data)
    np.testing.assert_allclose(ours.parameters_, usual.parameters_, rtol=1e-9)
    np.testing.assert_allclose(ours.predict(data[0]), usual.predict(data[0]), rtol=1e-9)
    if kind is MLPClassifier:
        found, wanted = (model.predict_proba(data[0]) for model in (ours, usual))
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


@pytest.mark.parametrize(
    ("activation", "usual"),
    [
        (lambda x: max(0.0, x), "relu"),
        (lambda x: (dg.exp(x) - dg.exp(-x)) / (dg.exp(x) + dg.exp(-x)), "tanh"),
        (lambda x: x, "identity"),
    ],
)
def test_an_activation_written_as_a_formula_trains_the_same_net(activation, usual):
    settings = {"hidden_layer_sizes": (3, 2), "max_iter": 3, "random_state": 0}
    wanted = quiet(MLPClassifier(**settings, activation=usual), *TWO)
    ours = quiet(MLPClassifier(**settings, activation=activation), *TWO)
    np.testing.assert_allclose(ours.parameters_, wanted.parameters_, rtol=1e-9)
    assert ours.to_module()(TWO[0][0].tolist()).data == pytest.approx(
        ours.decision_function(TWO[0][:1])[0], rel=1e-12
    )


def test_a_loss_that_counts_one_side_more_learns_a_quantile():
    def pinball(prediction, target):
        error = target - prediction
        return 0.9 * error if error > 0.0 else -0.1 * error

    y = np.random.default_rng(0).uniform(size=50)
    settings = {"solver": "sgd", "learning_rate": "adaptive", "momentum": 0.0}
    model = MLPRegressor(pinball, (), **settings, learning_rate_init=0.3, alpha=0.0)
    model.set_params(random_state=0, max_iter=150)
    found = quiet(model, np.zeros((50, 1)), y).predict([[0.0]])
    assert np.mean(y < found) == pytest.approx(0.9, abs=0.02)


def margin(logit, target):
    return logit if target == 1 else -logit


def test_a_metric_is_the_score_and_decides_when_to_stop():
    settings = {"early_stopping": True, "n_iter_no_change": 2, "random_state": 0}
    model = MLPClassifier((3,), metric=margin, **settings, max_iter=6)
    quiet(model, *TWO)
    signs, logits = 2 * TWO[1] - 1, model.decision_function(TWO[0])
    assert model.score(*TWO) == pytest.approx(np.mean(signs * logits), rel=1e-12)
    weights = np.arange(40.0)
    assert model.score(*TWO, weights) == pytest.approx(
        np.average(signs * logits, weights=weights), rel=1e-12
    )
    assert len(model.validation_scores_) == model.n_iter_
    assert all(
        np.diff(model.validation_scores_) > 0
    )  # the margin grows with the epochs
    assert model.best_validation_score_ == model.validation_scores_[-1]


def test_a_metric_of_several_outputs_is_given_lists():
    model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, random_state=0)
    model.set_params(
        metric=lambda z, t: -max(abs(a - b) for a, b in zip(z, t, strict=True))
    )
    quiet(model, *SEVERAL)
    worst = abs(model.predict(SEVERAL[0]) - SEVERAL[1]).max(axis=1)
    assert model.score(*SEVERAL) == pytest.approx(-worst.mean(), rel=1e-12)


def swish(x):
    return x * dg.sigmoid(x)


def logcosh(prediction, target):
    if isinstance(prediction, list):
        return dg.sum([logcosh(*pair) for pair in zip(prediction, target, strict=True)])
    return dg.log(dg.cosh(prediction - target))


@pytest.mark.parametrize(
    ("kind", "loss", "data", "asked"),
    [
        (MLPClassifier, logistic, TWO, {}),
        (MLPClassifier, cross_entropy, THREE, {}),
        (MLPClassifier, of_labels, LABELS, {"output": 1}),
        (MLPRegressor, logcosh, NUMBERS, {}),
        (MLPRegressor, logcosh, SEVERAL, {"output": 1}),
    ],
)
def test_a_row_is_explained_and_drawn_whatever_formulas_the_net_has(
    kind, loss, data, asked
):
    X, y = data[0], np.clip(data[1], -2, 2)
    model = kind(hidden_layer_sizes=(3,), activation=swish, loss=loss, max_iter=3)
    model.set_params(metric=lambda z, t: -loss(z, t), random_state=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y, np.linspace(0.5, 2.0, len(X)))
    answer = model.explain(X[3], **asked)
    outputs = (model.decision_function if kind is MLPClassifier else model.predict)(
        X[3:4]
    )
    flat = sorted(np.ravel(outputs))
    wanted = flat[-1] - flat[-2] if data is THREE else np.ravel(outputs)[-1]
    if data is TWO:
        wanted = abs(wanted)
    assert answer.score.data == pytest.approx(wanted, rel=1e-12)
    assert "x0" in model.draw(X[3], **asked, fold=3).svg
    assert model.score(X, y) == pytest.approx(-row_losses(model, X, y).mean())


def row_losses(model, X, y):
    """Return the loss of each row from what the model says of it."""
    rows = (
        model.decision_function(X) if hasattr(model, "classes_") else model.predict(X)
    )
    several = rows.ndim > 1 and np.ndim(y) == 1
    targets = (np.eye(rows.shape[1])[y] if several else y).tolist()
    return np.array(
        [model.loss(*pair) for pair in zip(rows.tolist(), targets, strict=True)]
    )


def test_an_estimator_with_functions_of_a_module_is_pickled_with_them():
    model = MLPClassifier(
        (3,), loss=logistic, metric=margin, max_iter=2, random_state=0
    )
    copy = pickle.loads(pickle.dumps(quiet(model, *TWO)))
    assert copy.loss is logistic
    assert copy.score(*TWO) == model.score(*TWO)


@pytest.mark.parametrize("stops", ["auto", True])
def test_rows_kept_out_are_judged_by_the_loss_that_is_learnt(stops, monkeypatch):
    monkeypatch.setattr("dendrograd.nn.estimators.base.MANY", 40)

    def ninth_decile(prediction, target):  # whose best is not the best in R²
        error = target - prediction
        return 0.9 * error if error > 0.0 else -0.1 * error

    seen = []
    model = MLPRegressor(ninth_decile, (3,), early_stopping=stops, random_state=0)
    model.set_params(validation_fraction=0.5, learning_rate_init=0.1, max_iter=40)
    judged = model._judged

    def noted(rows):
        Z = model._objective().outputs(model.parameters_, rows.X)[:, 0]
        losses = map(ninth_decile, Z, rows.y[:, 0])
        seen.append((sum(losses), model.parameters_.copy()))
        return judged(rows)

    model._judged = noted
    X, y = NUMBERS[0], np.random.default_rng(0).exponential(size=40)
    quiet(model, X, y)
    least = min(range(len(seen)), key=lambda i: seen[i][0])
    assert 0 < least < len(seen) - 1
    np.testing.assert_array_equal(model.parameters_, seen[least][1])
    assert np.argmax(model.validation_scores_) != least


SCALE = 1.0


def scaled_class_loss(logits, one_hot):
    assert type(logits) is type(one_hot) is list
    return SCALE * (dg.logsumexp(logits) - logits[one_hot.index(1)])


def test_a_global_that_a_formula_reads_may_change_between_fits(monkeypatch):
    def found():
        model = MLPClassifier((3,), loss=scaled_class_loss, max_iter=2, random_state=0)
        return quiet(model.set_params(alpha=0.0, solver="sgd"), *THREE)

    first = found()
    monkeypatch.setitem(scaled_class_loss.__globals__, "SCALE", 2.0)
    second = found()
    assert second.loss_curve_[0] == pytest.approx(2.0 * first.loss_curve_[0], rel=1e-9)
    assert found().loss_curve_ == second.loss_curve_


def halves(prediction, target):
    return "half"


def hyperbola(prediction, target):
    return math.cosh(prediction - target)


@pytest.mark.parametrize(
    ("model", "said", "asked"),
    [
        (MLPRegressor(halves), "'half' is a str", "loss halves is given (prediction,"),
        (MLPRegressor(lambda z, t: None), "None is a None", "returns one number"),
        (MLPRegressor(hyperbola), "reads a number", "dg.log, not math.log"),
        (
            MLPRegressor(activation=math.tanh),
            "reads a number",
            "activation tanh is giv",
        ),
        (
            MLPRegressor(lambda z: z),
            "takes 1 positional",
            "(prediction, target) of one",
        ),
    ],
)
def test_an_error_of_a_formula_tells_what_is_asked_of_it(model, said, asked):
    with pytest.raises((TypeError, ValueError), match=said) as error:
        model.fit(*NUMBERS)
    assert asked in error.value.__notes__[-1]


def test_a_metric_of_all_rows_is_told_where_it_goes():
    model = quiet(MLPClassifier((3,), metric=f1_score, max_iter=1), *TWO)
    with pytest.raises(ValueError, match="y_true") as error:
        model.score(*TWO)
    assert "is given (prediction, target) of one row" in error.value.__notes__[-1]
    assert 'cross_val_score(..., scoring="f1")' in error.value.__notes__[-1]
    with pytest.raises(SettingError, match="metrics by name go with cross_val_score"):
        model.set_params(metric="f1").fit(*TWO)


@pytest.mark.parametrize("data", [NUMBERS, SEVERAL])
def test_a_loss_that_is_not_defined_at_a_row_is_told_with_what_it_was_given(data):
    first = data[1].ravel()[0]

    def pole(prediction, target):
        one = isinstance(prediction, (float, dg.Value))
        z, t = (prediction, target) if one else (prediction[0], target[0])
        return dg.exp(z) / (t - first)

    with pytest.raises(
        NonFiniteError, match=r"loss is inf where the prediction is"
    ) as e:
        MLPRegressor(pole, hidden_layer_sizes=(2,), random_state=0).fit(*data)
    assert f"{first}" in str(e.value)
