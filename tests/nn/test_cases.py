"""Every loss and every optimiser is public, and is held against another source."""

import inspect
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest
import torch_cases
from cases import CASES, OPTIMISERS

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
    """Return the optimisers of nn, however deep; not those of tests and examples."""
    heirs = base.__subclasses__()
    own = {kind for kind in heirs if any(kind in vars(m).values() for m in MODULES)}
    return own.union(*map(optimisers, heirs))


def named(things):
    return sorted(thing.__name__ for thing in things)


def test_every_loss_and_optimiser_has_a_case():
    missing = named((losses() | optimisers()) - set(CASES))
    assert not missing, (
        f"{missing}: nothing says what it must give; add a row to CASES in "
        "tests/nn/cases.py: Pairs with the definition of a loss in floats, or Steps with "
        "the formula of an optimiser in NumPy"
    )


def test_every_loss_and_optimiser_is_public():
    hidden = set(named(losses() | optimisers())) - set(nn.__all__)
    assert not hidden, f"{hidden}: import it in nn/__init__.py, as its neighbours are"


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_every_optimiser_takes_the_steps_of_its_formula_or_of_pytorch(kind):
    settings, formula = CASES[kind]
    if formula is None:
        assert kind.__name__ in {name for name, _ in torch_cases.OPTIMISERS.values()}, (
            f"{kind.__name__}: nothing to compare it with; add its formula in NumPy to "
            "the row in tests/nn/cases.py, or settings to OPTIMISERS in torch_cases.py"
        )
        return
    values = [Value(x) for x in START]
    optimiser = kind(values, **settings)
    x, kept = np.array(START), 0.0
    for g in np.random.default_rng(0).normal(size=(20, len(START))):
        for value, slope in zip(values, g, strict=True):
            value.grad = slope
        optimiser.step()
        x, kept = formula(x, g, kept)
        np.testing.assert_allclose([v.data for v in values], x, rtol=1e-12)
