"""The estimators learn what scikit-learn's nets learn, and keep to its rules."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import sklearn.neural_network as sk
from scipy.sparse import csc_array, csr_matrix
from scipy.special import expit
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from dendrograd.errors import NonFiniteError
from dendrograd.nn import DataError, MLPClassifier, MLPRegressor, SettingError
from dendrograd.nn.estimators.objective import LayeredObjective

TWO = make_classification(90, 5, random_state=0)
THREE = make_classification(90, 5, n_classes=3, n_informative=3, random_state=0)
LABELS = (THREE[0], np.column_stack([THREE[1] == 0, THREE[1] > 1]).astype(int))
NUMBERS = make_regression(80, 4, noise=1.0, random_state=0)
SEVERAL = make_regression(80, 4, n_targets=2, random_state=0)
COUNTS = (NUMBERS[0], np.random.default_rng(0).poisson(3.0, 80))
KINDS = {  # ours, scikit-learn's, data, settings of both
    "two classes": (MLPClassifier, sk.MLPClassifier, TWO, {}),
    "three classes": (MLPClassifier, sk.MLPClassifier, THREE, {"batch_size": 32}),
    "labels": (MLPClassifier, sk.MLPClassifier, LABELS, {"batch_size": 20}),
    "numbers": (MLPRegressor, sk.MLPRegressor, NUMBERS, {"activation": "tanh"}),
    "rows of numbers": (MLPRegressor, sk.MLPRegressor, SEVERAL, {"alpha": 0.5}),
    "counts": (MLPRegressor, sk.MLPRegressor, COUNTS, {"loss": "poisson"}),
}
SETTINGS = {
    "adam": {},
    "betas": {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3, "shuffle": False},
    "momentum": {"solver": "sgd", "activation": "logistic"},
    "plain sgd": {"solver": "sgd", "nesterovs_momentum": False, "momentum": 0.5},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.2},
    "adaptive": {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "n_iter_no_change": 2,
        "tol": 0.05,
        "learning_rate_init": 0.2,
    },
    "no hidden layer": {"hidden_layer_sizes": ()},
    "three layers": {"hidden_layer_sizes": [6, 5, 4], "activation": "identity"},
    "stops": {"learning_rate_init": 0.3, "tol": 0.1, "n_iter_no_change": 3},
}


def quiet(model, *data, **options):
    """Fit, though it may not be done."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*data, **options)


def both(ours, theirs, **settings):
    settings = {
        "hidden_layer_sizes": (6,),
        "max_iter": 12,
        "early_stopping": False,
        "random_state": 3,
        **settings,
    }
    return ours(**settings), theirs(**settings)


def assert_same_net(ours, theirs):
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_allclose(ours.loss_, theirs.loss_, rtol=1e-9)
    for a, b in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_net_and_the_answers_of_scikit_learn(kind):
    ours, theirs, data, settings = KINDS[kind]
    if not settings.keys() <= theirs().get_params().keys():
        pytest.skip("scikit-learn's net has no loss for counts before 1.7")
    ours, theirs = both(ours, theirs, **settings)
    quiet(ours, *data)
    quiet(theirs, *data)
    assert_same_net(ours, theirs)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(
        ours.predict(data[0]), theirs.predict(data[0]), rtol=1e-9
    )
    assert ours.score(*data) == pytest.approx(theirs.score(*data), rel=1e-12)
    assert ours.out_activation_ == theirs.out_activation_
    if hasattr(theirs, "predict_proba"):
        for method in ("predict_proba", "predict_log_proba"):
            found = getattr(ours, method)(data[0])
            wanted = getattr(theirs, method)(data[0])
            np.testing.assert_allclose(found, wanted, rtol=1e-9)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_means_what_it_means_in_scikit_learn(name):
    ours, theirs = both(MLPClassifier, sk.MLPClassifier, **SETTINGS[name])
    assert_same_net(quiet(ours, *TWO), quiet(theirs, *TWO))
    assert ours.loss_curve_ == pytest.approx(theirs.loss_curve_, rel=1e-9)
    assert ours.best_loss_ == pytest.approx(theirs.best_loss_, rel=1e-9)


