"""Schedules: limits, resuming and refusals; the rates are in test_torch.py."""

import pytest
from torch_cases import SCHEDULES

from dendrograd import Value, nn
from dendrograd.errors import OperandError
from dendrograd.nn import (
    SGD,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    SettingError,
    StateError,
    StepLR,
)
from dendrograd.nn.schedules import Schedule

BUILDS = {
    "StepLR": lambda o: StepLR(o, 3, gamma=0.5),
    "ExponentialLR": lambda o: ExponentialLR(o, 0.9),
    "CosineAnnealingLR": lambda o: CosineAnnealingLR(o, 8),
    "LinearLR": lambda o: LinearLR(o, 0.1),
    "LambdaLR": lambda o: LambdaLR(o, lambda epoch: 1 / (epoch + 1)),
}


def test_every_schedule_is_tried_here_and_has_rates_to_compare_with():
    kinds = {n for n in nn.__all__ if getattr(nn, n) in Schedule.__subclasses__()}
    missing = kinds - set(BUILDS)
    assert not missing, f"{missing}: add a row to BUILDS above"
    given = {"LambdaLR"}  # its rates are those of the caller's function
    unknown = kinds - given - {name for name, _ in SCHEDULES.values()}
    assert not unknown, f"{unknown}: add a row to SCHEDULES in torch_cases.py"


def optimiser():
    return SGD([Value(0.0)], lr=2.0)


@pytest.mark.parametrize("name", BUILDS)
def test_a_schedule_goes_on_from_its_state(name):
    first, second = optimiser(), optimiser()
    one, other = BUILDS[name](first), BUILDS[name](second)
    for _ in range(4):
        one.step()
    other.load_state_dict(one.state_dict())
    assert second.lr == first.lr
    one.step()
    other.step()
    assert second.lr == first.lr
    with pytest.raises(StateError, match="base_lr and last_epoch"):
        other.load_state_dict({"epoch": 3})


def test_a_cosine_begins_at_the_base_rate_and_ends_at_eta_min():
    steps = optimiser()
    schedule = CosineAnnealingLR(steps, 10, eta_min=0.5)
    rates = [steps.lr]
    for _ in range(10):
        schedule.step()
        rates.append(steps.lr)
    assert (rates[0], rates[-1]) == (2.0, 0.5)
    assert rates == sorted(rates, reverse=True)
    assert rates[5] == pytest.approx(1.25)


def test_a_warm_up_sets_the_first_rate_at_once_and_stays_at_the_end():
    steps = optimiser()
    schedule = LinearLR(steps, start_factor=0.25, total_iters=2)
    rates = [steps.lr]
    for _ in range(4):
        schedule.step()
        rates.append(steps.lr)
    assert rates == [0.5, 1.25, 2.0, 2.0, 2.0]
    assert repr(schedule) == "LinearLR(epoch 4, lr=2.0)"


@pytest.mark.parametrize("kind", [StepLR, CosineAnnealingLR])
def test_less_than_an_epoch_is_refused(kind):
    with pytest.raises(SettingError, match="must be a number >= 1"):
        kind(optimiser(), 0)
    with pytest.raises(SettingError, match="total_iters is 0"):
        LinearLR(optimiser(), total_iters=0)


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda o: StepLR(o, "3"), "step_size"),
        (lambda o: StepLR(o, 3, gamma=None), "gamma"),
        (lambda o: ExponentialLR(o, "0.9"), "gamma"),
        (lambda o: CosineAnnealingLR(o, None), "T_max"),
        (lambda o: CosineAnnealingLR(o, 3, eta_min="0"), "eta_min"),
        (lambda o: LinearLR(o, total_iters=[5]), "total_iters"),
        (lambda o: LinearLR(o, start_factor=None), "start_factor"),
        (lambda o: LinearLR(o, end_factor="1"), "end_factor"),
        (lambda o: LambdaLR(o, 0.5), "lr_lambda"),
    ],
)
def test_an_argument_that_is_no_number_is_named_before_the_rate_changes(build, name):
    steps = optimiser()
    with pytest.raises(SettingError, match=f"LR: {name} is .*; it must be a "):
        build(steps)
    assert steps.lr == 2.0


def test_what_is_no_optimiser_and_no_state_is_refused():
    with pytest.raises(OperandError, match=r"ExponentialLR: .* not an optimiser"):
        ExponentialLR([Value(0.0)], 0.5)
    schedule = ExponentialLR(optimiser(), 0.5)
    with pytest.raises(StateError, match="the state is a NoneType"):
        schedule.load_state_dict(None)
    with pytest.raises(StateError, match="must be numbers, not None and 1"):
        schedule.load_state_dict({"base_lr": None, "last_epoch": 1})
    assert repr(schedule) == "ExponentialLR(epoch 0, lr=2.0)"


def test_the_base_says_what_a_schedule_must_have():
    with pytest.raises(NotImplementedError, match="rate"):
        Schedule(optimiser())
