"""Neuron, Layer and MLP compute what matrix algebra says, from rows of any kind."""

import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dendrograd
from dendrograd import Value, toposort
from dendrograd.errors import OperandError, ShapeError
from dendrograd.nn import MLP, Layer, Neuron, SettingError

NUMPY = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
    "softplus": lambda z: np.logaddexp(z, 0.0),
    "silu": lambda z: z / (1.0 + np.exp(-z)),
    "linear": lambda z: z,
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "gelu": lambda z: z * np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in z]),
}
ROW = [0.5, -1.0, 2.0]


@pytest.mark.parametrize("name", NUMPY)
def test_an_mlp_is_matrix_products_and_activations(name):
    model = MLP(3, [4, 5, 2], activation=name, seed=3)
    for parameter in model.parameters():
        parameter.data += 0.1  # biases other than 0
    z = np.array(ROW)
    arrays = list(model.state_dict().values())
    for weight, bias in zip(arrays[:4:2], arrays[1:4:2], strict=True):
        z = NUMPY[name](weight @ z + bias)
    wanted = arrays[4] @ z + arrays[5]
    np.testing.assert_allclose([v.data for v in model(ROW)], wanted, rtol=1e-13)


def test_a_pre_activation_is_one_node():
    neuron = Neuron(100, activation="tanh", seed=0)
    out = neuron([0.01] * 100)
    assert out.op.name == "tanh"
    assert out.parents[0].op.name == "dot"
    assert len(toposort(out)) == 100 + 1 + 2
    assert out.parents[0].parents == (*neuron.weights, neuron.bias)


def test_an_activation_may_be_a_function_or_absent():
    linear = Neuron(3, activation=None, seed=0)
    cubed = Neuron(3, activation=lambda z: z * z * z, seed=0)
    assert cubed(ROW).data == pytest.approx(linear(ROW).data ** 3)
    assert Neuron(3, activation=dendrograd.sin, seed=0)(ROW).op.name == "sin"
    assert (
        repr(Neuron(3, activation=dendrograd.sin)) == "Neuron(3 -> 1 sin, 4 parameters)"
    )


def test_the_output_layer_is_linear_unless_told_otherwise():
    assert MLP(3, [2, 1], seed=0)(ROW).op.name == "dot"
    model = MLP(3, [2, 1], output_activation="sigmoid", seed=0)
    assert model(ROW).op.name == "sigmoid"
    assert repr(model) == "MLP(3 -> 2 relu -> 1 sigmoid, 11 parameters)"


@pytest.mark.parametrize(
    "row",
    [
        tuple(ROW),
        [Value(x) for x in ROW],
        np.array(ROW),
        np.array(ROW, dtype=np.float32),
        np.array(ROW, dtype=np.float16),
        np.array([Value(x) for x in ROW], dtype=object),
        [np.float64(x) for x in ROW],
        (x for x in ROW),
    ],
    ids=lambda row: f"{type(row).__name__} {getattr(row, 'dtype', '')}",
)
def test_rows_of_every_kind_give_the_same_output(row):
    model = MLP(3, [4, 1], seed=1)
    assert model(row).data == model(ROW).data


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "bool", ">f8"])
def test_integer_arrays_are_rows_of_floats(dtype):
    model = Layer(3, 2, seed=1)
    ones = model(np.ones(3, dtype=dtype))
    assert [v.data for v in ones] == [v.data for v in model([1.0, 1.0, 1.0])]


def test_gradients_flow_into_values_of_the_row():
    x = [Value(v) for v in ROW]
    model = MLP(3, [4, 1], seed=1)
    model(x).backward()
    step = 1e-6
    for i in range(3):
        up, down = list(ROW), list(ROW)
        up[i], down[i] = ROW[i] + step, ROW[i] - step
        slope = (model(up).data - model(down).data) / (2 * step)
        assert x[i].grad == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize(
    "batch", [[ROW, ROW], np.array([ROW, ROW]), (ROW, tuple(ROW)), [np.array(ROW)] * 2]
)
@pytest.mark.parametrize("part", [MLP(3, [2, 1]), Layer(3, 2), Neuron(3)])
def test_a_batch_gives_a_list_of_outputs(part, batch):
    outputs = part(batch)
    assert len(outputs) == 2
    single = part(ROW)
    for output in outputs:
        assert (
            np.array(output, dtype=float).tolist()
            == np.array(single, dtype=float).tolist()
        )


def test_one_input_may_be_a_bare_number_or_value():
    model = MLP(1, [1, 1, 2], seed=0)
    assert [v.data for v in model(0.5)] == [v.data for v in model([0.5])]
    assert [v.data for v in model(Value(2))] == [v.data for v in model(np.float32(2))]


