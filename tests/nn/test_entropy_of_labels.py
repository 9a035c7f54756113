"""Cross-entropy takes labels that change from call to call: rows of classes as arguments."""

import math

import numpy as np
import pytest

from dendrograd import Value, compile, hvp, no_grad, value_and_grad
from dendrograd.nn import MLP, DataError, cross_entropy

INF = math.inf
HOT = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
SOFT = [[0.25, 0.5, 0.25], [0.4, 0.2, 0.4], [0.0, 0.0, 0.5], [1.0, 1.0, 0.0]]
LOGITS = [
    [0.5, 1.5, -1.0],
    [30.0, 0.0, -5.0],
    [1e16, 1e16, 0.0],
    [700.0, 0.0, 699.75],
    [-1e15, -1e15, -1e15 + 3.0],
]
RULED_OUT = [[-INF, 0.0, 1.0], [0.0, -INF, -INF], [-INF, -INF, -INF], [INF, 0.0, -INF]]


def loss(logits, labels):
    return cross_entropy([logits], [labels])


@pytest.mark.parametrize("labels", [*HOT, *SOFT], ids=str)
@pytest.mark.parametrize("logits", [*LOGITS, *RULED_OUT], ids=str)
def test_labels_that_are_values_give_the_loss_of_numbers(logits, labels):
    wanted, slopes = value_and_grad(loss)(logits, labels)
    xs, ps = [*map(Value, logits)], [*map(Value, labels)]
    found = loss(xs, ps)
    found.backward()
    close = {"rel": 1e-15, "abs": 0.0} if labels in SOFT else {"rel": 0, "abs": 0.0}
    assert found.data == pytest.approx(wanted, **close, nan_ok=True)
    if math.isfinite(wanted):
        assert [x.grad for x in xs] == pytest.approx(slopes, rel=1e-13, abs=0)
    if all(map(math.isfinite, logits)):  # by p it is -log softmax(x)
        each = [loss(logits, j) for j in np.eye(3).tolist()]
        away = pytest.approx(each, rel=1e-13, abs=1e-15 * max(each))
        assert [p.grad for p in ps] == away


def lanes(kind):
    """Return rows of logits and labels, one of each for a lane."""
    rng = np.random.default_rng(0)
    x = 3.0 * rng.normal(size=(24, 4))
    hot = np.eye(4)[rng.integers(0, 4, 24)]
    soft = rng.dirichlet(np.ones(4), 24)
    if kind == "both":
        x[::5, 1] = -INF
    labels = {"hot": hot, "soft": soft, "both": np.where(x[:, :1] > 0.0, hot, soft)}
    return x, labels[kind]


@pytest.mark.parametrize("kind", ["hot", "soft", "both"])
def test_a_lane_has_the_bits_of_a_call(kind):
    x, p = lanes(kind)
    fast = compile(loss, in_axes=(0, 0), exact=True)
    values, slopes = value_and_grad(fast, argnums=(0, 1))(x, p)
    for i, (row, labels) in enumerate(zip(x.tolist(), p.tolist(), strict=True)):
        value, eager = value_and_grad(loss, argnums=(0, 1))(row, labels)
        assert values[i] == value == loss(row, labels)
        assert [slope[i].tolist() for slope in slopes] == [*eager]
        assert value_and_grad(loss)(row, labels)[1] == slopes[0][i].tolist()


def test_a_model_and_its_loss_are_one_function_of_rows_and_labels():
    x, p = lanes("hot")
    model = MLP(4, [5, 4], activation="tanh", seed=0)

    def mean(x, t):
        return cross_entropy([model(x)], [t])

    fast = compile(mean, in_axes=(0, 0), reduce="mean", exact=True)
    for parameter in model.parameters():
        parameter.grad = 0.0
    found = fast(x, p)
    found.backward()
    slopes = [parameter.grad for parameter in model.parameters()]
    model.zero_grad()
    rows = [[*map(Value, row)] for row in p.tolist()]
    losses = [mean(row, t) for row, t in zip(x.tolist(), rows, strict=True)]
    for one in losses:
        one.backward()
    assert found.data == sum(one.data for one in losses) / len(x)
    assert slopes == [parameter.grad / len(x) for parameter in model.parameters()]
    assert "1 path" in str(fast.report())
    with no_grad():
        assert fast(x, p) == found.data


def test_second_derivatives_of_labels_agree_with_those_of_numbers():
    x, direction = ([0.5, 1.5, -1.0],), ([1.0, -0.5, 2.0],)
    for labels in (HOT[0], SOFT[1]):
        ps = [*map(Value, labels)]
        (wanted,) = hvp(lambda x, p=labels: loss(x, p), x, direction)
        (found,) = hvp(lambda x, p=ps: loss(x, p), x, direction)
        assert found == pytest.approx(wanted, rel=1e-12, abs=1e-15)


def test_a_flat_row_of_labels_is_told_from_scores_in_each_lane():
    def flat(x, t):
        return cross_entropy(x, t)

    x, p = lanes("soft")
    fast = compile(flat, in_axes=(0, 0), exact=True)
    assert fast(x, p).tolist() == [flat([*a], [*b]) for a, b in zip(x, p, strict=True)]
    wrong = p.copy()
    wrong[7] *= 3.0
    with pytest.raises(DataError, match="may be labels of") as refused:
        fast(x, wrong)
    assert "in lane 7" in str(refused.value.__notes__)
    wrong[7] = [0.0, 1.0, 0.0, 0.0]
    with pytest.raises(DataError, match=r"\[logits\] and \[probabilities\]"):
        fast(x, wrong)
