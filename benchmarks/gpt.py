"""The training step of microgpt, for any class that has its Value's interface.

A GPT of one layer that learns names letter by letter: embeddings, attention with four
heads, a perceptron, cross-entropy, Adam by hand. The loops, the sizes and the order of
every sum are those that Andrej Karpathy published (microgpt, 2026); `engine.leaf` is
the class, and its `+ * - / **`, `exp`, `log` and `relu` are all that is used. The same
model as a user of dendrograd writes it is examples/microgpt.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from engines import Engine

NAMES = Path(__file__).resolve().parents[1] / "examples" / "names.txt"
WIDTH, HEADS, BLOCK = 16, 4, 16  # of an embedding; most letters of a name, and one
LETTERS = 26  # and the token that begins and ends a name, the last one
RATE, BETA1, BETA2, EPS = 0.01, 0.85, 0.99, 1e-8
STEPS = 1000  # in which the rate falls to 0
Row = list[Any]
Matrix = list[Row]  # a row for each output
Weights = dict[str, Matrix]


def training(engine: Engine) -> Iterator[tuple[float, float]]:
    """Yield the loss of each step, and the gradient of an output weight in it."""
    draw = Random(42)
    names = NAMES.read_text("utf-8").split()
    draw.shuffle(names)
    weights = first_weights(engine, draw)
    parameters = [p for matrix in weights.values() for row in matrix for p in row]
    moments = [(0.0, 0.0)] * len(parameters)
    for i in range(STEPS):
        name = names[i % len(names)]
        yield step(engine, weights, parameters, moments, name, i)


def first_weights(engine: Engine, draw: Random) -> Weights:
    """Return the matrices of the model; an embedding is a row of `token` or `place`."""
    sizes = {
        "token": (LETTERS + 1, WIDTH),
        "place": (BLOCK, WIDTH),
        "logits": (LETTERS + 1, WIDTH),
        "query": (WIDTH, WIDTH),
        "key": (WIDTH, WIDTH),
        "value": (WIDTH, WIDTH),
        "mixed": (WIDTH, WIDTH),
        "hidden": (4 * WIDTH, WIDTH),
        "out": (WIDTH, 4 * WIDTH),
    }
    return {
        name: [[engine.leaf(draw.gauss(0.0, 0.08)) for _ in range(n)] for _ in range(m)]
        for name, (m, n) in sizes.items()
    }


def step(
    engine: Engine,
    weights: Weights,
    parameters: Row,
    moments: list[tuple[float, float]],
    name: str,
    i: int,
) -> tuple[float, float]:
    """Learn from one name; a function of its own, so that its graph is gone after."""
    loss = loss_of(weights, name)
    engine.backward(loss)
    told = engine.data(loss), engine.grad(weights["logits"][0][0])
    rate = RATE * (1 - i / STEPS)
    for j, p in enumerate(parameters):
        m, v = moments[j]
        m = BETA1 * m + (1 - BETA1) * p.grad
        v = BETA2 * v + (1 - BETA2) * p.grad**2
        moments[j] = m, v
        m_hat = m / (1 - BETA1 ** (i + 1))
        v_hat = v / (1 - BETA2 ** (i + 1))
        p.data -= rate * m_hat / (v_hat**0.5 + EPS)
        p.grad = 0
    return told


def loss_of(weights: Weights, name: str) -> Any:
    """Return the mean of -log p(next letter) over the letters of a name and its end."""
    tokens = [LETTERS, *(ord(letter) - ord("a") for letter in name), LETTERS]
    n = min(BLOCK, len(tokens) - 1)
    keys: Matrix = []
    values: Matrix = []
    losses = []
    for place in range(n):
        logits = gpt(weights, tokens[place], place, keys, values)
        losses.append(-softmax(logits)[tokens[place + 1]].log())
    return (1 / n) * sum(losses)


def largest(logits: Row) -> float:
    """Return the largest number, which is no part of the graph."""
    return max(x.data for x in logits)


def gpt(
    w: Any,
    token: int,
    place: int,
    keys: Matrix,
    values: Matrix,
    most: Callable[[Row], Any] = largest,
) -> Row:
    """Return the logits of the next token; append this one's key and value."""
    x = normed(added(w["token"][token], w["place"][place]))
    before, x = x, normed(x)
    query = linear(x, w["query"])
    keys.append(linear(x, w["key"]))
    values.append(linear(x, w["value"]))
    size = WIDTH // HEADS
    heads = []
    for start in range(0, WIDTH, size):
        head = slice(start, start + size)
        heads += attention(
            query[head], [k[head] for k in keys], [v[head] for v in values], most
        )
    x = added(linear(heads, w["mixed"]), before)
    before, x = x, normed(x)
    x = [xi.relu() for xi in linear(x, w["hidden"])]
    x = added(linear(x, w["out"]), before)
    return linear(x, w["logits"])


def attention(
    query: Row, keys: Matrix, values: Matrix, most: Callable[[Row], Any] = largest
) -> Row:
    """Return the mean of the values, weighted by how the keys match the query."""
    size = len(query)
    scores = [sum(query[j] * key[j] for j in range(size)) / size**0.5 for key in keys]
    shares = softmax(scores, most)
    places = range(len(values))
    return [sum(shares[t] * values[t][j] for t in places) for j in range(size)]


def linear(x: Row, matrix: Matrix) -> Row:
    return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in matrix]


def added(x: Row, y: Row) -> Row:
    return [a + b for a, b in zip(x, y, strict=True)]


def softmax(logits: Row, most: Callable[[Row], Any] = largest) -> Row:
    top = most(logits)
    exps = [(x - top).exp() for x in logits]
    total = sum(exps)
    return [e / total for e in exps]


def normed(x: Row) -> Row:
    """Return x over its root mean square."""
    scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]
