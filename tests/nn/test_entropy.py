"""Cross-entropy keeps its digits at every logit, and refuses what is read two ways."""

import math

import mpmath
import numpy as np
import pytest

from dendrograd import Value, grad, log_softmax
from dendrograd.nn import (
    MLP,
    SGD,
    DataError,
    bce_with_logits_loss,
    cross_entropy,
    fit,
)
from dendrograd.program import record

ROWS = [
    [1e16, 1e16],
    [1000.0, 975.0],
    [-1e15, -1e15, -1e15 + 3.0],
    [30.0, 0.0, -5.0],
    [0.5, 1.5, -1.0],
    [700.0, 0.0, 699.75],
]


def exact(row):
    """Return -log softmax(x) and softmax(x) of a row, with 60 digits."""
    with mpmath.workdps(60):
        powers = [mpmath.exp(mpmath.mpf(x) - max(row)) for x in row]
        shares = [p / mpmath.fsum(powers) for p in powers]
        others = [
            mpmath.fsum(p for j, p in enumerate(powers) if j != t) / powers[t]
            for t in range(len(row))
        ]
        return [mpmath.log1p(o) for o in others], shares


def complement(row, t):
    """Return 1 - softmax(x)[t], with 60 digits."""
    with mpmath.workdps(60):
        return mpmath.fsum(p for j, p in enumerate(exact(row)[1]) if j != t)


def slopes(row, t):
    """Return the gradient of -log softmax(x)[t]: softmax(x), less 1 at t."""
    shares = exact(row)[1]
    return [-complement(row, t) if j == t else p for j, p in enumerate(shares)]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_loss_and_gradient_of_each_class_have_their_digits(row):
    for t, wanted in enumerate(exact(row)[0]):
        close = pytest.approx(float(wanted), rel=3e-13, abs=0)
        assert cross_entropy(row, t) == close
        assert -log_softmax(row)[t] == close
        away = pytest.approx([float(s) for s in slopes(row, t)], rel=3e-13, abs=0)
        assert grad(lambda x, t=t: cross_entropy(x, t))(row) == away
        assert grad(lambda x, t=t: -log_softmax(x)[t])(row) == away


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_probabilities_weigh_the_losses_of_the_classes(row):
    for scale in (1.0, 0.5):  # a row need not add up to 1
        p = [
            scale * (0.75 if j == 0 else 0.25 / (len(row) - 1)) for j in range(len(row))
        ]
        with mpmath.workdps(60):
            wanted = float(mpmath.fdot(p, exact(row)[0]))
        assert cross_entropy([row], [p]) == pytest.approx(wanted, rel=3e-15, abs=0)
        assert cross_entropy([row], [[Value(x) for x in p]]).data == pytest.approx(
            wanted, rel=3e-15, abs=0
        )


def test_a_recorded_loss_is_the_loss():
    for target in (1, [0.25, 0.5, 0.25]):
        program = record(lambda *x, target=target: cross_entropy([*x], target), 3)
        for row in (row for row in ROWS if len(row) == 3):
            assert program.run(row) == [cross_entropy(row, target)]
    soft = record(lambda *p: cross_entropy([[1.0, 2.0, 3.0]], [[*p]]), 3)
    wanted = cross_entropy([[1.0, 2.0, 3.0]], [[0.25, 0.5, 0.25]])
    assert soft.run([0.25, 0.5, 0.25]) == pytest.approx([wanted], rel=1e-15, abs=0)
    flat = record(lambda *p: cross_entropy([1.0, 2.0, 3.0], [*p]), 3)
    assert flat.run([0.25, 0.5, 0.25]) == soft.run([0.25, 0.5, 0.25])


def test_logits_of_minus_infinity_rule_classes_out():
    low = -math.inf
    assert cross_entropy([low, 0.0, low, 0.0], 1) == math.log(2)
    assert cross_entropy([low, 0.0, low], 0) == math.inf
    assert cross_entropy([[low, 0.0, low]], [[0.0, 1.0, 0.0]]) == 0.0
    assert log_softmax([low, 0.0, low, 0.0]) == [low, -math.log(2)] * 2
    assert grad(lambda x: cross_entropy(x, 1))([low, 0.0, low, 0.0]) == [
        0,
        -0.5,
        0,
        0.5,
    ]


def test_log_softmax_of_one_and_of_nothing():
    assert log_softmax([]) == []
    assert log_softmax([5.0]) == [0.0]
    (y,) = log_softmax([Value(5.0)])
    y.backward()
    assert y.parents[0].grad == 0.0


@pytest.mark.parametrize("t", [0.0, 1e-12, 0.25, 0.5, 0.75, 1 - 1e-12, 1.0])
@pytest.mark.parametrize("x", [-1e3, -40.0, 0.5, 40.0, 1e3])
def test_a_binary_cross_entropy_keeps_its_digits_too(x, t):
    with mpmath.workdps(60):
        at = mpmath.mpf(x)
        wanted = t * mpmath.log1p(mpmath.exp(-at)) + (1 - mpmath.mpf(t)) * mpmath.log1p(
            mpmath.exp(at)
        )
        close = pytest.approx(float(wanted), rel=1e-15, abs=0)
    assert bce_with_logits_loss(x, t) == close
    assert bce_with_logits_loss(Value(x), Value(t)).data == close


TWO_WAYS = [
    [0, 1],
    [0.0, 1.0],
    [True, False],
    np.array([0, 1]),
    [Value(1.0), 0],
    [0, 0],
]


@pytest.mark.parametrize("targets", [*TWO_WAYS, [0.5, 0.9], [math.nan, 1.0], [2, 3]])
def test_labels_of_scores_are_no_probabilities_of_one_row(targets):
    with pytest.raises(DataError, match=r"\[logits\] and \[probabilities\]"):
        cross_entropy([Value(0.5), Value(-0.5)], targets)


@pytest.mark.parametrize("batch", [1, 2, 16])
def test_a_model_with_one_output_is_not_trained_on_classes(batch):
    model = MLP(2, [2, 1], seed=0)
    before = [p.data for p in model.parameters()]
    X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    for y in ([0, 0, 0, 1], [0.0, 0.0, 0.0, 1.0]):
        with pytest.raises(ValueError, match="take bce_with_logits_loss"):
            fit(model, X, y, cross_entropy, SGD(model.parameters()), batch_size=batch)
    assert [p.data for p in model.parameters()] == before
