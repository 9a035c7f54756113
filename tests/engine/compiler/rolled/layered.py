"""Programs with repeated structure, written in scalars, and random ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import dendrograd as dg

Numbers = list[Any]
F = Callable[[Numbers, Numbers], Any]  # of shared numbers and those of a lane


def take(numbers: Iterator[Any], *shape: int) -> Any:
    """Return the next numbers as nested lists."""
    if not shape:
        return next(numbers)
    return [take(numbers, *shape[1:]) for _ in range(shape[0])]


def linear(w: Any, b: Numbers, x: Numbers) -> Numbers:
    found = []
    for row, bias in zip(w, b, strict=True):
        s = bias
        for wi, xi in zip(row, x, strict=True):
            s = s + wi * xi
        found.append(s)
    return found


def softmax(z: Numbers) -> Numbers:
    top = z[0]
    for a in z[1:]:
        top = dg.maximum(top, a)
    e = [(a - top).exp() for a in z]
    total = sum(e)
    return [a / total for a in e]


def mlp(p: Numbers, x: Numbers) -> Any:
    """The loss of a classifier, with a penalty: 3 to 5 to 4."""
    q = iter(p)
    h = [a.relu() for a in linear(take(q, 5, 3), take(q, 5), x[:3])]
    z = linear(take(q, 4, 5), take(q, 4), h)
    picked = sum(a * t for a, t in zip(z, x[3:], strict=True))
    return dg.logsumexp(z) - picked + 0.01 * sum(a * a for a in p)


def batch(p: Numbers, x: Numbers) -> Any:
    """The mean loss of 6 rows: a batch inside of one loss."""
    return sum(mlp(p, x[7 * i : 7 * i + 7]) for i in range(6)) / 6.0


def nary(p: Numbers, x: Numbers) -> Any:
    """The same network by operations of many operands."""
    q = iter(p)
    w, b, v, c = take(q, 5, 3), take(q, 5), take(q, 4, 5), take(q, 4)
    h = [dg.dot(row, x[:3], bias).tanh() for row, bias in zip(w, b, strict=True)]
    z = [dg.dot(row, h, bias) for row, bias in zip(v, c, strict=True)]
    return dg.sum(z) * dg.norm(h) + dg.logsumexp(z) - dg.dot(z, x[3:])


def attention(p: Numbers, x: Numbers) -> Any:
    """Two heads over 4 positions of width 6, each of them looks back only: ragged rows."""
    q = iter(p)
    wq, wk, wv = take(q, 6, 6), take(q, 6, 6), take(q, 6, 6)
    zero, total = [0.0] * 6, 0.0
    keys: list[Numbers] = []
    values: list[Numbers] = []
    for t in range(4):
        row = x[6 * t : 6 * t + 6]
        query = linear(wq, zero, row)
        keys.append(linear(wk, zero, row))
        values.append(linear(wv, zero, row))
        for h in (slice(0, 3), slice(3, 6)):
            scores = [
                sum(a * b for a, b in zip(query[h], key[h], strict=True)) * 0.5
                for key in keys
            ]
            weights = softmax(scores)
            for j in range(h.start, h.stop):
                s = sum(w * v[j] for w, v in zip(weights, values, strict=True))
                total = total + s.tanh()
    return total


def recurrent(p: Numbers, x: Numbers) -> Any:
    """Six steps of a network that reads its own state."""
    q = iter(p)
    w, u, b, c = take(q, 4, 2), take(q, 4, 4), take(q, 4), take(q, 4)
    h, loss = [0.0] * 4, 0.0
    for t in range(6):
        inner = linear(u, b, h)
        outer = linear(w, inner, x[2 * t : 2 * t + 2])
        h = [dg.tanh(a) for a in outer]
        loss = loss + (sum(a * b for a, b in zip(c, h, strict=True)) - x[2 * t]) ** 2
    return loss


def residual(p: Numbers, x: Numbers) -> Any:
    """Three blocks h + V softplus(W h)."""
    q = iter(p)
    h = x[:4]
    for _ in range(3):
        inner = [a.softplus() for a in linear(take(q, 5, 4), take(q, 5), h)]
        outer = linear(take(q, 4, 5), take(q, 4), inner)
        h = [a + b for a, b in zip(h, outer, strict=True)]
    return sum(a * a for a in h)


def convolution(p: Numbers, x: Numbers) -> Any:
    """Two channels of width 3 along 10 numbers, the largest of each pair, a sum."""
    channels = [p[:3], p[3:6]]
    total = p[6]
    for k, bias in zip(channels, p[7:9], strict=True):
        y = [
            (sum(a * b for a, b in zip(k, x[i : i + 3], strict=True)) + bias).sigmoid()
            for i in range(8)
        ]
        total = total + sum(
            dg.maximum(a, b) for a, b in zip(y[::2], y[1::2], strict=True)
        )
    return total * total


def distances(p: Numbers, x: Numbers) -> Any:
    """Points that repel each other: every pair, no product of matrices."""
    points = [p[2 * i : 2 * i + 2] for i in range(5)]
    total = 0.0
    for i, a in enumerate(points):
        for b in points[:i]:
            r = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + 0.1
            total = total + x[0] / r.sqrt() - dg.log(r)
    return total


PROGRAMS: dict[str, tuple[F, int, int]] = {
    "mlp": (mlp, 44, 7),
    "batch": (batch, 44, 42),
    "nary": (nary, 44, 7),
    "attention": (attention, 108, 24),
    "recurrent": (recurrent, 32, 12),
    "residual": (residual, 147, 4),
    "convolution": (convolution, 9, 10),
    "distances": (distances, 10, 1),
}

SMOOTH = ("tanh", "sigmoid", "softplus", "sin", "atan", "erf", "relu", "abs", "exp")


def drawn(draw: Random) -> tuple[F, int, int]:
    """Return a random layered program: layers of one operation, wired at random."""
    inputs, shared = draw.randint(1, 4), draw.randint(30, 60)
    seed = draw.random()

    def f(p: Numbers, x: Numbers) -> Any:
        own = Random(seed)
        layers: list[Numbers] = [x]
        for _ in range(own.randint(2, 5)):
            layers.append(layer(own, p, layers))
        ends = [a for one in layers[-2:] for a in one]
        return sum(ends) / len(ends) + 0.1 * dg.dot(ends, ends)

    return f, shared, inputs


def layer(draw: Random, p: Numbers, layers: list[Numbers]) -> Numbers:
    """Return a layer of alike nodes over earlier ones."""
    width, below = draw.randint(1, 6), draw.choice(layers[-2:])
    kind, name = draw.randrange(7), draw.choice(SMOOTH)
    at = draw.randrange(len(p) - 1)
    weight = lambda i: p[(at + i) % len(p)]
    if kind == 0:  # each unary
        return [getattr(a, name)() for a in below]
    if kind == 1:  # a product of matrices
        n = len(below)
        return [
            sum(weight(i * n + k) * a for k, a in enumerate(below))
            for i in range(width)
        ]
    if kind == 2:  # sums of some, of other lengths
        return [
            dg.sum([draw.choice(below) for _ in range(draw.randint(1, 4))])
            for _ in range(width)
        ]
    if kind == 3:  # the largest of some, ties included
        found = []
        for _ in range(width):
            top = draw.choice(below)
            for _ in range(draw.randint(1, 3)):
                top = dg.maximum(top, draw.choice(below))
            found.append(top)
        return found
    if kind == 4:  # products of any two
        return [draw.choice(below) * weight(draw.randrange(5)) for _ in range(width)]
    if kind == 5:  # quotients, powers and constants
        return [a / (1.5 + weight(i) ** 2) - 0.5 * a for i, a in enumerate(below)]
    other = draw.choice(layers)  # a residual
    return [a - b for a, b in zip(below, other, strict=False)]


def looking_back(draw: Random) -> tuple[F, int, int]:
    """Return a random attention: each position weighs those before it, by heads."""
    t, heads, d = draw.randint(2, 6), draw.randint(1, 4), draw.randint(1, 3)
    width, reach = heads * d, draw.choice([1, 2, 9])
    top, own, name = draw.random() < 0.7, draw.random() < 0.5, draw.choice(SMOOTH)

    def f(p: Numbers, x: Numbers) -> Any:
        w = take(iter(p), width, width)
        rows = [x[width * i : width * i + width] for i in range(t)]
        keys = [linear(w, [0.0] * width, row) if own else row for row in rows]
        total = 0.0
        for i, row in enumerate(rows):
            seen = range(max(0, i - reach), i + 1)
            for at in range(0, width, d):
                head = range(at, at + d)
                scores = [sum(row[k] * keys[s][k] for k in head) for s in seen]
                weights = softmax(scores) if top else [a.sigmoid() for a in scores]
                for k in head:
                    mixed = sum(
                        a * rows[s][k] for a, s in zip(weights, seen, strict=True)
                    )
                    total = total + getattr(mixed, name)() * p[k]
        return total

    return f, width * width, width * t
