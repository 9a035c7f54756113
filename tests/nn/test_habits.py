"""What people write by habit is answered, or told by its name here."""

import importlib.util
import pickle

import numpy as np
import pytest

import dendrograd as dg
from dendrograd import nn
from dendrograd.errors import OperandError
from dendrograd.nn.habits import HABITS, OPTIM
from dendrograd.nn.methods import OF_MODELS

X, Y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1]


def test_a_network_in_the_words_of_pytorch_is_the_network_in_ours():
    from dendrograd.nn import Linear, ReLU, Sequential, Sigmoid, Tanh

    theirs = Sequential(
        Linear(2, 4, seed=0), ReLU(), Linear(4, 3, seed=1), Tanh(),
        Linear(3, 1, seed=2), Sigmoid(),
    )  # fmt: skip
    ours = Sequential(
        nn.Layer(2, 4, init="xavier_uniform", activation="relu", seed=0),
        nn.Layer(4, 3, activation="tanh", seed=1),
        nn.Layer(3, 1, activation="sigmoid", seed=2),
    )
    assert nn.predict(theirs, X).tolist() == nn.predict(ours, X).tolist()
    optimizer = nn.optim.Adam(theirs.parameters(), lr=0.1)
    history = nn.fit(theirs, X, Y, nn.BCELoss(), optimizer, epochs=30, seed=0)
    assert history[-1]["loss"] < history[0]["loss"]


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("MSELoss", nn.mse_loss),
        ("L1Loss", nn.l1_loss),
        ("BCELoss", nn.bce_loss),
        ("BCEWithLogitsLoss", nn.bce_with_logits_loss),
        ("SmoothL1Loss", nn.smooth_l1_loss),
        ("HuberLoss", nn.huber_loss),
    ],
)
def test_a_criterion_is_the_loss_and_takes_its_settings(name, ours):
    made = getattr(nn, name)
    assert made() is ours
    found = made(reduction="sum")([0.25, 0.5], [1.0, 0.0])
    assert found == ours([0.25, 0.5], [1.0, 0.0], reduction="sum")
    assert made([0.25, 0.5], [1.0, 0.0]) == ours([0.25, 0.5], [1.0, 0.0])


def test_a_linear_layer_takes_the_names_of_pytorch_and_has_a_bias():
    made = nn.Linear(in_features=2, out_features=3, seed=0)
    assert repr(made) == repr(nn.Layer(2, 3, activation=None))
    with pytest.raises(
        nn.SettingError, match=r"^Linear: bias is False; it must be True"
    ):
        nn.Linear(2, 3, bias=False)


@pytest.mark.parametrize("name", OF_MODELS)
def test_a_model_says_what_does_what_its_methods_do_elsewhere(name):
    model = nn.MLP(1, [1])
    wanted = f"'MLP' object has no attribute {name!r}; {OF_MODELS[name]}"
    with pytest.raises(AttributeError) as told:
        getattr(model, name)
    assert str(told.value) == wanted
    assert not hasattr(model, name)


def test_a_slip_in_the_name_of_a_part_is_told_as_python_tells_it():
    model = nn.MLP(1, [1])
    with pytest.raises(
        AttributeError, match=r"^'MLP' object has no attribute 'layer'$"
    ):
        _ = model.layer
    copy = pickle.loads(pickle.dumps(model))  # which asks for attributes of its own
    assert nn.predict(copy, [[1.0]]) == nn.predict(model, [[1.0]])


def test_the_module_optim_has_all_optimisers_and_schedules():
    from dendrograd.nn.optim import SGD, AdamW

    assert (nn.optim.Adam, nn.optim.RMSprop, AdamW) == (nn.Adam, nn.RMSprop, nn.AdamW)
    assert nn.SGD is SGD
    assert nn.optim.lr_scheduler.StepLR is nn.StepLR
    with pytest.raises(AttributeError, match="Did you mean: 'Optimizer'"):
        _ = nn.optim.Optimiser


@pytest.mark.parametrize("name", [n for n, x in HABITS.items() if isinstance(x, str)])
def test_what_has_another_name_here_is_told(name):
    with pytest.raises(AttributeError) as told:
        getattr(nn, name)
    assert str(told.value) == (
        f"module 'dendrograd.nn' has no attribute {name!r}; {HABITS[name]}"
    )
    assert not hasattr(nn, name)


