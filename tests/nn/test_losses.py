"""Losses obey their laws; that they are PyTorch's figures, test_torch.py shows."""

import math

import numpy as np
import pytest
from cases import CASES, OF_CLASSES, PAIRWISE
from hypothesis import given
from hypothesis import strategies as st

from dendrograd import Value, toposort
from dendrograd.errors import OperandError, ShapeError
from dendrograd.nn import (
    DataError,
    SettingError,
    bce_loss,
    bce_with_logits_loss,
    cross_entropy,
    hinge_loss,
    huber_loss,
    l1_loss,
    mae_loss,
    mse_loss,
    smooth_l1_loss,
)

REAL = st.floats(-50, 50)


def operands(loss, x, t):
    """Return a pair inside the domain of a loss."""
    return CASES[loss].input(x), CASES[loss].target(t)


@pytest.mark.parametrize("loss", PAIRWISE)
@given(x=REAL, t=REAL)
def test_a_loss_is_its_definition_on_numbers_and_on_values(loss, x, t):
    x, t = operands(loss, x, t)
    wanted = CASES[loss].definition(x, t)
    assert loss(x, t) == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert isinstance(loss(x, t), float)
    assert loss(Value(x), t).data == loss(x, t)
    assert loss(Value(x), Value(t)).data == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("loss", OF_CLASSES)
@given(row=st.lists(REAL, min_size=2, max_size=5), data=st.data())
def test_a_loss_of_classes_is_its_definition(loss, row, data):
    right = data.draw(st.integers(0, len(row) - 1))
    wanted = pytest.approx(CASES[loss].definition(row, right), rel=1e-9, abs=1e-12)
    assert loss(row, right) == wanted
    assert loss([Value(x) for x in row], right).data == wanted


@pytest.mark.parametrize("loss", PAIRWISE)
@given(x=REAL, t=REAL)
def test_a_gradient_is_the_central_difference(loss, x, t):
    x, t = operands(loss, x, t)
    if abs(CASES[loss].kink(x, t)) < 1e-3:
        return  # a kink within reach of the difference
    value, h = Value(x), 1e-6
    loss(value, t).backward()
    slope = (loss(x + h, t) - loss(x - h, t)) / (2 * h)
    assert value.grad == pytest.approx(slope, rel=1e-5, abs=1e-5)


@given(st.lists(REAL, min_size=2, max_size=5), st.data())
def test_the_gradient_of_cross_entropy_is_softmax_less_the_class(logits, data):
    right = data.draw(st.integers(0, len(logits) - 1))
    values = [Value(x) for x in logits]
    cross_entropy(values, right).backward()
    peak = max(logits)
    share = sum(math.exp(x - peak) for x in logits)
    for i, value in enumerate(values):
        softmax = math.exp(logits[i] - peak) / share
        assert value.grad == pytest.approx(softmax - (i == right), rel=1e-9, abs=1e-12)
    assert sum(v.grad for v in values) == pytest.approx(0.0, abs=1e-12)


@given(st.lists(REAL, min_size=2, max_size=5), st.floats(-1000, 1000))
def test_cross_entropy_stays_when_all_logits_shift(logits, shift):
    moved = cross_entropy([x + shift for x in logits], 1)
    assert moved == pytest.approx(cross_entropy(logits, 1), rel=1e-9, abs=1e-10)


def test_cross_entropy_is_exact_at_logits_of_a_thousand():
    assert cross_entropy([1000.0, -1000.0], 0) == 0.0
    assert cross_entropy([1000.0, -1000.0], 1) == 2000.0
    both = cross_entropy([-1000.0, -1000.0], 1)
    assert both == pytest.approx(math.log(2), abs=1e-12)
    values = [Value(1000.0), Value(-1000.0)]
    cross_entropy(values, 1).backward()
    assert [v.grad for v in values] == [1.0, -1.0]


def test_cross_entropy_of_two_logits_is_the_binary_one():
    for x in (-3.0, 0.25, 40.0):
        assert cross_entropy([0.0, x], 1) == pytest.approx(bce_with_logits_loss(x, 1))


@given(st.lists(REAL, min_size=3, max_size=3), st.integers(0, 2))
def test_a_sure_row_of_probabilities_stands_for_its_index(logits, right):
    row = [float(i == right) for i in range(3)]
    assert cross_entropy([logits], [row]) == pytest.approx(
        cross_entropy(logits, right), rel=1e-12, abs=1e-12
    )