LBFGS = {
    "two classes": {"max_iter": 6},
    "three classes": {"max_iter": 6, "hidden_layer_sizes": (3, 3)},
    "numbers": {"max_iter": 6, "max_fun": 4},
    "counts": {"max_iter": 4},
}


@pytest.mark.parametrize("kind", LBFGS)
def test_lbfgs_takes_the_steps_of_scikit_learn(kind):
    ours, theirs, data, settings = KINDS[kind]
    if not settings.keys() <= theirs().get_params().keys():
        pytest.skip("scikit-learn's net has no loss for counts before 1.7")
    settings = {**settings, **LBFGS[kind], "solver": "lbfgs"}
    ours, theirs = both(ours, theirs, **settings)
    assert_same_net(quiet(ours, *data), quiet(theirs, *data))
    assert len(ours.loss_curve_) == ours.n_iter_
    assert ours.loss_curve_[-1] == ours.loss_ == ours.best_loss_


def test_lbfgs_goes_on_to_the_minimum_and_says_where_it_does_not(capsys):
    X, y = SEVERAL
    model = MLPRegressor("squared_error", (), solver="lbfgs", alpha=0.0, random_state=0)
    model.set_params(tol=1e-7, verbose=True).fit(X, y)  # and warns of nothing
    wanted, *_ = np.linalg.lstsq(np.column_stack([X, np.ones(80)]), y, rcond=None)
    np.testing.assert_allclose(model.coefs_[0], wanted[:4], rtol=1e-5)
    assert model.loss_ == pytest.approx(0.5 * ((model.predict(X) - y) ** 2).mean())
    assert capsys.readouterr().out.startswith("MLPRegressor: epoch 1: loss ")
    assert model.set_params(warm_start=True).fit(X, y).n_iter_ <= 1
    with pytest.warns(ConvergenceWarning, match="raise max_iter, max_fun, or tol"):
        MLPClassifier((3,), solver="lbfgs", max_iter=2).fit(*TWO)


def test_lbfgs_that_gets_stuck_says_so(monkeypatch):
    def uphill(self, *rows):
        value, gradient = value_and_grad(self, *rows)
        return value, -gradient

    value_and_grad = LayeredObjective.value_and_grad
    monkeypatch.setattr(LayeredObjective, "value_and_grad", uphill)
    model = MLPClassifier((3,), solver="lbfgs", random_state=0)
    stuck, useless = "no lower loss along its line", "no better than a constant"
    with pytest.warns(match=useless), pytest.warns(match=stuck) as told:
        model.fit(*TWO)
    assert told[0].filename == told[1].filename == __file__


def test_lbfgs_needs_all_rows_and_keeps_none_of_them_out():
    model = MLPClassifier((3,), solver="lbfgs", max_iter=3, random_state=0)
    wanted = quiet(clone(model), *TWO).parameters_
    quiet(model.set_params(early_stopping=True), *TWO)
    np.testing.assert_array_equal(model.parameters_, wanted)
    assert model.validation_scores_ is model.best_validation_score_ is None
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError, match="no attribute 'partial_fit'") as told:
        model.partial_fit(*TWO, classes=[0, 1])
    assert "'lbfgs', which learns from all rows at once" in str(told.value.__cause__)


def test_the_defaults_are_those_of_scikit_learn_but_for_early_stopping():
    for ours, theirs in (
        (MLPClassifier(), sk.MLPClassifier()),
        (MLPRegressor(), sk.MLPRegressor()),
    ):
        own, wanted = ours.get_params(), theirs.get_params()
        assert own.pop("early_stopping") == "auto"
        assert wanted.pop("early_stopping") is False
        assert {name: own[name] for name in wanted} == wanted
        assert own.keys() - wanted.keys() <= {"class_weight", "loss", "metric"}


def test_weights_mean_what_they_mean_in_scikit_learn():
    weights = np.random.default_rng(0).uniform(0.5, 2.0, 90)
    ours, theirs = both(MLPClassifier, sk.MLPClassifier)
    try:
        quiet(theirs, *TWO, sample_weight=weights)
    except TypeError:
        pytest.skip("scikit-learn's net takes no weights before 1.7")
    assert_same_net(quiet(ours, *TWO, sample_weight=weights), theirs)


