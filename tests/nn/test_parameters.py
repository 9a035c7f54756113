"""A model is a function of its parameters, which are one array."""

import numpy as np
import pytest

import dendrograd as dg
from dendrograd import Value, nn
from dendrograd.errors import OperandError, ShapeError
from dendrograd.nn import MLP, functional_call, mse_loss

ROW = [0.5, -1.0]


def loss(p, x, t):
    return mse_loss(functional_call(MODEL, p, x), t)


MODEL = MLP(2, [3, 1], activation="tanh", seed=0)
OWN = nn.parameters_to_vector(MODEL.parameters())


def test_a_call_with_other_parameters_leaves_the_model_as_it_is():
    others = OWN + 1.0
    found = functional_call(MODEL, others.tolist(), [Value(x) for x in ROW])
    assert nn.parameters_to_vector(MODEL.parameters()).tolist() == OWN.tolist()
    twin = MLP(2, [3, 1], activation="tanh", seed=0)
    nn.vector_to_parameters(others, twin.parameters())
    assert float(found) == twin(ROW).data


def test_its_gradient_is_that_of_the_parameters():
    slopes = dg.grad(loss)(OWN, ROW, 0.25)
    mse_loss(MODEL(ROW), 0.25).backward()
    assert slopes.tolist() == [p.grad for p in MODEL.parameters()]


def test_some_parameters_go_by_their_names():
    name = "layers.1.neurons.0.bias"
    found = functional_call(MODEL, {name: Value(5.0)}, ROW)
    bias = dict(MODEL.named_parameters())[name]
    assert found.data == pytest.approx(MODEL(ROW).data - bias.data + 5.0)
    found.backward()
    assert dict(MODEL.named_parameters())[name] is bias


def test_it_runs_compiled_over_rows():
    X, t = np.array([ROW, [2.0, 1.0]]), np.array([0.5, 1.0])
    fast = dg.compile(loss, in_axes=(None, 0, 0), reduce="mean", exact=True)
    value, slopes = dg.value_and_grad(fast)(OWN, X, t)
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    error = mse_loss(model(X.tolist()), t.tolist())
    error.backward()
    assert value == error.data
    expected = [p.grad for p in model.parameters()]
    np.testing.assert_allclose(slopes, expected, rtol=1e-14)


def test_what_does_not_fit_is_told():
    with pytest.raises(ShapeError, match="functional_call: 2 numbers for the 13"):
        functional_call(MODEL, [1.0, 2.0], ROW)
    with pytest.raises(OperandError, match=r"'layers\.9' is no parameter of MLP"):
        functional_call(MODEL, {"layers.9": 1.0}, ROW)
    with pytest.raises(ShapeError, match=r"an array of the shape \(2,\) for 13"):
        nn.vector_to_parameters([1.0, 2.0], MODEL.parameters())
    with pytest.raises(OperandError, match="parameters_to_vector"):
        nn.parameters_to_vector([1.0])
