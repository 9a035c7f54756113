"""Trees that `viz.py` draws: five small ones, and large ones of a wanted size."""

from __future__ import annotations

import random

import dendrograd as dg
from dendrograd import Value, scope
from dendrograd.nn import MLP, cross_entropy, mse_loss


def readme() -> Value:
    """The expression of micrograd's README."""
    a, b = Value(-4.0, label="a"), Value(2.0, label="b")
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    return f / 2.0 + 10.0 / f


def spread() -> Value:
    """A call spread by the formula of Black and Scholes, each call in a scope."""
    texts = ("spot", "rate", "vol", "time")
    s, r, vol, t = (
        Value(x, label=n) for x, n in zip((100, 0.03, 0.2, 0.5), texts, strict=True)
    )

    def call(strike: float) -> Value:
        k = Value(strike, label=f"K{strike:g}")
        with scope(f"C{strike:g}"):
            sd = vol * dg.sqrt(t)
            d1 = (dg.log(s / k) + (r + vol**2 * 0.5) * t) / sd
            return s * dg.ndtr(d1) - k * dg.exp(-r * t) * dg.ndtr(d1 - sd)

    return call(100.0) - call(110.0)


def network(inputs: int, sizes: list[int], classes: bool = False) -> Value:
    """The loss of one sample."""
    xs = [Value(i / inputs - 0.3, label=f"x{i}") for i in range(inputs)]
    out = MLP(inputs, sizes, activation="tanh", seed=0)(xs)
    return cross_entropy(out, 0) if classes else mse_loss([out], [1.0])


def expression(nodes: int) -> Value:
    """A random expression: operands are among the last few results."""
    rng = random.Random(0)
    found = [Value(rng.uniform(0.5, 1.5), label=f"v{i}") for i in range(8)]
    while len(found) < nodes:
        a, b = rng.choice(found[-8:]), rng.choice(found[-30:])
        found.append(rng.choice((a * b, a + b, a - b, dg.tanh(a))))
    unused = found[-8:]
    return sum(unused[1:], unused[0])


def layers(nodes: int) -> Value:
    """A network written with * and +, a scope for each layer and each neuron."""
    rng = random.Random(0)
    wide = min(784, nodes // 25)
    xs = [Value(rng.random(), label=f"x{i}") for i in range(wide)]
    for layer, size in enumerate((max(1, nodes // (3 * wide)), 10)):
        out = []
        with scope(f"layer{layer}"):
            for neuron in range(size):
                with scope(f"neuron{neuron}"):
                    total = Value(0.0, label="b")
                    for i, x in enumerate(xs):
                        total = total + Value(rng.gauss(0, 0.05), label=f"w{i}") * x
                    out.append(dg.tanh(total))
        xs = out
    return sum((x * x for x in xs[1:]), xs[0] * xs[0])


SMALL = {
    "a*b + c": lambda: Value(2.0) * Value(-3.0) + Value(10.0),
    "micrograd's README": readme,
    "call spread": spread,
    "MLP(3, [4, 4, 1])": lambda: network(3, [4, 4, 1]),
    "MLP(4, [8, 3])": lambda: network(4, [8, 3], classes=True),
}