def test_early_stopping_keeps_the_net_that_scikit_learn_keeps():
    settings = {
        "early_stopping": True,
        "n_iter_no_change": 4,
        "learning_rate_init": 0.05,
    }
    ours, theirs = both(MLPClassifier, sk.MLPClassifier, **settings, max_iter=40)
    assert_same_net(quiet(ours, *TWO), quiet(theirs, *TWO))
    assert ours.validation_scores_ == pytest.approx(theirs.validation_scores_)
    assert ours.best_validation_score_ == max(ours.validation_scores_)
    assert ours.best_loss_ is None


@pytest.mark.parametrize("kind", ["two classes", "numbers"])
def test_partial_fit_takes_the_steps_of_scikit_learn(kind):
    ours, theirs, (X, y), settings = KINDS[kind]
    ours, theirs = both(ours, theirs, **settings)
    first = {"classes": [0, 1]} if kind == "two classes" else {}
    for part in (slice(0, 30), slice(30, 60), slice(60, 80)):
        ours.partial_fit(X[part], y[part], **first)
        theirs.partial_fit(X[part], y[part], **first)
        first = {}
    assert_same_net(ours, theirs)
    assert len(ours.loss_curve_) == 3


def test_a_warm_start_goes_on_where_the_last_fit_ended():
    ours, theirs = both(MLPClassifier, sk.MLPClassifier, warm_start=True)
    for _ in range(2):
        quiet(ours, *TWO)
        quiet(theirs, *TWO)
    assert_same_net(ours, theirs)
    assert len(ours.loss_curve_) == 24
    with pytest.raises(SettingError, match=r"layers are \[5, 7, 1\].*warm_start=False"):
        ours.set_params(hidden_layer_sizes=(7,)).fit(*TWO)


def test_a_warm_start_that_is_judged_otherwise_begins_a_record_of_its_own():
    model = MLPClassifier((4,), warm_start=True, early_stopping=True, random_state=0)
    quiet(model.set_params(max_iter=5), *TWO)
    quiet(model.set_params(early_stopping=False, max_iter=20), *TWO)
    assert model.n_iter_ == 20  # losses are not compared with the scores of before
    assert model.validation_scores_ is model.best_validation_score_ is None
    assert len(model.loss_curve_) == 25
    quiet(model.set_params(early_stopping=True), *TWO)
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.best_loss_ is None


def test_a_warm_start_after_the_loss_has_settled_is_as_patient_as_the_first_fit():
    settings = {"tol": 1.0, "n_iter_no_change": 3, "warm_start": True}
    model = quiet(MLPClassifier((4,), **settings, random_state=0), *TWO)
    assert quiet(model, *TWO).n_iter_ == 4


@pytest.mark.parametrize(("rows", "stops"), [(999, False), (1000, True)])
def test_early_stopping_is_on_from_1000_rows_in_fit_and_never_in_partial_fit(
    rows, stops
):
    X = np.random.default_rng(0).normal(size=(rows, 2))
    y = (X[:, 0] > 0).astype(int)
    model = quiet(MLPClassifier((3,), max_iter=2, random_state=0), X, y)
    assert (model.validation_scores_ is not None) == stops
    model = MLPClassifier((3,), random_state=0).partial_fit(X, y, classes=[0, 1])
    assert model.validation_scores_ is None
    assert model.t_ == rows


def test_the_parameters_of_the_best_epoch_are_kept():
    seen = []
    settings = {"early_stopping": True, "learning_rate_init": 0.5, "max_iter": 15}
    model = MLPRegressor(hidden_layer_sizes=(5,), random_state=0, **settings)
    judged = model._judged

    def noted(rows):
        score, merit = judged(rows)
        seen.append((score, model.parameters_.copy()))
        return score, merit

    model._judged = noted
    quiet(model, *NUMBERS)
    best, parameters = max(seen, key=lambda pair: pair[0])
    assert best == model.best_validation_score_ > seen[-1][0]
    np.testing.assert_array_equal(model.parameters_, parameters)


