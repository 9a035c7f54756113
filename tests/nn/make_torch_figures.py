"""Write torch_figures.json: what PyTorch makes of the cases of torch_cases.py.

Run it where PyTorch is installed: python tests/nn/make_torch_figures.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch_cases import (
    CLIPS,
    ENTRIES,
    LOSSES,
    OPTIMISERS,
    POINTS,
    SCHEDULES,
    STEPS,
    weights,
)

from dendrograd.files import write_whole

TABLE = Path(__file__).with_name("torch_figures.json")
OURS = {"bce_loss": "binary_cross_entropy"}
OURS["bce_with_logits_loss"] = "binary_cross_entropy_with_logits"


def tensor(numbers, **kwargs):
    return torch.tensor(numbers, dtype=torch.float64, **kwargs)


def function(name):
    return getattr(F, OURS.get(name, name))


class Net:
    """The 2-3-nout net with tanh, as tensors under the names of our state."""

    def __init__(self, nout):
        self.state = {
            k: tensor(w, requires_grad=True) for k, w in weights(nout).items()
        }
        self.parameters = list(self.state.values())

    def __call__(self, x):
        w0, b0, w1, b1 = self.parameters
        return torch.tanh(x @ w0.T + b0) @ w1.T + b1

    def flat(self):
        return torch.cat([p.detach().ravel() for p in self.parameters]).tolist()


def training(loss_name, optimiser, kwargs):
    """Return the loss of each step and the weights after the last."""
    targets, nout, options = LOSSES[loss_name]
    net = Net(nout)
    steps = getattr(torch.optim, optimiser)(net.parameters, **kwargs)
    losses = []
    for _ in range(STEPS):
        loss = loss_of(net, loss_name, targets, options)
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(loss.item())
    return {"losses": losses, "weights": net.flat()}


def loss_of(net, name, targets, options):
    outputs = net(tensor(POINTS))
    if name == "cross_entropy":
        return F.cross_entropy(outputs, torch.tensor(targets), **options)
    outputs = outputs.ravel()
    if name == "bce_loss":
        outputs = torch.sigmoid(outputs)
    return function(name)(outputs, tensor(targets), **options)


def entry(case):
    """Return the losses one by one and the gradient of their mean."""
    name, (inputs, targets) = case.split()[0], ENTRIES[case]
    x = tensor(inputs, requires_grad=True)
    t = torch.tensor(targets) if case == "cross_entropy" else tensor(targets)
    options = LOSSES[name][2]
    each = function(name)(x, t, reduction="none", **options)
    function(name)(x, t, **options).backward()
    total = function(name)(x, t, reduction="sum", **options)
    return {
        "none": each.tolist(),
        "sum": total.item(),
        "gradient": x.grad.ravel().tolist(),
    }


def rates(name, kwargs):
    """Return the learning rate of every epoch."""
    optimiser = torch.optim.SGD([tensor([0.0], requires_grad=True)], lr=0.4)
    schedule = getattr(torch.optim.lr_scheduler, name)(optimiser, **kwargs)
    found = []
    for _ in range(STEPS):
        found.append(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()
    return found


def clipped(name, kwargs):
    """Return the norm, if it is asked for, and the gradients after clipping."""
    net = Net(1)
    (10.0 * loss_of(net, "mse_loss", LOSSES["mse_loss"][0], {})).backward()
    norm = getattr(torch.nn.utils, name)(net.parameters, **kwargs)
    gradients = torch.cat([p.grad.ravel() for p in net.parameters]).tolist()
    return {"norm": None if norm is None else norm.item(), "gradients": gradients}


def figures():
    """Return everything that the tests compare."""
    return {
        "torch": torch.__version__,
        "losses": {name: training(name, "SGD", {"lr": 0.1}) for name in LOSSES},
        "entries": {case: entry(case) for case in ENTRIES},
        "optimisers": {
            case: training("mse_loss", *how) for case, how in OPTIMISERS.items()
        },
        "schedules": {case: rates(*how) for case, how in SCHEDULES.items()},
        "clips": {case: clipped(*how) for case, how in CLIPS.items()},
    }


if __name__ == "__main__":
    write_whole(TABLE, json.dumps(figures(), indent=None).replace("}, ", "},\n") + "\n")
