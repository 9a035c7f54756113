"""Sequential composes; Dropout drops in training only, and keeps the mean."""

import pytest

from dendrograd import Value
from dendrograd.nn import MLP, Dropout, Layer, Sequential, SettingError


def test_sequential_is_the_composition_of_its_parts():
    first, last = Layer(2, 3, seed=0), Layer(3, 1, activation=None, seed=1)
    model = Sequential(first, lambda row: [2 * x for x in row], last)
    row = [0.5, -1.0]
    assert model(row).data == last([2 * x for x in first(row)]).data
    assert [y.data for y in model([row, row])] == [model(row).data] * 2
    assert len(model.parameters()) == 9 + 4


def test_sequential_of_layers_has_the_state_of_the_mlp_under_other_names():
    mlp = MLP(2, [3, 1], seed=0)
    model = Sequential(Layer(2, 3), Layer(3, 1, activation=None))
    state = mlp.state_dict()
    model.load_state_dict({k.replace("layers", "parts"): a for k, a in state.items()})
    assert model([1.0, 2.0]).data == mlp([1.0, 2.0]).data


def test_dropout_drops_the_share_p_and_keeps_the_mean():
    drop = Dropout(0.25, seed=0)
    row = drop([1.0] * 4000)
    assert set(row) == {0.0, 1.0 / 0.75}
    assert row.count(0.0) / 4000 == pytest.approx(0.25, abs=0.03)
    assert sum(row) / 4000 == pytest.approx(1.0, abs=0.04)


def test_dropout_does_nothing_in_eval_mode_or_for_p_0():
    model = Sequential(Dropout(0.9, seed=0), Dropout(0.0))
    row = [Value(1.0), Value(2.0)]
    assert model.eval()(row) is row
    assert any(x == 0.0 for x in model.train()([1.0] * 50))
    assert Dropout(0.0)(row) is row


def test_dropout_passes_the_gradient_of_what_it_keeps():
    x = [Value(1.0) for _ in range(20)]
    out = Dropout(0.5, seed=0)(x)
    total = sum(out)
    total.backward()
    assert {v.grad for v in x} == {0.0, 2.0}
    assert [v.grad for v in x] == [float(y) * 1.0 for y in out]


def test_dropout_repeats_by_its_seed_and_takes_a_scalar():
    def draw():
        drop = Dropout(0.5, seed=3)
        return [drop(1.0) for _ in range(30)]

    assert draw() == draw()
    assert set(draw()) == {0.0, 2.0}


@pytest.mark.parametrize("p", [-0.1, 1.0, float("nan"), "0.5", None, [0.5]])
def test_a_share_outside_0_and_1_is_refused(p):
    with pytest.raises(SettingError, match="p is"):
        Dropout(p)