def test_by_itself_a_classifier_keeps_what_had_the_lowest_loss_on_rows_kept_out():
    X = np.random.default_rng(0).normal(size=(1000, 2))
    y = (X[:, 0] * X[:, 1] > 0.2).astype(int)
    model = MLPClassifier((6,), learning_rate_init=0.1, max_iter=30, random_state=0)
    losses, judged = [], model._judged

    def noted(rows):
        p = expit(model._objective().outputs(model.parameters_, rows.X)[:, 0])
        right = np.where(rows.y[:, 0] == 1.0, p, 1.0 - p)
        losses.append((-np.log(right).mean(), model.parameters_.copy()))
        return judged(rows)

    model._judged = noted
    quiet(model, X, y)
    least = min(range(len(losses)), key=lambda i: losses[i][0])
    assert least < len(losses) - 1
    np.testing.assert_array_equal(model.parameters_, losses[least][1])
    assert model.best_validation_score_ == model.validation_scores_[least]


def test_a_warm_start_never_falls_behind_the_best_of_before():
    settings = {"early_stopping": True, "learning_rate_init": 0.5, "warm_start": True}
    model = MLPRegressor(
        hidden_layer_sizes=(5,), random_state=0, max_iter=15, **settings
    )
    best = quiet(model, *NUMBERS).best_validation_score_
    kept = model.parameters_.copy()
    quiet(model.set_params(learning_rate_init=50.0, max_iter=1), *NUMBERS)
    assert model.best_validation_score_ == best
    np.testing.assert_array_equal(model.parameters_, kept)


def test_a_row_of_weight_2_counts_as_two_rows_and_one_of_weight_0_as_none():
    X, y = TWO
    weights = np.arange(90) % 3.0
    model = MLPClassifier((4,), batch_size=200, max_iter=10, random_state=0)
    weighted = quiet(clone(model), X, y, sample_weight=weights)
    places = np.repeat(np.arange(90), weights.astype(int))
    repeated = quiet(clone(model), X[places], y[places])
    np.testing.assert_allclose(weighted.parameters_, repeated.parameters_, rtol=1e-9)


def test_rows_of_weight_0_are_not_there_in_batches_either():
    X, y = TWO
    used = np.arange(90) % 3 > 0
    model = MLPClassifier((4,), batch_size=16, max_iter=5, random_state=0)
    weighted = quiet(clone(model), X, y, sample_weight=used.astype(float))
    wanted = quiet(clone(model), X[used], y[used])
    np.testing.assert_allclose(weighted.parameters_, wanted.parameters_, rtol=1e-9)


def test_a_row_of_negative_weight_takes_its_part_of_the_loss_away():
    X, y = TWO
    model = MLPClassifier((4,), batch_size=200, max_iter=10, random_state=0)
    doubled, negative = np.arange(20), np.r_[np.ones(90), -np.ones(20)]
    less = quiet(
        clone(model), np.r_[X, X[doubled]], np.r_[y, y[doubled]], sample_weight=negative
    )
    wanted = quiet(clone(model), X[20:], y[20:])
    np.testing.assert_allclose(less.parameters_, wanted.parameters_, rtol=1e-9)


def test_weights_of_classes_and_rows_are_multiplied():
    X, y = TWO
    weights = np.linspace(0.5, 2.0, 90)
    model = MLPClassifier((4,), max_iter=5, random_state=0)
    wanted = quiet(
        clone(model), X, y, sample_weight=weights * np.where(y == 0, 5.0, 1.0)
    )
    model.set_params(class_weight={0: 5.0})
    np.testing.assert_allclose(
        quiet(model, X, y, sample_weight=weights).parameters_,
        wanted.parameters_,
        rtol=1e-12,
    )


@pytest.mark.parametrize("kind", [{0: 5.0, 1: 1.0}, "balanced"])
def test_a_class_weight_is_a_weight_of_each_row_of_the_class(kind):
    X, y = TWO
    weights = np.where(y == 0, 5.0, 1.0)
    if kind == "balanced":
        weights = (len(y) / (2.0 * np.bincount(y)))[y]
    model = MLPClassifier((4,), max_iter=5, random_state=0)
    ours = quiet(clone(model).set_params(class_weight=kind), X, y)
    wanted = quiet(clone(model), X, y, sample_weight=weights)
    np.testing.assert_allclose(ours.parameters_, wanted.parameters_, rtol=1e-12)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (-np.ones(90), "sum to -90, and must sum to more than 0; raise batch_size"),
        (np.zeros(90), "nothing to learn"),
        (np.ones((90, 2)), "one number for each row"),
        (np.ones(3), "inconsistent numbers of samples"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights, said):
    with pytest.raises(ValueError, match=said):
        MLPClassifier().fit(*TWO, sample_weight=weights)