@pytest.mark.parametrize("row", [[1.0, 2.0], [1.0] * 4, 3.0, [], np.zeros((2, 4))])
def test_a_row_of_another_length_names_the_layer_and_the_way_out(row):
    with pytest.raises(ShapeError, match=r"MLP\(3 -> 2 relu -> 1, 11 .* has 3 inputs"):
        MLP(3, [2, 1])(row)


def test_an_empty_row_is_not_told_to_build_what_cannot_be_built():
    with pytest.raises(ShapeError, match=r"got 0; pass rows of 3, at least one$"):
        MLP(3, [2, 1])([])


@pytest.mark.parametrize(
    "row", ["abc", None, {1: 2.0}, {1.0, 2.0}, b"abc", np.array(["a", "b", "c"])]
)
def test_what_is_no_row_is_an_operand_error(row):
    with pytest.raises(OperandError, match="Layer"):
        Layer(3, 2)(row)


def test_an_entry_that_is_no_number_is_an_operand_error():
    with pytest.raises(OperandError, match="dot"):
        Neuron(2)([1.0, "two"])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: MLP(2, []), "list the size of every layer"),
        (lambda: MLP(2, 3), "list the size of every layer"),
        (lambda: MLP(2, None), "list the size of every layer"),
        (lambda: MLP(2, 3.0), "list the size of every layer"),
        (lambda: MLP(0, [1]), "nin is 0"),
        (lambda: MLP(2, [1, 0]), "nout is 0|nin is 0"),
        (lambda: Layer(2.0, 1), "nin is 2.0"),
        (lambda: Layer(2, -1), "nout is -1"),
        (lambda: Neuron(True), "nin is True"),
        (lambda: Neuron(2, activation="tan"), "unknown activation 'tan'"),
        (lambda: Neuron(2, "tanh"), "activation='tanh'"),
        (lambda: Neuron(2, init="best"), "unknown scheme 'best'"),
        (lambda: Neuron(2, init=["uniform"]), "unknown scheme"),
    ],
)
def test_impossible_settings_are_refused(build, message):
    with pytest.raises(SettingError, match=message):
        build()


def test_micrograds_construction_works_unchanged():
    assert Neuron(2)([1.0, 1.0]).op.name == "relu"
    assert Neuron(2, nonlin=True, seed=0)([1.0, 1.0]).op.name == "relu"
    assert Neuron(2, False)([1.0, 1.0]).op.name == "dot"
    layer = Layer(2, 3, nonlin=False)
    assert [v.op.name for v in layer([1.0, 1.0])] == ["dot"] * 3
    assert [v.op.name for v in Layer(2, 3)([1.0, 1.0])] == ["relu"] * 3
    model = MLP(3, [4, 4, 1])
    assert len(model.parameters()) == 41
    n = model.layers[0].neurons[0]
    assert model.parameters()[:4] == [*n.w, n.b]
    assert isinstance(model([2.0, 3.0, -1.0]), Value)
    for relu in (MLP(3, [4, 1]), MLP(3, [4, 1], nonlin=True)):
        assert repr(relu) == "MLP(3 -> 4 relu -> 1, 21 parameters)"


def test_the_default_network_computes_what_micrograds_own_loops_compute():
    model, x = MLP(3, [5, 4, 2], seed=0), ROW
    for i, layer in enumerate(model.layers):
        nonlin = i != len(model.layers) - 1
        acts = [
            sum((wi * xi for wi, xi in zip(n.w, x, strict=True)), n.b)
            for n in layer.neurons
        ]
        x = [act.relu() if nonlin else act for act in acts]
    assert [y.data for y in model(ROW)] == pytest.approx([y.data for y in x], rel=1e-12)


def test_a_seed_gives_the_same_weights_in_another_process():
    code = (
        "from dendrograd.nn import MLP\n"
        "print([p.data.hex() for p in MLP(3, [4, 2], seed=5).parameters()])"
    )
    ours = str([p.data.hex() for p in MLP(3, [4, 2], seed=5).parameters()])
    for hash_seed in ("0", "1"):
        found = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.strip() == ours


def test_the_global_generators_are_neither_used_nor_moved():
    random.seed(0)
    state, numpy_state = random.getstate(), np.random.get_state()[1].tolist()
    one, other = MLP(2, [3]), MLP(2, [3])
    assert random.getstate() == state
    assert np.random.get_state()[1].tolist() == numpy_state
    assert [p.data for p in one.parameters()] != [p.data for p in other.parameters()]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(1, 4))
def test_the_number_of_parameters_is_that_of_the_formula(nouts, nin):
    sizes = [nin, *nouts]
    wanted = sum((a + 1) * b for a, b in zip(sizes, nouts, strict=False))
    model = MLP(nin, nouts, init="zeros")
    assert len(model.parameters()) == wanted
    assert repr(model).endswith(f", {wanted} parameters)")
