"""Networks in scalar code, and the same on arrays: what `rolled.py` measures.

Each has a loss of one row, written in plain Python for numbers of any kind, and the mean
loss of all rows on arrays of a library (PyTorch, JAX). Parameters and rows are flat; a
network says of which shapes the parameters are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

Shapes = tuple[tuple[int, ...], ...]


class Network(NamedTuple):
    """A network.

    loss    of the parameters and one row, in scalars: loss(dendrograd, p, x)
    mean    of all rows, on arrays: mean(library, parameters, rows)
    shapes  of the parameters; `inputs` is how many numbers a row has
    """

    loss: Callable[..., Any]
    mean: Callable[..., Any]
    shapes: Shapes
    inputs: int

    @property
    def count(self) -> int:
        """The number of parameters."""
        return sum(math.prod(shape) for shape in self.shapes)

    def split(self, p: Any) -> list[Any]:
        """Return a flat array of parameters as arrays of their shapes."""
        found, start = [], 0
        for shape in self.shapes:
            end = start + math.prod(shape)
            found.append(p[start:end].reshape(shape))
            start = end
        return found


def nested(p: Sequence[Any], shapes: Shapes) -> Iterator[Any]:
    """Yield flat parameters as nested lists of their shapes."""
    numbers = iter(p)

    def taken(shape: tuple[int, ...]) -> Any:
        if not shape:
            return next(numbers)
        return [taken(shape[1:]) for _ in range(shape[0])]

    for shape in shapes:
        yield taken(shape)


def affine(w: Any, b: Any, x: Any) -> list[Any]:
    """Return w x + b, neuron by neuron."""
    found = []
    for row, s in zip(w, b, strict=True):
        for wi, xi in zip(row, x, strict=True):
            s = s + wi * xi
        found.append(s)
    return found


def product(w: Any, x: Any) -> list[Any]:
    """Return w x."""
    return [sum(a * b for a, b in zip(row, x, strict=True)) for row in w]


# Classifier ------------------------------------------------------------------------------


def classifier(inputs: int = 784, hidden: int = 64, classes: int = 10) -> Network:
    """Return MLP(784, [64, 10]) with relu, and the cross-entropy of a one-hot label."""
    shapes = (hidden, inputs), (hidden,), (classes, hidden), (classes,)

    def loss(m: Any, p: Any, x: Any) -> Any:
        w, b, v, c = nested(p, shapes)
        z = affine(v, c, [m.relu(a) for a in affine(w, b, x[:inputs])])
        top = z[0]
        for a in z[1:]:
            top = m.maximum(top, a)
        total = sum(m.exp(a - top) for a in z)
        picked = sum(a * t for a, t in zip(z, x[inputs:], strict=True))
        return m.log(total) + top - picked

    def mean(xp: Any, p: Any, x: Any) -> Any:
        w, b, v, c = p
        h = xp.relu(x[:, :inputs] @ w.T + b)
        z = h @ v.T + c
        return (xp.logsumexp(z) - (z * x[:, inputs:]).sum(1)).mean()

    return Network(loss, mean, shapes, inputs + classes)


# Transformer -----------------------------------------------------------------------------


class Sizes(NamedTuple):
    """Of a transformer: positions, width, heads, tokens."""

    t: int = 16
    e: int = 16
    h: int = 4
    v: int = 27


MICROGPT = Sizes()


def transformer(size: Sizes = MICROGPT) -> Network:
    """Return a layer of attention that looks back, as microgpt has it, over a sequence.

    A row has the embedding of each token, then a one-hot target for each.
    """
    t, e, h, v = size
    d = e // h
    shapes = ((t, e), *[(e, e)] * 4, (4 * e, e), (e, 4 * e), (v, e))

    def norm(x: Any) -> Any:
        scale = (sum(a * a for a in x) / len(x) + 1e-5) ** -0.5
        return [a * scale for a in x]

    def softmax(m: Any, z: Any) -> Any:
        top = z[0]
        for a in z[1:]:
            top = m.maximum(top, a)
        parts = [m.exp(a - top) for a in z]
        total = sum(parts)
        return [a / total for a in parts]

    def loss(m: Any, p: Any, x: Any) -> Any:
        place, wq, wk, wv, wo, w1, w2, out = nested(p, shapes)
        keys: list[Any] = []
        values: list[Any] = []
        total = 0.0
        for i in range(t):
            r = norm(
                [a + b for a, b in zip(x[i * e : i * e + e], place[i], strict=True)]
            )
            x1 = norm(r)
            query = product(wq, x1)
            keys.append(product(wk, x1))
            values.append(product(wv, x1))
            o = []
            for at in range(0, e, d):
                head = slice(at, at + d)
                scores = [
                    sum(a * b for a, b in zip(query[head], key[head], strict=True))
                    / d**0.5
                    for key in keys
                ]
                weights = softmax(m, scores)
                for j in range(at, at + d):
                    o.append(
                        sum(w * u[j] for w, u in zip(weights, values, strict=True))
                    )
            r = [a + b for a, b in zip(product(wo, o), r, strict=True)]
            inner = [m.relu(a) for a in product(w1, norm(r))]
            r = [a + b for a, b in zip(product(w2, inner), r, strict=True)]
            found = softmax(m, product(out, r))
            hot = x[t * e + i * v : t * e + i * v + v]
            total = total - m.log(sum(a * b for a, b in zip(found, hot, strict=True)))
        return total / t

    def mean(xp: Any, p: Any, x: Any) -> Any:
        place, wq, wk, wv, wo, w1, w2, out = p

        def normed(a: Any) -> Any:
            return a * ((a * a).mean(-1)[..., None] + 1e-5) ** -0.5

        n = len(x)
        r = normed(x[:, : t * e].reshape(n, t, e) + place)
        x1 = normed(r)
        q, k, u = ((x1 @ w.T).reshape(n, t, h, d) for w in (wq, wk, wv))
        scores = xp.einsum("nthd,nshd->nhts", q, k) / d**0.5
        weights = xp.softmax(scores + xp.future)
        o = xp.einsum("nhts,nshd->nthd", weights, u).reshape(n, t, e)
        r = o @ wo.T + r
        r = xp.relu(normed(r) @ w1.T) @ w2.T + r
        hot = x[:, t * e :].reshape(n, t, v)
        return -xp.log((xp.softmax(r @ out.T) * hot).sum(-1)).mean()

    return Network(loss, mean, shapes, t * (e + v))


# A residual and a recurrent network --------------------------------------------------------


def residual(width: int = 32, inner: int = 64, blocks: int = 4) -> Network:
    """Return blocks h + V tanh(W h + b) + c, and the squared distance to a target."""
    block = (inner, width), (inner,), (width, inner), (width,)

    def loss(m: Any, p: Any, x: Any) -> Any:
        h, parts = x[:width], nested(p, block * blocks)
        for _ in range(blocks):
            w, b, v, c = (next(parts) for _ in range(4))
            a = affine(v, c, [m.tanh(s) for s in affine(w, b, h)])
            h = [s + r for s, r in zip(a, h, strict=True)]
        return sum((a - y) ** 2 for a, y in zip(h, x[width:], strict=True))

    def mean(xp: Any, p: Any, x: Any) -> Any:
        h = x[:, :width]
        for i in range(0, 4 * blocks, 4):
            w, b, v, c = p[i : i + 4]
            h = h + xp.tanh(h @ w.T + b) @ v.T + c
        return ((h - x[:, width:]) ** 2).sum(1).mean()

    return Network(loss, mean, block * blocks, 2 * width)


def recurrent(width: int = 32, inputs: int = 8, steps: int = 12) -> Network:
    """Return h = tanh(W x + U h + b) over a series, read out at each step."""
    shapes = (width, inputs), (width, width), (width,), (width,)

    def loss(m: Any, p: Any, x: Any) -> Any:
        w, u, b, out = nested(p, shapes)
        h, total = [0.0] * width, 0.0
        for i in range(steps):
            given = x[i * inputs : i * inputs + inputs]
            h = [m.tanh(a) for a in affine(u, affine(w, b, given), h)]
            total = (
                total
                + (sum(a * c for a, c in zip(h, out, strict=True)) - given[0]) ** 2
            )
        return total / steps

    def mean(xp: Any, p: Any, x: Any) -> Any:
        w, u, b, out = p
        total, h = 0.0, None
        for i in range(steps):
            given = x[:, i * inputs : i * inputs + inputs]
            a = given @ w.T + b
            h = xp.tanh(a if h is None else a + h @ u.T)
            total = total + ((h @ out - given[:, 0]) ** 2).mean()
        return total / steps

    return Network(loss, mean, shapes, steps * inputs)


NETWORKS: dict[str, Callable[..., Network]] = {
    "classifier": classifier,
    "classifier, nn": classifier,
    "classifier, nn, Values": classifier,
    "transformer": transformer,
    "residual": residual,
    "recurrent": recurrent,
}


def point(name: str, network: Network, rows: int) -> tuple[Any, Any]:
    """Return parameters and rows of data."""
    draw = np.random.default_rng(0)
    p = np.concatenate(
        [draw.normal(size=math.prod(s)) / math.sqrt(s[-1]) for s in network.shapes]
    )
    x = draw.normal(size=(rows, network.inputs))
    if name.startswith("classifier"):
        classes = network.shapes[-1][0]
        x[:, -classes:] = np.eye(classes)[draw.integers(classes, size=rows)]
    if name == "transformer":
        t, _ = network.shapes[0]
        v = network.shapes[-1][0]
        x[:, -t * v :] = np.eye(v)[draw.integers(v, size=(rows, t))].reshape(rows, -1)
    return p, x
