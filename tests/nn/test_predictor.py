"""Numbers come out of a model, and one file holds all that using it takes."""

import json
import random
import subprocess
import sys

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from crafted_models import CHANGES, HARMLESS, crafted, judged, mutated, whole
from stand_ins import Frame

import dendrograd as dg
from dendrograd.errors import ShapeError
from dendrograd.nn import (
    MLP,
    DataError,
    Dropout,
    Elementwise,
    Layer,
    Module,
    Neuron,
    Predictor,
    Sequential,
    Standardizer,
    StateError,
    cross_entropy,
    predict,
    save,
)

ROWS = [[0.5, -1.0], [2.0, 3.0], [-4.0, 0.25]]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "model.safetensors"


def swish(x):
    return x * x.sigmoid()


def my_loss(outputs, targets):
    raise AssertionError("a loss is never run by a file")


class Own(Module):
    def __init__(self):
        self.net = MLP(2, [3], seed=0)

    def forward(self, row):
        return self.net(row)


@pytest.mark.parametrize(("outputs", "shape"), [([1], (3,)), ([4, 3], (3, 3))])
def test_predictions_are_an_array_of_the_floats_of_the_model(outputs, shape):
    model = MLP(2, outputs, seed=0)
    found = predict(model, ROWS)
    assert (type(found), found.dtype, found.shape) == (np.ndarray, np.float64, shape)
    rows = model(ROWS)
    plain = [[y.data for y in r] if isinstance(r, list) else r.data for r in rows]
    assert found.tolist() == plain
    assert predict(model, np.array(ROWS)).tolist() == found.tolist()
    assert predict(model, Frame({"a": [0.5], "b": [-1.0]})).tolist() == plain[:1]


def test_predictions_are_made_in_eval_mode_and_leave_the_mode_and_no_graph():
    model = Sequential(Dropout(0.9, seed=0), Layer(2, 1, activation=None, seed=0))
    assert len({tuple(predict(model, ROWS)) for _ in range(5)}) == 1
    assert model.training
    assert model.parts[0].training
    assert {p.grad for p in model.parameters()} == {0.0}


def test_no_rows_give_no_predictions_and_others_are_named():
    model = MLP(1, [1], seed=0)
    assert predict(model, []).shape == (0,)
    assert predict(model, [1.0, 2.0]).shape == (2,)
    with pytest.raises(ShapeError, match="is one number; give a list of rows"):
        predict(model, 3.0)
    with pytest.raises(DataError, match="predict: X: row 1 is nan"):
        predict(model, [0.0, float("nan")])
    with pytest.raises(
        ShapeError, match=r"list of 2 numbers, .*; for one row .* \[row\]"
    ):
        predict(MLP(2, [1], seed=0), [1.0, 2.0])
    with pytest.raises(ShapeError, match=r"^MLP.*a row has 2 inputs, but got 1"):
        predict(MLP(2, [1], seed=0), [[1.0]])


def test_without_numpy_the_package_says_how_to_get_it():
    code = "import sys; sys.modules['numpy'] = None; import dendrograd.nn"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ran.stderr.endswith(
        "MissingToolError: dendrograd.nn needs numpy, which is not installed; "
        "pip install numpy\n"
    )


def test_a_data_frame_of_predictions_holds_numbers():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"p": predict(MLP(2, [1], seed=0), ROWS)})
    assert frame["p"].dtype == float
    assert "Value" not in frame.to_csv()


def test_fit_transform_is_transform_after_fit():
    expected = Standardizer().fit(ROWS).transform(ROWS)
    assert Standardizer().fit_transform(ROWS).tolist() == expected.tolist()


