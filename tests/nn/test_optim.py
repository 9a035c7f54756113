"""Optimisers: state, refusals and atomic steps; for the formulas see test_cases.py."""

import math

import numpy as np
import pytest
from cases import CASES, OPTIMISERS

from dendrograd import Value
from dendrograd.errors import OperandError
from dendrograd.nn import (
    MLP,
    SGD,
    Adam,
    AdamW,
    Module,
    Optimizer,
    RMSprop,
    SettingError,
    Standardizer,
    StateError,
)

every_kind = pytest.mark.parametrize("kind", OPTIMISERS)


def built(kind, params):
    return kind(params, **CASES[kind].settings)


def bowl(x):
    return (x[0] - 1.0) ** 2 + 3.0 * (x[1] + 2.0) ** 2


def gradients(*numbers):
    values = [Value(0.0) for _ in numbers]
    for value, gradient in zip(values, numbers, strict=True):
        value.grad = gradient
    return values


def walk(x, optimiser, steps):
    for _ in range(steps):
        optimiser.zero_grad()
        bowl(x).backward()
        optimiser.step()
    return [v.data for v in x]


@every_kind
def test_every_optimiser_finds_the_bottom_of_a_bowl(kind):
    x = [Value(5.0), Value(5.0)]
    optimiser = built(kind, x)
    for _ in range(6):
        walk(x, optimiser, 100)
        optimiser.lr *= 0.5
    assert [v.data for v in x] == pytest.approx([1.0, -2.0], abs=0.05)


@every_kind
def test_a_saved_optimiser_goes_on_as_if_it_had_never_stopped(kind):
    x = [Value(5.0), Value(-5.0)]
    first = built(kind, x)
    walk(x, first, 5)
    y = [Value(v.data) for v in x]
    second = built(kind, y)
    second.lr = 7.0
    second.load_state_dict(first.state_dict())
    assert walk(y, second, 5) == walk(x, first, 5)


@every_kind
def test_a_state_is_a_copy(kind):
    x = [Value(5.0), Value(-5.0)]
    optimiser = built(kind, x)
    walk(x, optimiser, 2)
    state = optimiser.state_dict()
    before = {key: np.array(entry).tolist() for key, entry in state.items()}
    walk(x, optimiser, 2)
    assert {key: np.array(entry).tolist() for key, entry in state.items()} == before
    now = optimiser.state_dict()
    for buffer in optimiser.buffers:
        now[buffer][:] = 99.0
        assert 99.0 not in getattr(optimiser, buffer)


def test_a_state_of_another_optimiser_or_size_changes_nothing():
    optimiser = SGD([Value(1.0), Value(2.0)], lr=0.5, momentum=0.1)
    before = optimiser.state_dict()
    with pytest.raises(StateError, match="betas"):
        optimiser.load_state_dict(Adam([Value(1.0), Value(2.0)]).state_dict())
    with pytest.raises(StateError, match=r"momentum_buffer has the shape \(1,\)"):
        optimiser.load_state_dict(SGD([Value(1.0)], lr=9.0).state_dict())
    assert optimiser.lr == before["lr"]
    assert optimiser.momentum_buffer.tolist() == before["momentum_buffer"].tolist()


def test_zero_grad_sets_the_gradients_to_0():
    x = [Value(5.0), Value(5.0)]
    optimiser = SGD(x)
    bowl(x).backward()
    optimiser.zero_grad()
    assert [v.grad for v in x] == [0.0, 0.0]


def test_a_parameter_out_of_the_graph_stays_where_it_is():
    x = [Value(5.0), Value(5.0), Value(8.0)]
    walk(x, Adam(x, lr=0.1), 3)
    assert x[2].data == 8.0
    assert x[0].data != 5.0


@every_kind
def test_a_parameter_without_a_gradient_is_left_out_of_the_step(kind):
    together, alone = gradients(None, None), gradients(None, None)
    both, one, other = built(kind, together), *(built(kind, [v]) for v in alone)
    plan = [
        (1.0, None),
        (-2.0, None),
        (None, 3.0),
        (None, None),
        (0.5, 0.5),
        (4.0, 1.0),
    ]
    for step in plan:
        for values in (together, alone):
            values[0].grad, values[1].grad = step
        both.step()
        if step[0] is not None:
            one.step()
        if step[1] is not None:
            other.step()
        assert [v.data for v in together] == [v.data for v in alone]
        assert [v.grad for v in together] == list(step)
    for buffer in both.buffers:
        parts = [*getattr(one, buffer), *getattr(other, buffer)]
        assert getattr(both, buffer).tolist() == parts


@every_kind
def test_a_step_that_is_nobodys_changes_no_state(kind):
    optimiser = built(kind, gradients(None, None))
    before = repr(optimiser.state_dict())
    optimiser.step()
    assert repr(optimiser.state_dict()) == before


