"""Clipping bounds gradients, keeps their direction, and skips what has none."""

import math

import numpy as np
import pytest

from dendrograd import Value
from dendrograd.errors import NonFiniteError, OperandError
from dendrograd.nn import MLP, SettingError, clip_grad_norm_, clip_grad_value_


def gradients(*numbers):
    values = [Value(0.0) for _ in numbers]
    for value, gradient in zip(values, numbers, strict=True):
        value.grad = gradient
    return values


@pytest.mark.parametrize("order", [1.0, 2.0, 3.5, math.inf])
def test_clipping_keeps_the_direction_and_bounds_the_norm(order):
    values = gradients(3.0, -4.0, 1e-3)
    norm = clip_grad_norm_(values, 0.25, norm_type=order)
    assert norm == pytest.approx(np.linalg.norm([3.0, -4.0, 1e-3], order), rel=1e-12)
    clipped = [v.grad for v in values]
    assert np.linalg.norm(clipped, order) == pytest.approx(0.25, rel=1e-5)
    assert clipped[1] / clipped[0] == pytest.approx(-4 / 3)


def test_a_small_gradient_is_left_alone_and_a_huge_one_does_not_overflow():
    values = gradients(0.3, -0.4)
    assert clip_grad_norm_(values, 1.0) == 0.5
    assert [v.grad for v in values] == [0.3, -0.4]
    for order in (2.0, 3.0):
        assert math.isfinite(clip_grad_norm_(gradients(1e300, 1e300), 1.0, order))
    assert clip_grad_norm_(gradients(0.0, 0.0), 0.0, 3.0) == 0.0
    assert clip_grad_norm_([], 1.0) == 0.0


def test_clipping_leaves_out_what_has_no_gradient():
    values = gradients(3.0, None, 4.0)
    assert clip_grad_norm_(values, 1.0, error_if_nonfinite=True) == 5.0
    assert [values[0].grad, values[2].grad] == pytest.approx([0.6, 0.8], rel=1e-5)
    clip_grad_value_(values, 0.5)
    assert [v.grad for v in values] == [0.5, None, 0.5]
    assert clip_grad_norm_(gradients(None), 1.0) == 0.0


def test_clipping_takes_one_value():
    (value,) = gradients(-8.0)
    assert clip_grad_norm_(value, 4.0) == 8.0
    assert value.grad == pytest.approx(-4.0, rel=1e-5)
    clip_grad_value_(value, 1.0)
    assert value.grad == -1.0


@pytest.mark.parametrize("clip", [clip_grad_norm_, clip_grad_value_])
def test_clipping_refuses_what_has_no_parameters(clip):
    with pytest.raises(OperandError, match=r"is a MLP; .* model\.parameters\(\)"):
        clip(MLP(1, [1], seed=0), 1.0)
    with pytest.raises(OperandError, match=r"the parameter 3\.0 is not a Value"):
        clip([3.0], 1.0)
    for bound in (None, "1.0", [1.0]):
        with pytest.raises(SettingError, match=r"clip_grad_.* must be a number >= 0"):
            clip(gradients(1.0), bound)


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_clipping_can_refuse_a_non_finite_gradient(bad):
    values = gradients(bad, 1.0)
    with pytest.raises(NonFiniteError, match="first_nonfinite"):
        clip_grad_norm_(values, 1.0, error_if_nonfinite=True)
    assert values[1].grad == 1.0
    assert not math.isfinite(clip_grad_norm_(values, 1.0))
    assert math.isnan(values[0].grad)
    assert math.isnan(values[1].grad) == math.isnan(bad)


def test_clipping_by_value_bounds_each_entry_and_keeps_nan():
    values = gradients(-3.0, 0.5, math.inf, math.nan)
    clip_grad_value_(values, 1.0)
    assert [v.grad for v in values[:3]] == [-1.0, 0.5, 1.0]
    assert math.isnan(values[3].grad)


def test_negative_bounds_are_refused():
    with pytest.raises(SettingError, match="max_norm is -1"):
        clip_grad_norm_([], -1.0)
    with pytest.raises(SettingError, match="norm_type"):
        clip_grad_norm_([], 1.0, 0.0)
    with pytest.raises(SettingError, match="norm_type is '2'"):
        clip_grad_norm_([], 1.0, "2")
    with pytest.raises(SettingError, match="clip_value is nan"):
        clip_grad_value_([], math.nan)