@given(x=st.floats(-30, 30), t=st.floats(0, 1))
def test_bce_with_logits_is_bce_of_the_sigmoid(x, t):
    p = 1 / (1 + math.exp(-x))
    assert bce_with_logits_loss(x, t) == pytest.approx(bce_loss(p, t), rel=1e-3)


def test_bce_with_logits_is_stable_far_out():
    for x, t, loss, slope in [
        (1000.0, 1.0, 0.0, 0.0),
        (1000.0, 0.0, 1000.0, 1.0),
        (-1000.0, 1.0, 1000.0, -1.0),
        (-1000.0, 0.5, 500.0, -0.5),
    ]:
        value = Value(x)
        error = bce_with_logits_loss(value, t)
        error.backward()
        assert (error.data, value.grad) == (loss, slope)


def test_bce_is_held_to_100_at_a_sure_mistake():
    value = Value(0.0)
    error = bce_loss(value, 1.0)
    error.backward()
    assert (error.data, value.grad) == (100.0, 0.0)
    assert bce_loss(1.0, 0.0) == 100.0
    assert bce_loss([0.0, 1.0], [0.0, 1.0]) == 0.0


@given(x=REAL, t=REAL, delta=st.floats(0.01, 20))
def test_huber_lies_between_its_two_parts(x, t, delta):
    square, straight = mse_loss(x, t) / 2, delta * l1_loss(x, t)
    huber = huber_loss(x, t, delta=delta)
    assert (
        huber <= min(square, straight) * (1 + 1e-12) + 1e-321
    )  # subnormal: a few ulps
    assert huber >= min(square, straight) / 2 * (1 - 1e-12)
    assert smooth_l1_loss(x, t, beta=delta) * delta == pytest.approx(huber, rel=1e-12)


@pytest.mark.parametrize("delta", [0.5, 1.0, 3.0])
def test_huber_and_its_slope_are_continuous_at_delta(delta):
    for sign in (-1, 1):
        x = Value(sign * delta)
        error = huber_loss(x, 0.0, delta=delta)
        error.backward()
        assert error.data == delta * delta / 2
        assert x.grad == sign * delta


def test_huber_without_end_is_half_the_square_and_smooth_l1_at_0_the_absolute():
    assert huber_loss([3.0, -8.0], [0.0, 0.0], delta=math.inf) == (4.5 + 32) / 2
    assert smooth_l1_loss([3.0, -8.0], [0.0, 0.0], beta=0.0) == 5.5
    assert mae_loss is l1_loss


@pytest.mark.parametrize("loss", PAIRWISE)
def test_sum_and_mean_and_none_agree_in_every_shape(loss):
    rng = np.random.default_rng(0)
    x, t = rng.uniform(0.1, 0.9, (3, 2)), np.ones((3, 2))
    each = loss(x, t, reduction="none")
    assert np.shape(each) == (3, 2)
    assert loss(x, t, reduction="sum") == pytest.approx(np.sum(each), rel=1e-14)
    assert loss(x, t) == pytest.approx(np.mean(each), rel=1e-14)
    assert loss(x.tolist(), t.astype(int)) == loss(x, t)
    assert loss(x.ravel(), t.ravel().tolist()) == loss(x, t)


def test_a_mean_is_one_sum_node_and_a_single_pair_needs_none():
    values = [Value(float(i)) for i in range(5)]
    mean = mse_loss(values, [1.0] * 5)
    assert [node.op.name for node in (mean, *mean.parents)] == ["div", "sum"]
    assert len(mean.parents[0].parents) == 5
    assert mse_loss(Value(3.0), 1.0).op.name == "mul"
    assert mse_loss([Value(3.0)], [1.0]).op.name == "mul"


def test_cross_entropy_of_a_sample_is_one_node_over_the_differences():
    logits = [Value(1.0), Value(2.0), Value(3.0)]
    loss = cross_entropy(logits, 2)
    assert loss.op.name == "logsumexp"
    assert [p.op and p.op.name for p in loss.parents] == ["sub", "sub"]