def test_zero_grad_gives_a_gradient_back():
    values = gradients(None, 1.0)
    SGD(values).zero_grad()
    assert [v.grad for v in values] == [0.0, 0.0]


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
@every_kind
def test_a_non_finite_gradient_spoils_its_parameter_alone_and_warns_nobody(kind, bad):
    x = [Value(5.0), Value(5.0)]
    optimiser = built(kind, x)
    for _ in range(2):
        x[0].grad, x[1].grad = bad, 1.0
        optimiser.step()
    spoilt = x[0].data  # an infinite one may be bounded, as by a sign
    assert math.isnan(spoilt) if math.isnan(bad) else spoilt != 5.0
    assert math.isfinite(x[1].data)
    assert x[1].data < 5.0


def test_an_error_inside_a_step_moves_nothing():
    class Breaking(SGD):
        def _update(self, x, g):
            super()._update(x, g)
            raise ArithmeticError("broken")

    x = [Value(5.0), Value(5.0)]
    x[1].grad = 1.0
    optimiser = Breaking(x, momentum=0.9)
    before = repr(optimiser.state_dict())
    with pytest.raises(ArithmeticError, match="broken"):
        optimiser.step()
    assert [v.data for v in x] == [5.0, 5.0]
    assert repr(optimiser.state_dict()) == before
    with pytest.raises(NotImplementedError, match="_update"):
        Optimizer(x[:1], 0.1, 0.0, False).step()


@every_kind
def test_what_cannot_be_optimised_is_refused(kind):
    x = Value(1.0)
    with pytest.raises(SettingError, match="no parameters"):
        kind([])
    with pytest.raises(SettingError, match="given twice"):
        kind([x, x])
    with pytest.raises(OperandError, match="computed from others"):
        kind([x * 2])
    with pytest.raises(OperandError, match=r"model\.parameters\(\)"):
        kind(x)
    with pytest.raises(OperandError, match=r"or \[x\] for one Value x"):
        kind(x)
    with pytest.raises(OperandError, match=r"model\.parameters\(\)"):
        kind(MLP(1, [1]))
    with pytest.raises(OperandError, match=r"3\.0 is not a Value"):
        kind([3.0])


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        (SGD, {"lr": -0.1}),
        (SGD, {"lr": math.nan}),
        (SGD, {"lr": None}),
        (SGD, {"lr": "0.1"}),
        (SGD, {"lr": Value(0.1)}),
        (SGD, {"lr": np.array([0.1])}),
        (SGD, {"lr": np.timedelta64(1, "ns")}),
        (SGD, {"lr": np.ma.masked}),
        (SGD, {"momentum": "x"}),
        (SGD, {"dampening": None, "momentum": 0.9}),
        (AdamW, {"weight_decay": None}),
        (Adam, {"betas": 0.9}),
        (Adam, {"betas": "ab"}),
        (Adam, {"betas": (0.9, None)}),
        (Adam, {"eps": [1e-8]}),
        (RMSprop, {"alpha": None}),
        (SGD, {"momentum": -1.0}),
        (SGD, {"weight_decay": -1.0}),
        (SGD, {"nesterov": True}),
        (SGD, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
        (Adam, {"betas": (1.0, 0.9)}),
        (Adam, {"betas": (0.9,)}),
        (AdamW, {"eps": -1e-8}),
        (RMSprop, {"alpha": -0.5}),
        (RMSprop, {"momentum": -0.5}),
    ],
)
def test_a_hyper_parameter_out_of_range_is_named(kind, setting):
    name = next(iter(setting))
    with pytest.raises(SettingError, match=f"{kind.__name__}: {name} is .* must be"):
        kind([Value(1.0)], **setting)


@pytest.mark.parametrize("lr", [1, np.float32(0.5), np.array(0.5), np.int8(1)])
def test_a_rate_may_be_any_real_number(lr):
    x = gradients(1.0)
    SGD(x, lr=lr).step()
    assert x[0].data == -float(lr)


@pytest.mark.parametrize("state", [None, "weights.safetensors", [("lr", 0.1)]])
def test_a_state_that_is_no_dict_is_refused(state):
    for owner in (SGD([Value(1.0)]), MLP(1, [1], seed=0), Standardizer()):
        with pytest.raises(StateError, match=r"load_state_dict: .* not a dict; give"):
            owner.load_state_dict(state)
    with pytest.raises(StateError, match=r"unexpected .*3"):
        SGD([Value(1.0)]).load_state_dict({3: 4.0})
    with pytest.raises(StateError, match="unexpected 3"):
        MLP(1, [1], seed=0).load_state_dict({3: 4.0})


def test_a_repr_tells_the_settings():
    assert repr(Adam([Value(1.0)], lr=0.5)) == (
        "Adam(lr=0.5, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0, "
        "amsgrad=False, maximize=False)"
    )


def test_the_optimiser_takes_any_iterable_of_parameters():
    part = Module()
    part.w = Value(1.0)
    assert SGD(iter(part.parameters())).params == [part.w]