MODELS = {
    "mlp": lambda: MLP(2, [5, 4, 3], activation="tanh", seed=1),
    "mlp of one layer": lambda: MLP(2, [3], seed=1),
    "sigmoid at the end": lambda: MLP(2, [4, 3], output_activation="sigmoid", seed=1),
    "operation": lambda: MLP(2, [4, 3], activation=dg.sin, seed=1),
    "same by function": lambda: MLP(2, [4, 3], activation=dg.gelu, seed=1),
    "layer": lambda: Layer(2, 3, activation="silu", seed=1),
    "neuron": lambda: Neuron(2, activation="softplus", seed=1),
    "sequential": lambda: Sequential(
        Layer(2, 4, activation=None, seed=1),
        Elementwise("relu"),
        Sequential(Dropout(0.5), MLP(4, [3], seed=2)),
    ),
}


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_comes_back_from_its_file_alone_with_the_same_bits(file, kind):
    model = MODELS[kind]()
    Predictor(model).save(file)
    again = Predictor.load(file)
    assert repr(again.model) == repr(model)
    assert type(again.model) is type(model)
    assert again.predict(ROWS).tolist() == predict(model, ROWS).tolist()


def test_scales_columns_and_classes_come_back_too(file):
    scale = Standardizer().fit([[1.0, 100.0], [3.0, 500.0]])
    model = MLP(2, [4, 3], activation="tanh", seed=0)
    first = Predictor(
        model, scale=scale, columns=["width", "mass"],
        classes=np.array(["a", "b", "c"]), loss=cross_entropy,
    )  # fmt: skip
    first.save(file)
    found = Predictor.load(file)
    raw = [[2.0, 300.0], [0.5, 120.0]]
    assert found.outputs(raw).tolist() == first.outputs(raw).tolist()
    expected = predict(model, scale.transform(raw))
    assert found.outputs(raw).tolist() == expected.tolist()
    names = ["abc"[i] for i in expected.argmax(axis=1)]
    assert found.predict(raw).tolist() == names
    assert (found.columns, found.classes) == (["width", "mass"], ["a", "b", "c"])
    assert found.loss == "dendrograd.nn.entropy:cross_entropy"
    frame = Frame({"mass": [300.0, 120.0], "width": [2.0, 0.5], "more": [0, 0]})
    assert found.predict(frame).tolist() == names
    with pytest.raises(DataError, match="no column mass; the model takes width, mass"):
        found.predict(Frame({"width": [1.0]}))
    with pytest.raises(DataError, match="Predictor: column mass: row 1 is nan"):
        found.predict(Frame({"width": [1.0, 2.0], "mass": [1.0, float("nan")]}))


def test_a_score_above_0_is_the_second_of_two_classes():
    predictor = Predictor(MLP(1, [1], seed=0), classes=[False, True])
    rows = [[-2.0], [3.0]]
    expected = [score > 0.0 for score in predictor.outputs(rows)]
    assert predictor.predict(rows).tolist() == expected
    assert predictor.predict([]).tolist() == []
    mixed = Predictor(MLP(1, [1], seed=0), classes=["no", 1]).predict(rows)
    assert set(mixed.tolist()) <= {"no", 1}
    with pytest.raises(ShapeError, match="3 classes, but the model has 1 outputs"):
        Predictor(MLP(1, [1], seed=0), classes="abc").predict(rows)


@pytest.mark.parametrize("targets", [[10.0, 30.0], [[10.0], [30.0]]])
def test_a_regression_answers_in_the_units_of_its_targets(targets, file):
    model, scale = MLP(2, [1], seed=0), Standardizer().fit(targets)
    Predictor(model, target_scale=scale).save(file)
    found = Predictor.load(file).predict(ROWS)
    assert found.tolist() == (predict(model, ROWS) * 10.0 + 20.0).tolist()


def test_scales_of_another_width_are_named():
    wide = Standardizer().fit([[1.0, 2.0, 3.0], [2.0, 3.0, 5.0]])
    for outputs in ([1], [2]):
        predictor = Predictor(MLP(2, outputs, seed=0), target_scale=wide)
        with pytest.raises(ShapeError, match="fitted to 3 columns"):
            predictor.predict(ROWS)


def test_another_library_opens_the_file(file):
    model = MLP(2, [3, 1], seed=0)
    Predictor(model, scale=Standardizer().fit(ROWS), classes=["n", "y"]).save(file)
    arrays = safetensors.numpy.load_file(file)
    state = model.state_dict()
    assert arrays.keys() == {*state, "scale.mean", "scale.scale"}
    assert all(arrays[key].tolist() == array.tolist() for key, array in state.items())
    with safetensors.safe_open(file, framework="numpy") as opened:
        about = json.loads(opened.metadata()["dendrograd"])
    assert about == {
        "format": 1,
        "model": {
            "type": "MLP", "nin": 2, "nouts": [3, 1],
            "activation": "relu", "output_activation": None,
        },
        "columns": None, "classes": ["n", "y"], "loss": None,
    }  # fmt: skip