@pytest.mark.parametrize("kind", [csr_matrix, csc_array, np.ndarray.tolist])
def test_sparse_matrices_and_lists_are_the_arrays_that_they_stand_for(kind):
    X, y = TWO[0] * (TWO[0] > 0), TWO[1]
    model = MLPClassifier((4,), max_iter=5, random_state=0)
    wanted, found = quiet(clone(model), X, y), quiet(clone(model), kind(X), y.tolist())
    np.testing.assert_allclose(found.parameters_, wanted.parameters_, rtol=1e-9)
    np.testing.assert_allclose(found.predict_proba(kind(X)), wanted.predict_proba(X))


def test_classes_may_be_words_and_a_decision_is_by_the_largest_logit():
    X, y = THREE
    words = np.array(["ant", "bee", "cow"], dtype=object)[y]
    model = quiet(MLPClassifier((5,), max_iter=5, random_state=0), X, words)
    numbers = quiet(MLPClassifier((5,), max_iter=5, random_state=0), X, y)
    assert model.classes_.tolist() == ["ant", "bee", "cow"]
    logits = model.decision_function(X)
    assert (model.predict(X) == model.classes_[logits.argmax(axis=1)]).all()
    assert (numbers.decision_function(X) == logits).all()
    two = quiet(MLPClassifier((5,), max_iter=5, random_state=0), *TWO)
    assert (two.predict(TWO[0]) == (two.decision_function(TWO[0]) > 0)).all()


def test_the_0s_and_1s_of_classes_are_taken_for_several_labels_and_told():
    X, y = THREE
    model = MLPClassifier((3,), solver="lbfgs", tol=0.01, random_state=0)
    with pytest.warns(UserWarning, match=r"one 1 in each row, .*y\.argmax") as told:
        model.fit(X, np.eye(3)[y])
    assert told[0].filename == __file__
    assert model.predict(X).shape == (90, 3)


def test_a_single_class_is_always_right():
    model = quiet(MLPClassifier((3,), max_iter=2), [[0.0], [1.0]], ["yes", "yes"])
    assert model.predict([[5.0]]).tolist() == ["yes"]
    assert model.predict_proba([[5.0]]).tolist() == [[1.0]]


def test_rare_classes_are_split_as_they_come():
    X, y = np.arange(12.0)[:, np.newaxis], [0] * 11 + [1]
    model = MLPClassifier(
        (2,), early_stopping=True, validation_fraction=0.25, max_iter=2
    )
    assert len(quiet(model, X, y).validation_scores_) == 2
    with pytest.raises(
        DataError, match=r"of 12 rows, validation_fraction=0\.05 keeps out 1"
    ):
        model.set_params(validation_fraction=0.05).fit(X, y)


def test_classes_of_a_later_batch_must_be_known_from_the_first():
    model = MLPClassifier((2,))
    with pytest.raises(SettingError, match=r"first partial_fit needs classes="):
        model.partial_fit([[1.0]], [1])
    model.partial_fit([[1.0]], [1], classes=[0, 1])
    with pytest.raises(DataError, match=r"has the classes \[2\]"):
        model.partial_fit([[1.0]], [2])
    with pytest.raises(ValueError, match="but the first call had"):
        model.partial_fit([[1.0]], [1], classes=[0, 1, 2])
    with pytest.raises(SettingError, match="'balanced' counts all rows"):
        model.set_params(class_weight="balanced").partial_fit([[1.0]], [1])