def test_a_target_of_0_or_1_makes_no_dead_nodes():
    assert len(toposort(bce_with_logits_loss(Value(0.3), 0))) == 2
    assert len(toposort(bce_with_logits_loss(Value(0.3), np.int64(1)))) == 3
    assert [n.op.name for n in toposort(bce_loss(Value(0.3), 0.0))[1:3]] == [
        "neg",
        "log1p",
    ]


@pytest.mark.parametrize("loss", PAIRWISE)
def test_different_shapes_are_refused_and_named(loss):
    with pytest.raises(ShapeError, match=rf"{loss.__name__}: .* \(2,\).* \(3,\)"):
        loss([0.5, 0.5], [1.0, 1.0, 1.0])
    with pytest.raises(ShapeError, match=r"\(2, 1\)"):
        loss(np.full((2, 1), 0.5), [1.0, 1.0])
    with pytest.raises(ShapeError, match="rows of different shapes"):
        loss([[0.5], [0.5, 0.5]], [[1.0], [1.0, 1.0]])


@pytest.mark.parametrize("loss", PAIRWISE)
def test_an_unknown_reduction_and_an_empty_mean_are_refused(loss):
    with pytest.raises(SettingError, match="'average'"):
        loss([0.5], [1.0], reduction="average")
    with pytest.raises(ShapeError, match="nothing to reduce"):
        loss([], [])
    assert loss([], [], reduction="none") == []


@pytest.mark.parametrize("loss", PAIRWISE)
@pytest.mark.parametrize("wrong", ["one", None, 1j, {}])
def test_what_is_no_number_is_an_operand_error(loss, wrong):
    with pytest.raises((OperandError, DataError)):
        loss([0.5, wrong], [1.0, 1.0])
    with pytest.raises((OperandError, DataError)):
        loss([0.5, 0.5], [1.0, wrong])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cross_entropy([1.0, 2.0], 2), DataError, "from 0 to 1"),
        (lambda: cross_entropy([1.0, 2.0], -1), DataError, "-1 is not a class"),
        (lambda: cross_entropy([1.0, 2.0], 0.5), DataError, "0.5 is not a class"),
        (lambda: cross_entropy([[1.0, 2.0]], ["cat"]), OperandError, "cat"),
        (
            lambda: cross_entropy([[1.0, 2.0]], [math.nan]),
            DataError,
            "nan is not a class",
        ),
        (lambda: cross_entropy([1.0, 2.0], [0, 1, 0]), ShapeError, "do not pair"),
        (lambda: cross_entropy([[1.0], [2.0]], [0, 0]), ShapeError, "bce_with_logits"),
        (lambda: cross_entropy([1.0], 0), ShapeError, "bce_with_logits"),
        (lambda: cross_entropy([1.0, 2.0], ["a", 1]), OperandError, "'a'"),
        (lambda: cross_entropy(1.0, 0), ShapeError, "do not pair"),
        (lambda: cross_entropy([], 0), ShapeError, "do not pair"),
        (lambda: cross_entropy([[[1.0]]], [[0]]), ShapeError, "do not pair"),
        (lambda: bce_loss(1.5, 1), DataError, "use bce_with_logits_loss"),
        (lambda: bce_loss(0.5, -1), DataError, "target -1.0 is not in"),
        (lambda: bce_with_logits_loss(0.5, -1), DataError, "-1 and 1 as 0 and 1"),
        (lambda: hinge_loss(0.5, 0), DataError, "2 \\* t - 1"),
        (lambda: huber_loss(0.5, 0, delta=0.0), SettingError, "delta is 0.0"),
        (lambda: huber_loss(0.5, 0, delta="1"), SettingError, "delta is '1'"),
        (lambda: smooth_l1_loss(0.5, 0, beta=-1), SettingError, "beta is -1"),
        (lambda: smooth_l1_loss(0.5, 0, beta=None), SettingError, "beta is None"),
    ],
)
def test_a_wrong_argument_is_told_with_the_way_out(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_class_targets_may_be_whole_floats_and_array_scalars():
    row = [0.5, 1.5, -1.0]
    wanted = cross_entropy(row, 2)
    assert cross_entropy(row, 2.0) == cross_entropy(row, np.int8(2)) == wanted
    assert cross_entropy([row], np.array([2.0])) == wanted


def test_nan_goes_through_as_in_arithmetic():
    for loss in (mse_loss, l1_loss, huber_loss, bce_loss, bce_with_logits_loss):
        assert math.isnan(loss(math.nan, 1.0))
