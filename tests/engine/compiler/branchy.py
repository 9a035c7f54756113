"""Random functions that branch: `if`, `while`, `max`, `int`, `floor`, truth, recursion."""

import math
import operator
from random import Random

from dendrograd import Value, exp, relu, tanh

HOW = [operator.lt, operator.le, operator.gt, operator.ge]
SMOOTH = [
    lambda a, b: a * b,
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: tanh(a) * 2,
    lambda a, b: exp(-abs(a)),
    lambda a, b: a / (1.5 + b * b),
    lambda a, b: relu(a) + 0.1 * b,
]


def drawn(draw: Random, depth: int = 2, size: int = 8) -> list:
    """Return a block of statements on six variables."""
    block = []
    for _ in range(size):
        kind, to, a, b = draw.random(), *[draw.randrange(6) for _ in range(3)]
        if depth and kind < 0.22:
            other = b if draw.random() < 0.6 else draw.gauss(0, 1)
            yes = drawn(draw, depth - 1, draw.randrange(1, 4))
            block.append(
                ("if", draw.choice(HOW), a, other, yes, drawn(draw, depth - 1, 2))
            )
        elif depth and kind < 0.3:
            bound = draw.uniform(0.5, 3)
            block.append(("while", a, bound, drawn(draw, depth - 1, 2)))
        elif kind < 0.5:
            block.append(
                (draw.choice(["max", "floor", "int", "truth", "recursion"]), to, a, b)
            )
        else:
            block.append(("smooth", to, draw.choice(SMOOTH), a, b))
    return block


def halved(x):
    return halved(x * 0.5) if abs(x) > 1.0 else x


def go(block: list, v: list) -> None:
    """Run a block on its variables."""
    for kind, *parts in block:
        if kind == "if":
            how, a, b, yes, no = parts
            go(yes if how(v[a], v[b] if isinstance(b, int) else b) else no, v)
        elif kind == "while":
            a, bound, inner = parts
            for _ in range(6):
                if not abs(v[a]) > bound:
                    break
                go(inner, v)
                v[a] = v[a] * 0.6
        elif kind == "smooth":
            to, f, a, b = parts
            v[to] = f(v[a], v[b])
        else:
            to, a, b = parts
            v[to] = chosen(kind, v[a], v[b], v)


def chosen(kind: str, x, y, v):
    if kind == "max":
        return max(x, y)
    if kind == "floor":
        return y * (math.floor(x) % 3)
    if kind == "int":
        return [v[0] * v[1], v[2] + 1.0][int(x) % 2]
    if kind == "truth":
        return y if relu(x) else x * 2.0
    return halved(x)


def function(block: list):
    """Return a function of three numbers."""

    def f(x, y, z):
        v = [x, y, z, x * 0.5, y + 1.0, z * x]
        go(block, v)
        return v[0] + v[3] * v[4] + v[5]

    return f


def eager(f, xs: list[float]) -> list[float]:
    """Return value and gradient by `backward`."""
    leaves = [Value(x) for x in xs]
    y = f(*leaves)
    y.backward()
    return [y.data, *[leaf.grad for leaf in leaves]]
