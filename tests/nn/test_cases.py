"""Every loss and every optimiser is public, and is held against another source."""

import inspect
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest
import torch_cases
from cases import LOSSES, OPTIMISERS

from dendrograd import Value, nn

MODULES = [import_module(f"{nn.__name__}.{m.name}") for m in iter_modules(nn.__path__)]
START = [5.0, -5.0, 0.5]


def losses():
    """Return the functions of nn that take (input, target), or are named as losses."""
    return {
        thing
        for module in MODULES
        for name, thing in vars(module).items()
        if inspect.isfunction(thing) and name[:1] != "_"
        if thing.__module__ == module.__name__
        if [*inspect.signature(thing).parameters][:2] == ["input", "target"]
        or (name in nn.__all__ and name.endswith("loss"))
    }


def optimisers(base=nn.Optimizer):
    """Return the optimisers of nn, however deep; not those that tests define."""
    heirs = base.__subclasses__()
    own = {kind for kind in heirs if kind.__module__.startswith(nn.__name__)}
    return own.union(*map(optimisers, heirs))


def named(things):
    return sorted(thing.__name__ for thing in things)


def test_every_loss_has_a_case():
    missing = named(losses() - set(LOSSES))
    assert not missing, (
        f"{missing}: nothing says what a loss must give; add a row to LOSSES in "
        "tests/nn/cases.py, with its definition in floats"
    )


def test_every_optimiser_has_a_case():
    missing = named(optimisers() - set(OPTIMISERS))
    assert not missing, (
        f"{missing}: nothing says where an optimiser must go; add a row to OPTIMISERS "
        "in tests/nn/cases.py, with settings and the formula in NumPy"
    )


def test_every_loss_and_optimiser_is_public():
    hidden = set(named(losses() | optimisers())) - set(nn.__all__)
    assert not hidden, f"{hidden}: import it in nn/__init__.py, as its neighbours are"


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_every_optimiser_takes_the_steps_of_its_formula_or_of_pytorch(kind):
    settings, formula = OPTIMISERS[kind]
    if formula is None:
        assert kind.__name__ in {name for name, _ in torch_cases.OPTIMISERS.values()}, (
            f"{kind.__name__}: nothing to compare it with; add its formula in NumPy to "
            "the row in tests/nn/cases.py, or settings to OPTIMISERS in torch_cases.py"
        )
        return
    values = [Value(x) for x in START]
    optimiser = kind(values, **settings)
    gradients = np.random.default_rng(0).normal(size=(20, len(START)))
    for slopes, wanted in zip(
        gradients, formula(np.array(START), gradients), strict=True
    ):
        for value, slope in zip(values, slopes, strict=True):
            value.grad = slope
        optimiser.step()
        np.testing.assert_allclose([v.data for v in values], wanted, rtol=1e-12)