WRONG = {
    "activation": "sine",
    "alpha": -1,
    "batch_size": 0,
    "beta_1": 1.0,
    "early_stopping": "yes",
    "epsilon": 0.0,
    "hidden_layer_sizes": (5, 0),
    "learning_rate": "fast",
    "learning_rate_init": 0.0,
    "loss": "squares",
    "max_iter": 0,
    "metric": "f1",
    "momentum": 1.5,
    "n_iter_no_change": 0,
    "shuffle": 1,
    "max_fun": 0,
    "solver": "newton",
    "tol": -1e-3,
    "validation_fraction": "10%",
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_setting_out_of_its_range_is_refused_by_name_when_fitting(kind, name):
    model = kind(**{name: WRONG[name]})
    with pytest.raises(
        SettingError, match=f"^{kind.__name__}: {name} is .*; it must be"
    ):
        model.fit(*TWO)


def test_copies_and_pickles_answer_alike_and_a_clone_is_not_fitted():
    model = quiet(MLPClassifier((4,), max_iter=5, random_state=0), *TWO)
    copy = pickle.loads(pickle.dumps(model))
    assert (copy.predict_proba(TWO[0]) == model.predict_proba(TWO[0])).all()
    copy.partial_fit(*TWO)  # its matrices are still views of the parameters
    assert copy.coefs_[0][0, 0] == copy.parameters_[0] != model.parameters_[0]
    with pytest.raises(NotFittedError):
        clone(model).predict(TWO[0])
    assert not hasattr(clone(model), "coefs_")


def test_weights_that_are_put_in_place_are_what_the_net_predicts_with():
    ours, theirs = both(MLPClassifier, sk.MLPClassifier, max_iter=1)
    quiet(ours, *TWO)
    quiet(theirs, *TWO)
    ours.coefs_ = theirs.coefs_ = [2.0 * w for w in ours.coefs_]
    ours.intercepts_ = theirs.intercepts_ = [b + 1.0 for b in ours.intercepts_]
    found, wanted = ours.predict_proba(TWO[0]), theirs.predict_proba(TWO[0])
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert ours.explain(TWO[0][0]).score.data == pytest.approx(
        abs(ours.decision_function(TWO[0][:1])[0])
    )
    with pytest.raises(ValueError, match="shorter than"):
        ours.coefs_ = ours.coefs_[:1]
    with pytest.raises(ValueError, match="could not broadcast"):
        ours.intercepts_ = [[1.0, 2.0], [0.0]]


def test_an_end_before_the_loss_settles_is_warned_of():
    with pytest.warns(
        ConvergenceWarning, match="still learning after max_iter=3"
    ) as told:
        MLPClassifier((3,), max_iter=3, random_state=0).fit(*TWO)
    assert told[0].filename == __file__


def test_a_loss_that_overflows_is_told_with_the_way_out():
    model = MLPRegressor(hidden_layer_sizes=(3,), solver="sgd", learning_rate_init=1e5)
    with pytest.raises(
        NonFiniteError, match=r"epoch \d+: the loss is .*StandardScaler"
    ):
        model.fit(NUMBERS[0] * 1e6, NUMBERS[1])


def test_a_last_step_that_overflows_is_told_too():
    model = MLPRegressor(hidden_layer_sizes=(3,), solver="sgd", max_iter=1)
    with pytest.raises(
        NonFiniteError, match="epoch 1: a step made parameters inf or nan"
    ):
        model.set_params(learning_rate_init=1e308).fit(*NUMBERS)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_ctrl_c_leaves_a_model_that_predicts(monkeypatch, solver):
    calls = []
    value_and_grad = LayeredObjective.value_and_grad

    def interrupted(*args):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return value_and_grad(*args)

    monkeypatch.setattr(LayeredObjective, "value_and_grad", interrupted)
    model = MLPClassifier((3,), solver=solver, random_state=0)
    with pytest.warns(UserWarning, match=r"interrupted in epoch \d") as told:
        model.fit(*TWO)
    assert told[0].filename == __file__
    assert 0 < len(model.loss_curve_) == model.n_iter_ <= 4
    assert model.predict(TWO[0]).shape == (90,)


def test_verbose_tells_each_epoch_and_why_it_stops(capsys):
    settings = {"early_stopping": True, "n_iter_no_change": 2, "tol": 1.0}
    quiet(MLPClassifier((3,), random_state=0, verbose=True, **settings), *TWO)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("MLPClassifier: epoch 1: loss 0.")
    assert "validation score 0." in lines[0]
    assert lines[-1] == "MLPClassifier: stops: no better by 1 for 2 epochs"
    model = MLPClassifier((3,), solver="sgd", learning_rate="adaptive", verbose=True)
    quiet(model.set_params(random_state=0, tol=1.0, n_iter_no_change=1), *TWO)
    assert "MLPClassifier: learning rate is now 0.0002" in capsys.readouterr().out