def test_a_fresh_process_loads_a_model_that_predicts_and_imports_nothing(file):
    model = MLP(2, [3, 2], activation=swish, seed=0)
    Predictor(model, classes=["no", "yes"], loss=my_loss).save(file)
    code = (
        "import sys\n"
        "from dendrograd.nn import Predictor, StateError\n"
        "file = sys.argv[1]\n"
        "try:\n"
        "    Predictor.load(file)\n"
        "except StateError as error:\n"
        "    assert \"{'test_predictor:swish': ...}\" in str(error), error\n"
        "functions = {'test_predictor:swish': lambda x: x * x.sigmoid()}\n"
        "found = Predictor.load(file, functions=functions)\n"
        "assert found.loss == 'test_predictor:my_loss'\n"
        "assert 'test_predictor' not in sys.modules\n"
        f"print(found.predict({ROWS}).tolist(), found.outputs({ROWS}).tolist())\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    scores = predict(model, ROWS)
    names = [["no", "yes"][i] for i in scores.argmax(axis=1)]
    assert ran.stderr == ""
    assert ran.stdout == f"{names} {scores.tolist()}\n"


def test_a_model_of_ones_own_class_is_given_at_loading(file):
    model = Own()
    Predictor(model, classes=["a", "b", "c"]).save(file)
    with pytest.raises(StateError, match=r"class test_predictor:Own, .* as model="):
        Predictor.load(file)
    other = Own()
    other.net.parameters()[0].data = 9.0
    found = Predictor.load(file, model=other)
    assert found.model is other
    assert found.outputs(ROWS).tolist() == predict(model, ROWS).tolist()


def test_what_a_file_could_not_give_again_is_refused_before_it_is_written(file):
    def changed(model, part):
        model.layers[0].neurons[0] = part
        return model

    odd = changed(MLP(2, [3, 1], seed=0), Neuron(2, activation="tanh", seed=0))
    with pytest.raises(StateError, match="different activations"):
        Predictor(odd).save(file)
    longer = MLP(2, [3, 1], seed=0)
    longer.extra = dg.Value(0.0)
    with pytest.raises(StateError, match="was changed after it was made"):
        Predictor(longer).save(file)
    with pytest.raises(StateError, match="cannot be found by a name"):
        Predictor(MLP(2, [3, 1], activation=lambda x: x)).save(file)
    with pytest.raises(StateError, match="cannot be found by a name"):
        Predictor(MLP(2, [1]), loss=lambda outputs, targets: 0.0)
    taken = Own()
    taken.scale = dg.Value(0.0)
    with pytest.raises(StateError, match="'scale' is kept for scales"):
        Predictor(taken).save(file)
    with pytest.raises(DataError, match="class None is a NoneType"):
        Predictor(MLP(2, [1]), classes=[None, "a"])
    with pytest.raises(StateError, match="at most 1,048,576 characters"):
        Predictor(MLP(2, [1]), columns=["x" * 10**6, "y" * 10**5]).save(file)
    assert not file.exists()


def test_a_file_of_weights_alone_says_what_to_do(file):
    save(file, MLP(2, [1], seed=0))
    with pytest.raises(StateError, match=r"holds no model .* load_state_dict"):
        Predictor.load(file)


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_was_crafted_is_refused_or_harmless(file, name, monkeypatch):
    monkeypatch.setitem(sys.modules, "trap", None)  # an import of it would raise
    crafted(name, file)
    if name in HARMLESS:
        predictor = Predictor.load(file)
        with pytest.raises((TypeError, ValueError)):
            predictor.predict([["a", "b"]])
    else:
        assert judged(file) == "refused"


def test_mutated_files_are_refused_or_predict(file):
    rng = random.Random(0)
    contents = [whole(file), whole(file, parts=True)]
    outcomes = set()
    for _ in range(150):
        file.write_bytes(mutated(rng.choice(contents), rng))
        outcomes.add(judged(file))
    assert outcomes == {"refused", "loaded"}
