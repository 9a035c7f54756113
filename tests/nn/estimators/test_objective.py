"""The loss of a batch and its gradient are those of the scalar code, to 1e-12."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

import dendrograd as dg
from dendrograd import Value, compile, value_and_grad
from dendrograd.nn import (
    MLPClassifier,
    bce_with_logits_loss,
    cross_entropy,
    mse_loss,
)
from dendrograd.nn.estimators import net
from dendrograd.nn.estimators.elementwise import NAMES, elementwise, scalar_form
from dendrograd.nn.estimators.losses import LOG_LOSS, LOGISTIC, OF_NUMBERS, written
from dendrograd.nn.estimators.net import count
from dendrograd.nn.estimators.objective import LayeredObjective

rng = np.random.default_rng(0)
X = rng.normal(size=(7, 3))
WEIGHTS = rng.uniform(0.1, 2.0, 7)
BITS = (rng.random((7, 3)) > 0.5).astype(float)


def _cross_entropy(z, t):
    return cross_entropy([z], [t])


LOSSES = {  # with targets, and a scalar loss of nn that is another implementation
    "log_loss": (LOG_LOSS.rows, np.eye(4)[[0, 1, 2, 3, 0, 1, 3]], _cross_entropy),
    "logistic": (LOGISTIC.rows, BITS[:, :1], bce_with_logits_loss),
    "labels": (LOGISTIC.rows, BITS, lambda z, t: 3.0 * bce_with_logits_loss(z, t)),
    "squares": (
        OF_NUMBERS["squared_error"].rows,
        rng.normal(size=(7, 2)),
        lambda z, t: 0.5 * mse_loss(z, t, reduction="sum"),
    ),
}


def parameters(sizes: list[int], size: float = 1.0) -> NDArray[np.float64]:
    return size * np.random.default_rng(1).normal(size=count(sizes))


def by_values(flat, sizes, activation, loss, y, weights, alpha):
    """Return value and gradient of the batch, from one backward() over the scalars."""
    model = net.module(flat, sizes, scalar_form(activation))
    outputs = model(X)
    one = y.shape[1] == 1
    losses = [
        w * loss(*([z], [t[0]]) if one else (z, list(t)))
        for w, z, t in zip(weights, outputs, y, strict=True)
    ]
    squares = [
        p * p for layer in model.layers for n in layer.neurons for p in n.weights
    ]
    total = (dg.sum(losses) + 0.5 * alpha * dg.sum(squares)) / weights.sum()
    total.backward()
    parts = net.Matrices([], [])
    for layer in model.layers:
        parts.weights.append(
            np.array([[p.grad for p in n.weights] for n in layer.neurons]).T
        )
        parts.biases.append(np.array([n.bias.grad for n in layer.neurons]))
    return total.data, np.concatenate([a.ravel() for a in parts.weights + parts.biases])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", NAMES)
def test_value_and_gradient_are_those_of_backward_over_the_scalars(activation, loss):
    rows, y, scalar = LOSSES[loss]
    sizes = [3, 4, 3, y.shape[1]]
    flat = parameters(sizes)
    objective = LayeredObjective(sizes, elementwise(activation), rows, alpha=0.3)
    value, gradient = objective.value_and_grad(flat, X, y, WEIGHTS)
    wanted, slopes = by_values(flat, sizes, activation, scalar, y, WEIGHTS, 0.3)
    assert value == pytest.approx(wanted, rel=1e-12)
    np.testing.assert_allclose(
        gradient, slopes, rtol=0.0, atol=1e-12 * abs(slopes).max()
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_without_weights_each_row_has_the_weight_1(loss):
    rows, y, _ = LOSSES[loss]
    sizes = [3, 4, y.shape[1]]
    objective = LayeredObjective(sizes, elementwise("tanh"), rows, alpha=0.3)
    value, gradient = objective.value_and_grad(parameters(sizes), X, y, None)
    kept = gradient.copy()
    again, other = objective.value_and_grad(parameters(sizes), X, y, np.ones(len(X)))
    assert value == pytest.approx(again, rel=1e-14)
    np.testing.assert_allclose(kept, other, rtol=1e-12, atol=1e-15)


def test_a_sparse_matrix_gives_what_the_full_one_gives():
    rows, y, _ = LOSSES["log_loss"]
    sizes = [3, 4, 4]
    objective = LayeredObjective(sizes, elementwise("relu"), rows, alpha=0.1)
    full = X * (X > 0)
    value, gradient = objective.value_and_grad(parameters(sizes), full, y, None)
    kept = gradient.copy()
    again, other = objective.value_and_grad(parameters(sizes), csr_array(full), y, None)
    assert again == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(other, kept, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("size", [1e3, 1e6])
@pytest.mark.parametrize("loss", ["log_loss", "logistic"])
def test_losses_of_huge_logits_are_finite(loss, size):
    rows, y, scalar = LOSSES[loss]
    Z = size * rng.normal(size=y.shape)
    losses, slopes = rows(Z, y)
    wanted = [scalar(z, t) for z, t in zip(Z.tolist(), y.tolist(), strict=True)]
    np.testing.assert_allclose(losses, wanted, rtol=1e-12)
    assert np.isfinite(slopes).all()


def test_poisson_is_half_the_deviance():
    z, t = Value(0.7), 3.0
    half = t * dg.log(t / dg.exp(z)) - t + dg.exp(z)
    half.backward()
    losses, slopes = OF_NUMBERS["poisson"].rows(np.array([[0.7]]), np.array([[t]]))
    assert losses[0] == pytest.approx(half.data, rel=1e-14)
    assert slopes[0, 0] == pytest.approx(z.grad, rel=1e-14)


@pytest.mark.parametrize(
    ("formula", "usual"),
    [
        (lambda z, t: dg.logsumexp(z) - dg.dot(z, t), "log_loss"),
        (lambda z, t: dg.softplus(z) - t * z, "logistic"),
        (lambda z, t: dg.softplus(-z) if t > 0.5 else dg.softplus(z), "logistic"),
        (
            lambda z, t: sum(0.5 * (a - b) ** 2 for a, b in zip(z, t, strict=True)),
            "squares",
        ),
    ],
)
def test_a_loss_that_is_written_gives_what_the_usual_one_gives(formula, usual):
    rows, y, _ = LOSSES[usual]
    Z = rng.normal(size=y.shape)
    values, slopes = written(formula, lambda Z: Z).rows(Z, y)
    wanted, usual_slopes = rows(Z, y)
    np.testing.assert_allclose(values, wanted, rtol=1e-12)
    np.testing.assert_allclose(slopes, usual_slopes, rtol=1e-12, atol=1e-14)


class Formula:
    """The same objective as one scalar function of a row, recorded once and compiled."""

    def __init__(self, sizes, alpha):
        self.sizes, self.alpha = sizes, alpha

        def loss(flat, row, target):
            hidden, outputs = sizes[1], sizes[2]
            n = sizes[0] * hidden
            m = n + hidden * outputs
            h = [
                dg.dot(flat[j:n:hidden], row, flat[m + j]).tanh() for j in range(hidden)
            ]
            z = [
                dg.dot(flat[n + k : m : outputs], h, flat[m + hidden + k])
                for k in range(outputs)
            ]
            return dg.logsumexp(z) - dg.dot(z, target)

        self._of_row = value_and_grad(compile(loss))

    def value_and_grad(self, flat, X, y, weights):
        weights = np.ones(len(X)) if weights is None else weights
        found = [self._of_row(flat, *pair) for pair in zip(X, y, strict=True)]
        values, slopes = zip(*found, strict=True)
        gradient = weights @ np.array(slopes)
        penalised = flat * (np.arange(len(flat)) < len(flat) - sum(self.sizes[1:]))
        value = weights @ np.array(values) + 0.5 * self.alpha * penalised @ penalised
        self.reported = value / weights.sum()
        return self.reported, (gradient + self.alpha * penalised) / weights.sum()


def test_a_compiled_scalar_formula_can_stand_in_the_place_of_the_matrices(monkeypatch):
    y = [0, 1, 2, 0, 1, 2, 2]
    settings = {
        "hidden_layer_sizes": (4,),
        "activation": "tanh",
        "max_iter": 5,
        "batch_size": 3,
    }
    usual = MLPClassifier(**settings, tol=0.0, n_iter_no_change=4, random_state=0)
    with pytest.warns(match="still learning"):
        usual.fit(X, y)
    formula = MLPClassifier(**settings, tol=0.0, n_iter_no_change=4, random_state=0)
    monkeypatch.setattr(
        formula, "_objective", lambda: Formula([3, 4, 3], formula.alpha), raising=True
    )
    with pytest.warns(match="still learning"):
        formula.fit(X, y)
    np.testing.assert_allclose(formula.parameters_, usual.parameters_, rtol=1e-9)
