"""Losses, optimisers, schedules and clipping are PyTorch's, over 20 steps.

The figures of PyTorch stand in torch_figures.json; where PyTorch can be imported, the
table itself is compared with what it gives now, so that a new release is noticed.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from torch_cases import (
    CLIPS,
    CLOSE,
    ENTRIES,
    LOSSES,
    OPTIMISERS,
    POINTS,
    SCHEDULES,
    STEPS,
    weights,
)

from dendrograd import Value, nn

TABLE = json.loads(Path(__file__).with_name("torch_figures.json").read_text())


@pytest.fixture
def torch_figures():
    return TABLE


def assert_close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=CLOSE, atol=CLOSE)


def net(nout):
    model = nn.MLP(2, [3, nout], activation="tanh")
    model.load_state_dict(weights(nout))
    return model


def flat(model):
    """Return the weights in PyTorch's order: whole arrays, row after row."""
    return np.concatenate([a.ravel() for a in model.state_dict().values()]).tolist()


def loss_of(model, name):
    targets, _, options = LOSSES[name]
    outputs = model(POINTS)
    if name == "bce_loss":
        outputs = [output.sigmoid() for output in outputs]
    return getattr(nn, name)(outputs, targets, **options)


def training(loss_name, optimiser, kwargs):
    model = net(LOSSES[loss_name][1])
    steps = getattr(nn, optimiser)(model.parameters(), **kwargs)
    losses = []
    for _ in range(STEPS):
        loss = loss_of(model, loss_name)
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(loss.data)
    return {"losses": losses, "weights": flat(model)}


@pytest.mark.parametrize("name", LOSSES)
def test_training_with_each_loss_takes_the_steps_of_pytorch(name, torch_figures):
    ours, theirs = training(name, "SGD", {"lr": 0.1}), torch_figures["losses"][name]
    assert_close(ours["losses"], theirs["losses"])
    assert_close(ours["weights"], theirs["weights"])


@pytest.mark.parametrize("case", OPTIMISERS)
def test_each_optimiser_takes_the_steps_of_pytorch(case, torch_figures):
    ours = training("mse_loss", *OPTIMISERS[case])
    theirs = torch_figures["optimisers"][case]
    assert_close(ours["losses"], theirs["losses"])
    assert_close(ours["weights"], theirs["weights"])


@pytest.mark.parametrize("case", ENTRIES)
def test_losses_one_by_one_and_their_gradients_are_those_of_pytorch(
    case, torch_figures
):
    name, (inputs, targets) = case.split()[0], ENTRIES[case]
    theirs, options = torch_figures["entries"][case], LOSSES[name][2]
    loss = getattr(nn, name)
    values = [
        [Value(v) for v in row] if isinstance(row, list) else Value(row)
        for row in inputs
    ]
    each = loss(values, targets, reduction="none", **options)
    assert_close([v.data for v in each], theirs["none"])
    assert_close(loss(inputs, targets, reduction="sum", **options), theirs["sum"])
    loss(values, targets, **options).backward()
    leaves = [v for row in values for v in (row if isinstance(row, list) else [row])]
    assert_close([v.grad for v in leaves], theirs["gradient"])


@pytest.mark.parametrize("case", SCHEDULES)
def test_each_schedule_has_the_rates_of_pytorch(case, torch_figures):
    name, kwargs = SCHEDULES[case]
    optimiser = nn.SGD([Value(0.0)], lr=0.4)
    schedule = getattr(nn, name)(optimiser, **kwargs)
    rates = []
    for _ in range(STEPS):
        rates.append(optimiser.lr)
        schedule.step()
    assert_close(rates, torch_figures["schedules"][case])


@pytest.mark.parametrize("case", CLIPS)
def test_clipping_gives_the_norm_and_the_gradients_of_pytorch(case, torch_figures):
    name, kwargs = CLIPS[case]
    model = net(1)
    (10.0 * loss_of(model, "mse_loss")).backward()
    norm = getattr(nn, name)(model.parameters(), **kwargs)
    theirs = torch_figures["clips"][case]
    assert (norm is None) == (theirs["norm"] is None)
    if norm is not None:
        assert_close(norm, theirs["norm"])
    for parameter in model.parameters():
        parameter.data = parameter.grad  # to read them in the order of the state
    assert_close(flat(model), theirs["gradients"])


def numbers(figures):
    """Yield (path, number) of nested dicts and lists, in order."""
    if isinstance(figures, (dict, list)):
        pairs = figures.items() if isinstance(figures, dict) else enumerate(figures)
        for key, inner in pairs:
            yield from ((f"{key}/{path}", x) for path, x in numbers(inner))
    elif not isinstance(figures, str):
        yield "", np.nan if figures is None else figures


def test_the_table_holds_what_the_installed_pytorch_gives():
    pytest.importorskip("torch", reason="PyTorch is not installed; the table stands in")
    from make_torch_figures import figures

    ours, theirs = dict(numbers(TABLE)), dict(numbers(figures()))
    assert ours.keys() == theirs.keys()
    assert_close(list(ours.values()), list(theirs.values()))


def test_the_state_of_a_pytorch_model_loads_and_gives_its_outputs():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: no model")
    theirs = torch.nn.ModuleDict(
        {"layers": torch.nn.ModuleList([torch.nn.Linear(2, 3), torch.nn.Linear(3, 2)])}
    ).double()
    ours = nn.MLP(2, [3, 2], activation="relu")
    ours.load_state_dict(theirs.state_dict())
    x = torch.tensor([0.5, -2.0], dtype=torch.float64)
    first, second = theirs["layers"]
    wanted = second(torch.relu(first(x))).tolist()
    assert_close([v.data for v in ours(x)], wanted)
