"""What nn computes is recorded once, as a program, and is right at other numbers."""

import pytest
from cases import CASES, OF_CLASSES, PAIRWISE

from dendrograd import Value, nn
from dendrograd.nn.activations import ACTIVATIONS
from dendrograd.program import record
from dendrograd.trees import flatten

# One point, and others on the other side of every kink
POINT = (2.0, 0.75, -1.5)
OTHERS = [(-1.0, 0.25, 3.0), (0.5, -2.0, 0.5), (0.1, 0.9, -0.2)]
MODULES = {
    "Neuron": lambda: nn.Neuron(3, seed=0),
    "Layer": lambda: nn.Layer(3, 2, activation="tanh", seed=0),
    "MLP": lambda: nn.MLP(3, [4, 2], seed=0),
    "Sequential": lambda: nn.Sequential(
        nn.Layer(3, 4, activation="elu", seed=0), nn.Layer(4, 2, seed=1)
    ),
}


def loss(f):
    """Return a loss of three outputs, held against fixed targets of its kind."""
    if f in OF_CLASSES:
        return lambda a, b, c: f([[a, b, c], [c, a, b]], [0, 2])
    case = CASES[f]
    targets = [case.target(t) for t in (50.0, 0.0, -12.5)]
    return lambda *outputs: f([case.input(x) for x in outputs], targets)


RECORDED = {
    **{f.__name__: loss(f) for f in PAIRWISE + OF_CLASSES},
    **{
        f"activation {name}": lambda a, b, c, f=f: [f(a), f(b), f(c)]
        for name, f in ACTIVATIONS.items()
        if f
    },
    **{
        name: lambda a, b, c, make=make: make()([a, b, c])
        for name, make in MODULES.items()
    },
}


@pytest.mark.parametrize("name", RECORDED)
def test_what_is_recorded_once_is_right_everywhere(name):
    f = RECORDED[name]
    program = record(f, 3)
    for point in (POINT, *OTHERS):
        expected = [float(y.data) for y in flatten(f(*map(Value, point)))]
        found = program.run([Value(x) for x in point])
        assert [y.data for y in found] == expected