def test_an_import_from_the_package_is_told_too_what_python_would_leave_out():
    with pytest.raises(ImportError) as told:
        from dendrograd.nn import StandardScaler  # noqa: F401
    assert str(told.value) == (
        "cannot import 'StandardScaler' from 'dendrograd.nn'; use Standardizer"
    )
    with pytest.raises(ImportError, match="Did you mean: 'Sequential'"):
        from dendrograd.nn import Sequentiel  # noqa: F401
    with pytest.raises(ImportError, match=r"'clip' from 'dendrograd'; use maximum"):
        from dendrograd import clip  # noqa: F401
    with pytest.raises(AttributeError):
        getattr(nn, "StandardScaler")  # noqa: B009
    assert importlib.util.find_spec("dendrograd.nn.StandardScaler") is None


def test_none_of_them_is_listed_or_takes_the_place_of_a_name():
    assert not set(HABITS) & (set(dir(nn)) | set(nn.__all__) | set(vars(nn)))
    assert not set(OPTIM) & set(vars(nn.optim))


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("max", r"use maximum, of many functools\.reduce\(maximum, xs\)"),
        ("min", "use minimum"),
        ("clip", r"use maximum\(low, minimum\(x, high\)\)"),
        ("clamp", r"use maximum\(low, minimum\(x, high\)\)"),
        ("manual_seed", "give seed="),
        ("tensor", "is a Value"),
    ],
)
def test_the_engine_tells_its_names_too(name, advice):
    with pytest.raises(AttributeError, match=f"'{name}'; .*{advice}"):
        getattr(dg, name)


@pytest.mark.parametrize("many", [[1.0, 2.0], (1.0,), np.array([1.0, 2.0])])
def test_a_function_of_one_number_says_how_it_goes_through_many(many):
    message = r"go element by element, as in \[f\(x\) for x in xs\]"
    with pytest.raises(OperandError, match=message):
        dg.exp(many)


def test_a_model_is_saved_in_either_order_and_loaded_at_once(tmp_path):
    model, other = nn.MLP(2, [3], seed=0), nn.MLP(2, [3], seed=1)
    one, two = tmp_path / "one", str(tmp_path / "two")
    nn.save(one, model, {"a": "b"})
    nn.save(model, two, {"a": "b"})
    assert one.read_bytes() == (tmp_path / "two").read_bytes()
    nn.save(model.state_dict(), two)
    other.load_state_dict(nn.load(two))
    assert nn.predict(other, X).tolist() == nn.predict(model, X).tolist()


@pytest.mark.parametrize(
    "arguments",
    [("file", [1.0]), ("file", "other"), ({}, {}), (nn.MLP(1, [1]), nn.MLP(1, [1]))],
    ids=["list", "two paths", "two dicts", "two models"],
)
def test_what_is_no_model_is_named_before_anything_is_written(
    arguments, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(nn.StateError, match="give a path, and a module, a fitted"):
        nn.save(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_metrics_go_by_name():
    model = nn.MLP(2, [1], seed=0)
    told = nn.evaluate(model, X, Y, nn.bce_with_logits_loss, metrics=["accuracy"])
    same = {"accuracy": nn.accuracy}
    assert told == nn.evaluate(model, X, Y, nn.bce_with_logits_loss, metrics=same)
    one = nn.evaluate(model, X, Y, nn.mse_loss, metrics="mse")
    assert one["mse"] == one["loss"]

    def rows(outputs, targets):
        assert all(type(output) is float for output in outputs)
        return len(targets)

    history = nn.fit(
        model, X, Y, nn.mse_loss, nn.SGD(model.parameters()),
        epochs=1, metrics=[rows, "mae"], test=(X, Y),
    )  # fmt: skip
    names = ["epoch", "loss", "rows", "mae", "test_loss", "test_rows", "test_mae"]
    assert list(history[0]) == names
    for wrong in (["acc"], [3], 3, "f1"):
        with pytest.raises(nn.SettingError, match="a list of accuracy, mae, mse"):
            nn.evaluate(model, X, Y, nn.mse_loss, metrics=wrong)
